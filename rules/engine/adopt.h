/*
 * A changed rule table while the program runs: the new engine takes over what
 * the change leaves as it is.
 *
 * Open incidents go over as through a restart (rules/snapshot.h). Beside them,
 * what only memory has: the last reading of each point that has the same id,
 * class and unit; and for each rule instance whose rule id, type, zone,
 * condition and clear_when are the same its running delay and its count of
 * raises. A changed `for` or `clear_for` counts from when the delay began. Pure:
 * no clock, no I/O. Loop thread.
 */
#ifndef RULES_ENGINE_ADOPT_H
#define RULES_ENGINE_ADOPT_H

#include "rules/engine/engine.h"

/*
 * `engine` is fresh from engine_new(), with engine_serial(old); `old` has had its tick at `now_ms`
 * and stays as it is. Tells nobody: with its first input the new engine looks at every condition,
 * and until then its deadline is 0. 0, or -EINVAL and *error when an open incident cannot go over
 * (its type or zone is gone): then `engine` is of no use.
 */
int engine_adopt(struct engine *engine, const struct engine *old, char *error, size_t error_size);

/* The point of the old site that is the same quantity: by id, class and unit; NULL: none. */
const struct point *point_before(const struct site *old, const struct point *point);

#endif
