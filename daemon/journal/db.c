/* The journal's database: opening, transactions, upkeep. */
#include "core/clock.h"
#include "daemon/journal/db_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGE_STATEMENTS_MAX = 2, NO_STATEMENT = -1 };

/* What a change does. */
static const int CHANGES[JOURNAL_CHANGE_KIND_COUNT][CHANGE_STATEMENTS_MAX] = {
	[JOURNAL_ENTRY] = { SQL_PUT_ENTRY, SQL_PUT_OUTBOX },
	[JOURNAL_SNAPSHOT] = { SQL_PUT_SNAPSHOT, NO_STATEMENT },
	[JOURNAL_DROP] = { SQL_DROP_SNAPSHOT, NO_STATEMENT },
	[JOURNAL_COUNTERS] = { SQL_PUT_COUNTERS, NO_STATEMENT },
	[JOURNAL_DELIVERED] = { SQL_DELIVERED, NO_STATEMENT },
	[JOURNAL_COMMIT] = { NO_STATEMENT, NO_STATEMENT },
};

static const struct {
	int code, error;
} ERRORS[] = {
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

int journal_db_errno(const struct journal_db *db, int code)
{
	int system = sqlite3_system_errno(db->handle);

	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++) {
		if ((code & 0xff) == ERRORS[i].code)
			return ERRORS[i].error;
	}
	/* A quota is a full disk too, which SQLite does not say. */
	if ((code & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))
		return -ENOSPC;
	if ((code & 0xff) == SQLITE_CANTOPEN && system != 0)
		return -system;
	return -EIO;
}

int journal_db_statement(struct journal_db *db, enum journal_sql which, sqlite3_stmt **statement)
{
	int code = SQLITE_OK;

	if (!db->statements[which])
		code = sqlite3_prepare_v3(db->handle, JOURNAL_SQL[which], -1,
			SQLITE_PREPARE_PERSISTENT, &db->statements[which], NULL);
	*statement = db->statements[which];
	return journal_db_errno(db, code);
}

int journal_db_number(struct journal_db *db, enum journal_sql which, int64_t *number)
{
	sqlite3_stmt *statement;
	int error = journal_db_statement(db, which, &statement);
	int code;

	if (error)
		return error;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW && number && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		*number = sqlite3_column_int64(statement, 0);
	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	error = journal_db_errno(db, code);
	sqlite3_reset(statement);
	return error;
}

static int run(struct journal_db *db, enum journal_sql which)
{
	return journal_db_number(db, which, NULL);
}

static int run_range(struct journal_db *db, enum journal_sql first, enum journal_sql last)
{
	int error = 0;

	for (enum journal_sql which = first; which <= last && !error; which++)
		error = run(db, which);
	return error;
}

static int check(struct journal_db *db)
{
	sqlite3_stmt *statement;
	const char *text = NULL;
	int error = journal_db_statement(db, SQL_CHECK, &statement);
	int code;

	if (error)
		return error;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(statement, 0);
	error = code == SQLITE_ROW ? (text && strcmp(text, "ok") == 0 ? 0 : -EUCLEAN)
				   : journal_db_errno(db, code);
	sqlite3_reset(statement);
	return error;
}

/* A new database as a whole, an older one as far as it lacks something; all of it or nothing. */
static int make_schema(struct journal_db *db, int64_t schema)
{
	int error = run(db, SQL_BEGIN);

	if (error)
		return error;
	return journal_db_end(db,
		run_range(db, schema == 0 ? SQL_MAKE_ENTRY : SQL_MAKE_ENTRY_WALL, SQL_SET_SCHEMA));
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
	char text[sizeof(JOURNAL_SQL_PAGES_MAX) + 32];
	long long pages = size_max / PAGE_SIZE;

	if (pages <= 0)
		return 0;
	snprintf(text, sizeof(text), JOURNAL_SQL_PAGES_MAX, pages);
	return journal_db_errno(db, sqlite3_exec(db->handle, text, NULL, NULL, NULL));
}

static int count_log_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct journal_db *db = context;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

static int prepare(struct journal_db *db, int64_t size_max, int64_t *schema)
{
	int error = run(db, SQL_EXCLUSIVE);

	if (!error)
		error = journal_db_number(db, SQL_READ_SCHEMA, schema);
	if (!error && *schema > JOURNAL_SCHEMA)
		error = -ENOTSUP;
	if (!error)
		error = check(db);
	if (!error)
		error = run_range(db, SQL_WAL, SQL_CELL_CHECK);
	/* Before the limit: what an older one lacks must have room, and the oldest entries give
	 * way. */
	if (!error && *schema < JOURNAL_SCHEMA)
		error = make_schema(db, *schema);
	if (!error)
		error = limit_size(db, size_max);
	if (!error)
		error = journal_db_errno(
			db, sqlite3_create_function_v2(db->handle, "time_text", 1, SQLITE_UTF8,
				    NULL, time_text, NULL, NULL, NULL));
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
			"%s: another process has it open: end the other facilityd (or sqlite3) "
			"first",
			path);
		break;
	case -ENOTSUP:
		snprintf(error, error_size,
			"%s: its schema %lld is newer than %d: a newer facilityd has written it; "
			"run that one, or move the file away",
			path, (long long)schema, JOURNAL_SCHEMA);
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
	failure = journal_db_errno(db, sqlite3_open_v2(path, &db->handle, flags, NULL));
	if (!failure)
		failure = prepare(db, size_max, &schema);
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
	return journal_db_errno(db, code);
}

static int apply(struct journal_db *db, enum journal_sql which, const struct journal_change *change)
{
	sqlite3_stmt *statement;
	int error = journal_db_statement(db, which, &statement);
	int count, code = SQLITE_OK;

	if (error)
		return error;
	count = sqlite3_bind_parameter_count(statement);
	for (int i = 0; i < count && code == SQLITE_OK; i++) {
		/* The texts live in the queue until the transaction has ended. */
		if (i < JOURNAL_NUMBER_COUNT)
			code = sqlite3_bind_int64(statement, i + 1, change->numbers[i]);
		else
			code = sqlite3_bind_text(statement, i + 1,
				change->texts[i - JOURNAL_NUMBER_COUNT], -1, SQLITE_STATIC);
	}
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	error = journal_db_errno(db, code);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return error;
}

int journal_db_apply(struct journal_db *db, const struct journal_change *change)
{
	int error = 0;

	for (int i = 0; i < CHANGE_STATEMENTS_MAX && !error; i++) {
		if (CHANGES[change->kind][i] != NO_STATEMENT)
			error = apply(db, (enum journal_sql)CHANGES[change->kind][i], change);
	}
	return error;
}

int journal_db_probe(struct journal_db *db)
{
	int error = journal_db_begin(db);

	return error ? error : journal_db_end(db, run(db, SQL_SET_SCHEMA));
}

/* Upkeep -------------------------------------------------------------------- */

static int read_window(struct journal_db *db, struct journal_window *window)
{
	sqlite3_stmt *statement;
	int error = journal_db_statement(db, SQL_WINDOW, &statement);
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
	error = journal_db_errno(db, code);
	sqlite3_reset(statement);
	return error;
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
	int error = journal_db_number(db, SQL_PAGES_USED, &bytes);

	return error ? error : bytes;
}

int journal_db_log_pages(const struct journal_db *db)
{
	return db->log_pages;
}

int journal_db_checkpoint(struct journal_db *db)
{
	int error = journal_db_errno(db, sqlite3_wal_checkpoint_v2(db->handle, NULL,
						 SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));

	if (!error)
		db->log_pages = 0;
	return error;
}
