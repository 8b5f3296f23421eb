/*
 * Inside journal: the SQLite database; db.c alone knows SQLite. Must not know
 * queues, threads or what a payload says.
 *
 * Blocks as long as the disk does; one thread at a time. 0 or -errno: -ENOSPC disk
 * or database full, -EUCLEAN damaged, -EBUSY another process has it, -ENOTSUP
 * written by another version of facilityd, -EINVAL this change is wrong (the
 * database is not).
 */
#ifndef DAEMON_JOURNAL_DB_H
#define DAEMON_JOURNAL_DB_H

#include "daemon/journal/commit.h"
#include "daemon/journal/journal.h"

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

/* Opens or makes it, and checks it. On failure *out is NULL, and `error` has a text for people. */
int journal_db_open(struct journal_db **out, const char *path, int64_t size_max, char *error,
	size_t error_size);
/* Puts the log into the database, unless it is damaged. */
void journal_db_close(struct journal_db *db);

/* Its id; where it has none yet it gets this one. */
int journal_db_identify(struct journal_db *db, char id[static JOURNAL_ID_MAX + 1]);

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

/* Takes the rows of a question. */
struct journal_reader {
	void *context;
	/* `after`: the cursor behind it. Text: NULL where the row is not asked for. False: enough.
	 */
	bool (*row)(void *context, struct journal_cursor after, const char *text, size_t length);
};

/* A short incident id ("2-f3") becomes that of the newest of this name; a full one stays. */
int journal_db_find(struct journal_db *db, struct journal_query *query);
/* At most `rows` rows from query->after on. No statement stays open behind it. */
int journal_db_read(struct journal_db *db, const struct journal_query *query, int rows,
	const struct journal_reader *reader);

/* Pages in the log that are not in the database yet. */
int journal_db_log_pages(const struct journal_db *db);
int journal_db_checkpoint(struct journal_db *db);

#endif
