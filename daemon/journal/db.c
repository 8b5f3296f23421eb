/* The journal's database: all that knows SQLite. */
#include "daemon/journal/db.h"

#include "core/clock.h"
#include "daemon/journal/statements.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA = 3 }; /* as statements.sql sets it */

struct journal_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[SQL_COUNT]; /* prepared at first use */
	int log_pages;
};

/*
 * A quota is a full disk too, which SQLite does not say. Its own system error is not that of a
 * commit, but each file knows its last one.
 */
static bool is_over_quota(const struct journal_db *db, int code)
{
	sqlite3_file *log = NULL;
	int of_log = 0, of_database = 0;

	if (code != SQLITE_IOERR_WRITE)
		return false;
	sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_LAST_ERRNO, &of_database);
	sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
	return of_log == EDQUOT || of_database == EDQUOT;
}

/* SQLite's code as 0 or -errno. */
static int error_of(const struct journal_db *db, int code)
{
	static const struct {
		int code, error;
	} errors[] = {
		{ SQLITE_FULL, -ENOSPC },
		{ SQLITE_CORRUPT, -EUCLEAN },
		{ SQLITE_NOTADB, -EUCLEAN },
		{ SQLITE_BUSY, -EBUSY },
		{ SQLITE_LOCKED, -EBUSY },
		{ SQLITE_CONSTRAINT, -EINVAL },
		{ SQLITE_TOOBIG, -EINVAL },
		{ SQLITE_NOMEM, -ENOMEM },
		{ SQLITE_READONLY, -EROFS },
		{ SQLITE_PERM, -EACCES },
	};
	int system = sqlite3_system_errno(db->handle);

	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if ((code & 0xff) == errors[i].code)
			return errors[i].error;
	}
	if (is_over_quota(db, code))
		return -ENOSPC;
	if ((code & 0xff) == SQLITE_CANTOPEN && system != 0)
		return -system;
	return -EIO;
}

/* Prepared; the caller ends it with finish(). */
static int prepare(struct journal_db *db, enum journal_sql which, sqlite3_stmt **statement)
{
	int code = SQLITE_OK;

	if (!db->statements[which])
		code = sqlite3_prepare_v3(db->handle, JOURNAL_SQL[which], -1,
			SQLITE_PREPARE_PERSISTENT, &db->statements[which], NULL);
	*statement = db->statements[which];
	return error_of(db, code);
}

/* `code` is of its last step; what it means. */
static int finish(struct journal_db *db, sqlite3_stmt *statement, int code)
{
	int error = error_of(db, code);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return error;
}

/* Runs it to its end. *number (or NULL) is the first column of the first row; else as it was. */
static int run_number(struct journal_db *db, enum journal_sql which, int64_t *number)
{
	sqlite3_stmt *statement;
	int error = prepare(db, which, &statement);
	int code;

	if (error)
		return error;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW && number && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		*number = sqlite3_column_int64(statement, 0);
	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	return finish(db, statement, code);
}

static int run(struct journal_db *db, enum journal_sql which)
{
	return run_number(db, which, NULL);
}

static int run_script(struct journal_db *db, const char *text)
{
	return error_of(db, sqlite3_exec(db->handle, text, NULL, NULL, NULL));
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

/* Opening ------------------------------------------------------------------- */

static int check(struct journal_db *db)
{
	sqlite3_stmt *statement;
	int error = prepare(db, SQL_CHECK, &statement);
	const char *text;
	int code;

	if (error)
		return error;
	code = sqlite3_step(statement);
	text = code == SQLITE_ROW ? text_of(statement, 0) : NULL;
	error = text && strcmp(text, "ok") != 0 ? -EUCLEAN : 0;
	return error ? error : finish(db, statement, code);
}

/* All of it or nothing. */
static int make_schema(struct journal_db *db)
{
	int error = journal_db_begin(db);

	return error ? error : journal_db_end(db, run_script(db, JOURNAL_SQL[SQL_MAKE_SCHEMA]));
}

/* Wall time as every document has it. */
static void time_text(sqlite3_context *context, int count, sqlite3_value **values)
{
	char text[CLOCK_TEXT_MAX];

	(void)count;
	sqlite3_result_text(
		context, clock_format(sqlite3_value_int64(values[0]), text), -1, SQLITE_TRANSIENT);
}

static int limit_size(struct journal_db *db, int64_t size_max)
{
	enum { PAGE_SIZE = 4096 };
	char text[64];

	if (size_max < PAGE_SIZE)
		return 0;
	snprintf(text, sizeof(text), "PRAGMA max_page_count = %lld",
		(long long)size_max / PAGE_SIZE);
	return run_script(db, text);
}

static int count_log_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct journal_db *db = context;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

static int begin_use(struct journal_db *db, int64_t size_max, int64_t *schema)
{
	int error = run(db, SQL_LOCK);

	if (!error)
		error = run_number(db, SQL_READ_SCHEMA, schema);
	if (!error && *schema != 0 && *schema != SCHEMA)
		error = -ENOTSUP;
	if (!error)
		error = check(db);
	if (!error)
		error = run_script(db, JOURNAL_SQL[SQL_SETTINGS]);
	if (!error && *schema == 0)
		error = make_schema(db);
	if (!error)
		error = limit_size(db, size_max);
	if (!error)
		error = error_of(db, sqlite3_create_function_v2(db->handle, "time_text", 1,
					     SQLITE_UTF8, NULL, time_text, NULL, NULL, NULL));
	if (error)
		return error;
	/*
	 * After a failed sync the kernel may call pages clean that never reached the disk. Copied
	 * into the database they are written anew. A full disk is met later, and does no harm here.
	 */
	sqlite3_wal_hook(db->handle, count_log_pages, db);
	error = journal_db_checkpoint(db);
	return error == -ENOSPC ? 0 : error;
}

static void say_why(const struct journal_db *db, int failure, int64_t schema, const char *path,
	char *error, size_t error_size)
{
	switch (failure) {
	case -EBUSY:
		snprintf(error, error_size,
			"%s: another process has it open: end the other facilityd (or sqlite3) first",
			path);
		break;
	case -ENOTSUP:
		snprintf(error, error_size,
			"%s: its schema is %lld, and this facilityd reads %d only: %s one has written it; run that one, or move the file away",
			path, (long long)schema, SCHEMA, schema > SCHEMA ? "a newer" : "an older");
		break;
	default:
		snprintf(error, error_size, "%s: %s (%s)", path, strerror(-failure),
			sqlite3_errmsg(db->handle));
	}
}

int journal_db_open(
	struct journal_db **out, const char *path, int64_t size_max, char *error, size_t error_size)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
			  SQLITE_OPEN_EXRESCODE;
	struct journal_db *db = calloc(1, sizeof(*db));
	int64_t schema = 0;
	int failure;

	*out = NULL;
	snprintf(error, error_size, "%s: %s", path, strerror(ENOMEM));
	if (!db)
		return -ENOMEM;
	failure = error_of(db, sqlite3_open_v2(path, &db->handle, flags, NULL));
	if (!failure)
		failure = begin_use(db, size_max, &schema);
	if (!failure) {
		*error = '\0';
		*out = db;
		return 0;
	}
	say_why(db, failure, schema, path, error, error_size);
	if (failure == -EUCLEAN)
		sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	journal_db_close(db);
	return failure;
}

void journal_db_close(struct journal_db *db)
{
	if (!db)
		return;
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->handle);
	free(db);
}

/* What the last run has left ------------------------------------------------ */

static int put_identity(struct journal_db *db, const char *id)
{
	sqlite3_stmt *statement;
	int error = run(db, SQL_MAKE_IDENTITY);

	if (!error)
		error = prepare(db, SQL_PUT_IDENTITY, &statement);
	if (error)
		return error;
	sqlite3_bind_text(statement, 1, id, -1, SQLITE_TRANSIENT);
	return finish(db, statement, sqlite3_step(statement));
}

int journal_db_identify(struct journal_db *db, char id[static JOURNAL_ID_MAX + 1])
{
	sqlite3_stmt *statement;
	int error = put_identity(db, id);
	int code;

	if (!error)
		error = prepare(db, SQL_IDENTITY, &statement);
	if (error)
		return error;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		snprintf(id, JOURNAL_ID_MAX + 1, "%s", text_of(statement, 0));
	return finish(db, statement, code);
}

static void give_counters(sqlite3_stmt *row, const struct journal_loader *loader)
{
	loader->counters(loader->context, (uint64_t)sqlite3_column_int64(row, 0),
		(uint64_t)sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
		sqlite3_column_int64(row, 3), text_of(row, 4));
}

static void give_snapshot(sqlite3_stmt *row, const struct journal_loader *loader)
{
	loader->snapshot(loader->context, text_of(row, 0), text_of(row, 1));
}

static void give_waiting(sqlite3_stmt *row, const struct journal_loader *loader)
{
	const struct journal_entry entry = {
		.sequence = (uint64_t)sqlite3_column_int64(row, 0),
		.event_id = text_of(row, 1),
		.kind = text_of(row, 2),
		.topic = text_of(row, 3),
		.incident_id = text_of(row, 4),
		.user = text_of(row, 5),
		.payload = text_of(row, 6),
		.wall_ms = sqlite3_column_int64(row, 7),
	};

	loader->waiting(loader->context, &entry);
}

static void give_raised(sqlite3_stmt *row, const struct journal_loader *loader)
{
	loader->raised(loader->context, sqlite3_column_int(row, 1), text_of(row, 2),
		sqlite3_column_int64(row, 0));
}

int journal_db_load(struct journal_db *db, const struct journal_loader *loader)
{
	static const struct {
		enum journal_sql which;
		void (*give)(sqlite3_stmt *row, const struct journal_loader *loader);
	} loads[] = {
		{ SQL_LOAD_COUNTERS, give_counters },
		{ SQL_LOAD_SNAPSHOTS, give_snapshot },
		{ SQL_LOAD_OUTBOX, give_waiting },
		{ SQL_LOAD_RAISED, give_raised },
	};
	sqlite3_stmt *statement;
	int error = 0, code;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]) && !error; i++) {
		error = prepare(db, loads[i].which, &statement);
		if (error)
			break;
		if (loads[i].which == SQL_LOAD_RAISED)
			sqlite3_bind_int64(statement, 1, loader->raised_since_ms);
		while ((code = sqlite3_step(statement)) == SQLITE_ROW)
			loads[i].give(statement, loader);
		error = finish(db, statement, code);
	}
	return error;
}

bool journal_db_used(struct journal_db *db)
{
	int64_t used = 0;

	return run_number(db, SQL_IS_USED, &used) != 0 || used != 0;
}

int64_t journal_db_last_wall_ms(struct journal_db *db)
{
	int64_t wall_ms = INT64_MAX;

	return run_number(db, SQL_LAST_WALL, &wall_ms) ? INT64_MAX : wall_ms;
}

/* A transaction ------------------------------------------------------------- */

int journal_db_begin(struct journal_db *db)
{
	return run(db, SQL_BEGIN);
}

int journal_db_end(struct journal_db *db, int error)
{
	if (!error)
		error = run(db, SQL_COMMIT);
	/* SQLite ends some failed transactions by itself, and others not. */
	if (error && !sqlite3_get_autocommit(db->handle))
		run(db, SQL_ROLLBACK);
	return error;
}

/* SQLite's own file and its own sync, which knows what its other calls rely on. */
int journal_db_sync(struct journal_db *db)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

	if (code == SQLITE_OK && log && log->pMethods)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return error_of(db, code);
}

static int apply(struct journal_db *db, enum journal_sql which, const struct journal_change *change)
{
	sqlite3_stmt *statement;
	int error = prepare(db, which, &statement);
	int count, code = SQLITE_OK;

	if (error)
		return error;
	count = sqlite3_bind_parameter_count(statement);
	for (int i = 0; i < count && code == SQLITE_OK; i++) {
		/* The texts live in the commit until the transaction has ended. */
		if (i < JOURNAL_NUMBER_COUNT)
			code = sqlite3_bind_int64(statement, i + 1, change->numbers[i]);
		else
			code = sqlite3_bind_text(statement, i + 1,
				change->texts[i - JOURNAL_NUMBER_COUNT], -1, SQLITE_STATIC);
	}
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	return finish(db, statement, code);
}

int journal_db_apply(struct journal_db *db, const struct journal_change *change)
{
	static const enum journal_sql changes[JOURNAL_CHANGE_KIND_COUNT] = {
		[JOURNAL_ENTRY] = SQL_PUT_ENTRY,
		[JOURNAL_SNAPSHOT] = SQL_PUT_SNAPSHOT,
		[JOURNAL_DROP] = SQL_DROP_SNAPSHOT,
		[JOURNAL_COUNTERS] = SQL_PUT_COUNTERS,
		[JOURNAL_DELIVERED] = SQL_DELIVERED,
	};
	int error = apply(db, changes[change->kind], change);

	if (!error && change->kind == JOURNAL_ENTRY && change->texts[JOURNAL_TOPIC])
		error = apply(db, SQL_PUT_OUTBOX, change);
	return error;
}

int journal_db_probe(struct journal_db *db)
{
	int error = journal_db_begin(db);

	return error ? error : journal_db_end(db, run(db, SQL_PROBE));
}

/* Upkeep -------------------------------------------------------------------- */

static int read_window(struct journal_db *db, struct journal_window *window)
{
	sqlite3_stmt *statement;
	int error = prepare(db, SQL_WINDOW, &statement);
	int code;

	if (error)
		return error;
	sqlite3_bind_int64(statement, 1, window->after);
	sqlite3_bind_int64(statement, 2, window->length);
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		window->last = sqlite3_column_int64(statement, 0);
		window->newest_ms = sqlite3_column_int64(statement, 1);
	}
	return finish(db, statement, code);
}

int journal_db_prune(struct journal_db *db, struct journal_window *window)
{
	struct journal_change range = { 0 };
	int error;

	window->deleted = 0;
	error = read_window(db, window);
	if (error || window->last == 0)
		return error;
	range.numbers[0] = window->after;
	range.numbers[1] = window->last;
	range.numbers[2] = window->older_than_ms;
	range.numbers[3] = window->waiting_too;
	error = journal_db_begin(db);
	if (error)
		return error;
	error = apply(db, SQL_PRUNE, &range);
	if (!error) {
		window->deleted = sqlite3_changes64(db->handle);
		error = window->waiting_too ? apply(db, SQL_PRUNE_OUTBOX, &range) : 0;
	}
	return journal_db_end(db, error);
}

int64_t journal_db_bytes(struct journal_db *db)
{
	int64_t bytes = 0;
	int error = run_number(db, SQL_BYTES_USED, &bytes);

	return error ? error : bytes;
}

int journal_db_log_pages(const struct journal_db *db)
{
	return db->log_pages;
}

int journal_db_checkpoint(struct journal_db *db)
{
	int error = error_of(db, sqlite3_wal_checkpoint_v2(
					 db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));

	if (!error)
		db->log_pages = 0;
	return error;
}

/* Questions ----------------------------------------------------------------- */

/* Where a question begins. Open incidents have the greatest end, and the list goes down. */
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

static void bind_query(sqlite3_stmt *statement, const struct journal_query *query, int rows)
{
	static const int drills[] = {
		[JOURNAL_DRILL_YES] = -1,
		[JOURNAL_DRILL_NO] = 0,
		[JOURNAL_DRILL_ONLY] = 1,
	};
	const struct journal_cursor after = query->after.given ? query->after : first_cursor(query);
	const int64_t numbers[] = { after.major, after.minor, rows,
		query->state == JOURNAL_STATE_OPEN ? INT64_MAX : query->since_ms, query->until_ms,
		query->type, drills[query->drill] };
	const int number_count = sizeof(numbers) / sizeof(numbers[0]);
	int count = sqlite3_bind_parameter_count(statement);

	for (int i = 0; i < number_count && i < count; i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	/* The query outlives the statement's run. */
	sqlite3_bind_text(statement, number_count + 1, query->zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, number_count + 2, query->incident, -1, SQLITE_STATIC);
}

int journal_db_find(struct journal_db *db, struct journal_query *query)
{
	sqlite3_stmt *statement;
	int error = prepare(db, SQL_FIND_INCIDENT, &statement);
	const char *id;
	int code;

	if (error)
		return error;
	sqlite3_bind_text(statement, 1, query->incident, -1, SQLITE_TRANSIENT);
	code = sqlite3_step(statement);
	id = code == SQLITE_ROW ? text_of(statement, 0) : NULL;
	if (id && strlen(id) < sizeof(query->incident))
		strcpy(query->incident, id);
	return finish(db, statement, code);
}

int journal_db_read(struct journal_db *db, const struct journal_query *query, int rows,
	const struct journal_reader *reader)
{
	static const enum journal_sql statements[JOURNAL_QUERY_KIND_COUNT] = {
		[JOURNAL_QUERY_RECORD] = SQL_ASK_RECORD,
		[JOURNAL_QUERY_HISTORY] = SQL_ASK_HISTORY,
		[JOURNAL_QUERY_ENTRIES] = SQL_ASK_ENTRIES,
	};
	enum { COLUMN_MAJOR, COLUMN_MINOR, COLUMN_TEXT };
	sqlite3_stmt *statement;
	int error = prepare(db, statements[query->kind], &statement);
	bool more = true;
	int code = SQLITE_ROW;

	if (error)
		return error;
	bind_query(statement, query, rows);
	while (more && (code = sqlite3_step(statement)) == SQLITE_ROW)
		more = reader->row(reader->context,
			(struct journal_cursor){ true,
				sqlite3_column_int64(statement, COLUMN_MAJOR),
				sqlite3_column_int64(statement, COLUMN_MINOR) },
			text_of(statement, COLUMN_TEXT),
			(size_t)sqlite3_column_bytes(statement, COLUMN_TEXT));
	return finish(db, statement, code);
}
