/* The documents, read back with jansson: every member, broken texts, times, drills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/document_site.h"

static void test_state(void **state)
{
	char *text = document_state(&site, "online", "0.1.0", NULL, &now);
	json_t *json = parse(text);

	(void)state;
	assert_keys(json, "v status site version since");
	assert_member(json, "status", "online");
	assert_member(json, "site/id", "centre");
	assert_member(json, "site/zh", "行政服务中心");
	assert_member(json, "version", "0.1.0");
	assert_time(json, "since", now.now_ms);
	json_decref(json);
	text = document_state(&site, "offline", "0.1.0", "cafe0123", NULL);
	json = parse(text);
	assert_true(json_is_null(at(json, "since")));
	assert_member(json, "instance", "cafe0123");
	json_decref(json);
}

static json_t *point_of(size_t point, struct reading reading)
{
	char *text = document_point(&points[point], &reading, &now);

	return parse(text);
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
	/* Beyond its range there is no number, but a word for it. */
	json = point_of(WATER, (struct reading){ WATER, QUALITY_OVER, REASON_RANGE, 0, 10, 99000 });
	assert_true(json_is_null(at(json, "value")));
	assert_member(json, "quality", "over");
	assert_member(json, "reason", "out of range");
	assert_true(json_number_value(at(json, "limit")) == 10);
	assert_member(json, "text/en", "above 10.00 bar");
	assert_member(json, "text/zh", "高于 10.00 bar");
	json_decref(json);
	json = point_of(WATER, (struct reading){ WATER, QUALITY_UNDER, REASON_RANGE, 0, 0, 99000 });
	assert_member(json, "text/en", "below 0.00 bar");
	json_decref(json);
	json = point_of(BOILER, (struct reading){ BOILER, QUALITY_BAD, REASON_NEVER, 0, 1, 0 });
	assert_true(json_is_null(at(json, "value")));
	assert_true(json_is_null(at(json, "text")));
	assert_member(json, "quality", "bad");
	assert_true(json_is_null(at(json, "time")));
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
	const struct document_alert alert = { "run-17", 17, &transition,
		.journal = origin.journal };
	char *text;
	json_t *json;

	(void)state;
	incident.drill = true;
	incident.acked_ms = 98000;
	strcpy(incident.acked_by, "wang");
	text = document_alert(&alert, OUTPUTS, &site, &now);
	assert_non_null(strstr(text, "\"replayed\":false")); /* what the outbox rewrites */
	json = parse(text);
	assert_keys(json, "v id seq event time replayed drill site step fact user note incident");
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
	assert_member(json, "incident/journal", origin.journal);
	assert_int_equal(json_integer_value(at(json, "incident/seq")), 17);
	assert_time(json, "incident/acknowledged/time", 98000);
	json_decref(json);
	transition.step = -1;
	transition.note = "broken \xe6\xb0";
	text = document_alert(&alert, NULL, &site, &now);
	json = parse(text);
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
	char *text;
	json_t *json;

	(void)state;
	incident.steps[1].applies = TRUTH_UNKNOWN; /* waits for an answer: not told */
	incident.steps[2].applies = TRUTH_FALSE;   /* nor what does not apply */
	text = document_notify(&alert, &desk, &site, &now);
	json = parse(text);
	assert_keys(json, "v id seq event time replayed drill site role on_duty level note "
			  "incident facts steps");
	assert_member(json, "event", "raised");
	assert_true(json_is_null(at(json, "on_duty")));
	assert_true(json_is_false(at(json, "replayed")));
	assert_member(json, "role/id", "service_desk");
	assert_keys(at(json, "incident"),
		"id type type_id name zone zone_name severity state stage drill taken_back");
	assert_int_equal(json_array_size(at(json, "steps")), 1);
	assert_member(json, "steps/0/id", "boilers-off");
	json_decref(json);
	incident.steps[0].status = STEP_DONE;
	assert_null(document_notify(&alert, &property, &site, &now));
}

/* Those who are called see what is late, whosever it is; also when nothing is. */
static void test_notify_escalated(void **state)
{
	struct incident incident = incident_new();
	const struct transition escalated = { TRANSITION_ESCALATED, &incident, -1, "facilityd",
		"level 1 of 2: not acknowledged", 100000 };
	const struct document_alert alert = { "r-9", 9, &escalated };
	char *text;
	json_t *json;

	(void)state;
	incident.level = 1;
	text = document_notify(&alert, &property, &site, &now);
	json = parse(text);
	assert_member(json, "event", "escalated");
	assert_member(json, "note", "level 1 of 2: not acknowledged");
	assert_int_equal(json_integer_value(at(json, "level")), 1);
	assert_int_equal(json_array_size(at(json, "steps")), 0);
	json_decref(json);
	incident.steps[1].overdue = true; /* the desk's */
	incident.steps[2].status = STEP_FAILED;
	text = document_notify(&alert, &property, &site, &now);
	json = parse(text);
	assert_int_equal(json_array_size(at(json, "steps")), 2);
	assert_member(json, "steps/0/id", "notices");
	json_decref(json);
}

/* To another role: the steps of those who are not there. */
static void test_notify_instead(void **state)
{
	static const struct role head = { "window_service_head", { "负责人", "Head" } };
	const struct role *const absent[] = { &desk, &property };
	struct incident incident = incident_new();
	const struct transition transition = { TRANSITION_RAISED, &incident, -1, "facilityd",
		"nobody of service_desk is on duty", 90000 };
	struct document_alert alert = { "r-9", 9, &transition, ON_DUTY_SOMEBODY, absent, 1 };
	char *text;
	json_t *json;

	(void)state;
	incident.steps[2].applies = TRUTH_FALSE;
	text = document_notify(&alert, &head, &site, &now);
	json = parse(text);
	assert_member(json, "role/id", "window_service_head");
	assert_true(json_is_true(at(json, "on_duty")));
	assert_member(json, "note", "nobody of service_desk is on duty");
	assert_int_equal(json_array_size(at(json, "steps")), 2);
	json_decref(json);
	/* A step of two who are absent stands once. */
	alert.absent_count = 2;
	alert.on_duty = ON_DUTY_NOBODY;
	text = document_notify(&alert, &head, &site, &now);
	json = parse(text);
	assert_true(json_is_false(at(json, "on_duty")));
	assert_int_equal(json_array_size(at(json, "steps")), 2);
	json_decref(json);
	/* Whose roles are there is not told here. */
	alert.absent = &absent[1];
	alert.absent_count = 1;
	text = document_notify(&alert, &head, &site, &now);
	json = parse(text);
	assert_int_equal(json_array_size(at(json, "steps")), 1);
	assert_member(json, "steps/0/id", "boilers-off");
	json_decref(json);
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
	char *text = document_trouble(&trouble, &now);
	json_t *json = parse(text);

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
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_notify_escalated),
		cmocka_unit_test(test_notify_instead),
		cmocka_unit_test(test_trouble),
	};

	return cmocka_run_group_tests_name("document", tests, NULL, NULL) ? 1 : 0;
}
