/*
 * The engine's inputs and its time: a frame of readings is one instant, and goes to
 * what looks at its points and to nothing else; delays of rules and what follows open
 * incidents come each at the moment at which it was due, in order, those of one
 * instant together; and behind each input what it means for the rest.
 */
#include "rules/engine/parts.h"

#include <stdio.h>

/* When the next delay of a rule ends; CLOCK_NEVER: none runs. */
static int64_t next_pending(const struct engine *engine)
{
	int64_t deadline_ms = INT64_MAX;

	for (size_t i = 0; i < engine->pending_count; i++) {
		int64_t at_ms = delay_deadline(&engine->instances[engine->pending[i]].delay);

		deadline_ms = at_ms < deadline_ms ? at_ms : deadline_ms;
	}
	return deadline_ms;
}

/* The open incident to which time does something next; of several, the oldest. */
static uint32_t next_followed(const struct engine *engine, int64_t *at_ms)
{
	uint32_t next = SLOT_NONE;

	*at_ms = INT64_MAX;
	for (size_t i = 0; i < engine->open_count; i++) {
		uint32_t slot = engine->open[i];
		int64_t slot_ms = due_next(engine, engine->slots[slot].incident);

		if (slot_ms >= *at_ms)
			continue;
		next = slot;
		*at_ms = slot_ms;
	}
	return next;
}

static void find_deadline(struct engine *engine)
{
	int64_t followed_ms;

	if (!engine->deadline_moved)
		return;
	engine->deadline_ms = next_pending(engine);
	next_followed(engine, &followed_ms);
	if (followed_ms < engine->deadline_ms)
		engine->deadline_ms = followed_ms;
	if (locks_due(engine) < engine->deadline_ms)
		engine->deadline_ms = locks_due(engine);
	engine->deadline_moved = false;
}

static void end_drills(struct engine *engine, const char *note, const struct telling *tell)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		uint32_t slot = (uint32_t)engine->slot_count + i;

		if (engine->slots[slot].incident->state != INCIDENT_NONE)
			slot_end_drill(engine, slot, note, tell);
	}
}

static void look_around(struct engine *engine, struct engine_sink *sink)
{
	const struct telling tell = { sink, ENGINE_USER, engine->now_ms };
	char note[NOTE_MAX + 1];

	if (engine->suppression_due)
		suppress_run(engine, sink);
	if (engine->real[0]) {
		snprintf(note, sizeof(note), "a real incident: %s", engine->real);
		engine->real[0] = '\0';
		end_drills(engine, note, &tell);
	}
	find_deadline(engine);
}

static void touch(struct engine *engine, uint32_t index)
{
	engine->touched[index / 64] |= UINT64_C(1) << index % 64;
}

/* Delays that end together are taken together. */
static void touch_ended(struct engine *engine)
{
	for (size_t i = 0; i < engine->pending_count; i++) {
		uint32_t index = engine->pending[i];

		if (delay_deadline(&engine->instances[index].delay) <= engine->now_ms)
			touch(engine, index);
	}
}

/* Causes before what they explain; then who explains whom, when all has been said. */
static void feed_touched(struct engine *engine, struct engine_sink *sink)
{
	const struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	for (uint32_t word = 0; word <= engine->instance_count / 64; word++)
		while (engine->touched[word]) {
			uint32_t bit = (uint32_t)__builtin_ctzll(engine->touched[word]);

			engine->touched[word] &= engine->touched[word] - 1;
			instance_feed(engine, word * 64 + bit, &tell);
		}
	look_around(engine, sink);
}

/* Each at its time, and what fell due while the program was down in order too; time goes on. */
static void end_delays(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	while (engine->deadline_ms <= now_ms) {
		int64_t pending_ms = next_pending(engine), followed_ms;
		uint32_t slot = next_followed(engine, &followed_ms);
		int64_t at_ms = pending_ms <= followed_ms ? pending_ms : followed_ms;
		int64_t lock_ms = locks_due(engine);

		at_ms = lock_ms < at_ms ? lock_ms : at_ms;
		if (at_ms > now_ms) {
			engine->deadline_ms = at_ms;
			return;
		}
		if (at_ms > engine->now_ms)
			engine->now_ms = at_ms;
		tell.at_ms = engine->now_ms;
		if (lock_ms == at_ms)
			locks_run(engine, &tell);
		else if (pending_ms <= followed_ms)
			touch_ended(engine);
		else
			follow_run(engine, slot, &tell);
		engine->deadline_moved = true;
		feed_touched(engine, sink);
	}
}

void engine_finish(struct engine *engine, struct engine_sink *sink)
{
	look_around(engine, sink);
	if (engine->deadline_ms <= engine->now_ms)
		end_delays(engine, engine->now_ms, sink);
}

/* Readings that were adopted do not come again: each condition looks at them once. */
static void look_at_all(struct engine *engine, const struct telling *tell)
{
	engine->adopted = false;
	for (uint32_t slot = 0; slot < engine->slot_count; slot++)
		slot_look_again(engine, slot, NULL, tell);
	for (uint32_t i = 0; i < engine->instance_count; i++)
		instance_feed(engine, i, tell);
}

/* Restored incidents tell their news with the first input. */
static void begin_anew(struct engine *engine, struct engine_sink *sink)
{
	struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	engine->restored = false;
	engine->deadline_moved = true;
	for (size_t i = 0; i < engine->open_count;) {
		uint32_t slot = engine->open[i];

		facts_restored(engine, slot, &tell);
		slot_end_removed(engine, slot, &tell);
		i += i < engine->open_count && engine->open[i] == slot;
	}
	if (engine->adopted)
		look_at_all(engine, &tell);
	look_around(engine, sink);
}

void engine_tick(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	if (now_ms > engine->input_ms)
		engine->input_ms = now_ms;
	if (engine->deadline_ms <= now_ms)
		end_delays(engine, now_ms, sink);
	if (now_ms > engine->now_ms)
		engine->now_ms = now_ms;
	if (engine->restored) {
		begin_anew(engine, sink);
		if (engine->deadline_ms <= now_ms)
			end_delays(engine, now_ms, sink);
	}
}

int64_t engine_deadline(const struct engine *engine)
{
	return engine->restored ? 0 : engine->deadline_ms;
}

static bool is_looked_at(const struct engine *engine, uint32_t point)
{
	const uint32_t *facts = engine->facts_of.first, *instances = engine->instances_of.first;

	return instances[point] != instances[point + 1] || facts[point] != facts[point + 1];
}

/* For conditions all readings that are not usable are alike. */
static bool says_the_same(const struct reading *a, const struct reading *b)
{
	if (!reading_usable(a) || !reading_usable(b))
		return !reading_usable(a) && !reading_usable(b);
	return a->quality == b->quality && a->value == b->value;
}

/* True: it is news for something. */
static bool take_reading(struct engine *engine, const struct reading *reading)
{
	struct reading *last = &engine->values[reading->point];
	bool news = is_looked_at(engine, reading->point) && !says_the_same(last, reading);

	*last = *reading;
	return news;
}

static void touch_point(struct engine *engine, uint32_t point)
{
	const struct look_up *instances = &engine->instances_of;

	for (uint32_t i = instances->first[point]; i < instances->first[point + 1]; i++)
		touch(engine, instances->entries[i]);
}

static void look_at_facts(struct engine *engine, uint32_t point, struct engine_sink *sink)
{
	const struct telling tell = { sink, ENGINE_USER, engine->now_ms };
	const struct look_up *facts = &engine->facts_of;

	for (uint32_t i = facts->first[point]; i < facts->first[point + 1]; i++) {
		uint32_t slot = facts->entries[i] / FACT_MAX, fact = facts->entries[i] % FACT_MAX;

		slot_look_at_fact(engine, slot, &engine->slots[slot].type->facts[fact], &tell);
	}
}

void engine_frame(struct engine *engine, const struct reading *readings, size_t count,
	int64_t now_ms, struct engine_sink *sink)
{
	bool news = false;

	engine_tick(engine, now_ms, sink);
	for (size_t i = 0; i < count; i++) {
		if (readings[i].point >= engine->site->point_count ||
			!take_reading(engine, &readings[i]))
			continue;
		touch_point(engine, readings[i].point);
		news = true;
	}
	if (!news)
		return;
	/* Facts first: they decide which steps apply, and so whether an incident may close. */
	for (size_t i = 0; i < count; i++)
		if (readings[i].point < engine->site->point_count)
			look_at_facts(engine, readings[i].point, sink);
	feed_touched(engine, sink);
	end_delays(engine, engine->now_ms, sink);
}

const struct reading *engine_values(const struct engine *engine)
{
	return engine->values;
}

static bool is_open(const struct engine *engine, uint32_t slot)
{
	return engine->slots[slot].incident->state != INCIDENT_NONE;
}

bool engine_watches(const void *context, const struct point *point)
{
	const struct engine *engine = context;
	const struct look_up *facts = &engine->facts_of, *instances = &engine->instances_of;
	uint32_t index = point->index;

	for (uint32_t i = facts->first[index]; i < facts->first[index + 1]; i++)
		if (is_open(engine, facts->entries[i] / FACT_MAX))
			return true;
	for (uint32_t i = instances->first[index]; i < instances->first[index + 1]; i++) {
		const struct instance *instance = &engine->instances[instances->entries[i]];

		if (is_open(engine, instance->slot) || instance->delay.running ||
			instance->delay.left_ms < instance_delay(instance))
			return true;
	}
	return false;
}

bool engine_chatter(const struct engine *engine, size_t i, struct chatter *chatter)
{
	for (size_t k = 0; k < engine->instance_count; k++) {
		const struct instance *instance = &engine->instances[k];

		if (!instance->chattering || i-- > 0)
			continue;
		*chatter = (struct chatter){ instance->rule, engine->slots[instance->slot].zone,
			instance->raises };
		return true;
	}
	return false;
}

uint64_t engine_watch_changes(const struct engine *engine)
{
	return engine->watch_changes;
}

void engine_set_confirm(struct engine *engine, bool confirm)
{
	engine->all_wait = confirm;
	for (size_t i = 0; confirm && i < engine->open_count; i++) {
		struct incident *incident = engine->slots[engine->open[i]].incident;

		for (size_t s = 0; s < incident->type->step_count; s++)
			if (incident->steps[s].action == ACTION_WANTED)
				incident->steps[s].action = ACTION_AWAITING;
	}
}
