/*
 * Inside record: intents that wait (promise 5). One goes to the journal and to the broker at
 * the same time; the first that has it counts, and where neither has it within its time it has
 * ended unrecorded, and nothing may be written.
 *
 * Loop thread; never blocks. Bounded: INTENT_MAX at once.
 */
#ifndef DAEMON_RECORD_INTENT_H
#define DAEMON_RECORD_INTENT_H

#include <stdbool.h>
#include <stdint.h>

enum { INTENT_MAX = 256 };

struct intents;

/* Called once for each ticket, never within intents_hold(). */
typedef void intent_ended(void *context, uint64_t ticket, bool recorded, int64_t now_ms);

/* NULL: out of memory. */
struct intents *intents_new(intent_ended *ended, void *context);
void intents_free(struct intents *intents);

/* ticket: not 0. Without room nobody is told, so nothing will be written. */
void intents_hold(struct intents *intents, uint64_t ticket, uint64_t sequence, int64_t deadline_ms);
/* As journal_events.kept and mqtt_events.delivered: of any commit, of any message. */
void intents_kept(struct intents *intents, uint64_t ticket, int error, int64_t now_ms);
void intents_delivered(struct intents *intents, uint64_t sequence, int reason_code, int64_t now_ms);
void intents_expire(struct intents *intents, int64_t now_ms);
int64_t intents_deadline(const struct intents *intents); /* CLOCK_NEVER: none waits */

#endif
