/*
 * Rule instances: readings and time in, raised and returned causes out. It
 * evaluates what looks at the point that changed and nothing else.
 */
#include "rules/engine_state.h"

static void set_pending(struct engine *engine, uint32_t index, bool pending)
{
	struct instance *instance = &engine->instances[index];
	uint32_t last;

	if (pending == (instance->pending != NOT_PENDING))
		return;
	if (pending) {
		instance->pending = (uint32_t)engine->pending_count;
		engine->pending[engine->pending_count++] = index;
		return;
	}
	last = engine->pending[--engine->pending_count];
	engine->pending[instance->pending] = last;
	engine->instances[last].pending = instance->pending;
	instance->pending = NOT_PENDING;
}

static enum truth both(enum truth a, enum truth b)
{
	if (a == TRUTH_FALSE || b == TRUTH_FALSE)
		return TRUTH_FALSE;
	return a == TRUTH_UNKNOWN ? a : b;
}

static enum truth opposite(enum truth truth)
{
	if (truth == TRUTH_UNKNOWN)
		return truth;
	return truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* Never while the condition is true, whatever clear_when says. */
static enum truth instance_clear(const struct engine *engine, const struct instance *instance)
{
	enum truth over = opposite(expr_eval(instance->condition, engine->values));

	if (over == TRUTH_FALSE || !instance->clear_when)
		return over;
	return both(over, expr_eval(instance->clear_when, engine->values));
}

static int64_t instance_delay(const struct instance *instance)
{
	return instance->active ? instance->rule->clear_for_ms : instance->rule->for_ms;
}

static void instance_turns(
	struct engine *engine, struct instance *instance, const struct telling *tell)
{
	instance->active = !instance->active;
	instance->clear = TRUTH_FALSE;
	delay_reset(&instance->delay, instance_delay(instance));
	if (instance->active)
		slot_raise(engine, instance, tell);
	else
		slot_return(engine, instance->slot, instance->rule, tell);
}

static void instance_feed(struct engine *engine, uint32_t index, const struct telling *tell)
{
	struct instance *instance = &engine->instances[index];
	int64_t before_ms = delay_deadline(&instance->delay);
	enum truth truth = instance->active ? instance_clear(engine, instance)
					    : expr_eval(instance->condition, engine->values);
	bool relapsed = instance->active && truth == TRUTH_FALSE && instance->clear == TRUTH_TRUE;

	if (instance->active && truth != TRUTH_UNKNOWN)
		instance->clear = truth;
	if (relapsed)
		slot_relapse(engine, instance->slot, tell);
	if (delay_feed(&instance->delay, truth, instance_delay(instance), tell->at_ms))
		instance_turns(engine, instance, tell);
	set_pending(engine, index, instance->delay.running);
	if (delay_deadline(&instance->delay) != before_ms)
		engine->deadline_moved = true;
}

/* The pending instance whose delay ends first; of several, the first of the table. */
static uint32_t next_pending(const struct engine *engine, int64_t *deadline_ms)
{
	uint32_t next = NOT_PENDING;

	*deadline_ms = INT64_MAX;
	for (size_t i = 0; i < engine->pending_count; i++) {
		uint32_t index = engine->pending[i];
		int64_t at_ms = delay_deadline(&engine->instances[index].delay);

		if (at_ms > *deadline_ms || (at_ms == *deadline_ms && index > next))
			continue;
		next = index;
		*deadline_ms = at_ms;
	}
	return next;
}

static void find_deadline(struct engine *engine)
{
	if (!engine->deadline_moved)
		return;
	next_pending(engine, &engine->deadline_ms);
	engine->deadline_moved = false;
}

static void end_delays(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	while (engine->deadline_ms <= now_ms) {
		struct telling tell = { sink, ENGINE_USER, 0 };
		uint32_t index = next_pending(engine, &tell.at_ms);

		engine->now_ms = tell.at_ms;
		instance_feed(engine, index, &tell);
		find_deadline(engine);
	}
}

/* Restored incidents tell their news with the first input. */
static void end_removed(struct engine *engine, struct engine_sink *sink)
{
	struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	engine->restored = false;
	for (size_t i = 0; i < engine->open_count;) {
		uint32_t slot = engine->open[i];

		slot_end_removed(engine, slot, &tell);
		i += i < engine->open_count && engine->open[i] == slot;
	}
}

void engine_advance(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	if (engine->deadline_ms <= now_ms)
		end_delays(engine, now_ms, sink);
	if (now_ms > engine->now_ms)
		engine->now_ms = now_ms;
	if (engine->restored)
		end_removed(engine, sink);
}

void engine_tick(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	engine_advance(engine, now_ms, sink);
}

int64_t engine_deadline(const struct engine *engine)
{
	return engine->restored ? 0 : engine->deadline_ms;
}

static bool is_looked_at(const struct engine *engine, uint32_t point)
{
	const uint32_t *steps = engine->steps_of.first, *instances = engine->instances_of.first;

	return instances[point] != instances[point + 1] || steps[point] != steps[point + 1];
}

/* For conditions all readings that are not good are alike. */
static bool says_the_same(const struct reading *a, const struct reading *b)
{
	if (a->quality != QUALITY_GOOD || b->quality != QUALITY_GOOD)
		return a->quality != QUALITY_GOOD && b->quality != QUALITY_GOOD;
	return a->value == b->value;
}

static bool glimpse(const struct engine *engine, const struct instance *instance, uint32_t point,
	uint64_t *condition, uint64_t *clear)
{
	*clear = 0;
	return expr_glimpse(instance->condition, engine->values, point, condition) &&
	       (!instance->active || !instance->clear_when ||
		       expr_glimpse(instance->clear_when, engine->values, point, clear));
}

/* Before the new reading is stored. */
static void glimpse_all(struct engine *engine, uint32_t point)
{
	const struct look_up *instances = &engine->instances_of;

	for (uint32_t i = instances->first[point]; i < instances->first[point + 1]; i++) {
		struct instance *instance = &engine->instances[instances->entries[i]];

		instance->glimpsed = glimpse(engine, instance, point, &instance->condition_glimpse,
			&instance->clear_glimpse);
	}
}

/* After it is stored. */
static bool cannot_matter(
	const struct engine *engine, const struct instance *instance, uint32_t point)
{
	uint64_t condition, clear;

	return instance->glimpsed && glimpse(engine, instance, point, &condition, &clear) &&
	       condition == instance->condition_glimpse && clear == instance->clear_glimpse;
}

static void reading_changes(struct engine *engine, uint32_t point, struct engine_sink *sink)
{
	const struct look_up *steps = &engine->steps_of, *instances = &engine->instances_of;
	struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	/* Steps first: they decide whether an incident may close. */
	for (uint32_t i = steps->first[point]; i < steps->first[point + 1]; i++)
		slot_look(engine, steps->entries[i] / STEP_MAX, (int)(steps->entries[i] % STEP_MAX),
			&tell);
	for (uint32_t i = instances->first[point]; i < instances->first[point + 1]; i++)
		if (!cannot_matter(engine, &engine->instances[instances->entries[i]], point))
			instance_feed(engine, instances->entries[i], &tell);
	find_deadline(engine);
}

void engine_reading(struct engine *engine, const struct reading *reading, int64_t now_ms,
	struct engine_sink *sink)
{
	struct reading *last;

	engine_advance(engine, now_ms, sink);
	if (reading->point >= engine->site->point_count)
		return;
	last = &engine->values[reading->point];
	if (!is_looked_at(engine, reading->point) || says_the_same(last, reading)) {
		*last = *reading;
		return;
	}
	glimpse_all(engine, reading->point);
	*last = *reading;
	reading_changes(engine, reading->point, sink);
}

enum truth engine_still_true(const struct engine *engine, const struct incident *incident)
{
	uint32_t slot = slot_of_incident(engine, incident);
	enum truth still = TRUTH_FALSE;

	/* A person says so. */
	for (size_t i = 0; i < incident->cause_count; i++)
		if (!incident->causes[i].rule && incident->causes[i].active)
			return TRUTH_TRUE;

	for (size_t i = 0; i < engine->instance_count && still != TRUTH_TRUE; i++) {
		const struct instance *instance = &engine->instances[i];
		enum truth truth;

		if (instance->slot != slot || !instance->active)
			continue;
		truth = opposite(instance_clear(engine, instance));
		if (truth != TRUTH_FALSE)
			still = truth;
	}
	return still;
}

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	return i < engine->open_count ? engine->slots[engine->open[i]].incident : NULL;
}

const struct reading *engine_values(const struct engine *engine)
{
	return engine->values;
}

static bool is_open(const struct engine *engine, uint32_t slot)
{
	return engine->slots[slot].incident->state != INCIDENT_NONE;
}

bool engine_watches(const struct engine *engine, const struct point *point)
{
	const struct look_up *steps = &engine->steps_of, *instances = &engine->instances_of;
	uint32_t index = point->index;

	for (uint32_t i = steps->first[index]; i < steps->first[index + 1]; i++)
		if (is_open(engine, steps->entries[i] / STEP_MAX))
			return true;
	for (uint32_t i = instances->first[index]; i < instances->first[index + 1]; i++) {
		const struct instance *instance = &engine->instances[instances->entries[i]];

		if (is_open(engine, instance->slot) || instance->delay.running ||
			instance->delay.left_ms < instance_delay(instance))
			return true;
	}
	return false;
}
