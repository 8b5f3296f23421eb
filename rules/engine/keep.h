/*
 * What outlives an engine: open incidents, over a restart of the program or a
 * change of the rule table.
 *
 * A kept incident is a plain struct with all that the engine knows of one: state,
 * times, who acknowledged, causes with their witnesses, facts with who said them,
 * steps with status, person, note and action, and the running delays of its rule instances. Types,
 * zones, rules, steps and points have their names there, so that another table takes over what
 * still exists. daemon/documents writes and reads it as JSON. Pure: no clock, no I/O. Loop thread.
 */
#ifndef RULES_ENGINE_KEEP_H
#define RULES_ENGINE_KEEP_H

#include "rules/engine/engine.h"

struct kept_cause {
	const char *rule;                   /* NULL: a person's report */
	const char *witnesses[WITNESS_MAX]; /* ids of points, parallel to cause.witnesses */
	/* Of a rule that is active: was it clear when that was last known, and for how long must
	 * it be so yet. Held: time in which nobody sees a reading lets no delay run off. */
	bool has_clear;
	enum truth clear;
	int64_t clear_left_ms;
	bool unseen; /* of one that a person ended while it was unknown */
};

/* Names belong to whoever made it: the engine's tables, or the text that was read. */
struct kept_incident {
	struct incident incident; /* type, zone, causes' rules, witnesses' points: not as here */
	const char *type, *zone;
	struct kept_cause causes[CAUSE_MAX]; /* parallel to incident.causes */
	const char *steps[STEP_MAX];         /* ids, parallel to incident.steps */
	/* Where their actions were released: ids, parallel to incident.steps[].released. */
	const char *released[STEP_MAX][PLACE_MAX];
	size_t step_count;
	const char *facts[FACT_MAX]; /* ids, parallel to incident.facts */
	size_t fact_count;
};

void engine_keep(
	const struct engine *engine, const struct incident *incident, struct kept_incident *kept);

/*
 * Takes an incident over, as a rule before the first reading. Tells nobody: the broker still has
 * what was said. Later readings decide: a cause whose condition is false now returns through the
 * ordinary delays. Causes of rules that are gone return with the first input (until then
 * engine_deadline() is 0), and that is told. What was left of clear_for is held until readings are
 * good again. In any order; may allocate. 0, or *error (what, why) when it cannot be used, and the
 * engine is as before: -ENOENT: its type or zone is gone; -EINVAL: it contradicts itself.
 */
int engine_restore(
	struct engine *engine, const struct kept_incident *kept, char *error, size_t error_size);

/*
 * The same while the engine runs, of what the broker says and no journal proves: the incident is
 * marked (taken_back), unacknowledged, told as taken back, and wants no write until a person adopts
 * it or its rule is true on usable readings. Errors as engine_restore(); where another one of its
 * type and zone is open already, -EEXIST: *id (may be NULL) is that one's, which a report that was
 * going on joins. Conditions look at it with the next input, which is due at once.
 */
int engine_take_back(struct engine *engine, const struct kept_incident *kept, int64_t now_ms,
	struct engine_sink *sink, const char **id, char *error, size_t error_size);
/* Marks an open one in the same way: who knows more does not name it any more. */
void engine_doubt(struct engine *engine, const char *id, int64_t now_ms, struct engine_sink *sink);

/* The serial that the next incident gets; to be kept, and given to engine_new() at the next start,
 * or to this, before any incident is taken over or raised. */
uint64_t engine_serial(const struct engine *engine);
void engine_set_serial(struct engine *engine, uint64_t serial);

/*
 * A changed rule table while the program runs. Open incidents go over as through a restart; beside
 * them what only memory has: the last reading of each point that has the same id, class and unit;
 * and for each rule instance whose rule id, type, zone, condition and clear_when are the same its
 * running delay and its count of raises. A changed `for` or `clear_for` counts from when the delay
 * began.
 *
 * `engine` is fresh from engine_new(), with engine_serial(old); `old` has had its tick and stays as
 * it is. Tells nobody: with its first input the new engine looks at every condition, and until then
 * its deadline is 0. 0, or -EINVAL and *error when an open incident cannot go over (its type or
 * zone is gone): then `engine` is of no use.
 */
int engine_adopt(struct engine *engine, const struct engine *old, char *error, size_t error_size);

#endif
