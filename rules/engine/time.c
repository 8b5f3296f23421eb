/*
 * The engine's time: delays of rules and what follows open incidents, each at
 * the moment at which it was due, in order; and behind each input what it means
 * for the rest.
 */
#include "rules/engine/state.h"

#include <stdio.h>

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

/* The open incident to which time does something next; of several, the oldest. */
static uint32_t next_followed(const struct engine *engine, int64_t *at_ms)
{
	uint32_t next = SLOT_NONE;

	*at_ms = INT64_MAX;
	for (size_t i = 0; i < engine->open_count; i++) {
		uint32_t slot = engine->open[i];
		int64_t slot_ms = follow_next(engine, engine->slots[slot].incident);

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
	next_pending(engine, &engine->deadline_ms);
	next_followed(engine, &followed_ms);
	if (followed_ms < engine->deadline_ms)
		engine->deadline_ms = followed_ms;
	engine->deadline_moved = false;
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
		drill_end_all(engine, note, &tell);
	}
	find_deadline(engine);
}

static void end_delays(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	while (engine->deadline_ms <= now_ms) {
		struct telling tell = { sink, ENGINE_USER, 0 };
		int64_t pending_ms, followed_ms;
		uint32_t index = next_pending(engine, &pending_ms);
		uint32_t slot = next_followed(engine, &followed_ms);

		tell.at_ms = pending_ms <= followed_ms ? pending_ms : followed_ms;
		if (tell.at_ms > now_ms) {
			engine->deadline_ms = tell.at_ms;
			return;
		}
		/* What fell due while the program was down is told at its time, but time goes on.
		 */
		if (tell.at_ms < engine->now_ms)
			tell.at_ms = engine->now_ms;
		engine->now_ms = tell.at_ms;
		if (pending_ms <= followed_ms)
			instance_feed(engine, index, &tell);
		else
			follow_run(engine, slot, &tell);
		engine->deadline_moved = true;
		look_around(engine, sink);
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
		for (size_t i = 0;
			engine->slots[slot].whens && i < engine->slots[slot].type->step_count; i++)
			slot_look(engine, slot, (int)i, tell);
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

		slot_end_removed(engine, slot, &tell);
		i += i < engine->open_count && engine->open[i] == slot;
	}
	if (engine->adopted)
		look_at_all(engine, &tell);
	look_around(engine, sink);
}

void engine_advance(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
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

void engine_tick(struct engine *engine, int64_t now_ms, struct engine_sink *sink)
{
	engine_advance(engine, now_ms, sink);
}

int64_t engine_deadline(const struct engine *engine)
{
	return engine->restored ? 0 : engine->deadline_ms;
}
