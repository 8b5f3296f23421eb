/* The documents of alarm hygiene and of people, read back; the engine is a pretended one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/stats.h"
#include "tests/document_site.h"

#include <stdlib.h>
#include <time.h>

enum { MINUTE = 60 * 1000, INCIDENTS = 10 };

static struct incident incidents[INCIDENTS];

/* What an engine would tell; it is not under test here. */
const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	(void)engine;
	return i < INCIDENTS ? &incidents[i] : NULL;
}

bool engine_chatter(const struct engine *engine, size_t i, struct chatter *chatter)
{
	(void)engine;
	*chatter = (struct chatter){ &rule, &zones[1], 7 };
	return i == 0;
}

static void make_incidents(void)
{
	static struct fact facts[2];
	static struct incident_type asking;

	asking = type;
	asking.facts = facts;
	asking.fact_count = 2;
	for (size_t i = 0; i < INCIDENTS; i++) {
		incidents[i] = incident_new();
		snprintf(incidents[i].id, sizeof(incidents[i].id), "2-f3-%zu", i);
		incidents[i].type = &asking;
		incidents[i].facts[1].asked = i == 0 || i == 3;
	}
	incidents[1].state = INCIDENT_SHELVED_ACTIVE;
	incidents[2].state = INCIDENT_RETURNED_ACKED;
	incidents[3].drill = true;
	for (size_t i = 4; i < INCIDENTS; i++)
		incidents[i].state = i < 6 ? INCIDENT_SUPPRESSED_RETURNED : INCIDENT_HANDED_OVER;
}

static void test_stats(void **state)
{
	struct stats_view view = {
		.hygiene = hygiene_new(), .standing_ms = 10000, .stale_ms = 20000, .clock = now
	};
	char *text;
	json_t *json;

	(void)state;
	make_incidents();
	for (int i = 0; i < 11; i++)
		hygiene_raise((struct hygiene *)view.hygiene, 2, "f3", 90000 + i);
	text = document_stats(&view);
	json = parse(text);
	assert_keys(json, "v time open raised flood chattering standing stale most_frequent");
	assert_time(json, "time", 100000);
	assert_keys(at(json, "open"),
		"active returned unacknowledged shelved suppressed handed_over "
		"drills questions");
	assert_int_equal(json_integer_value(at(json, "open/active")), 1);
	assert_int_equal(json_integer_value(at(json, "open/returned")), 1);
	assert_int_equal(json_integer_value(at(json, "open/unacknowledged")), 1);
	assert_int_equal(json_integer_value(at(json, "open/shelved")), 1);
	assert_int_equal(json_integer_value(at(json, "open/suppressed")), 2);
	assert_int_equal(json_integer_value(at(json, "open/handed_over")), 4);
	assert_int_equal(json_integer_value(at(json, "open/drills")), 1);
	assert_int_equal(json_integer_value(at(json, "open/questions")), 1); /* not the drill's */
	assert_keys(at(json, "raised"),
		"last_10_min last_hour last_day average_per_10_min peak_10_min peak_time");
	assert_int_equal(json_integer_value(at(json, "raised/last_day")), 11);
	assert_true(json_real_value(at(json, "raised/average_per_10_min")) == 0.076);
	assert_time(json, "raised/peak_time", 90010);
	assert_keys(at(json, "flood"), "active since limit percent_of_day");
	assert_true(json_is_true(at(json, "flood/active")));
	assert_time(json, "flood/since", 90010);
	assert_keys(at(json, "chattering/0"), "rule zone raises");
	assert_int_equal(json_array_size(at(json, "chattering")), 1);
	assert_int_equal(json_integer_value(at(json, "chattering/0/raises")), 7);
	assert_int_equal(json_array_size(at(json, "standing")), 1);
	assert_keys(at(json, "standing/0"), "incident since");
	assert_member(json, "standing/0/incident", "2-f3-0");
	assert_time(json, "standing/0/since", 85000);
	assert_int_equal(json_array_size(at(json, "stale")), 0);
	assert_keys(at(json, "most_frequent/0"), "type zone raises");
	assert_int_equal(json_integer_value(at(json, "most_frequent/0/raises")), 11);
	json_decref(json);
	hygiene_free((struct hygiene *)view.hygiene);
}

static void test_stale_and_nothing(void **state)
{
	struct stats_view view = {
		.hygiene = hygiene_new(), .standing_ms = 10000, .stale_ms = 14000, .clock = now
	};
	char *text;
	json_t *json;

	(void)state;
	make_incidents();
	text = document_stats(&view);
	json = parse(text);
	assert_int_equal(json_array_size(at(json, "standing")), 1);
	assert_int_equal(json_array_size(at(json, "stale")), 1);
	assert_true(json_is_null(at(json, "raised/peak_time")));
	assert_true(json_is_null(at(json, "flood/since")));
	assert_int_equal(json_array_size(at(json, "most_frequent")), 0);
	json_decref(json);
	hygiene_free((struct hygiene *)view.hygiene);
}

static void test_person(void **state)
{
	static const struct duty hours[] = { { 0, WEEK_MIN - 60 } };
	struct person person = {
		.id = "li-si",
		.name = { "李四", "Li Si" },
		.roles = { &desk, &property },
		.role_count = 2,
		.phone = "+86 000 0000 0102",
		.duty = hours,
		.duty_count = 1,
	};
	char *text;
	json_t *json;

	(void)state;
	setenv("TZ", "CST-8", 1);
	tzset();
	text = document_person(&person, &now, true);
	json = parse(text);
	assert_keys(json, "v id name roles phone account on_duty until");
	assert_member(json, "id", "li-si");
	assert_member(json, "name/zh", "李四");
	assert_member(json, "roles/1/id", "property");
	assert_member(json, "phone", "+86 000 0000 0102");
	assert_true(json_is_null(at(json, "account")));
	assert_true(json_is_true(at(json, "on_duty"))); /* 2026-11-24 is a Tuesday */
	assert_member(json, "until", "2026-11-29T23:00:00.000+08:00");
	json_decref(json);
	text = document_person(&person, &now, false);
	json = parse(text);
	assert_true(json_is_null(at(json, "on_duty")));
	assert_true(json_is_null(at(json, "until")));
	json_decref(json);
	person.duty_count = 0;
	text = document_person(&person, &now, false);
	json = parse(text);
	assert_true(json_is_true(at(json, "on_duty")));
	assert_true(json_is_null(at(json, "until")));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_stale_and_nothing),
		cmocka_unit_test(test_person),
	};

	return cmocka_run_group_tests_name("document of stats", tests, NULL, NULL) ? 1 : 0;
}
