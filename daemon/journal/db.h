/*
 * Inside journal: the SQLite database; journal_db*.c alone know SQLite. Must not
 * know queues, threads or what a payload says.
 *
 * Blocks as long as the disk does; one thread at a time. 0 or -errno: -ENOSPC disk
 * or database full, -EUCLEAN damaged, -EBUSY another process has it, -ENOTSUP
 * written by a newer facilityd, -EINVAL this change is wrong (the database is not).
 */
#ifndef DAEMON_JOURNAL_DB_H
#define DAEMON_JOURNAL_DB_H

#include "daemon/journal/queue.h"

#include <stdio.h>

struct journal_db;

/* One step of deleting old entries: a window of few entries, oldest first. */
struct journal_window {
	int64_t after;         /* in: last sequence of the window before; 0: begin */
	int64_t length;        /* in: entries at most */
	int64_t older_than_ms; /* in: wall time; INT64_MAX: whatever their age */
	bool waiting_too;      /* in: also what the broker has not acknowledged */
	int64_t last;          /* out: for the next window; 0: this was the end */
	int64_t newest_ms;     /* out: wall time of the newest entry in the window */
	int64_t deleted;       /* out */
};

/* Opens or makes it, and checks it. On failure *db is NULL, and `error` has a text for people. */
int journal_db_open(
	struct journal_db **db, const char *path, int64_t size_max, char *error, size_t error_size);
/* Puts the log into the database, unless it is damaged. */
void journal_db_close(struct journal_db *db);

int journal_db_load(struct journal_db *db, const struct journal_loader *loader);
/* Does it hold entries or counters? */
bool journal_db_used(struct journal_db *db);
/* Wall time of the last entry; INT64_MAX: there is none. */
int64_t journal_db_last_wall_ms(struct journal_db *db);

/*
 * A transaction: begin, any number of changes, end with the first error (which undoes) or 0. After
 * the end the kernel has it, so that it outlasts this process; after the sync it outlasts a loss of
 * power. A failed sync: whether it does is not known, and the database must be opened anew.
 */
int journal_db_begin(struct journal_db *db);
int journal_db_apply(struct journal_db *db, const struct journal_change *change);
int journal_db_end(struct journal_db *db, int error);
int journal_db_sync(struct journal_db *db);
/* Writes what changes nothing: can it be written? */
int journal_db_probe(struct journal_db *db);

int journal_db_prune(struct journal_db *db, struct journal_window *window);
/* Bytes in use of the database; -errno. */
int64_t journal_db_bytes(struct journal_db *db);

/*
 * A page of an answer, read in windows of few rows. Begins as { 0 }; journal_db_read() reads one
 * window, and so on until `complete`. No statement stays open between two windows.
 */
struct journal_reading {
	FILE *out; /* writes to text */
	char *text;
	size_t length;
	bool complete, more;
	int windows, rows;
	struct journal_cursor next;
};
/* The query's short incident id becomes the full one. -ENOENT: there is no such incident. */
int journal_db_read(
	struct journal_db *db, struct journal_query *query, struct journal_reading *reading);
/* What was read into the page, unless page->error says that it is of no use. */
void journal_reading_end(struct journal_reading *reading, struct journal_page *page);

/* Pages in the log that are not in the database yet. */
int journal_db_log_pages(const struct journal_db *db);
int journal_db_checkpoint(struct journal_db *db);

#endif
