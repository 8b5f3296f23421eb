/*
 * For the tests of the documents: a small site, its plan, one incident, and an
 * actuation that tells of one output. Include cmocka first.
 */
#ifndef TESTS_DOCUMENT_SITE_H
#define TESTS_DOCUMENT_SITE_H

#include "core/clock.h"
#include "daemon/documents/document.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATER, BOILER };

static struct zone zones[] = {
	{ .id = "centre", .name = { "行政服务中心", "Service centre" } },
	{ .id = "f3", .name = { "三层", "Floor 3" }, .parent = &zones[0], .index = 1 },
};
static struct point_class classes[] = {
	{ .id = "water.pressure", .kind = POINT_NUMBER, .unit = "bar", .decimals = 2 },
	{ .id = "boiler.supply",
		.kind = POINT_STATE,
		.unit = "",
		.off = { "断电", "off" },
		.on = { "通电", "on" } },
};
static struct point points[] = {
	{ .id = "f3-water-pressure",
		.name = { "三层水压", "Water pressure, floor 3" },
		.class = &classes[WATER],
		.zone = &zones[1],
		.index = WATER },
	{ .id = "f3-boiler",
		.name = { "三层开水器", "Boiler, floor 3" },
		.class = &classes[BOILER],
		.zone = &zones[1],
		.index = BOILER },
};
static const struct site site = {
	.id = "centre",
	.name = { "行政服务中心", "Service centre" },
	.zones = zones,
	.zone_count = 2,
	.classes = classes,
	.class_count = 2,
	.points = points,
	.point_count = 2,
};
static const struct role desk = { "service_desk", { "总服务台", "Service desk" } };
static const struct role property = { "property", { "物业", "Property" } };
static const struct action boilers_off = {
	.id = "boilers-off",
	.name = { "关闭开水器", "Boilers off" },
	.class = &classes[BOILER],
	.mode = ACTION_AUTO,
};
static struct step steps[] = {
	{ .id = "boilers-off",
		.clause = "2.2",
		.text = { "关闭开水器", "Switch the boilers off" },
		.roles = { &property, &desk },
		.role_count = 2,
		.by = { &property },
		.by_count = 1,
		.tell = { &desk },
		.tell_count = 1,
		.deadline_ms = 120000,
		.mandatory = true,
		.action = &boilers_off },
	{ .id = "notices",
		.clause = "2.3",
		.text = { "张贴通知", "Put up notices" },
		.roles = { &desk },
		.role_count = 1,
		.by = { &desk },
		.by_count = 1 },
	{ .id = "later",
		.clause = "2.4",
		.text = { "以后", "Later" },
		.roles = { &desk },
		.role_count = 1,
		.by = { &desk },
		.by_count = 1 },
};
static const struct incident_type type = {
	.id = "water-loss",
	.number = 2,
	.name = { "停水", "Water loss" },
	.severity = SEVERITY_HIGH,
	.steps = steps,
	.step_count = 3,
};
static const struct rule rule = {
	.id = "water-pressure-low",
	.name = { "水压低", "Water pressure low" },
	.type = &type,
};

/* The instant 100 s after boot is this wall time. */
#define WALL_MS 1795489269250
static const struct moment now = { 100000, WALL_MS };

/* What the actuation would tell; it is not under test here. */
size_t outputs_of_step(const struct outputs *outputs, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	(void)outputs, (void)incident;
	assert_int_equal(step, 0);
	assert_true(max > 0);
	out[0] = (struct output_status){ &points[BOILER], 0, OUTPUT_CONFIRMED, 99500,
		WORD_WRITE_REFUSAL_NONE };
	return 1;
}

bool outputs_claim(const struct outputs *outputs, size_t i, struct output_claim *out)
{
	(void)outputs;
	*out = (struct output_claim){ .output = "f3-boiler",
		.incident = i == 0 ? "2-f3-1b3xk" : "12-f3.tea-1b3xl",
		.step = "boilers-off",
		.since_ms = 99000,
		.proved_ms = 99500 };
	return i < 2;
}

bool outputs_wanted(const struct outputs *outputs, const char *output, double *value)
{
	(void)outputs, (void)output, (void)value;
	return false;
}

enum word_write_refusal outputs_stuck(const struct outputs *outputs, const char *output)
{
	(void)outputs, (void)output;
	return WORD_WRITE_REFUSAL_NONE;
}

size_t outputs_reached(const struct outputs *outputs, const struct incident *incident, int step,
	const struct zone *place, struct output_status *out, size_t max)
{
	(void)place;
	outputs_of_step(outputs, incident, step, out, max);
	out[0].state = OUTPUT_ADVISED;
	return 1;
}

const char *output_state_name(enum output_state state)
{
	return state == OUTPUT_CONFIRMED ? "confirmed" : state == OUTPUT_ADVISED ? "advised" : "?";
}

#define OUTPUTS ((const struct outputs *)&now) /* any address: see above */

static struct incident incident_new(void)
{
	struct incident incident = {
		.id = "2-f3-1b3xk",
		.type = &type,
		.zone = &zones[1],
		.state = INCIDENT_ACTIVE_UNACKED,
		.told = true,
		.raised_ms = 90000,
		.levels = 2,
		.next_level_ms = 150000,
		.cause_count = 1,
	};
	struct cause *cause = &incident.causes[0];

	cause->rule = &rule;
	cause->active = true;
	cause->since_ms = 85000;
	cause->witness_count = 1;
	cause->witnesses[0] = (struct reading){ WATER, QUALITY_GOOD, REASON_NONE, 0, 0.31, 89500 };
	for (size_t i = 0; i < 3; i++)
		incident.steps[i].applies = TRUTH_TRUE;
	incident.steps[0].action = ACTION_WANTED;
	incident.steps[0].due_ms = 210000;
	return incident;
}

/* Reading documents back ---------------------------------------------------- */

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static inline json_t *parse(char *text)
{
	json_error_t error;
	json_t *json;

	assert_non_null(text);
	json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s in %s", error.text, text);
	assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
	free(text);
	return json;
}

/* The member at a path like "steps/0/roles/1/id". */
static inline json_t *at(json_t *json, const char *path)
{
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, "/", &save); key; key = strtok_r(NULL, "/", &save))
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(key))
					   : json_object_get(json, key);
	if (!json)
		fail_msg("no member %s", path);
	return json;
}

static const struct document_origin origin = { "0123456789abcdef", 7 };

static inline void assert_member(json_t *json, const char *path, const char *expected)
{
	assert_string_equal(json_string_value(at(json, path)), expected);
}

static inline void assert_time(json_t *json, const char *path, int64_t boot_ms)
{
	int64_t wall_ms;

	assert_int_equal(clock_parse(json_string_value(at(json, path)), &wall_ms), 0);
	assert_int_equal(wall_ms, WALL_MS - (now.now_ms - boot_ms));
}

/* The members in this order and no others: "v id zone ...". */
static inline void assert_keys(json_t *json, const char *expected)
{
	char keys[512] = "";
	const char *key;
	json_t *value;

	json_object_foreach (json, key, value) {
		if (*keys)
			strcat(keys, " ");
		strcat(keys, key);
	}
	assert_string_equal(keys, expected);
}

#endif
