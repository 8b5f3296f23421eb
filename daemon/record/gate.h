/*
 * The gate: what is said of a decision waits here until the journal has the
 * decision, so that nobody is told what a kill could undo.
 *
 * Commits are numbered from 1 and end in their order. A message waits until the
 * commit that holds what it tells is written (a kill cannot undo it; until it is
 * synced a loss of power can, and then the broker has it), and all behind it wait
 * too: the order stays. An answer, and a message that is one, waits until its
 * commit is synced.
 * Waits are bounded, since either of journal and broker is enough (promise 2).
 * After hold_ms the disk is late: all messages pass, so that the broker has them,
 * and go on to pass until the journal has caught up. An answer, which nobody
 * keeps, waits for GATE_ANSWER_MS without a commit that ends. At most GATE_MAX
 * messages wait; one more lets all pass.
 *
 * Loop thread; never blocks; time is an argument.
 */
#ifndef DAEMON_RECORD_GATE_H
#define DAEMON_RECORD_GATE_H

#include "daemon/mqtt/mqtt.h"

enum { GATE_MAX = 4096, GATE_ANSWER_MS = 2000 };

/* Of its commit, before a message may pass. */
enum gate_need { GATE_WRITTEN, GATE_KEPT };

/* Both must not call the gate. */
struct gate_events {
	/* Now it may be told. */
	void (*pass)(struct gate_events *events, const struct mqtt_publish *message);
	/* Answers that wait for commits up to `mark` may go. */
	void (*answers)(struct gate_events *events, uint64_t mark);
};

struct gate;

struct gate *gate_new(int64_t hold_ms, struct gate_events *events);
void gate_set_hold(struct gate *gate, int64_t hold_ms); /* of what is put from now on */
void gate_free(struct gate *gate);                      /* messages that wait pass first */

/* Texts are copied. mark: the commit that it waits for. Without memory it passes at once. */
void gate_put(struct gate *gate, const struct mqtt_publish *message, enum gate_need need,
	uint64_t mark, int64_t now_ms);
/* Must an answer wait for this commit? Then answers() will tell. */
bool gate_answer(struct gate *gate, uint64_t mark, int64_t now_ms);

/* Commits up to `written` are written, or have failed. */
void gate_written(struct gate *gate, uint64_t written);
/* Commits up to `kept` have ended, well or not: after a failure there is nothing to wait for. */
void gate_kept(struct gate *gate, uint64_t kept, int64_t now_ms);
void gate_expire(struct gate *gate, int64_t now_ms);
int64_t gate_deadline(const struct gate *gate); /* CLOCK_NEVER: nothing waits */

#endif
