/*
 * Inside the engine: rules, orders and time, on the incidents of rules/incident. Files stand on
 * each other, none calls one that stands later in this list:
 *
 *   instance         a rule in one zone: raises and ends its cause
 *   keep             what outlives an engine
 *   maintain         a lock from its beginning to its end
 *   engine           frames of readings, and time
 *   back             what is taken back while the engine runs
 *   order            what people order, and what actuation reports
 *   locking          who sets and ends locks
 *
 * build.c makes it all from the rule table.
 */
#ifndef RULES_ENGINE_PARTS_H
#define RULES_ENGINE_PARTS_H

#include "rules/engine/engine.h"
#include "rules/engine/keep.h"
#include "rules/engine/locking.h"
#include "rules/incident/state.h"

/* maintain.c: */
bool lock_begin(struct engine *engine, const struct lock *lock, const struct telling *tell);
/* `why`: behind the note, "" or ": ..." */
void lock_end(struct engine *engine, size_t at, enum lock_event event, const char *why,
	const struct telling *tell);
/* When time does something to one next; CLOCK_NEVER: never. And what is due. */
int64_t locks_due(const struct engine *engine);
void locks_run(struct engine *engine, const struct telling *tell);

/* instance.c: looks at the rule's truth now. */
void instance_feed(struct engine *engine, uint32_t index, const struct telling *tell);
int64_t instance_delay(const struct instance *instance); /* before it turns, ms */
/*
 * May a person end what it raised, which latches or is unknown? ENGINE_STILL_TRUE: it is known to
 * be true; ENGINE_NOT_NOW: it has raised nothing, or ends by itself.
 */
enum engine_result instance_may_reset(const struct engine *engine, uint32_t index);
/* Ends it without a delay. */
void instance_reset(struct engine *engine, uint32_t index, const struct telling *tell);
/* What it is said to have raised is discarded: true again, it raises another one. */
void instance_forget(struct engine *engine, uint32_t index);

/*
 * keep.c: takes a kept incident over; NULL, or why not. *slot: where, and so it is when
 * KEEP_OCCUPIED, because another incident is open there, is why not.
 */
extern const char KEEP_OCCUPIED[];
const char *keep_take(struct engine *engine, const struct kept_incident *kept, uint32_t *slot);
/* -ENOENT: the configuration may have again what it needs; -EINVAL. */
int keep_error(const char *why);
/* Ends the causes of restored incidents for which there is no rule any more. */
void slot_end_removed(struct engine *engine, uint32_t slot, const struct telling *tell);

/* engine.c: behind every input: what it means for others, and when something happens next. */
void engine_finish(struct engine *engine, struct engine_sink *sink);

#endif
