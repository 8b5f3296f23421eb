/* The record of an incident: what it makes of the journal's entries, whole, open, odd or missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "ctl/record.h"

#include <stdlib.h>
#include <string.h>

#define STEP(id, members) "{\"id\":\"" id "\",\"clause\":\"2.1\",\"applies\":\"yes\"," members "}"
#define DEADLINE "\"deadline\":\"2026-11-24T03:02:00.000Z\","

/* Deadlines are a minute after the raise. */
static const char closed[] =
	"{\"sequence\":9,\"kind\":\"alert\",\"time\":\"t9\",\"payload\":{\"v\":1,\"id\":"
	"\"e\",\"seq\":9,"
	"\"event\":\"closed\",\"time\":\"t\",\"drill\":false,\"site\":{\"id\":\"centre\"},"
	"\"step\":null,"
	"\"user\":\"li\",\"note\":\"\",\"new\":7,\"incident\":{\"id\":\"2-f3-a\",\"state\":"
	"\"closed\","
	"\"raised\":\"2026-11-24T03:01:00.000Z\",\"closed\":\"2026-11-24T03:05:00.000Z\","
	"\"returned\":null,\"acknowledged\":{\"time\":\"2026-11-24T03:01:12.500Z\",\"by\":"
	"\"li\"},"
	"\"steps\":[" STEP("kept", DEADLINE "\"status\":\"done\",\"time\":\"2026-11-24T03:"
					    "01:40.000Z\"") "," STEP("late",
		DEADLINE "\"status\":\"skipped\",\"time\":\"2026-11-24T03:02:30."
			 "500Z\"") "," STEP("free",
		"\"deadline\":null,\"status\":\"done\",\"time\":\"2026-11-24T03:04:00."
		"000Z\"") "," STEP("left", DEADLINE "\"status\":\"open\",\"time\":null") "]}}}";

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

static int64_t at(const char *text)
{
	int64_t wall_ms;

	assert_int_equal(clock_parse(text, &wall_ms), 0);
	return wall_ms;
}

static json_t *make(const char *entry, const char *now)
{
	json_t *entries = json_array(), *record;

	json_array_append_new(entries, parse(entry));
	record = record_make(entries, at(now));
	json_decref(entries);
	assert_non_null(record);
	return record;
}

static const json_t *step(const json_t *record, size_t i)
{
	return json_array_get(json_object_get(json_object_get(record, "incident"), "steps"), i);
}

static double number(const json_t *object, const char *key)
{
	assert_true(json_is_number(json_object_get(object, key)));
	return json_number_value(json_object_get(object, key));
}

static void test_closed(void **state)
{
	json_t *record = make(closed, "2026-11-25T00:00:00Z");
	const json_t *reaction = json_object_get(record, "reaction");

	(void)state;
	assert_true(json_is_false(json_object_get(record, "open")));
	assert_true(number(reaction, "acknowledged_s") == 12.5);
	assert_true(number(reaction, "closed_s") == 240);
	assert_true(json_is_null(json_object_get(reaction, "returned_s")));
	assert_true(number(reaction, "kept") == 1 && number(reaction, "missed") == 2);
	/* An undone step was late until the incident was closed, not until now. */
	assert_true(number(step(record, 3), "late_s") == 180);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(reaction, "latest"), "step")),
		"left");
	assert_true(json_is_true(json_object_get(step(record, 0), "kept")));
	assert_true(number(step(record, 0), "after_s") == 40);
	assert_true(number(step(record, 0), "allowed_s") == 60);
	assert_true(json_is_null(json_object_get(step(record, 0), "late_s")));
	assert_true(json_is_false(json_object_get(step(record, 1), "kept")));
	assert_true(number(step(record, 1), "late_s") == 30.5);
	assert_true(json_is_null(json_object_get(step(record, 2), "kept")));
	assert_true(json_is_null(json_object_get(step(record, 2), "allowed_s")));
	assert_true(json_is_null(json_object_get(step(record, 3), "after_s")));
	json_decref(record);
}

/* Open: late only once the deadline has passed; what does not apply has none to keep. */
static void test_open(void **state)
{
	static const struct {
		const char *now, *applies, *status;
		int kept; /* -1: null */
	} table[] = {
		{ "2026-11-24T03:01:59Z", "yes", "open", -1 },
		{ "2026-11-24T03:02:01Z", "yes", "open", 0 },
		{ "2026-11-24T03:02:01Z", "unknown", "accepted", 0 },
		{ "2026-11-24T03:02:01Z", "yes", "failed", 0 },
		{ "2026-11-24T03:02:01Z", "no", "open", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char entry[1000];
		json_t *record;
		const json_t *kept;

		snprintf(entry, sizeof(entry),
			"{\"sequence\":1,\"kind\":\"alert\",\"payload\":{\"event\":\"raised\","
			"\"incident\":{\"state\":\"active-unacknowledged\","
			"\"raised\":\"2026-11-24T03:01:00Z\",\"steps\":[{" DEADLINE
			"\"applies\":\"%s\",\"status\":\"%s\",\"time\":null}]}}}",
			table[i].applies, table[i].status);
		record = make(entry, table[i].now);
		kept = json_object_get(step(record, 0), "kept");
		assert_true(json_is_true(json_object_get(record, "open")));
		if (table[i].kept < 0 ? !json_is_null(kept) : !json_is_false(kept))
			fail_msg("row %zu", i);
		json_decref(record);
	}
}

static void test_timeline(void **state)
{
	json_t *entries = json_array(), *record, *timeline, *event;

	(void)state;
	json_array_append_new(entries,
		parse("{\"sequence\":1,\"kind\":\"alert\",\"time\":\"t1\",\"payload\":{\"event\":"
		      "\"step\",\"step\":\"s\",\"incident\":{\"state\":\"x\",\"steps\":[{\"id\":"
		      "\"s\",\"status\":\"done\",\"action\":{\"state\":\"done\"}}]}}}"));
	json_array_append_new(entries,
		parse("{\"sequence\":2,\"kind\":\"teleported\",\"time\":\"t2\",\"payload\":\"no "
		      "document\"}"));
	json_array_append_new(entries,
		parse("{\"sequence\":3,\"kind\":\"notify\",\"time\":\"t3\",\"payload\":{\"event\":"
		      "\"raised\",\"role\":{\"id\":\"r\"},\"steps\":[{\"id\":\"a\"},{\"id\":\"b\"}]"
		      ","
		      "\"level\":2}}"));
	json_array_append_new(entries,
		parse("{\"sequence\":4,\"kind\":\"alert\",\"time\":\"t4\",\"payload\":{\"event\":"
		      "\"beamed-up\",\"whither\":{\"zh\":\"x\"},\"incident\":{\"state\":\"y\"}}}"));
	record = record_make(entries, 0);
	timeline = json_object_get(record, "timeline");
	assert_int_equal(json_array_size(timeline), 3);
	event = json_array_get(timeline, 0);
	assert_string_equal(json_string_value(json_object_get(event, "status")), "done");
	assert_true(json_is_object(json_object_get(event, "action")));
	assert_null(json_object_get(event, "incident"));
	event = json_array_get(timeline, 1);
	assert_string_equal(json_string_value(json_object_get(event, "payload")), "no document");
	event = json_array_get(timeline, 2); /* of a newer facilityd: all that it says */
	assert_string_equal(json_string_value(json_object_get(event, "event")), "beamed-up");
	assert_true(json_is_object(json_object_get(event, "whither")));
	assert_string_equal(json_string_value(json_object_get(event, "state")), "y");
	event = json_array_get(json_object_get(record, "notices"), 0);
	assert_int_equal(json_array_size(json_object_get(event, "steps")), 2);
	assert_true(number(event, "level") == 2);
	json_decref(record);
	json_decref(entries);
}

/* Nothing is there, or nothing is as it should be: a record all the same. */
static void test_odd(void **state)
{
	static const char *const odd[] = { "{}", "{\"kind\":\"alert\"}", "[]",
		"{\"kind\":\"alert\",\"payload\":{\"incident\":7}}",
		"{\"kind\":\"alert\",\"payload\":{\"incident\":{\"steps\":[7,{\"deadline\":\"x\"}]}"
		"}}" };
	json_t *entries = json_array(), *record;

	(void)state;
	record = record_make(entries, 0);
	assert_true(json_is_true(json_object_get(record, "open")));
	json_decref(record);
	json_decref(entries);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		json_decref(make(odd[i], "2026-11-24T03:01:59Z"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL) ? 1 : 0;
}
