/* What stays in the journal: of an older schema, and of open incidents whatever the retention. */
#include "tests/journal_query_bench.h"

#include "daemon/journal/sql.h"

#include <sqlite3.h>

/* The schema of facilityd 0.1.0, as it was: not to be changed. */
static const char schema_1[] =
	"PRAGMA journal_mode = WAL; BEGIN;"
	"CREATE TABLE entry (sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL, "
	"kind TEXT NOT NULL, topic TEXT, incident_id TEXT, user TEXT, payload TEXT NOT NULL, "
	"wall_ms INTEGER NOT NULL) STRICT;"
	"CREATE INDEX entry_incident ON entry (incident_id, sequence) "
	"WHERE incident_id IS NOT NULL;"
	"CREATE TABLE outbox (sequence INTEGER PRIMARY KEY) STRICT;"
	"CREATE TABLE snapshot (number INTEGER PRIMARY KEY, incident_id TEXT NOT NULL UNIQUE, "
	"text TEXT NOT NULL) STRICT;"
	"CREATE TABLE counters (only INTEGER PRIMARY KEY CHECK (only = 1), "
	"next_sequence INTEGER NOT NULL, next_serial INTEGER NOT NULL, now_ms INTEGER NOT NULL, "
	"wall_ms INTEGER NOT NULL, boot_id TEXT NOT NULL) STRICT;"
	"PRAGMA user_version = 1;";

#define ALERT(state)                                                                               \
	"{\"event\":\"x\",\"incident\":{\"id\":\"2-f3-a\",\"type\":2,\"zone\":\"f3\",\"drill\":"   \
	"false,"                                                                                   \
	"\"state\":\"" state "\",\"causes\":[],\"steps\":[]}}"

static const char content_1[] =
	"INSERT INTO entry VALUES (1, 'e1', 'alert', 'alert', '2-f3-a', 'li', '" ALERT(
		"active") "', 100);"
			  "INSERT INTO entry VALUES (2, 'e2', 'notify', 'n', '2-f3-a', 'li', '{}', "
			  "100);"
			  "INSERT INTO entry VALUES (3, 'e3', 'alert', 'alert', 'broken', 'li', "
			  "'no JSON', 150);"
			  "INSERT INTO entry VALUES (4, 'e4', 'alert', 'alert', '2-f3-a', 'li', "
			  "'" ALERT("closed") "', 200);"
					      "INSERT INTO entry VALUES (5, 'e5', 'alert', "
					      "'alert', '16-f2-b', 'li', "
					      "'{\"incident\":{\"id\":\"16-f2-b\",\"type\":16,"
					      "\"zone\":\"f2\",\"state\":\"active\"}}', 300);"
					      "INSERT INTO outbox VALUES (5);"
					      "INSERT INTO snapshot VALUES (1, '16-f2-b', 'text');"
					      "INSERT INTO counters VALUES (1, 6, 700, 11, 22, "
					      "'boot'); COMMIT;";

static sqlite3 *open_database(void)
{
	char path[BENCH_PATH + 32];
	sqlite3 *database;

	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	return database;
}

static void run_sql(sqlite3 *database, const char *text)
{
	char *error = NULL;

	if (sqlite3_exec(database, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
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

/* Twice: a journal that is taken over is like any other. */
static void test_schema_1(void **state)
{
	sqlite3 *database = open_database();

	(void)state;
	run_sql(database, schema_1);
	run_sql(database, content_1);
	sqlite3_close(database);
	for (int i = 0; i < 2; i++) {
		bench_open();
		assert_false(b.damaged);
		assert_int_equal(b.next_sequence, 6);
		assert_int_equal(b.waiting, 1);
		assert_string_equal(b.snapshot, "text");
		assert_history(JOURNAL_STATE_OPEN, "16-f2-b ");
		assert_history(JOURNAL_STATE_CLOSED, "2-f3-a ");
		assert_int_equal(count_record("2-f3"), 3);
		assert_int_equal(count_record("16-f2-b"), 1);
		assert_int_equal(count_record("broken"), 1);
		bench_close();
	}
	bench_open();
	bench_sequence = 5;
	bench_alert(&(struct bench_alert){ "16-f2-b", 16, "f2", "closed", .wall_ms = 400 });
	bench_commit();
	assert_history(JOURNAL_STATE_CLOSED, "16-f2-b 2-f3-a ");
	bench_sequence = 1000;
}

/* Each question has an index for where it begins and in which order it goes on. */
static void test_no_scan(void **state)
{
	sqlite3 *database;

	(void)state;
	bench_open();
	bench_close();
	database = open_database();
	for (int i = SQL_FIND_INCIDENT; i <= SQL_QUERY_ENTRIES; i++) {
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_schema_1),
		TEST(test_no_scan),
		TEST(test_retention),
		TEST(test_size),
	};

	return cmocka_run_group_tests_name("journal_keep", tests, NULL, NULL) ? 1 : 0;
}
