/*
 * Locks as the engine has them: rules/locks.h says what each means, the engine carries out what
 * concerns rules and incidents, and ends them in time. Pure as the engine is; loop thread.
 *
 * What was quiet and is true as the lock ends begins its actions as "confirm", and what was refused
 * because of it may be released: nobody's hands are caught by the end of a lock. Incidents that a
 * lock concerns are told of its beginning and end (event `lock`).
 */
#ifndef RULES_ENGINE_LOCKING_H
#define RULES_ENGINE_LOCKING_H

#include "core/clock.h"
#include "rules/engine/engine.h"
#include "rules/locks.h"

/* In the order in which they were set: i from 0; NULL at the end. Valid until the engine's next
 * call. */
const struct lock *engine_lock_at(const struct engine *engine, size_t i);
/* While this number stays the same, so do they. */
uint64_t engine_lock_changes(const struct engine *engine);

/* The lock that forbids a write of this output now, for an incident's own action (NULL: for
 * anybody); NULL: none. */
const struct lock *engine_forbids_write(
	const struct engine *engine, const struct point *output, const struct incident *incident);
/* The lock that keeps rules of this type from seeing the point; NULL: none. */
const struct lock *engine_hides(
	const struct engine *engine, const struct incident_type *type, const struct point *point);

/* A rule in a zone that raises nothing, or does not see, because of the lock: from instance *i on,
 * which goes behind it; false: no more. */
struct locked_rule {
	const struct rule *rule;
	const struct zone *zone;
};
bool engine_lock_rule(
	const struct engine *engine, const struct lock *lock, size_t *i, struct locked_rule *found);

/*
 * From now on, for so long; in place of one that is the same (lock_same()). kind, id, quiet, type,
 * by and reason are the caller's, who has checked how long it may be. False: the site lacks what it
 * locks, or there are LOCK_MAX.
 */
bool engine_lock(struct engine *engine, const struct lock *lock, int64_t for_ms, int64_t now_ms,
	struct engine_sink *sink);
/* Ends this one. */
void engine_unlock(struct engine *engine, const struct lock *lock, const char *user,
	const char *reason, int64_t now_ms, struct engine_sink *sink);
/* Its setter was told that it ends soon. */
void engine_lock_told(struct engine *engine, const struct lock *lock);
/* The wall clock is known to be right: what a reboot took is taken off. */
void engine_lock_clock(struct engine *engine, const struct lock *lock, const struct moment *moment);

/* One of the last run, before any reading; its times as of this run. False: the site lacks what it
 * locks, or it is there. */
bool engine_restore_lock(struct engine *engine, const struct lock *lock);

#endif
