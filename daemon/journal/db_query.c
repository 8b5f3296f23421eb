/* What is read from the journal's database while it runs: windows of few rows, put into a page. */
#include "daemon/journal/db_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	WINDOW_ROWS = 64,
	WINDOWS_MAX =
		64, /* a page ends then, be it empty: rows that do not fit the question cost too */
	END_ROOM = 2, /* a comma or bracket each */
};

/*
 * The parameters of every query: ?1 and ?2 the cursor, ?3 rows, ?4 since, ?5 until, ?6 type, ?7
 * drill (-1: both), ?8 zone, ?9 incident. A row is the cursor behind it, and a text or NULL where
 * it is not asked for.
 */
enum { NUMBER_COUNT = 7, COLUMN_MAJOR = 0, COLUMN_MINOR, COLUMN_TEXT };

static const enum journal_sql STATEMENTS[JOURNAL_QUERY_KIND_COUNT] = {
	[JOURNAL_QUERY_RECORD] = SQL_QUERY_RECORD,
	[JOURNAL_QUERY_HISTORY] = SQL_QUERY_HISTORY,
	[JOURNAL_QUERY_ENTRIES] = SQL_QUERY_ENTRIES,
};

/* Where a query begins. Open incidents have the greatest end, and the list goes down. */
static struct journal_cursor first_cursor(const struct journal_query *query)
{
	switch (query->kind) {
	case JOURNAL_QUERY_HISTORY:
		return (struct journal_cursor){ .major = INT64_MAX,
			.minor = query->state == JOURNAL_STATE_CLOSED ? 0 : INT64_MAX };
	case JOURNAL_QUERY_ENTRIES:
		return (struct journal_cursor){ .major = query->since_ms };
	default:
		return (struct journal_cursor){ 0 };
	}
}

static void bind(sqlite3_stmt *statement, const struct journal_query *query,
	const struct journal_cursor *after)
{
	static const int drills[] = {
		[JOURNAL_DRILL_YES] = -1,
		[JOURNAL_DRILL_NO] = 0,
		[JOURNAL_DRILL_ONLY] = 1,
	};
	const int64_t numbers[NUMBER_COUNT] = { after->major, after->minor, WINDOW_ROWS,
		query->state == JOURNAL_STATE_OPEN ? INT64_MAX : query->since_ms, query->until_ms,
		query->type, drills[query->drill] };
	int count = sqlite3_bind_parameter_count(statement);

	for (int i = 0; i < NUMBER_COUNT && i < count; i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	/* The query outlives the statement's run. */
	sqlite3_bind_text(statement, NUMBER_COUNT + 1, query->zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, NUMBER_COUNT + 2, query->incident, -1, SQLITE_STATIC);
}

/* "2-f3" becomes the id of the newest incident of that name; a full id stays as it is. */
static int find_incident(struct journal_db *db, struct journal_query *query)
{
	sqlite3_stmt *statement;
	int error = journal_db_statement(db, SQL_FIND_INCIDENT, &statement);
	const char *id;
	int code;

	if (error)
		return error;
	sqlite3_bind_text(statement, 1, query->incident, -1, SQLITE_TRANSIENT);
	code = sqlite3_step(statement);
	id = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	if (id && strlen(id) < sizeof(query->incident))
		strcpy(query->incident, id);
	error = journal_db_errno(db, code);
	sqlite3_reset(statement);
	return error;
}

static int begin(
	struct journal_db *db, struct journal_query *query, struct journal_reading *reading)
{
	reading->out = open_memstream(&reading->text, &reading->length);
	if (!reading->out)
		return -ENOMEM;
	putc('[', reading->out);
	reading->next = query->after.given ? query->after : first_cursor(query);
	return query->kind == JOURNAL_QUERY_RECORD ? find_incident(db, query) : 0;
}

/* False: the page is full without it. */
static bool put_row(struct journal_reading *reading, sqlite3_stmt *statement)
{
	const char *text = (const char *)sqlite3_column_text(statement, COLUMN_TEXT);
	int length = sqlite3_column_bytes(statement, COLUMN_TEXT);

	if (text && reading->rows > 0 &&
		ftell(reading->out) + length + END_ROOM > JOURNAL_PAGE_BYTES)
		return false;
	if (text) {
		fprintf(reading->out, "%s", reading->rows++ ? "," : "");
		fwrite(text, 1, (size_t)length, reading->out);
	}
	reading->next =
		(struct journal_cursor){ true, sqlite3_column_int64(statement, COLUMN_MAJOR),
			sqlite3_column_int64(statement, COLUMN_MINOR) };
	return true;
}

int journal_db_read(
	struct journal_db *db, struct journal_query *query, struct journal_reading *reading)
{
	sqlite3_stmt *statement;
	int error = journal_db_statement(db, STATEMENTS[query->kind], &statement);
	int rows = 0, code = SQLITE_ROW;
	bool fits = true;

	if (!error && !reading->out)
		error = begin(db, query, reading);
	if (error)
		return error;
	bind(statement, query, &reading->next);
	while (fits && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		rows++;
		fits = put_row(reading, statement);
	}
	error = journal_db_errno(db, code);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (error)
		return error;
	reading->more = !fits || rows == WINDOW_ROWS;
	reading->complete = !fits || !reading->more || ++reading->windows == WINDOWS_MAX;
	if (reading->complete && query->kind == JOURNAL_QUERY_RECORD && reading->rows == 0 &&
		!query->after.given)
		return -ENOENT;
	return ferror(reading->out) ? -ENOMEM : 0;
}

void journal_reading_end(struct journal_reading *reading, struct journal_page *page)
{
	if (reading->out) {
		putc(']', reading->out);
		if (fclose(reading->out) != 0 && !page->error)
			page->error = -ENOMEM;
	}
	if (page->error) {
		free(reading->text);
		return;
	}
	page->text = reading->text;
	page->length = reading->length;
	page->more = reading->more;
	page->next = reading->next;
}
