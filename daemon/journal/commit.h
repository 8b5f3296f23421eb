/*
 * Inside journal: changes that become durable together or not at all, with copies
 * of their texts. It is the loop's while it is filled and once it is done, the
 * thread's between, and never both's. Must not know SQL nor files.
 */
#ifndef DAEMON_JOURNAL_COMMIT_H
#define DAEMON_JOURNAL_COMMIT_H

#include <stddef.h>
#include <stdint.h>

enum journal_change_kind {
	JOURNAL_ENTRY,
	JOURNAL_SNAPSHOT,
	JOURNAL_DROP,
	JOURNAL_COUNTERS,
	JOURNAL_DELIVERED,
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
	const char *texts[JOURNAL_TEXT_COUNT]; /* NULL: none */
	struct journal_change *next;           /* of its commit */
};

struct journal_commit {
	uint64_t ticket;     /* 0: nobody is told */
	int error;           /* once it is done: 0 or -errno */
	size_t count, bytes; /* changes, and their texts */
	struct journal_change *first, **end;
};

struct journal_commit *journal_commit_new(void); /* NULL: out of memory */
void journal_commit_free(struct journal_commit *commit);
/* A copy of it, with its texts. -ENOMEM. */
int journal_commit_add(struct journal_commit *commit, const struct journal_change *change);

#endif
