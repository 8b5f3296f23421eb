/* What the last run has left in the journal's database. */
#include "daemon/journal/db_parts.h"

static const char *text_of(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

static void give_counters(
	sqlite3_stmt *statement, const struct journal_loader *loader, int64_t last_sequence)
{
	int64_t next = sqlite3_column_int64(statement, 0);

	/* A sequence that an entry has is never given again, whatever was put last. */
	loader->counters(loader->context,
		(uint64_t)(next > last_sequence ? next : last_sequence + 1),
		(uint64_t)sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2),
		sqlite3_column_int64(statement, 3), text_of(statement, 4));
}

static void give_snapshot(
	sqlite3_stmt *statement, const struct journal_loader *loader, int64_t last_sequence)
{
	(void)last_sequence;
	loader->snapshot(loader->context, text_of(statement, 0), text_of(statement, 1));
}

static void give_waiting(
	sqlite3_stmt *statement, const struct journal_loader *loader, int64_t last_sequence)
{
	const struct journal_entry entry = {
		.sequence = (uint64_t)sqlite3_column_int64(statement, 0),
		.event_id = text_of(statement, 1),
		.kind = text_of(statement, 2),
		.topic = text_of(statement, 3),
		.incident_id = text_of(statement, 4),
		.user = text_of(statement, 5),
		.payload = text_of(statement, 6),
		.wall_ms = sqlite3_column_int64(statement, 7),
	};

	(void)last_sequence;
	loader->waiting(loader->context, &entry);
}

static void give_raised(
	sqlite3_stmt *statement, const struct journal_loader *loader, int64_t last_sequence)
{
	const char *zone = text_of(statement, 2);

	(void)last_sequence;
	if (zone)
		loader->raised(loader->context, sqlite3_column_int(statement, 1), zone,
			sqlite3_column_int64(statement, 0));
}

static const struct {
	enum journal_sql which;
	void (*give)(sqlite3_stmt *statement, const struct journal_loader *loader,
		int64_t last_sequence);
} LOADS[] = {
	{ SQL_LOAD_COUNTERS, give_counters },
	{ SQL_LOAD_SNAPSHOTS, give_snapshot },
	{ SQL_LOAD_OUTBOX, give_waiting },
	{ SQL_LOAD_RAISED, give_raised },
};

int journal_db_load(struct journal_db *db, const struct journal_loader *loader)
{
	sqlite3_stmt *statement;
	int64_t last_sequence = 0;
	int error = journal_db_number(db, SQL_LAST_SEQUENCE, &last_sequence);

	for (size_t i = 0; i < sizeof(LOADS) / sizeof(LOADS[0]) && !error; i++) {
		int code = SQLITE_ERROR;

		error = journal_db_statement(db, LOADS[i].which, &statement);
		if (!error && LOADS[i].which == SQL_LOAD_RAISED)
			sqlite3_bind_int64(statement, 1, loader->raised_since_ms);
		while (!error && (code = sqlite3_step(statement)) == SQLITE_ROW)
			LOADS[i].give(statement, loader, last_sequence);
		error = error ? error : journal_db_errno(db, code);
		sqlite3_reset(statement);
	}
	return error;
}

bool journal_db_used(struct journal_db *db)
{
	int64_t last_sequence = 0, next_sequence = 0;

	return journal_db_number(db, SQL_LAST_SEQUENCE, &last_sequence) != 0 ||
	       journal_db_number(db, SQL_LOAD_COUNTERS, &next_sequence) != 0 || last_sequence > 0 ||
	       next_sequence > 0;
}

int64_t journal_db_last_wall_ms(struct journal_db *db)
{
	int64_t wall_ms = INT64_MAX;

	return journal_db_number(db, SQL_LAST_WALL, &wall_ms) ? INT64_MAX : wall_ms;
}
