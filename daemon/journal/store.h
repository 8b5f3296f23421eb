/*
 * Inside journal: the database and the files around it as they are written
 * whatever the disk does: opened late, set aside when it is damaged, the reserve
 * given up when it is full, old entries deleted when there is time. Must not know
 * queues or threads.
 *
 * Blocks as long as the disk does; one thread at a time.
 */
#ifndef DAEMON_JOURNAL_STORE_H
#define DAEMON_JOURNAL_STORE_H

#include "daemon/journal/commit.h"
#include "daemon/journal/db.h"
#include "daemon/journal/disk.h"

struct journal_store {
	struct journal_disk disk;
	struct journal_db *db; /* NULL: to be opened at the next attempt */
	bool loaded;           /* what an older run has left is known, or there is nothing */
	int error;             /* of the last attempt to write; 0: it was written */
	int64_t size_max, retention_ms;
	/* Entries are old by this time, which no jump of the wall clock moves: wall at boot. */
	int64_t wall_at_boot_ms;
	int64_t retention_at_ms;
	int64_t window_after;
	bool waiting_too;            /* the database is too full, and all else is deleted already */
	char id[JOURNAL_ID_MAX + 1]; /* of the one in use */
	/* That was written last, that the marker will say next, and that it says. */
	uint64_t sequence, next_mark, marked;
	int64_t written_ms, mark_at_ms;
	unsigned renewals; /* in this run a new one was begun, because the file was gone */
};

/*
 * Opens it and gives what it holds to `loader`. 0 also when the disk cannot be used for now
 * (store->error tells); -errno: not to be used by this program (`error`, for people).
 */
/* -EBUSY: another facilityd has the folder. */
int journal_store_start(struct journal_store *store, const struct journal_settings *settings,
	const struct journal_loader *loader, struct journal_found *found, char *error,
	size_t error_size);
void journal_store_close(struct journal_store *store);

/*
 * The commits in one transaction, opened, relieved and tried again where that helps. 0: the kernel
 * has it. -EINVAL: one of them is wrong, and nothing of any was written.
 */
int journal_store_write(
	struct journal_store *store, struct journal_commit *const *commits, size_t count);
/* What was written outlasts a loss of power then. */
int journal_store_sync(struct journal_store *store);
/* The end of an attempt, which decides how the next begins; logs what is new. */
void journal_store_ended(struct journal_store *store, int error);

/* One small piece of what can wait; returns how long the next can wait. */
int64_t journal_store_keep_up(struct journal_store *store, int64_t now_ms);
/* For want of an idle moment too: a long log goes into the database, and the marker follows. */
void journal_store_bound(struct journal_store *store, int64_t now_ms);

#endif
