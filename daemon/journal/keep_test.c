/* What stays in the journal: of open incidents whatever the retention, and what is asked of it
 * without reading all. */
#include "tests/journal_query_bench.h"

#include "daemon/journal/statements.h"

#include <sqlite3.h>

static sqlite3 *open_database(void)
{
	char path[BENCH_PATH + 32];
	sqlite3 *database;

	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	return database;
}

static void assert_history(enum journal_query_state state, const char *expected)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
	char ids[256] = "";
	json_t *rows;

	query.state = state;
	rows = bench_ask_all(query, NULL);
	for (size_t i = 0; i < json_array_size(rows); i++)
		strcat(strcat(ids,
			       json_string_value(json_object_get(json_array_get(rows, i), "id"))),
			" ");
	json_decref(rows);
	assert_string_equal(ids, expected);
}

static size_t count_record(const char *incident)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_RECORD);
	json_t *rows;
	size_t count;

	strcpy(query.incident, incident);
	rows = bench_ask_all(query, NULL);
	count = json_array_size(rows);
	json_decref(rows);
	return count;
}

/* Each question has an index for where it begins and in which order it goes on. */
static void test_no_scan(void **state)
{
	sqlite3 *database;

	(void)state;
	bench_open();
	bench_close();
	database = open_database();
	for (int i = SQL_FIND_INCIDENT; i <= SQL_ASK_ENTRIES; i++) {
		char text[4096];
		sqlite3_stmt *plan;

		snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", JOURNAL_SQL[i]);
		for (char *name; (name = strstr(text, "time_text"));) /* it is the journal's own */
			memcpy(name, "abs      ", 9);
		assert_int_equal(sqlite3_prepare_v2(database, text, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *step = (const char *)sqlite3_column_text(plan, 3);

			assert_true(!strstr(step, "SCAN") || strstr(step, "VIRTUAL TABLE"));
			assert_null(strstr(step, "TEMP B-TREE"));
		}
		sqlite3_finalize(plan);
	}
	sqlite3_close(database);
}

/* Old entries of three incidents, of which the first is open. */
static void put_old(size_t padding, int count)
{
	static const char *const ids[] = { "2-f1-open", "2-f2-over", "2-f3-over" };

	for (int i = 0; i < count; i++) {
		bench_alert(&(struct bench_alert){ ids[i % 3], 2, "f1",
			i >= count - 3 && i % 3 ? "closed" : "active", .wall_ms = 1 + i,
			.padding = padding });
		if (i % 60 == 59)
			bench_commit();
	}
	assert_int_equal(journal_put_snapshot(b.journal, ids[0], "x"), 0);
	bench_commit();
}

static void test_retention(void **state)
{
	(void)state;
	b.settings.retention_ms = 60000;
	bench_open();
	put_old(100, 600);
	/* The clock of retention begins with the last entry at start. */
	bench_alert(
		&(struct bench_alert){ "2-f4-new", 2, "f4", "active", .wall_ms = clock_wall_ms() });
	bench_commit();
	bench_close();
	bench_open();
	bench_run(1500);
	assert_history(JOURNAL_STATE_ANY, "2-f4-new 2-f1-open ");
	assert_int_equal(count_record("2-f1-open"), 200);
	assert_int_equal(count_record("2-f1"), 200);
	assert_int_equal(count_record("2-f2-over"), 0);
	/* Once it is closed it is as old as the others. */
	bench_alert(&(struct bench_alert){ "2-f1-open", 2, "f1", "closed", .wall_ms = 700 });
	assert_int_equal(journal_drop_snapshot(b.journal, "2-f1-open"), 0);
	bench_put("command", NULL, "{}", clock_wall_ms());
	bench_commit();
	bench_close();
	bench_open();
	bench_run(1500);
	assert_history(JOURNAL_STATE_ANY, "2-f4-new ");
	assert_int_equal(count_record("2-f1-open"), 0);
}

static void test_size(void **state)
{
	(void)state;
	b.settings.size_max = 4 * 1024 * 1024;
	bench_open();
	put_old(9000, 360); /* of which 1.1 MB are the open one's */
	for (int i = 0; i < 600; i++) {
		bench_alert(&(struct bench_alert){
			"2-f4-new", 2, "f4", "closed", .wall_ms = 1000 + i, .padding = 9000 });
		if (i % 20 == 19)
			bench_commit();
		if (i % 100 == 99)
			bench_run(300);
	}
	bench_run(1000);
	assert_int_equal(b.failed, 0);
	assert_int_equal(count_record("2-f1-open"), 120);
	assert_int_equal(count_record("2-f2-over"), 0);
	assert_in_range(count_record("2-f4-new"), 1, 599);
	assert_history(JOURNAL_STATE_OPEN, "2-f1-open ");
}

/* Where there is no end of what the broker has not seen, the oldest of that gives way too. */
static void test_size_without_a_broker(void **state)
{
	enum { COUNT = 900 };
	char *payload = calloc(1, 9000);

	(void)state;
	memset(payload, 'x', 8999);
	b.settings.size_max = 4 * 1024 * 1024;
	bench_open();
	for (uint64_t n = 1; n <= COUNT; n++) {
		assert_int_equal(bench_entry(n, "2-f2-over", payload, 1 + (int64_t)n), 0);
		if (n % 20 == 0)
			bench_commit();
		if (n % 100 == 0)
			bench_run(300);
	}
	free(payload);
	bench_run(500);
	assert_int_equal(b.failed, 0);
	assert_null(bench_trouble());
	bench_close();
	bench_open();
	assert_in_range(b.waiting, 100, COUNT - 1);
	assert_int_equal(b.last_waiting, COUNT);
	assert_int_equal(b.gaps, 0);
}

/* A folder that cannot be: said at once where its name is too long, else tried again. */
static void test_no_folder(void **state)
{
	char directory[5000], real[BENCH_PATH];

	(void)state;
	strcpy(real, b.directory);
	memset(directory, 'd', sizeof(directory));
	directory[0] = '/';
	directory[sizeof(directory) - 1] = '\0';
	b.settings.directory = directory;
	assert_null(journal_open(
		&b.settings, NULL, b.loop, &b.events, &b.found, b.error, sizeof(b.error)));
	strcpy(b.directory, "/dev/null/journal");
	bench_open();
	assert_non_null(strstr(bench_trouble(), "Not a directory"));
	bench_close();
	/* What is missing on the way is made. */
	strcpy(stpcpy(b.directory, real), "/a/b");
	bench_open();
	assert_null(bench_trouble());
	assert_int_equal(bench_entry(1, NULL, "x", 1), 0);
	bench_commit();
	assert_int_equal(b.failed, 0);
	bench_close();
	strcpy(b.directory, real);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_no_scan),
		TEST(test_retention),
		TEST(test_size),
		TEST(test_size_without_a_broker),
		TEST(test_no_folder),
	};

	return cmocka_run_group_tests_name("journal_keep", tests, NULL, NULL) ? 1 : 0;
}
