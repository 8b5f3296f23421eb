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
#include "rules/incident/lock.h"

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
/* The wall clock is known to be right: what a reboot took is taken off locks, and off shelves and
 * all deadlines of open incidents, of which some fall due by that. True: of some incident. */
bool engine_clock(struct engine *engine, const struct moment *moment);

/* One of the last run, before any reading; its times as of this run. False: the site lacks what it
 * locks, or it is there. */
bool engine_restore_lock(struct engine *engine, const struct lock *lock);
/* One that the broker says, while the engine runs; its times as of now. False: as above, or there
 * are LOCK_MAX. */
bool engine_take_lock(
	struct engine *engine, const struct lock *lock, int64_t now_ms, struct engine_sink *sink);

#endif
