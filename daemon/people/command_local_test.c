/* Commands of the local socket: the verb as a member, what may be left out, and queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/command_bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALL_MS 1795489269250 /* 2026-11-24T03:01:09.250Z */

static struct query_result port_query(void *context, enum query_kind kind, const char *match)
{
	struct query_result result = { .more = kind == QUERY_POINTS };

	(void)context;
	if (strcmp(match, "no memory") == 0)
		return result;
	result.length = (size_t)asprintf(&result.text, "[\"%d %s\"]", (int)kind, match);
	return result;
}

static int make(void **state)
{
	const struct command_ports ports = {
		.refuse = port_refuse,
		.order = port_order,
		.use = port_use,
		.record = port_record,
		.query = port_query,
	};

	did[0] = '\0';
	recorded = 0;
	port_error = NULL;
	*state = bench_commands(&ports);
	return 0;
}

static json_t *run_line(struct command_set *set, const char *line)
{
	const struct local_request request = { "li", line, strlen(line), 7 };
	struct local_answer answer = command_local(set, &request, WALL_MS);
	json_t *json;

	assert_false(answer.later);
	assert_non_null(answer.text);
	assert_int_equal(strlen(answer.text), answer.length);
	assert_null(strchr(answer.text, '\n'));
	json = json_loadb(answer.text, answer.length, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(answer.text);
	return json;
}

static void test_done(void **state)
{
	static const struct {
		const char *line, *did;
	} table[] = {
		{ "{\"verb\":\"ack\",\"incident\":\"2-f3\"}", "ack 2-f3 by li: " },
		{ "{\"incident\":\"2-f3\",\"verb\":\"ack\",\"id\":\"a\"}", "ack 2-f3 by li: " },
		{ "{\"verb\":\"report\",\"type\":2,\"zone\":\"f3\",\"note\":\"无水\"}",
			"report f3 of type 2 by li: 无水" },
		{ "{\"verb\":\"report\",\"type\":28,\"zone\":\"f3.tea\"}",
			"report f3.tea of type 28 by li: " },
		{ "{\"verb\":\"over\",\"incident\":\"2-f3\"}", "over 2-f3 by li: " },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *answer = run_line(*state, table[i].line);

		assert_true(json_is_true(json_object_get(answer, "ok")));
		assert_null(json_object_get(answer, "result"));
		assert_string_equal(did, table[i].did);
		json_decref(answer);
	}
}

#define REPORT(members) "{\"verb\":\"report\"" members "}"

static void test_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} table[] = {
		{ "", "not JSON" },
		{ "{\"verb\":\"ack\"", "not JSON" },
		{ "[]", "not a JSON object" },
		{ "{}", "\"verb\" is missing" },
		{ "{\"verb\":7}", "\"verb\" is missing" },
		{ "{\"verb\":\"akc\"}", "did you mean \"ack\"?" },
		{ "{\"verb\":\"incidnts\"}", "did you mean \"incidents\"?" },
		{ "{\"verb\":\"ack\"}", "\"incident\" is missing" },
		{ "{\"verb\":\"ack\",\"incident\":\"i\",\"type\":2}", "no place in \"ack\"" },
		{ "{\"verb\":\"state\",\"match\":\"i\"}", "no place in \"state\"" },
		{ "{\"verb\":\"points\",\"match\":1}", "must be a text" },
		{ "{\"verb\":\"points\",\"match\":\"no memory\"}", "out of memory" },
		{ REPORT(",\"zone\":\"f3\""), "\"type\" is missing" },
		{ REPORT(",\"type\":2"), "\"zone\" is missing" },
		{ REPORT(",\"type\":\"2\",\"zone\":\"f3\""), "whole number" },
		{ REPORT(",\"type\":2.0,\"zone\":\"f3\""), "whole number" },
		{ REPORT(",\"type\":0,\"zone\":\"f3\""), "whole number" },
		{ REPORT(",\"type\":4294967298,\"zone\":\"f3\""), "whole number" },
		{ "{\"verb\":\"ack\",\"incident\":\"i\",\"expires\":\"2026-11-24T03:01:09Z\"}",
			"expired" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *answer = run_line(*state, table[i].line);
		const char *error = json_string_value(json_object_get(answer, "error"));

		assert_true(json_is_false(json_object_get(answer, "ok")));
		assert_non_null(error);
		if (!strstr(error, table[i].why))
			fail_msg("\"%s\" does not contain \"%s\"", error, table[i].why);
		assert_string_equal(did, "");
		json_decref(answer);
	}
}

static void test_repeated(void **state)
{
	static const char line[] = "{\"verb\":\"ack\",\"id\":\"n\",\"incident\":\"i\"}";
	json_t *answer = run_line(*state, line);

	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(answer, "id")), "n");
	json_decref(answer);
	answer = run_line(*state, line);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	json_decref(answer);
}

static void test_queries(void **state)
{
	static const struct {
		const char *line, *result;
		bool more;
	} table[] = {
		{ "{\"verb\":\"state\"}", "0 ", false },
		{ "{\"verb\":\"incidents\",\"id\":\"n\"}", "1 ", false },
		{ "{\"verb\":\"points\"}", "2 ", true },
		{ "{\"verb\":\"points\",\"match\":\"三层\"}", "2 三层", true },
		{ "{\"verb\":\"troubles\"}", "3 ", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *answer = run_line(*state, table[i].line);
		const json_t *result = json_object_get(answer, "result");

		assert_int_equal(json_object_size(answer), 7);
		assert_true(json_is_true(json_object_get(answer, "ok")));
		assert_string_equal(json_string_value(json_array_get(result, 0)), table[i].result);
		assert_int_equal(json_is_true(json_object_get(answer, "more")), table[i].more);
		json_decref(answer);
	}
	json_decref(run_line(*state, "{\"verb\":\"hello\"}"));
	assert_int_equal(recorded, 0); /* the archive is for what was done */
	json_decref(run_line(*state, "{\"verb\":\"points\",\"match\":\"no memory\"}"));
	assert_int_equal(recorded, 1); /* or refused */
}

/* Reports come over MQTT too; queries do not, and a member "verb" has no place there. */
static void test_mqtt(void **state)
{
#define HEAD "{\"id\":\"n\",\"expires\":\"2026-11-24T03:05:00Z\""
	static const struct {
		const char *topic, *payload, *error;
	} table[] = {
		{ "cmd/li/points", HEAD "}", "local socket" },
		{ "cmd/li/people", HEAD "}", "local socket" },
		{ "cmd/li/stats", HEAD "}", "local socket" },
		{ "cmd/li/over", HEAD ",\"incident\":\"i\",\"verb\":\"over\"}", "no place" },
		{ "cmd/li/report", HEAD ",\"type\":2,\"zone\":\"f3\"}", NULL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct mqtt_message message = {
			.topic = table[i].topic,
			.payload = table[i].payload,
			.length = strlen(table[i].payload),
		};
		size_t length;
		char *text = command_run(*state, &message, WALL_MS, &length);

		assert_non_null(text);
		assert_non_null(strstr(text, table[i].error ? table[i].error : "\"ok\":true"));
		free(text);
	}
	assert_string_equal(did, "report f3 of type 2 by li: ");
}

#define WITH_SET(test) cmocka_unit_test_setup_teardown(test, make, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SET(test_done),
		WITH_SET(test_refused),
		WITH_SET(test_repeated),
		WITH_SET(test_queries),
		WITH_SET(test_mqtt),
	};

	return cmocka_run_group_tests_name("command_local", tests, NULL, NULL) ? 1 : 0;
}
