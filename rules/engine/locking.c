/* Who sets and ends locks: persons, the configuration, and what the last run or table had. */
#include "rules/engine/locking.h"

#include "rules/engine/parts.h"

#include "core/until.h"

#include <string.h>

_Static_assert((int)LOCK_BY_MAX == (int)USER_MAX && (int)LOCK_REASON_MAX == (int)NOTE_MAX, "texts");

bool engine_lock(struct engine *engine, const struct lock *lock, int64_t for_ms, int64_t now_ms,
	struct engine_sink *sink)
{
	struct telling tell = { sink, lock->by, now_ms };
	struct lock made = *lock;
	bool set;

	engine_tick(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	made.since_ms = engine->now_ms;
	made.until_ms = engine->now_ms + for_ms;
	set = lock_fit(&made, engine->site) && lock_begin(engine, &made, &tell);
	engine_finish(engine, sink);
	return set;
}

void engine_unlock(struct engine *engine, const struct lock *lock, const char *user,
	const char *reason, int64_t now_ms, struct engine_sink *sink)
{
	struct telling tell = { sink, user, now_ms };
	char why[NOTE_MAX + 1] = "";

	engine_tick(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	if (*reason) {
		strcpy(why, ": ");
		utf8_copy(why + 2, sizeof(why) - 2, reason);
	}
	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_same(&engine->locks[i], lock)) {
			lock_end(engine, i, LOCK_UNLOCKED, why, &tell);
			break;
		}
	engine_finish(engine, sink);
}

static struct lock *find(struct engine *engine, const struct lock *lock)
{
	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_same(&engine->locks[i], lock))
			return &engine->locks[i];
	return NULL;
}

void engine_lock_told(struct engine *engine, const struct lock *lock)
{
	struct lock *own = find(engine, lock);

	if (!own)
		return;
	own->state = lock_next(own->state, LOCK_WAS_TOLD);
	engine->lock_changes++;
}

static void look_at_ends(struct engine *engine)
{
	engine->deadline_moved = true;
	engine->deadline_ms = 0; /* looked at with the next input */
}

bool engine_clock(struct engine *engine, const struct moment *moment)
{
	bool moved = false;

	for (size_t i = 0; i < engine->lock_count; i++) {
		struct lock *lock = &engine->locks[i];

		if (!until_clock(&lock->until_ms, &lock->owed_ms, moment))
			continue;
		engine->lock_changes++;
		look_at_ends(engine);
	}
	for (size_t i = 0; i < engine->open_count; i++) {
		struct incident *incident = engine->slots[engine->open[i]].incident;

		if (!due_clock(incident, moment))
			continue;
		moved = true;
		due_show_level(engine, incident);
		look_at_ends(engine);
	}
	return moved;
}

bool engine_restore_lock(struct engine *engine, const struct lock *lock)
{
	struct lock made = *lock;

	if (!lock_fit(&made, engine->site) || engine->lock_count == LOCK_MAX || find(engine, lock))
		return false;
	engine->locks[engine->lock_count++] = made;
	engine->lock_changes++;
	engine->deadline_moved = true;
	engine->restored = true;
	return true;
}

bool engine_take_lock(
	struct engine *engine, const struct lock *lock, int64_t now_ms, struct engine_sink *sink)
{
	struct telling tell = { sink, ENGINE_USER, now_ms };
	struct lock made = *lock;
	bool set;

	engine_tick(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	set = lock_fit(&made, engine->site) && !find(engine, lock) &&
	      lock_begin(engine, &made, &tell);
	engine_finish(engine, sink);
	return set;
}
