/* Questions to the journal: what is found, in which order, in how many pages. */
#include "tests/journal_query_bench.h"

static const char *text_at(const json_t *array, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(array, i), key));
}

static void test_record(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_RECORD);
	json_t *rows, *row;

	(void)state;
	bench_open();
	bench_alert(&(struct bench_alert){ "2-f3-aa", 2, "f3", "closed", .wall_ms = 1000 });
	bench_alert(&(struct bench_alert){ "2-f3-bb", 2, "f3", "active", .wall_ms = 2000 });
	bench_alert(&(struct bench_alert){ "2-f3-x-cc", 2, "f3-x", "active", .wall_ms = 2500 });
	bench_put("intent", "2-f3-bb", "{\"event\":\"intent\",\"value\":0.5}", 3000);
	bench_put("command", NULL, "{}", 3500);
	bench_put("notify", "2-f3-bb", "half a doc", 4000);
	bench_alert(&(struct bench_alert){ "drill-2-f3-dd", 2, "f3", "active", true, 5000 });
	bench_commit();
	strcpy(query.incident, "2-f3");
	rows = bench_ask(&query);
	assert_int_equal(json_array_size(rows), 3);
	assert_false(b.page.more);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(text_at(rows, i, "incident"), "2-f3-bb");
	row = json_array_get(rows, 1);
	assert_string_equal(text_at(rows, 1, "kind"), "intent");
	assert_string_equal(text_at(rows, 1, "user"), "li");
	assert_true(json_is_null(json_object_get(row, "topic")));
	assert_int_equal(json_integer_value(json_object_get(row, "sequence")), 4);
	assert_true(json_is_object(json_object_get(row, "payload")));
	assert_string_equal(text_at(rows, 2, "payload"), "half a doc"); /* not dropped */
	assert_int_equal(strlen(text_at(rows, 2, "time")), 29);
	json_decref(rows);
	strcpy(query.incident, "2-f3-aa");
	rows = bench_ask(&query);
	assert_int_equal(json_array_size(rows), 1);
	json_decref(rows);
	strcpy(query.incident, "drill-2-f3");
	rows = bench_ask(&query);
	assert_string_equal(text_at(rows, 0, "incident"), "drill-2-f3-dd");
	json_decref(rows);
	strcpy(query.incident, "2-f");
	assert_null(bench_ask(&query));
	assert_int_equal(b.page.error, -ENOENT);
}

/* More than a page can hold: no entry twice, none missing, and one that is longer than a page. */
static void test_pages(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_RECORD);
	unsigned pages;
	json_t *rows;

	(void)state;
	bench_open();
	for (int i = 0; i < 400; i++) {
		bench_alert(&(struct bench_alert){ "2-f3-aa", 2, "f3", "active", .wall_ms = i,
			.padding = i == 200 ? 2 * JOURNAL_PAGE_BYTES : 8000 });
		bench_alert(&(struct bench_alert){ "2-f4-bb", 2, "f4", "active", .wall_ms = i });
		if (i % 40 == 0)
			bench_commit();
	}
	bench_commit();
	strcpy(query.incident, "2-f3-aa");
	rows = bench_ask(&query);
	assert_true(b.page.more);
	assert_in_range(b.page.length, JOURNAL_PAGE_BYTES - 10000, JOURNAL_PAGE_BYTES);
	json_decref(rows);
	rows = bench_ask_all(query, &pages);
	assert_in_range(pages, 5, 8);
	assert_int_equal(json_array_size(rows), 400);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(
			json_integer_value(json_object_get(json_array_get(rows, i), "sequence")),
			bench_sequence - 800 + 2 * i + 1);
	json_decref(rows);
	strcpy(query.incident, "none");
	query.after = (struct journal_cursor){ true, 0, 5 };
	rows = bench_ask(&query);
	assert_int_equal(json_array_size(rows), 0); /* at its end, not an error */
	json_decref(rows);
}

static void put_history(void)
{
	static const struct bench_alert alerts[] = {
		{ "2-f3-a", 2, "f3", "active", false, 1000 },
		{ "2-f3.tea-b", 2, "f3.tea", "active", false, 2000 },
		{ "2-f3-a", 2, "f3", "closed", false, 3000 },
		{ "16-f3x-c", 16, "f3x", "active", false, 4000 },
		{ "2-f3.tea-b", 2, "f3.tea", "closed", false, 5000 },
		{ "drill-2-f3-d", 2, "f3", "active", true, 6000 },
		{ "drill-2-f3-d", 2, "f3", "closed", true, 7000 },
		{ "3-f1-e", 3, "f1", "active", false, 8000 },
		{ "16-f3x-c", 16, "f3x", "handed-over", false, 9000 },
	};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		bench_alert(&alerts[i]);
	bench_put("alert", "broken", "{\"incident\":{\"type\":\"2\"}}", 9000);
	bench_put("alert", "broken", "no JSON", 9000);
	bench_commit();
}

static void test_history(void **state)
{
	static const struct {
		int64_t since_ms, until_ms;
		int type;
		const char *zone;
		enum journal_query_state state;
		enum journal_query_drill drill;
		const char *ids; /* open ones first, newest end first */
	} table[] = {
		{ 0, 99999, 0, "", 0, 0, "3-f1-e 16-f3x-c drill-2-f3-d 2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 2, "", 0, 0, "drill-2-f3-d 2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 0, "f3", 0, 0, "drill-2-f3-d 2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 0, "f3.tea", 0, 0, "2-f3.tea-b " },
		{ 0, 99999, 0, "", 1, 0, "3-f1-e 16-f3x-c " },
		{ 0, 99999, 0, "", 2, 0, "drill-2-f3-d 2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 0, "", 2, 1, "2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 0, "", 0, 2, "drill-2-f3-d " },
		{ 3001, 99999, 0, "", 0, 0, "3-f1-e 16-f3x-c drill-2-f3-d 2-f3.tea-b " },
		{ 3000, 99999, 2, "", 0, 1, "2-f3.tea-b 2-f3-a " },
		{ 9500, 99999, 0, "", 0, 0, "3-f1-e 16-f3x-c " },
		{ 0, 4000, 0, "", 0, 0, "2-f3.tea-b 2-f3-a " },
		{ 0, 99999, 99, "", 0, 0, "" },
	};

	(void)state;
	bench_open();
	put_history();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
		char ids[256] = "";
		json_t *rows;

		query.since_ms = table[i].since_ms;
		query.until_ms = table[i].until_ms;
		query.type = table[i].type;
		strcpy(query.zone, table[i].zone);
		query.state = table[i].state;
		query.drill = table[i].drill;
		rows = bench_ask_all(query, NULL);
		for (size_t k = 0; k < json_array_size(rows); k++)
			strcat(strcat(ids, text_at(rows, k, "id")), " ");
		assert_string_equal(ids, table[i].ids);
		json_decref(rows);
	}
}

static void test_history_row(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
	json_t *rows, *row;

	(void)state;
	bench_open();
	put_history();
	query.type = 16;
	rows = bench_ask(&query);
	row = json_array_get(rows, 0);
	assert_string_equal(text_at(rows, 0, "state"), "handed-over"); /* of the newest document */
	assert_null(json_object_get(row, "steps"));
	assert_null(json_object_get(row, "causes"));
	assert_int_equal(json_integer_value(json_object_get(row, "steps_open")), 2);
	assert_int_equal(json_integer_value(json_object_get(row, "steps_count")), 4);
	json_decref(rows);
}

/* Rows that do not fit the question end a page too, so that no page takes for ever. */
static void test_history_of_many(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
	unsigned pages;
	json_t *rows;
	char id[32];

	(void)state;
	bench_open();
	for (int i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "2-f3-%d", i);
		bench_alert(
			&(struct bench_alert){ id, i == 7 ? 3 : 2, "f3", "closed", .wall_ms = i });
		if (i % 500 == 499)
			bench_commit();
	}
	query.type = 3;
	rows = bench_ask_all(query, &pages);
	assert_int_equal(pages, 2);
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(text_at(rows, 0, "id"), "2-f3-7");
	json_decref(rows);
}

static void test_entries(void **state)
{
	static const int64_t walls[] = { 1000, 3000, 2000, 3000, 4000, 5000 };
	static const int order[] = { 3, 2, 4, 5 };
	struct journal_query query = bench_query(JOURNAL_QUERY_ENTRIES);
	json_t *rows;

	(void)state;
	bench_open();
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++)
		bench_put(i % 2 ? "command" : "trouble", NULL, "{}", walls[i]);
	bench_commit();
	query.since_ms = 2000;
	query.until_ms = 5000;
	rows = bench_ask(&query);
	assert_int_equal(json_array_size(rows), 4);
	for (size_t i = 0; i < 4; i++) /* by time, then by sequence */
		assert_int_equal(
			json_integer_value(json_object_get(json_array_get(rows, i), "sequence")),
			bench_sequence - 6 + (uint64_t)order[i]);
	json_decref(rows);
	query = bench_query(JOURNAL_QUERY_ENTRIES);
	for (int i = 0; i < 6000; i++) {
		bench_put("trouble", NULL, "{\"text\":\"0123456789\"}", 7000 + i / 100);
		if (i % 1000 == 999)
			bench_commit();
	}
	rows = bench_ask_all(query, NULL);
	assert_int_equal(json_array_size(rows), 6006);
	json_decref(rows);
}

static void test_cursors(void **state)
{
	static const char *const bad[] = { "", "1", "1-", "-", "1-2x", "x-1",
		"1-99999999999999999999" };
	struct journal_cursor cursor = { true, -5, INT64_MAX };
	char text[JOURNAL_CURSOR_MAX];

	(void)state;
	journal_cursor_text(&cursor, text);
	assert_string_equal(text, "-5-9223372036854775807");
	cursor = (struct journal_cursor){ 0 };
	assert_int_equal(journal_cursor_parse(text, &cursor), 0);
	assert_true(cursor.given && cursor.major == -5 && cursor.minor == INT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(journal_cursor_parse(bad[i], &cursor), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_record),
		TEST(test_pages),
		TEST(test_history),
		TEST(test_history_row),
		TEST(test_history_of_many),
		TEST(test_entries),
		cmocka_unit_test(test_cursors),
	};

	return cmocka_run_group_tests_name("journal_query", tests, NULL, NULL) ? 1 : 0;
}
