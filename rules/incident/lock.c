/* What locks say to rules and to writes: which may raise, what they see, what may be written. */
#include "rules/incident/state.h"

const struct lock *engine_lock_at(const struct engine *engine, size_t i)
{
	return i < engine->lock_count ? &engine->locks[i] : NULL;
}

uint64_t engine_lock_changes(const struct engine *engine)
{
	return engine->lock_changes;
}

const struct lock *engine_forbids_write(
	const struct engine *engine, const struct point *output, const struct incident *incident)
{
	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_forbids_write(&engine->locks[i], output, incident ? incident->type : NULL,
			    incident ? incident->zone : NULL))
			return &engine->locks[i];
	return NULL;
}

const struct lock *engine_hides(
	const struct engine *engine, const struct incident_type *type, const struct point *point)
{
	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_hides(&engine->locks[i], type, point))
			return &engine->locks[i];
	return NULL;
}

bool slot_is_held_back(const struct engine *engine, uint32_t slot)
{
	const struct slot *s = &engine->slots[slot];

	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_holds_raise(&engine->locks[i], s->type, s->zone))
			return true;
	return false;
}

bool lock_blinds(const struct lock *lock, const struct expr *expr, const struct incident_type *type)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (lock_hides(lock, type, points[i]))
			return true;
	return false;
}

static bool blinds_any(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type)
{
	for (size_t i = 0; i < engine->lock_count; i++)
		if (lock_blinds(&engine->locks[i], expr, type))
			return true;
	return false;
}

/* What was read of the points it looks at, into or out of engine->unseen. */
static void copy_seen(const struct engine *engine, const struct expr *expr, bool back)
{
	size_t count;
	const struct point *const *points = expr_points(expr, &count);

	for (size_t i = 0; i < count; i++) {
		struct reading *seen = &engine->values[points[i]->index];

		if (back)
			*seen = engine->unseen[i];
		else
			engine->unseen[i] = *seen;
	}
}

bool lock_hide(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type)
{
	const struct point *const *points;
	size_t count;

	if (!blinds_any(engine, expr, type))
		return false;
	copy_seen(engine, expr, false);
	points = expr_points(expr, &count);
	for (size_t i = 0; i < count; i++)
		if (engine_hides(engine, type, points[i]))
			engine->values[points[i]->index].quality = QUALITY_BAD;
	return true;
}

void lock_show(const struct engine *engine, const struct expr *expr)
{
	copy_seen(engine, expr, true);
}

enum truth engine_eval(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type)
{
	bool hidden = lock_hide(engine, expr, type);
	enum truth truth = expr_eval(expr, engine->values);

	if (hidden)
		lock_show(engine, expr);
	return truth;
}

enum truth lock_eval(const struct engine *engine, const struct expr *expr, uint32_t slot)
{
	return engine_eval(engine, expr, engine->slots[slot].type);
}
