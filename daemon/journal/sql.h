/*
 * Inside journal: every statement that is ever given to SQLite, in one table. A
 * change's numbers are ?1 to ?4 and its texts ?5 to ?11, in the order of their
 * enums; a statement names those that it needs.
 */
#ifndef DAEMON_JOURNAL_SQL_H
#define DAEMON_JOURNAL_SQL_H

enum { JOURNAL_SCHEMA = 2 };

enum journal_sql {
	/* At open, in this order. */
	SQL_EXCLUSIVE,
	SQL_READ_SCHEMA,
	SQL_CHECK,
	SQL_WAL,
	SQL_SYNC_BY_US,
	SQL_NO_SECURE_DELETE,
	SQL_LOG_LIMIT,
	SQL_CELL_CHECK,
	/* The schema, when there is none, in this order. */
	SQL_MAKE_ENTRY,
	SQL_MAKE_ENTRY_INCIDENT,
	SQL_MAKE_OUTBOX,
	SQL_MAKE_SNAPSHOT,
	SQL_MAKE_COUNTERS,
	/* Since schema 2; from here on also to a database of schema 1. */
	SQL_MAKE_ENTRY_WALL,
	SQL_MAKE_INCIDENT,
	SQL_MAKE_INCIDENT_SHORT,
	SQL_MAKE_INCIDENT_ENDED,
	SQL_MAKE_INCIDENT_PUT,
	SQL_MAKE_INCIDENT_GONE,
	SQL_FILL_INCIDENT,
	SQL_SET_SCHEMA,
	/* What the last run has left. */
	SQL_LAST_SEQUENCE,
	SQL_LAST_WALL,
	SQL_LOAD_COUNTERS,
	SQL_LOAD_SNAPSHOTS,
	SQL_LOAD_OUTBOX,
	SQL_LOAD_RAISED,
	/* Changes. */
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_PUT_ENTRY,
	SQL_PUT_OUTBOX,
	SQL_PUT_SNAPSHOT,
	SQL_DROP_SNAPSHOT,
	SQL_PUT_COUNTERS,
	SQL_DELIVERED,
	/* Upkeep. */
	SQL_PAGES_USED,
	SQL_WINDOW,
	SQL_PRUNE,
	SQL_PRUNE_OUTBOX,
	/* Queries: see journal_db_query.c for their parameters. */
	SQL_FIND_INCIDENT,
	SQL_QUERY_RECORD,
	SQL_QUERY_HISTORY,
	SQL_QUERY_ENTRIES,
	SQL_COUNT
};

extern const char *const JOURNAL_SQL[SQL_COUNT];

/* The only one with a number in its text, as a pragma has no parameters. */
#define JOURNAL_SQL_PAGES_MAX "PRAGMA max_page_count = %lld"

#endif
