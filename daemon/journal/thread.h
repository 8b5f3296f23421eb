/*
 * Inside journal: the thread that waits for the disk, so that nobody else does.
 * Work goes to it through one queue, and comes back through another with its
 * outcome. Must not know who asked, nor the loop.
 */
#ifndef DAEMON_JOURNAL_THREAD_H
#define DAEMON_JOURNAL_THREAD_H

#include "daemon/journal/commit.h"
#include "daemon/journal/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct queue;

struct journal_question {
	uint64_t ticket; /* 0: nobody waits for it any more */
	int64_t deadline_ms;
	atomic_bool cancelled; /* the thread may leave off */
	struct journal_query query;
	struct journal_page page; /* once it is answered */
};

/* One of both, which is then its receiver's; neither, to the thread: end; to the loop: look. */
struct journal_work {
	struct journal_commit *commit;
	struct journal_question *question;
};

struct journal_thread {
	struct queue *work, *done;    /* of struct journal_work */
	_Atomic int64_t heartbeat_ms; /* CLOCK_NEVER: idle */
	_Atomic uint64_t written; /* commits with a ticket that the kernel has, or that failed */
	_Atomic int error;        /* of the last attempt to write; 0: it was written */
	atomic_bool lacks_reserve;
	atomic_uint renewals; /* as the store's */
	atomic_bool ended, left;
	atomic_bool released; /* by one of both sides: the other one frees it */
	/* Its own; before it is started its starter's: */
	struct journal_store store;
	struct journal_question *question; /* reads for it */
	uint64_t finished;                 /* commits with a ticket, well or not */
	int64_t upkeep_at_ms;
	bool ending;
	pthread_t id;
};

/* Queues for at most `max` commits, and a store that is not opened yet. NULL: -errno in *error. */
struct journal_thread *journal_thread_new(size_t max, int *error);
int journal_thread_start(struct journal_thread *thread);
/*
 * Without waiting for the disk. Not ended: false, and it frees itself should the disk ever answer;
 * else it is joined, and the caller's to free.
 */
bool journal_thread_leave(struct journal_thread *thread);
/* Not started, or ended; with all that nobody took. */
void journal_thread_free(struct journal_thread *thread);

void journal_question_free(struct journal_question *question);

#endif
