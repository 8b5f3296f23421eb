/*
 * Intents (promise 5): what is about to be written is recorded first. An intent goes
 * to the journal and to the broker at the same time; the first that has it counts, and
 * where neither has it within record_within_ms() it has ended unrecorded, and nothing
 * may be written.
 *
 * Loop thread; never blocks. Bounded: INTENT_MAX at once.
 */
#ifndef DAEMON_RECORD_INTENT_H
#define DAEMON_RECORD_INTENT_H

#include "daemon/record/record.h"

enum { INTENT_MAX = 256 };

struct intent {
	const char *incident_id, *step; /* step NULL: the fallback */
	bool drill;
	const char *output;
	double value;
	const char *user, *shown; /* the account for the journal; what topics may show of it */
};

struct intents;

/* done: called once for each ticket, never within intents_record(). */
struct intents *intents_new(struct record *record,
	void (*done)(void *context, uint64_t ticket, bool recorded, int64_t now_ms), void *context);
void intents_free(struct intents *intents);

/* ticket: not 0. */
void intents_record(struct intents *intents, const struct intent *intent, uint64_t ticket,
	struct moment moment);
/* As journal_events.kept and mqtt_events.delivered: of any commit, of any message. */
void intents_kept(struct intents *intents, uint64_t ticket, int error, int64_t now_ms);
void intents_delivered(struct intents *intents, uint64_t sequence, int reason_code, int64_t now_ms);
void intents_expire(struct intents *intents, int64_t now_ms);
int64_t intents_deadline(const struct intents *intents); /* CLOCK_NEVER: none waits */

#endif
