/*
 * Inside journal: what the loop's side (journal.c) and the thread's
 * (journal_thread.c) share, and whose is what.
 */
#ifndef DAEMON_JOURNAL_PARTS_H
#define DAEMON_JOURNAL_PARTS_H

#include "daemon/journal/db.h"
#include "daemon/journal/disk.h"

#include <stdatomic.h>

enum { JOURNAL_ERROR_MAX = 256 };

/* The thread's own; journal_open()'s before there is a thread. */
struct journal_worker {
	struct journal_disk disk;
	struct journal_db *db; /* NULL: to be opened at the next attempt */
	bool loaded;           /* what an older run has left is known, or there is nothing */
	int error;             /* of the last attempt to write; 0: it was written */
	uint64_t ended;        /* commits with a ticket, well or not */
	int64_t size_max, retention_ms;
	/* Entries are old by this time, which no jump of the wall clock moves: wall at boot. */
	int64_t wall_at_boot_ms;
	int64_t upkeep_at_ms; /* CLOCK_NEVER never happens: retention comes again */
	int64_t retention_at_ms;
	int64_t window_after;
	bool waiting_too; /* the database is too full, and all else is deleted already */
};

enum journal_asked_state {
	JOURNAL_ASKED_FREE,
	JOURNAL_ASKED_WAITING,
	JOURNAL_ASKED_TAKEN,     /* the thread reads for it */
	JOURNAL_ASKED_FORGOTTEN, /* it still does, for nobody */
	JOURNAL_ASKED_DONE,
};

struct journal_asked {
	enum journal_asked_state state;
	uint64_t ticket, order; /* order: of asking */
	int64_t deadline_ms;
	struct journal_query query;
	struct journal_page page;
};

struct journal {
	struct journal_queue queue; /* has its own mutex */
	struct journal_worker worker;
	struct journal_events *events;
	sd_event_source *io;
	pthread_t thread;
	bool started;
	int work_fd,
		done_fd; /* eventfds: commits wait; outcomes or a new trouble wait, or the end */
	_Atomic int64_t heartbeat_ms;
	_Atomic uint64_t written; /* commits with a ticket that the kernel has, or that failed */
	pthread_mutex_t mutex;    /* of the next block */
	char trouble[JOURNAL_TROUBLE_MAX];
	bool stopping, ended, left;
	struct journal_asked asked[JOURNAL_QUERY_MAX];
	/* The loop's own: */
	sd_event_source *query_timer;
	uint64_t asked_last;
	uint64_t told_written;
	char told_trouble[JOURNAL_TROUBLE_MAX];
};

/* Opens the database where that is possible: 0 or -errno, and `text` for people. */
int journal_worker_open(struct journal *journal, char *text, size_t size);
void *journal_thread_main(void *journal);
/* Both sides are done with it. */
void journal_free(struct journal *journal);

/* journal_query.c, on the loop: */

int journal_query_start(struct journal *journal, sd_event *loop);
void journal_query_tell(struct journal *journal);
/* Both sides are done with it: answers that nobody took. */
void journal_query_free(struct journal *journal);

/* journal_query.c, in the thread: */

/* The oldest that waits, which is taken then; NULL: none. It stays until it is finished. */
struct journal_asked *journal_query_take(struct journal *journal);
bool journal_query_waits(struct journal *journal);
/* Does nobody wait for it any more? */
bool journal_query_forgotten(struct journal *journal, const struct journal_asked *asked);
void journal_query_finish(
	struct journal *journal, struct journal_asked *asked, const struct journal_page *page);

/* journal_upkeep.c, in the thread: */

/* The disk or the database is full: true when something was given up, so that another attempt
 * makes sense. *step: 0 at first, then as it was left. */
bool journal_relieve(struct journal_worker *worker, int *step);
/* One small piece of what can wait; returns how long the next can wait. */
int64_t journal_upkeep(struct journal_worker *worker, int64_t now_ms);

#endif
