/*
 * How a lock begins and ends, and what that means for rules and for incidents: what
 * they do not see is unknown at once; what is true when the lock ends, or was held
 * back meanwhile, waits for a person's release.
 */
#include "rules/engine/parts.h"

#include <string.h>

/* Does a step's action write what is locked? */
static bool reaches(const struct engine *engine, const struct lock *lock,
	const struct incident *incident, size_t step)
{
	const struct action *action = incident->type->steps[step].action;
	const struct zone *scope;

	if (!action)
		return false;
	scope = action_zone(engine->site, action, incident->zone);
	for (size_t i = 0; i < engine->site->point_count; i++)
		if (action_covers(action, scope, &engine->site->points[i]) &&
			lock_forbids_write(
				lock, &engine->site->points[i], incident->type, incident->zone))
			return true;
	return false;
}

static bool saw(
	const struct engine *engine, const struct lock *lock, const struct incident *incident)
{
	for (size_t i = 0; i < incident->cause_count; i++)
		for (size_t k = 0; k < incident->causes[i].witness_count; k++)
			if (lock_hides(lock, incident->type,
				    &engine->site->points[incident->causes[i].witnesses[k].point]))
				return true;
	return false;
}

static bool concerns(
	const struct engine *engine, const struct lock *lock, const struct incident *incident)
{
	if (lock->zone && lock->kind != LOCK_TYPE && zone_contains(lock->zone, incident->zone))
		return true;
	if (lock_holds_raise(lock, incident->type, incident->zone) || saw(engine, lock, incident))
		return true;
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (reaches(engine, lock, incident, i))
			return true;
	return false;
}

/* Whoever reads the incident's record learns what was locked. */
static void tell_lock(struct engine *engine, const struct lock *lock, const char *what,
	const char *why, const struct telling *tell)
{
	char note[NOTE_MAX + 1];

	lock_name(lock, note);
	utf8_copy(note + strlen(note), sizeof(note) - strlen(note), what);
	utf8_copy(note + strlen(note), sizeof(note) - strlen(note), why);
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *incident = engine_incident(engine, i);

		if (!incident->drill && concerns(engine, lock, incident))
			slot_tell(engine, engine->open[i], TRANSITION_LOCK, -1, note, tell);
	}
}

static bool is_blind(
	const struct engine *engine, const struct lock *lock, const struct instance *instance)
{
	const struct slot *slot = &engine->slots[instance->slot];

	return lock_holds_raise(lock, slot->type, slot->zone) ||
	       lock_blinds(lock, instance->condition, slot->type) ||
	       lock_blinds(lock, instance->clear_when, slot->type);
}

/*
 * Rules and facts that see more or less than before look at once, not at the next change.
 * Whatever an end shows begins as "confirm".
 */
static void look_again(
	struct engine *engine, const struct lock *lock, bool ended, const struct telling *tell)
{
	engine->confirms = ended;
	for (uint32_t slot = 0; slot < engine->slot_count; slot++)
		slot_look_again(engine, slot, lock, tell);
	for (uint32_t i = 0; i < engine->instance_count; i++) {
		struct instance *instance = &engine->instances[i];

		if (!is_blind(engine, lock, instance))
			continue;
		if (ended && !instance->active)
			instance->held_back |= lock_eval(engine, instance->condition,
						       instance->slot) != TRUTH_FALSE;
		instance_feed(engine, i, tell);
	}
	engine->confirms = false;
}

/* What was refused, or could not be whole, because of the lock: a person says whether it goes. */
static void offer(
	struct engine *engine, const struct lock *lock, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (incident->drill || !(incident_traits(incident->state) & INCIDENT_ACTS))
		return;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		struct step_state *state = &incident->steps[i];

		if ((state->action != ACTION_REFUSED && state->action != ACTION_FAILED) ||
			state->action_ms < lock->since_ms || state->status == STEP_SKIPPED ||
			!reaches(engine, lock, incident, i))
			continue;
		state->action = ACTION_AWAITING;
		state->action_ms = tell->at_ms;
		slot_tell(engine, slot, TRANSITION_ACTION, (int)i, "no longer locked", tell);
	}
}

static void take_out(struct engine *engine, size_t at)
{
	engine->lock_count--;
	memmove(&engine->locks[at], &engine->locks[at + 1],
		(engine->lock_count - at) * sizeof(engine->locks[0]));
	engine->lock_changes++;
	engine->deadline_moved = true;
}

void lock_end(struct engine *engine, size_t at, enum lock_event event, const char *why,
	const struct telling *tell)
{
	const struct lock lock = engine->locks[at];

	if (lock_next(lock.state, event) != LOCK_NONE)
		return;
	take_out(engine, at);
	tell_lock(engine, &lock, " is no longer locked", why, tell);
	for (size_t i = 0; i < engine->open_count; i++)
		offer(engine, &lock, engine->open[i], tell);
	look_again(engine, &lock, true, tell);
}

bool lock_begin(struct engine *engine, const struct lock *lock, const struct telling *tell)
{
	size_t at = 0;
	bool anew;

	while (at < engine->lock_count && !lock_same(&engine->locks[at], lock))
		at++;
	anew = at < engine->lock_count;
	if (!anew && engine->lock_count == LOCK_MAX)
		return false;
	engine->locks[at] = *lock;
	engine->locks[at].state = lock_next(LOCK_NONE, LOCK_SET);
	engine->lock_count += !anew;
	engine->lock_changes++;
	engine->deadline_moved = true;
	tell_lock(engine, lock, " is locked: ", lock->reason, tell);
	look_again(engine, lock, false, tell);
	return true;
}

/* A short one needs no word before its end. */
static int64_t next_of(const struct lock *lock)
{
	int64_t warn_ms = lock->until_ms - LOCK_WARN_MS;

	return lock->state == LOCK_STANDS && warn_ms > lock->since_ms && !lock->recurring
		       ? warn_ms
		       : lock->until_ms;
}

int64_t locks_due(const struct engine *engine)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < engine->lock_count; i++)
		if (next_of(&engine->locks[i]) < next_ms)
			next_ms = next_of(&engine->locks[i]);
	return next_ms;
}

void locks_run(struct engine *engine, const struct telling *tell)
{
	for (size_t i = 0; i < engine->lock_count;) {
		struct lock *lock = &engine->locks[i];

		if (lock->until_ms <= tell->at_ms) {
			lock_end(engine, i, LOCK_ENDS, "", tell);
			continue;
		}
		if (next_of(lock) <= tell->at_ms) {
			lock->state = lock_next(lock->state, LOCK_WARN);
			engine->lock_changes++;
			engine->deadline_moved = true;
		}
		i++;
	}
}

bool engine_lock_rule(
	const struct engine *engine, const struct lock *lock, size_t *i, struct locked_rule *found)
{
	while (*i < engine->instance_count) {
		const struct instance *instance = &engine->instances[(*i)++];

		if (!is_blind(engine, lock, instance))
			continue;
		*found = (struct locked_rule){ instance->rule, engine->slots[instance->slot].zone };
		return true;
	}
	return false;
}
