/* What is published for Home Assistant, and that it goes when it is no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/tell/discovery.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAID_MAX = 32 };

struct said {
	char topic[200];
	json_t *document; /* NULL: cleared */
};

static struct said said[SAID_MAX];
static size_t said_count;

static struct zone zones[] = {
	{ .id = "centre", .name = { "中心", "Centre" } },
	{ .id = "f3", .name = { "三层", "Floor 3" }, .parent = &zones[0], .index = 1 },
};
static struct point_class classes[] = {
	{ .id = "water.pressure",
		.kind = POINT_NUMBER,
		.unit = "bar",
		.decimals = 2,
		.homeassistant = "pressure" },
	{ .id = "leak", .kind = POINT_STATE, .unit = "", .homeassistant = "moisture" },
	{ .id = "boiler.temperature", .kind = POINT_NUMBER, .unit = "degC" },
};
static struct point points[] = {
	{ .id = "f3-water.x", .name = { "水压", "Pressure" }, .class = &classes[0] },
	{ .id = "f3-leak", .name = { "漏水", "Leak" }, .class = &classes[1] },
	{ .id = "f3-boiler", .name = { "温度", "Temperature" }, .class = &classes[2] },
};
static struct point *all_points[] = { &points[0], &points[1], &points[2] };
static struct bus gateway = { .id = "gateway" };
static struct device devices[] = {
	{ .id = "water-f3",
		.name = { "三层水表", "Water meter" },
		.bus = &gateway,
		.zone = &zones[1],
		.points = all_points,
		.point_count = 3 },
	{ .id = "spare", .name = { "备用", "Spare" }, .bus = &gateway, .zone = &zones[0] },
};
static const struct incident_type type = {
	.id = "water-loss", .number = 2, .name = { "停水", "Water loss" }
};
static struct incident incident = {
	.id = "2-f3-1b3xk", .type = &type, .zone = &zones[1], .state = INCIDENT_ACTIVE_UNACKED
};
static bool incident_open;

/* All that discovery asks of the engine. */
const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	(void)engine;
	return incident_open && i == 0 ? &incident : NULL;
}

static void forget(void)
{
	for (size_t i = 0; i < said_count; i++)
		json_decref(said[i].document);
	said_count = 0;
}

static void take(void *context, const char *topic, char *document)
{
	struct said *now = &said[said_count++];

	(void)context;
	assert_true(said_count < SAID_MAX);
	snprintf(now->topic, sizeof(now->topic), "%s", topic);
	now->document = NULL;
	if (document) {
		now->document = json_loads(document, 0, NULL);
		assert_non_null(now->document);
	}
	free(document);
}

/* The last that was said of a topic that ends so; NULL: nothing. */
static const struct said *last(const char *end)
{
	for (size_t i = said_count; i-- > 0;) {
		size_t length = strlen(said[i].topic);

		if (length >= strlen(end) && strcmp(said[i].topic + length - strlen(end), end) == 0)
			return &said[i];
	}
	return NULL;
}

static const json_t *component(const char *end, const char *id)
{
	const struct said *found = last(end);

	assert_non_null(found);
	return json_object_get(json_object_get(found->document, "components"), id);
}

static void assert_text(const json_t *object, const char *key, const char *expected)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text || strcmp(text, expected) != 0)
		fail_msg("%s is %s, not %s", key, text ? text : "no text", expected);
}

static struct config config_of(size_t device_count, size_t point_count)
{
	struct config config = {
		.site = { .id = "centre",
			.name = zones[0].name,
			.devices = devices,
			.device_count = device_count },
		.homeassistant = { true, "homeassistant", LANGUAGE_EN },
	};

	devices[0].point_count = point_count;
	return config;
}

static int begin(void **state)
{
	const struct discovery_ports ports = { NULL, take };

	incident_open = false;
	incident.state = INCIDENT_ACTIVE_UNACKED;
	*state = discovery_new(&ports);
	return *state ? 0 : 1;
}

static int end(void **state)
{
	forget();
	discovery_free(*state);
	return 0;
}

static void test_device(void **state)
{
	struct config config = config_of(2, 3);
	const json_t *found;

	discovery_publish(*state, &config, NULL);
	assert_int_equal(said_count, 3);
	assert_string_equal(last("water-f3/config")->topic,
		"homeassistant/device/facility_centre/water-f3/config");
	found = json_object_get(last("water-f3/config")->document, "device");
	assert_text(found, "name", "Water meter");
	assert_text(found, "suggested_area", "Floor 3");
	assert_text(found, "via_device", "facility_centre");
	found = component("water-f3/config", "f3-water__x");
	assert_text(found, "platform", "sensor");
	assert_text(found, "unique_id", "facility_centre_f3-water.x");
	assert_text(found, "state_topic", "facility/centre/point/f3-water.x");
	assert_text(found, "device_class", "pressure");
	assert_text(found, "unit_of_measurement", "bar");
	assert_text(found, "state_class", "measurement");
	assert_int_equal(
		json_integer_value(json_object_get(found, "suggested_display_precision")), 2);
	assert_int_equal(json_array_size(json_object_get(found, "availability")), 2);
	found = component("water-f3/config", "f3-boiler");
	assert_text(found, "unit_of_measurement", "°C");
	assert_null(json_object_get(found, "device_class"));
	found = component("water-f3/config", "f3-leak");
	assert_text(found, "platform", "binary_sensor");
	assert_text(found, "device_class", "moisture");
	assert_null(json_object_get(found, "state_class"));
	found = component("water-f3/config", "_problem");
	assert_text(found, "unique_id", "facility_centre__problem_water-f3");
	found = component("_site/config", "_connection");
	assert_text(found, "device_class", "connectivity");
	assert_null(json_object_get(found, "availability"));
}

static void test_language(void **state)
{
	struct config config = config_of(1, 1);

	config.homeassistant.language = LANGUAGE_ZH;
	discovery_publish(*state, &config, NULL);
	assert_text(component("water-f3/config", "f3-water__x"), "name", "水压");
}

/* A point leaves: its component is told as removed, once. A device leaves: its topic is cleared. */
static void test_what_leaves_the_configuration(void **state)
{
	struct config config = config_of(2, 3);
	const json_t *found;

	discovery_publish(*state, &config, NULL);
	config = config_of(1, 2);
	discovery_publish(*state, &config, NULL);
	assert_null(last("spare/config")->document);
	found = component("water-f3/config", "f3-boiler");
	assert_int_equal(json_object_size(found), 1);
	assert_text(found, "platform", "sensor");
	assert_true(json_object_size(component("water-f3/config", "f3-leak")) > 1);
	forget();
	discovery_publish(*state, &config, NULL);
	assert_null(component("water-f3/config", "f3-boiler"));
	assert_null(last("spare/config"));
	forget();
	config.homeassistant.published = false;
	discovery_publish(*state, &config, NULL);
	assert_int_equal(said_count, 2);
	assert_null(last("water-f3/config")->document);
	assert_null(last("_site/config")->document);
}

/* What an earlier run left on the broker. */
static void test_retained(void **state)
{
	static const char old[] =
		"{\"components\":{\"f3-leak\":{\"platform\":\"binary_sensor\",\"qos\":1},"
		"\"gone\":{\"platform\":\"sensor\",\"qos\":1},\"long-gone\":{\"platform\":"
		"\"sensor\"}}}";
	static const char *const topic = "homeassistant/device/facility_centre/water-f3/config";
	struct config config = config_of(2, 3);

	discovery_publish(*state, &config, NULL);
	forget();
	discovery_retained(
		*state, &config, "homeassistant/device/facility_centre/old/config", "{}", 2);
	assert_int_equal(said_count, 1);
	assert_null(last("old/config")->document);
	forget();
	discovery_retained(*state, &config, topic, old, strlen(old));
	assert_int_equal(said_count, 1);
	assert_int_equal(json_object_size(component("water-f3/config", "gone")), 1);
	assert_null(component("water-f3/config", "long-gone"));
	assert_true(json_object_size(component("water-f3/config", "f3-leak")) > 1);
	forget();
	discovery_retained(*state, &config, "homeassistant/device/facility_centre/_site/config",
		old, strlen(old));
	assert_int_equal(said_count, 1);
	assert_int_equal(json_object_size(component("_site/config", "gone")), 1);
	forget();
	discovery_retained(*state, &config, topic, "no JSON", 7);
	assert_int_equal(said_count, 0);
}

static void test_button(void **state)
{
	static const char *const topic = "homeassistant/button/facility_centre/2-f3-1b3xk/config";
	struct config config = config_of(1, 1);
	const struct said *found;

	discovery_publish(*state, &config, NULL);
	forget();
	discovery_incident(*state, &config, &incident);
	assert_int_equal(said_count, 1);
	found = last("2-f3-1b3xk/config");
	assert_string_equal(found->topic, topic);
	assert_text(found->document, "name", "Acknowledge: Water loss, Floor 3");
	assert_text(found->document, "command_topic", "facility/centre/cmd/homeassistant/ack");
	discovery_incident(*state, &config, &incident);
	assert_int_equal(said_count, 1);
	/* A broker without its store: again. */
	incident_open = true;
	discovery_publish(*state, &config, NULL);
	assert_int_equal(said_count, 4);
	forget();
	incident.state = INCIDENT_CLOSED;
	discovery_incident(*state, &config, &incident);
	discovery_incident(*state, &config, &incident);
	assert_int_equal(said_count, 1);
	assert_null(last("2-f3-1b3xk/config")->document);
}

/* Home Assistant knows a button by its unique id: the second would replace the first. */
static void test_each_button_is_its_own(void **state)
{
	struct config config = config_of(1, 1);
	struct incident other = incident;
	char first[100];

	discovery_incident(*state, &config, &incident);
	snprintf(first, sizeof(first), "%s",
		json_string_value(json_object_get(last("/config")->document, "unique_id")));
	snprintf(other.id, sizeof(other.id), "2-f4-1b3xl");
	discovery_incident(*state, &config, &other);
	assert_non_null(strstr(first, incident.id));
	assert_text(last("2-f4-1b3xl/config")->document, "unique_id",
		"facility_centre__ack_2-f4-1b3xl");
}

static void test_button_of_a_drill(void **state)
{
	struct config config = config_of(1, 1);

	incident.drill = true;
	discovery_incident(*state, &config, &incident);
	incident.drill = false;
	assert_text(last("/config")->document, "name", "DRILL: Acknowledge: Water loss, Floor 3");
}

static void test_without_the_section(void **state)
{
	struct config config = config_of(2, 3);

	config.homeassistant.published = false;
	discovery_publish(*state, &config, NULL);
	discovery_incident(*state, &config, &incident);
	assert_int_equal(said_count, 0);
	discovery_retained(
		*state, &config, "homeassistant/device/facility_centre/water-f3/config", "{}", 2);
	assert_int_equal(said_count, 1);
	assert_null(last("water-f3/config")->document);
}

#define WITH_DISCOVERY(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DISCOVERY(test_device),
		WITH_DISCOVERY(test_language),
		WITH_DISCOVERY(test_what_leaves_the_configuration),
		WITH_DISCOVERY(test_retained),
		WITH_DISCOVERY(test_button),
		WITH_DISCOVERY(test_each_button_is_its_own),
		WITH_DISCOVERY(test_button_of_a_drill),
		WITH_DISCOVERY(test_without_the_section),
	};

	return cmocka_run_group_tests_name("discovery", tests, NULL, NULL) ? 1 : 0;
}
