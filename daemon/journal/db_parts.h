/* Between journal_db.c and journal_db_load.c: all that knows SQLite. */
#ifndef DAEMON_JOURNAL_DB_PARTS_H
#define DAEMON_JOURNAL_DB_PARTS_H

#include "daemon/journal/db.h"
#include "daemon/journal/sql.h"

#include <sqlite3.h>

struct journal_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[SQL_COUNT]; /* prepared at first use */
	int log_pages;
};

/* SQLite's code as 0 or -errno. */
int journal_db_errno(const struct journal_db *db, int code);

/* Prepared; the caller resets it. It stays the database's. */
int journal_db_statement(struct journal_db *db, enum journal_sql which, sqlite3_stmt **statement);

/* Runs it to its end. *number (or NULL) is the first column of the first row; else as it was. */
int journal_db_number(struct journal_db *db, enum journal_sql which, int64_t *number);

#endif
