/* What Home Assistant is told, each document whole: a member that is missing makes it useless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/discovery.h"

#include <stdlib.h>
#include <string.h>

static struct zone zones[] = {
	{ .id = "centre", .name = { "中心", "Centre" } },
	{ .id = "f3", .name = { "三层", "Floor 3" }, .parent = &zones[0], .index = 1 },
};
static struct point_class classes[] = {
	{ .id = "boiler.temperature",
		.kind = POINT_NUMBER,
		.unit = "degC",
		.decimals = 1,
		.homeassistant = "temperature" },
	{ .id = "leak", .kind = POINT_STATE, .unit = "", .homeassistant = "moisture" },
	{ .id = "count", .kind = POINT_NUMBER, .unit = "" },
};
static struct point points[] = {
	{ .id = "f3.boiler", .name = { "温度", "Temperature" }, .class = &classes[0] },
	{ .id = "f3-leak", .name = { "漏水", "Leak" }, .class = &classes[1] },
	{ .id = "f3-count", .name = { "计数", "Count" }, .class = &classes[2] },
};
static struct point *all_points[] = { &points[0], &points[1], &points[2] };
static struct bus gateway = { .id = "gateway" };
static const struct device meter = { .id = "water.f3",
	.name = { "三层水表", "Water meter" },
	.bus = &gateway,
	.zone = &zones[1],
	.points = all_points,
	.point_count = 3 };
static const struct config config = {
	.site = { .id = "centre", .name = { "中心", "Centre" } },
	.homeassistant = { true, "homeassistant", LANGUAGE_EN },
};
static const struct incident_type type = {
	.id = "water-loss", .number = 2, .name = { "停水", "Water loss" }
};
static const struct incident incident = { .id = "2-f3-1b3xk", .type = &type, .zone = &zones[1] };

#define THERE                                                                                      \
	"{`topic`:`facility/centre/state`,`value_template`:`{{ (value_json | default({})).status " \
	"}}`}"
#define GOOD(id)                                                                                   \
	"{`topic`:`facility/centre/point/" id "`,`value_template`:"                                \
	"`{{ 'online' if (value_json | default({})).quality == 'good' else 'offline' }}`}"
#define ORIGIN "`origin`:{`name`:`facilityd`,`sw_version`:`" FACILITYD_VERSION "`}"

/* `expected` has ` where JSON has ". */
static void assert_document(json_t *found, const char *expected)
{
	char *text = strdup(expected), *shown;
	json_t *wanted;

	for (char *at = text; *at; at++)
		*at = *at == '`' ? '"' : *at;
	wanted = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(wanted);
	shown = json_dumps(found, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	if (!json_equal(found, wanted))
		fail_msg("it is %s", shown);
	free(shown);
	free(text);
	json_decref(wanted);
	json_decref(found);
}

static void test_device(void **state)
{
	(void)state;
	assert_document(discovery_device_json(&config, &meter),
		"{`device`:{`identifiers`:[`facility_centre_water.f3`],`name`:`Water meter`,"
		"`suggested_area`:`Floor 3`,`via_device`:`facility_centre`}," ORIGIN
		",`components`:{"
		"`f3__boiler`:{`platform`:`sensor`,`name`:`Temperature`,"
		"`unique_id`:`facility_centre_f3.boiler`,`qos`:1,"
		"`state_topic`:`facility/centre/point/f3.boiler`,"
		"`value_template`:`{{ (value_json | default({})).value }}`,"
		"`availability_mode`:`all`,`availability`:[" THERE "," GOOD(
			"f3.boiler") "],"
				     "`device_class`:`temperature`,`unit_of_measurement`:`°C`,"
				     "`state_class`:`measurement`,`suggested_display_precision`:1},"
				     "`f3-leak`:{`platform`:`binary_sensor`,`name`:`Leak`,"
				     "`unique_id`:`facility_centre_f3-leak`,`qos`:1,"
				     "`state_topic`:`facility/centre/point/f3-leak`,"
				     "`value_template`:"
				     "`{{ {0: 'OFF', 1: 'ON'}.get((value_json | default({})).value, 'None') }}`,"
				     "`availability_mode`:`all`,`availability`:[" THERE "," GOOD(
					     "f3-leak") "],"
							"`device_class`:`moisture`},"
							"`f3-count`:{`platform`:`sensor`,`name`:`Count`,"
							"`unique_id`:`facility_centre_f3-count`,`qos`:1,"
							"`state_topic`:`facility/centre/point/f3-count`,"
							"`value_template`:`{{ (value_json | default({})).value }}`,"
							"`availability_mode`:`all`,`availability`:[" THERE
							"," GOOD(
								"f3-count") "],"
									    "`state_class`:`measurement`,`suggested_display_precision`:0},"
									    "`_problem`:{`platform`:`binary_sensor`,`name`:`Cannot be read`,"
									    "`unique_id`:`facility_centre__problem_water.f3`,`qos`:1,"
									    "`state_topic`:`facility/centre/troubles`,"
									    "`value_template`:`{{ 'ON' if 'device.water.f3' in value_json.troubles or "
									    "'bus.gateway' in value_json.troubles else 'OFF' }}`,"
									    "`entity_category`:`diagnostic`,`availability`:[" THERE
									    "],"
									    "`device_class`:`problem`}}}");
}

static void test_site(void **state)
{
	(void)state;
	assert_document(discovery_site_json(&config),
		"{`device`:{`identifiers`:[`facility_centre`],`name`:`Centre`}," ORIGIN
		",`components`:{"
		"`_connection`:{`platform`:`binary_sensor`,`name`:`facilityd is running`,"
		"`unique_id`:`facility_centre__connection`,`qos`:1,"
		"`state_topic`:`facility/centre/state`,"
		"`value_template`:`{{ 'ON' if (value_json | default({})).status == 'online' "
		"else 'OFF' }}`,"
		"`entity_category`:`diagnostic`,`device_class`:`connectivity`},"
		"`_incidents`:{`platform`:`sensor`,`name`:`Open incidents`,"
		"`unique_id`:`facility_centre__incidents`,`qos`:1,"
		"`state_topic`:`facility/centre/stats`,"
		"`value_template`:`{{ value_json.open.active + value_json.open.returned + "
		"value_json.open.shelved + value_json.open.suppressed + "
		"value_json.open.handed_over }}`,"
		"`availability`:[" THERE "],"
		"`state_class`:`measurement`},"
		"`_unacknowledged`:{`platform`:`sensor`,`name`:`Incidents not acknowledged`,"
		"`unique_id`:`facility_centre__unacknowledged`,`qos`:1,"
		"`state_topic`:`facility/centre/stats`,"
		"`value_template`:`{{ value_json.open.unacknowledged }}`,"
		"`availability`:[" THERE "],"
		"`state_class`:`measurement`},"
		"`_questions`:{`platform`:`sensor`,`name`:`Questions to answer`,"
		"`unique_id`:`facility_centre__questions`,`qos`:1,"
		"`state_topic`:`facility/centre/stats`,"
		"`value_template`:`{{ value_json.open.questions }}`,"
		"`availability`:[" THERE "],"
		"`state_class`:`measurement`},"
		"`_held`:{`platform`:`sensor`,`name`:`Held outputs`,"
		"`unique_id`:`facility_centre__held`,`qos`:1,"
		"`state_topic`:`facility/centre/held`,"
		"`value_template`:`{{ value_json.held | count }}`,"
		"`availability`:[" THERE "],"
		"`state_class`:`measurement`,"
		"`json_attributes_topic`:`facility/centre/held`,"
		"`json_attributes_template`:`{{ {'held': value_json.held} | tojson }}`},"
		"`_troubles`:{`platform`:`sensor`,`name`:`Troubles`,"
		"`unique_id`:`facility_centre__troubles`,`qos`:1,"
		"`state_topic`:`facility/centre/troubles`,"
		"`value_template`:`{{ value_json.troubles | count }}`,"
		"`entity_category`:`diagnostic`,`availability`:[" THERE "],"
		"`state_class`:`measurement`,"
		"`json_attributes_topic`:`facility/centre/troubles`,"
		"`json_attributes_template`:`{{ {'troubles': value_json.troubles} | tojson }}`}"
		"}}");
}

static void test_button(void **state)
{
	(void)state;
	assert_document(discovery_button_json(&config, &incident),
		"{`name`:`Acknowledge: Water loss, Floor 3`,"
		"`unique_id`:`facility_centre__ack_2-f3-1b3xk`,`qos`:1,"
		"`command_topic`:`facility/centre/cmd/homeassistant/ack`,"
		"`command_template`:`{\\`id\\`:\\`ha-{{ now().timestamp() }}\\`,\\`expires\\`:"
		"\\`{{ (now() + timedelta(minutes=1)).isoformat(timespec='seconds') }}\\`,"
		"\\`incident\\`:\\`2-f3-1b3xk\\`}`,"
		"`availability_mode`:`all`,`availability`:[" THERE
		",{`topic`:`facility/centre/incident/2-f3-1b3xk`,`value_template`:"
		"`{{ 'online' if ((value_json | default({})).state | default(''))"
		".endswith('-unacknowledged') else 'offline' }}`}],"
		"`json_attributes_topic`:`facility/centre/incident/2-f3-1b3xk`,"
		"`json_attributes_template`:`{{ {'taken_back': (value_json | default({})).taken_back "
		"| default(false), 'stage': (value_json | default({})).stage | default(none), "
		"'held_outputs': (value_json | default({})).claims | default([]) "
		"| map(attribute='output') | list, 'questions': (value_json | default({})).facts "
		"| default([]) | selectattr('asked') | map(attribute='question.en') | list} | tojson }}`,"
		"`device`:{`identifiers`:[`facility_centre`],`name`:`Centre`}," ORIGIN "}");
}

static void test_topic(void **state)
{
	char topic[DISCOVERY_TOPIC_SIZE];

	(void)state;
	discovery_topic(&config, "device", "water.f3", topic);
	assert_string_equal(topic, "homeassistant/device/facility_centre/water__f3/config");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_button),
		cmocka_unit_test(test_topic),
	};

	return cmocka_run_group_tests_name("document discovery", tests, NULL, NULL) ? 1 : 0;
}
