/* What the journal is asked for by a line of the local socket, and how a page becomes an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/command_bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define WALL_MS 1795489269250 /* 2026-11-24T03:01:09.250Z */
#define SINCE_MS 1795489260000

static struct journal_query asked;
static uint64_t asked_ticket;

static const char *port_ask(void *context, const struct journal_query *query, uint64_t ticket)
{
	(void)context;
	asked = *query;
	asked_ticket = ticket;
	return port_error;
}

static int make(void **state)
{
	const struct command_ports ports = { .refuse = port_refuse,
		.order = port_order,
		.use = port_use,
		.record = port_record,
		.ask = port_ask };

	memset(&asked, 0xff, sizeof(asked));
	asked_ticket = 0;
	port_error = NULL;
	*state = bench_commands(&ports);
	return 0;
}

static struct local_answer run_line(struct command_set *set, const char *line)
{
	const struct local_request request = { "li", line, strlen(line), 7 };

	return command_local(set, &request, WALL_MS);
}

static void assert_later(struct command_set *set, const char *line)
{
	struct local_answer answer = run_line(set, line);

	assert_true(answer.later);
	assert_null(answer.text);
	assert_int_equal(asked_ticket, 7);
}

static void test_record(void **state)
{
	assert_later(*state, "{\"verb\":\"record\",\"incident\":\"2-f3\",\"id\":\"mine\"}");
	assert_int_equal(asked.kind, JOURNAL_QUERY_RECORD);
	assert_string_equal(asked.incident, "2-f3");
	assert_string_equal(asked.tag, "mine");
	assert_false(asked.after.given);
	assert_later(*state, "{\"verb\":\"record\",\"incident\":\"2-f3-a\",\"after\":\"0-17\"}");
	assert_true(asked.after.given);
	assert_int_equal(asked.after.minor, 17);
	assert_string_equal(asked.tag, "");
}

static void test_history(void **state)
{
	assert_later(*state, "{\"verb\":\"history\"}");
	assert_int_equal(asked.kind, JOURNAL_QUERY_HISTORY);
	assert_true(asked.since_ms == INT64_MIN && asked.until_ms == INT64_MAX);
	assert_int_equal(asked.type, 0);
	assert_string_equal(asked.zone, "");
	assert_int_equal(asked.state, JOURNAL_STATE_ANY);
	assert_int_equal(asked.drill, JOURNAL_DRILL_YES);
	assert_later(*state, "{\"verb\":\"history\",\"since\":\"2026-11-24T11:01:00+08:00\","
			     "\"until\":\"2026-11-24T03:01:01Z\",\"type\":2,\"zone\":\"f3\","
			     "\"state\":\"closed\",\"drill\":\"only\"}");
	assert_true(asked.since_ms == SINCE_MS && asked.until_ms == SINCE_MS + 1000);
	assert_int_equal(asked.type, 2);
	assert_string_equal(asked.zone, "f3");
	assert_int_equal(asked.state, JOURNAL_STATE_CLOSED);
	assert_int_equal(asked.drill, JOURNAL_DRILL_ONLY);
	assert_later(*state, "{\"verb\":\"entries\",\"since\":\"2026-11-24T03:01:00Z\"}");
	assert_int_equal(asked.kind, JOURNAL_QUERY_ENTRIES);
	assert_true(asked.since_ms == SINCE_MS);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} table[] = {
		{ "{\"verb\":\"record\"}", "\"incident\" is missing" },
		{ "{\"verb\":\"record\",\"incident\":\"i\",\"zone\":\"f\"}", "no place" },
		{ "{\"verb\":\"history\",\"since\":\"yesterday\"}", "\"since\" must be" },
		{ "{\"verb\":\"history\",\"until\":\"2026-11-24\"}", "\"until\" must be" },
		{ "{\"verb\":\"history\",\"state\":\"opne\"}", "\"state\" must be" },
		{ "{\"verb\":\"history\",\"drill\":\"all\"}", "\"drill\" must be" },
		{ "{\"verb\":\"history\",\"type\":0}", "whole number" },
		{ "{\"verb\":\"entries\",\"after\":\"7\"}", "\"after\" must be" },
		{ "{\"verb\":\"entries\"}", "too many" },
	};

	port_error = "too many wait";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct local_answer answer = run_line(*state, table[i].line);

		assert_false(answer.later);
		assert_non_null(strstr(answer.text, "\"ok\":false"));
		if (!strstr(answer.text, "\"error\":\""))
			fail_msg("%s", answer.text);
		{
			json_t *json = json_loads(answer.text, 0, NULL);
			const char *error = json_string_value(json_object_get(json, "error"));

			if (!strstr(error, table[i].why))
				fail_msg("\"%s\" does not contain \"%s\"", error, table[i].why);
			json_decref(json);
		}
		free(answer.text);
	}
}

static json_t *page_json(struct journal_page page)
{
	size_t length;
	char *text = command_page(&page, WALL_MS, &length);
	json_t *json;

	assert_int_equal(strlen(text), length);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static void test_pages(void **state)
{
	const struct journal_page page = { .text = strdup("[1,2]"),
		.length = 5,
		.more = true,
		.next = { true, -3, 4 },
		.tag = "t" };
	json_t *json;

	(void)state;
	json = page_json(page);
	assert_true(json_is_true(json_object_get(json, "ok")));
	assert_true(json_is_true(json_object_get(json, "more")));
	assert_string_equal(json_string_value(json_object_get(json, "id")), "t");
	assert_string_equal(json_string_value(json_object_get(json, "cursor")), "-3-4");
	assert_int_equal(json_array_size(json_object_get(json, "result")), 2);
	json_decref(json);
	json = page_json((struct journal_page){ .text = strdup("[]"), .length = 2 });
	assert_true(json_is_null(json_object_get(json, "id")));
	assert_true(json_is_false(json_object_get(json, "more")));
	assert_null(json_object_get(json, "cursor"));
	json_decref(json);
}

static void test_page_errors(void **state)
{
	static const struct {
		int error;
		const char *why;
	} table[] = {
		{ -ETIMEDOUT, "does not answer" },
		{ -ENOENT, "no such incident" },
		{ -EIO, "cannot be read" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *json = page_json((struct journal_page){ .error = table[i].error });

		assert_true(json_is_false(json_object_get(json, "ok")));
		assert_non_null(
			strstr(json_string_value(json_object_get(json, "error")), table[i].why));
		assert_null(json_object_get(json, "result"));
		json_decref(json);
	}
}

#define WITH_SET(test) cmocka_unit_test_setup_teardown(test, make, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SET(test_record),
		WITH_SET(test_history),
		WITH_SET(test_refused),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_page_errors),
	};

	return cmocka_run_group_tests_name("command_archive", tests, NULL, NULL) ? 1 : 0;
}
