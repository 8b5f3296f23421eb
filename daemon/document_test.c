/* The documents, read back with jansson: every member, broken texts, times, drills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/document_site.h"

#include "core/clock.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static json_t *parse(char *text, size_t length)
{
	json_error_t error;
	json_t *json;

	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s in %s", error.text, text);
	assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
	free(text);
	return json;
}

/* The member at a path like "steps/0/roles/1/id". */
static json_t *at(json_t *json, const char *path)
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

static void assert_member(json_t *json, const char *path, const char *expected)
{
	assert_string_equal(json_string_value(at(json, path)), expected);
}

static void assert_time(json_t *json, const char *path, int64_t boot_ms)
{
	int64_t wall_ms;

	assert_int_equal(clock_parse(json_string_value(at(json, path)), &wall_ms), 0);
	assert_int_equal(wall_ms, WALL_MS - (now.now_ms - boot_ms));
}

/* The members in this order and no others: "v id zone ...". */
static void assert_keys(json_t *json, const char *expected)
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

static void test_state(void **state)
{
	size_t length;
	char *text = document_state(&site, "online", "0.1.0", &now, &length);
	json_t *json = parse(text, length);

	(void)state;
	assert_keys(json, "v status site version since");
	assert_member(json, "status", "online");
	assert_member(json, "site/id", "centre");
	assert_member(json, "site/zh", "行政服务中心");
	assert_member(json, "version", "0.1.0");
	assert_time(json, "since", now.now_ms);
	json_decref(json);
	text = document_state(&site, "offline", "0.1.0", NULL, &length);
	json = parse(text, length);
	assert_true(json_is_null(at(json, "since")));
	json_decref(json);
}

static json_t *point_of(size_t point, struct reading reading)
{
	size_t length;
	char *text = document_point(&points[point], &reading, &now, &length);

	return parse(text, length);
}

static void test_point(void **state)
{
	json_t *json = point_of(
		WATER, (struct reading){ WATER, QUALITY_GOOD, REASON_NONE, 0, 2.1, 99000 });

	(void)state;
	assert_keys(json, "v id zone class name value text unit quality reason time");
	assert_member(json, "id", "f3-water-pressure");
	assert_member(json, "zone", "f3");
	assert_member(json, "class", "water.pressure");
	assert_member(json, "name/en", "Water pressure, floor 3");
	assert_true(json_real_value(at(json, "value")) == 2.1);
	assert_true(json_is_null(at(json, "text")));
	assert_member(json, "unit", "bar");
	assert_member(json, "quality", "good");
	assert_true(json_is_null(at(json, "reason")));
	assert_time(json, "time", 99000);
	json_decref(json);
	json = point_of(BOILER, (struct reading){ BOILER, QUALITY_GOOD, REASON_NONE, 0, 1, 99000 });
	assert_int_equal(json_integer_value(at(json, "value")), 1);
	assert_member(json, "text/zh", "通电");
	assert_member(json, "text/en", "on");
	assert_member(json, "unit", "");
	json_decref(json);
}

/* No value is never a number, whatever the struct still holds. */
static void test_point_without_value(void **state)
{
	json_t *json = point_of(
		WATER, (struct reading){ WATER, QUALITY_STALE, REASON_AGE, 0, 2.1, 99000 });

	(void)state;
	assert_true(json_is_null(at(json, "value")));
	assert_true(json_is_null(at(json, "text")));
	assert_member(json, "quality", "stale");
	assert_member(json, "reason", reason_name(REASON_AGE));
	json_decref(json);
	json = point_of(BOILER, (struct reading){ BOILER, QUALITY_BAD, REASON_NEVER, 0, 1, 0 });
	assert_true(json_is_null(at(json, "value")));
	assert_true(json_is_null(at(json, "text")));
	assert_member(json, "quality", "bad");
	assert_true(json_is_null(at(json, "time")));
	json_decref(json);
}

static void test_incident(void **state)
{
	struct incident incident = incident_new();
	size_t length;
	char *text = document_incident(&incident, ACTUATION, &site, &now, &length);
	json_t *json = parse(text, length);

	(void)state;
	assert_keys(json, "v id type type_id name zone zone_name severity state drill raised "
			  "acknowledged returned closed causes steps");
	assert_member(json, "id", "2-f3-1b3xk");
	assert_int_equal(json_integer_value(at(json, "type")), 2);
	assert_member(json, "type_id", "water-loss");
	assert_member(json, "name/zh", "停水");
	assert_member(json, "zone", "f3");
	assert_member(json, "zone_name/en", "Floor 3");
	assert_member(json, "severity", "high");
	assert_member(json, "state", "active-unacknowledged");
	assert_true(json_is_false(at(json, "drill")));
	assert_time(json, "raised", 90000);
	assert_true(json_is_null(at(json, "acknowledged")));
	assert_true(json_is_null(at(json, "returned")));
	assert_true(json_is_null(at(json, "closed")));
	assert_keys(at(json, "causes/0"), "rule name by note active since until readings");
	assert_member(json, "causes/0/rule", "water-pressure-low");
	assert_member(json, "causes/0/name/en", "Water pressure low");
	assert_true(json_is_null(at(json, "causes/0/by")));
	assert_member(json, "causes/0/note", "");
	assert_true(json_is_true(at(json, "causes/0/active")));
	assert_time(json, "causes/0/since", 85000);
	assert_true(json_is_null(at(json, "causes/0/until")));
	assert_keys(
		at(json, "causes/0/readings/0"), "point name value text unit quality reason time");
	assert_member(json, "causes/0/readings/0/point", "f3-water-pressure");
	assert_true(json_real_value(at(json, "causes/0/readings/0/value")) == 0.31);
	assert_time(json, "causes/0/readings/0/time", 89500);
	assert_int_equal(json_array_size(at(json, "steps")), 3);
	json_decref(json);
}

static void test_incident_reported(void **state)
{
	struct incident incident = incident_new();
	size_t length;
	char *text;
	json_t *json;

	(void)state;
	incident.causes[0] = (struct cause){
		.active = true, .since_ms = 85000, .by = "li", .note = "水漫出来了"
	};
	text = document_incident(&incident, ACTUATION, &site, &now, &length);
	json = parse(text, length);
	assert_member(json, "causes/0/rule", "report");
	assert_member(json, "causes/0/name/zh", "人工报告");
	assert_member(json, "causes/0/by", "li");
	assert_member(json, "causes/0/note", "水漫出来了");
	assert_int_equal(json_array_size(at(json, "causes/0/readings")), 0);
	json_decref(json);
}

static void test_incident_steps(void **state)
{
	struct incident incident = incident_new();
	struct step_state *skipped = &incident.steps[1];
	size_t length;
	char *text;
	json_t *json, *output;

	(void)state;
	skipped->status = STEP_SKIPPED;
	skipped->status_ms = 95000;
	skipped->applies = TRUTH_UNKNOWN;
	strcpy(skipped->by, "li");
	strcpy(skipped->note, "printer broken \xff");
	text = document_incident(&incident, ACTUATION, &site, &now, &length);
	json = parse(text, length);
	assert_keys(at(json, "steps/0"),
		"id clause text roles deadline mandatory applies status by time note action");
	assert_member(json, "steps/0/clause", "2.2");
	assert_member(json, "steps/0/text/en", "Switch the boilers off");
	assert_member(json, "steps/0/roles/1/id", "service_desk");
	assert_member(json, "steps/0/roles/1/zh", "总服务台");
	assert_time(json, "steps/0/deadline", 90000 + 120000);
	assert_true(json_is_true(at(json, "steps/0/mandatory")));
	assert_member(json, "steps/0/applies", truth_name(TRUTH_TRUE));
	assert_member(json, "steps/0/status", "open");
	assert_true(json_is_null(at(json, "steps/0/by")));
	assert_true(json_is_null(at(json, "steps/0/time")));
	assert_member(json, "steps/0/note", "");
	assert_keys(at(json, "steps/0/action"), "id name mode state time outputs");
	assert_member(json, "steps/0/action/mode", "auto");
	assert_member(json, "steps/0/action/state", action_state_name(ACTION_WANTED));
	output = at(json, "steps/0/action/outputs/0");
	assert_keys(output, "point name wanted text state error time");
	assert_member(output, "point", "f3-boiler");
	assert_int_equal(json_integer_value(at(output, "wanted")), 0);
	assert_member(output, "text/en", "off");
	assert_member(output, "state", "confirmed");
	assert_true(json_is_null(at(output, "error")));
	assert_time(output, "time", 99500);
	assert_true(json_is_null(at(json, "steps/1/deadline")));
	assert_true(json_is_null(at(json, "steps/1/action")));
	assert_member(json, "steps/1/status", "skipped");
	assert_member(json, "steps/1/applies", truth_name(TRUTH_UNKNOWN));
	assert_member(json, "steps/1/by", "li");
	assert_time(json, "steps/1/time", 95000);
	assert_member(json, "steps/1/note", "printer broken " BAD);
	json_decref(json);
}

static void test_alert(void **state)
{
	struct incident incident = incident_new();
	struct transition transition = { .kind = TRANSITION_STEP,
		.incident = &incident,
		.step = 1,
		.user = "li",
		.note = "",
		.at_ms = 99900 };
	const struct document_alert alert = { "run-17", 17, &transition };
	size_t length;
	char *text;
	json_t *json;

	(void)state;
	incident.drill = true;
	incident.acked_ms = 98000;
	strcpy(incident.acked_by, "wang");
	text = document_alert(&alert, ACTUATION, &site, &now, &length);
	assert_non_null(strstr(text, "\"replayed\":false")); /* what the outbox rewrites */
	json = parse(text, length);
	assert_keys(json, "v id seq event time replayed drill site step user note incident");
	assert_member(json, "id", "run-17");
	assert_int_equal(json_integer_value(at(json, "seq")), 17);
	assert_member(json, "event", transition_name(TRANSITION_STEP));
	assert_time(json, "time", 99900);
	assert_true(json_is_true(at(json, "drill")));
	assert_true(json_is_true(at(json, "incident/drill")));
	assert_member(json, "site/en", "Service centre");
	assert_member(json, "step", "notices");
	assert_member(json, "user", "li");
	assert_member(json, "incident/acknowledged/by", "wang");
	assert_time(json, "incident/acknowledged/time", 98000);
	json_decref(json);
	transition.step = -1;
	transition.note = "broken \xe6\xb0";
	text = document_alert(&alert, NULL, &site, &now, &length);
	json = parse(text, length);
	assert_true(json_is_null(at(json, "step")));
	assert_member(json, "note", "broken " BAD);
	assert_int_equal(json_array_size(at(json, "incident/steps/0/action/outputs")), 0);
	json_decref(json);
}

static void test_notify(void **state)
{
	struct incident incident = incident_new();
	const struct transition transition = { .kind = TRANSITION_RAISED,
		.incident = &incident,
		.step = -1,
		.user = "facilityd",
		.note = "",
		.at_ms = 90000 };
	const struct document_alert alert = { "run-1", 1, &transition };
	size_t length;
	char *text;
	json_t *json;

	(void)state;
	incident.steps[1].applies = TRUTH_UNKNOWN; /* may apply: told */
	incident.steps[2].applies = TRUTH_FALSE;   /* does not: not told */
	text = document_notify(&alert, &desk, &site, &now, &length);
	json = parse(text, length);
	assert_keys(json, "v id seq event time replayed drill site role incident steps");
	assert_member(json, "event", "raised");
	assert_true(json_is_false(at(json, "replayed")));
	assert_member(json, "role/id", "service_desk");
	assert_keys(
		at(json, "incident"), "id type type_id name zone zone_name severity state drill");
	assert_int_equal(json_array_size(at(json, "steps")), 2);
	assert_member(json, "steps/0/id", "boilers-off");
	assert_member(json, "steps/1/id", "notices");
	json_decref(json);
	incident.steps[0].status = STEP_DONE;
	length = 1;
	assert_null(document_notify(&alert, &property, &site, &now, &length));
	assert_int_equal(length, 0);
}

static void test_trouble(void **state)
{
	const struct trouble trouble = {
		.id = "device.water-f3",
		.zh = "设备无应答",
		.en = "no answer",
		.since_ms = 97000,
		.lasting = true,
	};
	size_t length;
	char *text = document_trouble(&trouble, &now, &length);
	json_t *json = parse(text, length);

	(void)state;
	assert_keys(json, "v id text since");
	assert_member(json, "id", "device.water-f3");
	assert_member(json, "text/zh", "设备无应答");
	assert_time(json, "since", 97000);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_point),
		cmocka_unit_test(test_point_without_value),
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_incident_reported),
		cmocka_unit_test(test_incident_steps),
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_trouble),
	};

	return cmocka_run_group_tests_name("document", tests, NULL, NULL) ? 1 : 0;
}
