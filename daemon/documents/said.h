/*
 * What the broker says, read far enough to be judged (rules/said.h): retained documents of
 * incidents, outputs and locks, and the index. Believes nothing: what is not there is "" or 0. Loop
 * thread; no I/O.
 */
#ifndef DAEMON_DOCUMENTS_SAID_H
#define DAEMON_DOCUMENTS_SAID_H

#include "core/clock.h"
#include "daemon/outputs/outputs.h"
#include "rules/locks.h"

enum { SAID_JOURNAL_MAX = 16, SAID_NAME_MAX = 80 };

struct said_incident {
	char journal[SAID_JOURNAL_MAX + 1];
	uint64_t sequence;
	char name[2][SAID_NAME_MAX + 1], place[2][SAID_NAME_MAX + 1]; /* zh, en */
};
struct said_incident said_incident_read(const char *text);

struct said_index;
/* NULL: it is none, or out of memory. */
struct said_index *said_index_read(const char *text);
void said_index_free(struct said_index *index);
const char *said_index_journal(const struct said_index *index); /* "" where index is NULL */
uint64_t said_index_sequence(const struct said_index *index);
bool said_index_names(const struct said_index *index, const char *id);
/* It names this one no more; and how many it still names. */
void said_index_strike(struct said_index *index, const char *id);
size_t said_index_count(const struct said_index *index);

/* Each claim on an output, by the document of it: take(context, claim); its texts are valid in the
 * call. Times become boot times by `clock`. */
void said_output_read(const char *text, const struct moment *clock,
	void (*take)(void *context, const struct output_claim *claim), void *context);
/* Which run has said so; false: it does not name itself. */
bool said_instance(const char *text, char instance[], size_t size);
/* Each lock of `locks` that a person has set: as of now, until engine_clock() takes off what
 * went by since. */
void said_locks_read(const char *text, const struct moment *clock,
	void (*take)(void *context, const struct lock *lock), void *context);

#endif
