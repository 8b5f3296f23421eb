/* Commands: what is carried out, and every way to be refused without changing anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/command_bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALL_MS 1795489269250 /* 2026-11-24T03:01:09.250Z */
#define SOON "\"expires\":\"2026-11-24T03:05:00Z\""
#define GOOD "{\"id\":\"n1\"," SOON ",\"incident\":\"2-f3\"}"

static int make(void **state)
{
	const struct command_ports ports = {
		.refuse = port_refuse,
		.order = port_order,
		.use = port_use,
		.maintain = port_maintain,
		.record = port_record,
	};

	recorded = 0;
	did[0] = '\0';
	port_error = NULL;
	*state = bench_commands(&ports);
	return 0;
}

static json_t *run_message(struct command_set *set, const struct mqtt_message *message)
{
	size_t length;
	char *text = command_run(set, message, WALL_MS, &length);
	json_t *json;
	int64_t time_ms;

	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(json_object_size(json),
		5 + (json_object_get(json, "held_by") || json_object_get(json, "lock")));
	assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
	assert_int_equal(
		clock_parse(json_string_value(json_object_get(json, "time")), &time_ms), 0);
	assert_int_equal(time_ms, WALL_MS);
	free(text);
	return json;
}

static json_t *run_text(struct command_set *set, const char *topic, const char *payload)
{
	const struct mqtt_message message = {
		.topic = topic,
		.payload = payload,
		.length = strlen(payload),
	};

	return run_message(set, &message);
}

static void assert_ok(json_t *answer, const char *id)
{
	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_true(json_is_null(json_object_get(answer, "error")));
	assert_string_equal(json_string_value(json_object_get(answer, "id")), id);
	json_decref(answer);
}

/* Refused with a sentence that contains `why`, and nothing done. */
static void assert_refused(json_t *answer, const char *why)
{
	const char *error = json_string_value(json_object_get(answer, "error"));

	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_non_null(error);
	if (!strstr(error, why))
		fail_msg("\"%s\" does not contain \"%s\"", error, why);
	json_decref(answer);
}

/* Only the answer to a put-back says who holds on, and none that is refused. */
static void test_who_holds_on_is_said(void **state)
{
	static const char payload[] = "{\"id\":\"%d\"," SOON ",\"incident\":\"i\"}";
	char text[120];
	json_t *answer, *held;

	port_holders = (struct output_holders){ 2, { "12-f3.tea-1", "2-f3-2" } };
	snprintf(text, sizeof(text), payload, 1);
	answer = run_text(*state, "cmd/li/restore", text);
	held = json_object_get(answer, "held_by");
	assert_int_equal(json_array_size(held), 2);
	assert_string_equal(json_string_value(json_array_get(held, 1)), "2-f3-2");
	json_decref(answer);
	port_holders.count = 0;
	snprintf(text, sizeof(text), payload, 2);
	answer = run_text(*state, "cmd/li/restore", text);
	assert_int_equal(json_array_size(json_object_get(answer, "held_by")), 0);
	assert_non_null(json_object_get(answer, "held_by"));
	json_decref(answer);
	port_error = "no";
	snprintf(text, sizeof(text), payload, 3);
	answer = run_text(*state, "cmd/li/restore", text);
	assert_null(json_object_get(answer, "held_by"));
	json_decref(answer);
}

static void test_verbs(void **state)
{
	static const struct {
		const char *topic, *payload, *id, *did;
	} table[] = {
		{ "cmd/li/ack", "{\"id\":\"1\"," SOON ",\"incident\":\"2-f3\"}", "1",
			"ack 2-f3 by li: " },
		{ "cmd/li/accept", "{\"id\":\"2\"," SOON ",\"incident\":\"2-f3\",\"step\":\"all\"}",
			"2", "accept 2-f3 all by li: " },
		{ "cmd/li/done",
			"{\"id\":\"3\"," SOON ",\"incident\":\"2-f3\",\"step\":\"notices\"}", "3",
			"done 2-f3 notices by li: " },
		{ "cmd/li/done",
			"{\"id\":\"4\"," SOON
			",\"incident\":\"2-f3\",\"step\":\"all\",\"note\":\"好\"}",
			"4", "done 2-f3 all by li: 好" },
		{ "cmd/li/fail",
			"{\"id\":\"5\"," SOON
			",\"incident\":\"i\",\"step\":\"s\",\"note\":\"no key\"}",
			"5", "fail i s by li: no key" },
		{ "cmd/li/skip",
			"{\"id\":\"6\"," SOON
			",\"incident\":\"i\",\"step\":\"s\",\"note\":\"no water truck\"}",
			"6", "skip i s by li: no water truck" },
		{ "cmd/li/reopen", "{\"id\":\"7\"," SOON ",\"incident\":\"i\",\"step\":\"s\"}", "7",
			"reopen i s by li: " },
		{ "cmd/li/release", "{\"id\":\"8\"," SOON ",\"incident\":\"i\",\"step\":\"s\"}",
			"8", "release i s by li: " },
		{ "cmd/li/restore", "{\"id\":\"9\"," SOON ",\"incident\":\"i\"}", "9",
			"restore i by li: " },
		{ "cmd/li/report",
			"{\"id\":\"10\"," SOON
			",\"type\":13,\"zone\":\"f1.hall\",\"note\":\"a dog\"}",
			"10", "report f1.hall of type 13 by li: a dog" },
		{ "cmd/li/over", "{\"id\":\"11\"," SOON ",\"incident\":\"13-f1.hall\"}", "11",
			"over 13-f1.hall by li: " },
		{ "cmd/li/shelve",
			"{\"id\":\"12\"," SOON
			",\"incident\":\"i\",\"until\":\"30 min\",\"note\":\"why\"}",
			"12", "shelve i 30 min by li: why" },
		{ "cmd/li/unshelve", "{\"id\":\"13\"," SOON ",\"incident\":\"i\"}", "13",
			"unshelve i by li: " },
		{ "cmd/li/out-of-service",
			"{\"id\":\"14\"," SOON
			",\"type\":2,\"zone\":\"f3\",\"until\":\"1h\",\"note\":\"new pipes\"}",
			"14", "out-of-service f3 of type 2 60 min by li: new pipes" },
		{ "cmd/li/in-service", "{\"id\":\"15\"," SOON ",\"incident\":\"2-f3\"}", "15",
			"in-service 2-f3 by li: " },
		{ "cmd/li/hand-over",
			"{\"id\":\"16\"," SOON ",\"incident\":\"i\",\"to\":\"district police\"}",
			"16", "hand-over i district police by li: " },
		{ "cmd/li/drill", "{\"id\":\"17\"," SOON ",\"type\":2,\"zone\":\"f3\"}", "17",
			"drill f3 of type 2 by li: " },
		{ "cmd/li/drill-end",
			"{\"id\":\"18\"," SOON ",\"incident\":\"drill-2-f3\",\"note\":\"enough\"}",
			"18", "drill-end drill-2-f3 by li: enough" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_ok(run_text(*state, table[i].topic, table[i].payload), table[i].id);
		assert_string_equal(did, table[i].did);
	}
}

#define ACK(members) "{\"id\":\"n\"," SOON ",\"incident\":\"i\"" members "}"
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static const struct {
	const char *topic, *payload, *why;
} refused[] = {
	{ "cmd/li/akc", GOOD, "unknown verb \"akc\" (did you mean \"ack\"?)" },
	{ "cmd/li/", GOOD, "unknown verb \"\"" },
	{ "cmd/li/a\nb", GOOD, "unknown verb \"a?b\"" },
	{ "cmd/li/" A64, GOOD, "unknown verb" },
	{ "cmd/Li/ack", GOOD, "no valid user" },
	{ "cmd//ack", GOOD, "no valid user" },
	{ "cmd/li", GOOD, "no valid user" },
	{ "cmd/" A16 A16 "a/ack", GOOD, "no valid user" },
	{ "point/li/ack", GOOD, "no valid user" },
	{ "cmd/facilityd/ack", GOOD, "machine's own name" },
	{ "cmd/li/ack", "", "not JSON" },
	{ "cmd/li/ack", "{", "not JSON: line 1, column 1" },
	{ "cmd/li/ack", "[]", "not a JSON object" },
	{ "cmd/li/ack", "\"ack\"", "not JSON" },
	{ "cmd/li/ack", GOOD "x", "not JSON" },
	{ "cmd/li/ack", "{\"id\":\"\xff\"}", "not JSON" },
	{ "cmd/li/ack", "{\"id\":\"a\",\"id\":\"b\"}", "duplicate" },
	{ "cmd/li/ack", "{\"id\":\"\\u0000\"}", "not JSON" },
	{ "cmd/li/ack", "{}", "\"id\" is missing" },
	{ "cmd/li/ack", "{\"id\":\"\"," SOON ",\"incident\":\"i\"}", "\"id\" is missing" },
	{ "cmd/li/ack", "{\"id\":7," SOON ",\"incident\":\"i\"}", "\"id\" must be a text" },
	{ "cmd/li/ack", "{\"id\":\"" A64 "a\"," SOON ",\"incident\":\"i\"}", "at most 64 bytes" },
	{ "cmd/li/ack", "{\"id\":\"n\",\"incident\":\"i\"}", "\"expires\" is missing" },
	{ "cmd/li/ack", "{\"id\":\"n\"," SOON "}", "\"incident\" is missing" },
	{ "cmd/li/ack", "{\"id\":\"n\"," SOON ",\"incident\":null}", "must be a text" },
	{ "cmd/li/ack", ACK(",\"step\":\"s\""), "\"step\" has no place in \"ack\"" },
	{ "cmd/li/ack", ACK(",\"note\":\"s\""), "\"note\" has no place in \"ack\"" },
	{ "cmd/li/ack", ACK(",\"incidnet\":\"s\""), "did you mean \"incident\"?" },
	{ "cmd/li/ack", ACK(",\"\":\"s\""), "unknown key \"\"" },
	{ "cmd/li/ack", ACK(",\"" A64 "\":\"s\""), "unknown key" },
	{ "cmd/li/done", ACK(""), "\"step\" is missing" },
	{ "cmd/li/skip", ACK(",\"step\":\"s\""), "\"note\" is missing" },
	{ "cmd/li/shelve", ACK(",\"minutes\":0,\"note\":\"n\""), "must be a whole number from 1" },
	{ "cmd/li/shelve", ACK(",\"minutes\":\"5\",\"note\":\"n\""), "must be a whole number" },
	{ "cmd/li/shelve", ACK(",\"minutes\":5"), "\"note\" is missing" },
	{ "cmd/li/shelve", ACK(",\"note\":\"n\""), "\"until\" is missing" },
	{ "cmd/li/shelve", ACK(",\"until\":\"soon\",\"note\":\"n\""),
		"\"until\" must be like \"30 min\"" },
	{ "cmd/li/shelve", ACK(",\"until\":\"2001-12-01 14:30\",\"note\":\"n\""), "past" },
	{ "cmd/li/shelve", ACK(",\"until\":\"1h\",\"minutes\":5,\"note\":\"n\""), "not both" },
	{ "cmd/li/ack", ACK(",\"minutes\":5"), "has no place in \"ack\"" },
	{ "cmd/li/lock", "{\"id\":\"n\"," SOON ",\"what\":\"zone:f2\",\"note\":\"n\"}",
		"\"until\" is missing" },
	{ "cmd/li/lock", "{\"id\":\"n\"," SOON ",\"quiet\":\"yes\"}",
		"\"quiet\" must be true or false" },
	{ "cmd/li/hand-over", ACK(""), "\"to\" is missing" },
	{ "cmd/li/skip", ACK(",\"step\":\"s\",\"note\":\"\""), "\"note\" is missing" },
	{ "cmd/li/done", ACK(",\"step\":\"" A64 "\""), "\"step\": at most 48 bytes" },
	{ "cmd/li/done", ACK(",\"step\":\"s\",\"note\":\"" A64 A64 A64 A64 "\""),
		"\"note\": at most 200 bytes" },
	{ "cmd/li/ack", "{\"id\":\"n\",\"expires\":\"2026-11-24T03:01:09Z\",\"incident\":\"i\"}",
		"expired" },
	{ "cmd/li/ack",
		"{\"id\":\"n\",\"expires\":\"2026-11-24T11:01:09.250+08:00\",\"incident\":\"i\"}",
		"expired" },
	{ "cmd/li/ack", "{\"id\":\"n\",\"expires\":\"2026-11-24T03:11:10Z\",\"incident\":\"i\"}",
		"more than 10 minutes" },
	{ "cmd/li/ack", "{\"id\":\"n\",\"expires\":\"tomorrow\",\"incident\":\"i\"}",
		"must be a time like" },
	{ "cmd/li/ack", "{\"id\":\"n\",\"expires\":\"2026-11-24T03:05:00\",\"incident\":\"i\"}",
		"must be a time like" },
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_refused(
			run_text(*state, refused[i].topic, refused[i].payload), refused[i].why);
		assert_string_equal(did, "");
	}
	/* None of them has used up its nonce. */
	assert_ok(run_text(*state, "cmd/li/ack", ACK("")), "n");
}

static void test_minutes_still_do(void **state)
{
	assert_ok(run_text(*state, "cmd/li/shelve", ACK(",\"minutes\":120,\"note\":\"why\"")), "n");
	assert_string_equal(did, "shelve i 120 min by li: why");
}

static void test_a_lock_answers_what_it_covers(void **state)
{
	json_t *answer;

	port_more = "\"lock\":{}";
	answer = run_text(*state, "cmd/li/lock",
		"{\"id\":\"n\"," SOON
		",\"what\":\"zone:f2\",\"quiet\":true,\"type\":16,\"until\":\"1h\",\"note\":\"n\"}");
	port_more = NULL;
	assert_string_equal(did, "lock zone:f2 quiet of type 16 60 min by li: n");
	assert_non_null(json_object_get(answer, "lock"));
	json_decref(answer);
}

static void test_retained(void **state)
{
	const struct mqtt_message message = {
		.topic = "cmd/li/ack",
		.payload = GOOD,
		.length = strlen(GOOD),
		.retained = true,
	};
	json_t *answer = run_message(*state, &message);

	assert_string_equal(json_string_value(json_object_get(answer, "id")), "n1");
	assert_refused(answer, "retained");
	assert_string_equal(did, "");
}

static void test_too_large(void **state)
{
	char payload[COMMAND_SIZE_MAX + 2];
	size_t length = strlen(GOOD);

	memset(payload, ' ', sizeof(payload));
	memcpy(payload, GOOD, length);
	payload[COMMAND_SIZE_MAX + 1] = '\0';
	assert_refused(run_text(*state, "cmd/li/ack", payload), "too large");
	assert_string_equal(did, "");
	payload[COMMAND_SIZE_MAX] = '\0';
	assert_ok(run_text(*state, "cmd/li/ack", payload), "n1");
}

static void test_repeated(void **state)
{
	assert_ok(run_text(*state, "cmd/li/ack", GOOD), "n1");
	did[0] = '\0';
	assert_refused(run_text(*state, "cmd/li/ack", GOOD), "repeated");
	assert_refused(run_text(*state, "cmd/li/restore", GOOD), "repeated");
	assert_string_equal(did, "");
	/* The same word of another person is another nonce. */
	assert_ok(run_text(*state, "cmd/wang/ack", GOOD), "n1");
	/* What failed in the engine was carried out as far as repetition goes. */
	port_error = "no open incident has this id";
	assert_refused(run_text(*state, "cmd/chen/ack", GOOD), "no open incident");
	assert_refused(run_text(*state, "cmd/chen/ack", GOOD), "repeated");
}

/* Kept before anything is done, until it expires; what does nothing is only passing. */
static void test_ids_are_kept_until_they_expire(void **state)
{
	assert_ok(run_text(*state, "cmd/li/ack", GOOD), "n1");
	assert_ok(run_text(*state, "cmd/li/hello", "{\"id\":\"h\"," SOON "}"), "h");
	assert_string_equal(port_used, ";li/n1 230750;;li/h 230750 passing;");
}

static void test_without_room_nothing_is_done(void **state)
{
	port_use_error = -ENOSPC;
	assert_refused(run_text(*state, "cmd/li/ack", GOOD), "too many commands");
	port_use_error = -ENOMEM;
	assert_refused(run_text(*state, "cmd/li/ack", GOOD), "out of memory");
	assert_string_equal(did, "");
}

/* A port's sentence, or a parser's, may hold broken or cut UTF-8: the answer is JSON all the same.
 */
static void test_broken_error_text(void **state)
{
	json_t *answer;

	port_error = "half a \xe6\xb0";
	answer = run_text(*state, "cmd/li/ack", GOOD);
	assert_string_equal(
		json_string_value(json_object_get(answer, "error")), "half a \xef\xbf\xbd");
	json_decref(answer);
}

static void test_reply_topic(void **state)
{
	static const struct {
		const char *topic, *response, *reply;
	} table[] = {
		{ "cmd/li/ack", NULL, "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/li", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/li/phone", "facility/t/reply/li/phone" },
		{ "cmd/li/ack", "facility/t/reply/lisa", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/wang", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/alert", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/li/+", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/li/#", "facility/t/reply/li" },
		{ "cmd/li/ack", "facility/t/reply/li/" A64, "facility/t/reply/li" },
		{ "cmd/li/nonsense", NULL, "facility/t/reply/li" },
		{ "cmd/Li/ack", NULL, NULL },
		{ "cmd/li", NULL, NULL },
	};
	char topic[64];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct mqtt_message message = {
			.topic = table[i].topic,
			.response_topic = table[i].response,
		};
		int result = command_reply_topic("facility/t", &message, topic, sizeof(topic));

		assert_int_equal(result == 0, table[i].reply != NULL);
		if (table[i].reply)
			assert_string_equal(topic, table[i].reply);
		assert_int_equal(command_reply_topic(A64, &message, topic, sizeof(topic)), -EINVAL);
	}
}

/* It asks whether one may command; many a page does so, and the archive is for what was done. */
static void test_hello(void **state)
{
	assert_ok(run_text(*state, "cmd/li/hello", "{\"id\":\"h1\"," SOON "}"), "h1");
	assert_string_equal(did, "");
	assert_int_equal(recorded, 0);
	assert_refused(run_text(*state, "cmd/li/hello", "{\"id\":\"h1\"," SOON "}"), "repeated");
	assert_refused(run_text(*state, "cmd/li/hello", "{\"id\":\"h2\"," SOON ",\"note\":\"x\"}"),
		"note");
	assert_int_equal(recorded, 2);
	assert_ok(run_text(*state, "cmd/li/ack", GOOD), "n1");
	assert_int_equal(recorded, 3);
}

#define WITH_SET(test) cmocka_unit_test_setup_teardown(test, make, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SET(test_verbs),
		WITH_SET(test_who_holds_on_is_said),
		WITH_SET(test_refused),
		WITH_SET(test_retained),
		WITH_SET(test_minutes_still_do),
		WITH_SET(test_a_lock_answers_what_it_covers),
		WITH_SET(test_too_large),
		WITH_SET(test_repeated),
		WITH_SET(test_ids_are_kept_until_they_expire),
		WITH_SET(test_without_room_nothing_is_done),
		WITH_SET(test_broken_error_text),
		cmocka_unit_test(test_reply_topic),
		WITH_SET(test_hello),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL) ? 1 : 0;
}
