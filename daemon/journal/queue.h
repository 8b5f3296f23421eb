/*
 * Inside journal: the changes that wait for the disk, in their order, with copies
 * of their texts; and the outcomes that wait for the loop. Bounded in number and
 * in bytes. Must not know SQL nor files.
 *
 * One writer (loop) puts and seals, one reader (the journal's thread) looks at
 * whole commits and finishes them; every call takes the mutex and none waits.
 */
#ifndef DAEMON_JOURNAL_QUEUE_H
#define DAEMON_JOURNAL_QUEUE_H

#include "daemon/journal/journal.h"

#include <pthread.h>

enum { JOURNAL_QUEUE_BYTES_MAX = 16 * 1024 * 1024, JOURNAL_TROUBLE_MAX = 256 };

enum journal_change_kind {
	JOURNAL_ENTRY,
	JOURNAL_SNAPSHOT,
	JOURNAL_DROP,
	JOURNAL_COUNTERS,
	JOURNAL_DELIVERED,
	JOURNAL_COMMIT, /* ends what belongs together; `sequence` is its ticket */
	JOURNAL_CHANGE_KIND_COUNT
};

enum journal_number {
	JOURNAL_SEQUENCE,
	JOURNAL_SERIAL,
	JOURNAL_NOW_MS,
	JOURNAL_WALL_MS,
	JOURNAL_NUMBER_COUNT
};

enum journal_text {
	JOURNAL_EVENT_ID,
	JOURNAL_KIND,
	JOURNAL_TOPIC,
	JOURNAL_INCIDENT_ID,
	JOURNAL_USER,
	JOURNAL_PAYLOAD, /* of a snapshot: its text */
	JOURNAL_BOOT_ID,
	JOURNAL_TEXT_COUNT
};

struct journal_change {
	enum journal_change_kind kind;
	int64_t numbers[JOURNAL_NUMBER_COUNT];
	const char *texts[JOURNAL_TEXT_COUNT]; /* NULL: none; in `memory` once it is queued */
	char *memory;
	size_t size;
};

struct journal_outcome {
	uint64_t ticket;
	int error;
};

struct journal_queue {
	pthread_mutex_t mutex;
	struct journal_change changes[JOURNAL_QUEUE_MAX];
	size_t first, count;
	size_t sealed; /* of count: up to the last commit; the rest is still open */
	size_t bytes;
	bool refused; /* one of the open changes: the commit cannot be whole */
	struct journal_outcome outcomes[JOURNAL_QUEUE_MAX];
	size_t outcome_first, outcome_count;
};

/* Of zeroed memory, which is not touched: the rings are large, and mostly a page of them is used.
 */
void journal_queue_init(struct journal_queue *queue);
void journal_queue_destroy(struct journal_queue *queue);

/* Loop: 0, or -EAGAIN; then what was put since the last commit is given up with it. */
int journal_queue_put(struct journal_queue *queue, const struct journal_change *change);
/* Loop: 0, or -EAGAIN and nothing of this commit is left. */
int journal_queue_seal(struct journal_queue *queue, uint64_t ticket);
/* Loop: false when none waits. */
bool journal_queue_take_outcome(struct journal_queue *queue, struct journal_outcome *outcome);

/* Thread: how many changes from the head on are whole commits, about `max` at most; 0: none. */
size_t journal_queue_ready(struct journal_queue *queue, size_t max);
/* Thread: how many of the first `count` changes are commits with a ticket. */
size_t journal_queue_commits(const struct journal_queue *queue, size_t count);
/* Thread: one of those that are ready. It stays as it is until it is finished. */
const struct journal_change *journal_queue_at(const struct journal_queue *queue, size_t index);
/* Thread: the first `count` have this outcome; their texts are freed. */
void journal_queue_finish(struct journal_queue *queue, size_t count, int error);

#endif
