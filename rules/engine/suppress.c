/*
 * Which open incident explains another: a lost mains explains stopped chillers.
 * Of what is explained nobody is told, unless a person has it in hand already;
 * nothing of it is lost.
 */
#include "rules/engine/state.h"

#include <string.h>

static bool explains(
	const struct incident *incident, const struct rule *rule, const struct zone *zone)
{
	unsigned traits = incident_traits(incident->state);

	if (!(traits & INCIDENT_IS_TRUE) || (traits & (INCIDENT_IS_SUPPRESSED | INCIDENT_IS_OUT)) ||
		incident->drill || !zone_contains(incident->zone, zone))
		return false;
	for (size_t i = 0; i < rule->suppressor_count; i++)
		if (rule->suppressed_by[i] == incident->type)
			return true;
	return false;
}

static const struct incident *suppressor_of(
	const struct engine *engine, const struct incident *incident, const struct rule *rule)
{
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *other = engine->slots[engine->open[i]].incident;

		if (other != incident && explains(other, rule, incident->zone))
			return other;
	}
	return NULL;
}

/* Every cause that is active must be explained; where none is any more, every one that was. */
const struct incident *slot_suppressor(const struct engine *engine, uint32_t slot)
{
	const struct incident *incident = engine->slots[slot].incident, *found = NULL;
	bool all = engine->slots[slot].active_count == 0;

	if (!engine->suppresses || incident->drill)
		return NULL;
	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		if (!cause->active && !all)
			continue;
		found = cause->rule ? suppressor_of(engine, incident, cause->rule) : NULL;
		if (!found)
			return NULL;
	}
	return found;
}

/* What nothing explains any more waits as its rule says; what nothing ever could does not wait. */
static int64_t unsuppress_after(const struct engine *engine, uint32_t slot)
{
	const struct incident *incident = engine->slots[slot].incident;
	bool all = engine->slots[slot].active_count == 0;
	int64_t after_ms = INT64_MAX;

	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];
		int64_t its_ms = cause->rule ? cause->rule->unsuppress_after_ms : 0;

		if ((!cause->active && !all) ||
			(cause->rule && suppressor_of(engine, incident, cause->rule)))
			continue;
		if (its_ms < after_ms)
			after_ms = its_ms;
	}
	return after_ms == INT64_MAX ? 0 : after_ms;
}

void slot_unsuppress(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	incident->state = incident_next(incident->state, INCIDENT_EVENT_UNSUPPRESS);
	incident->unsuppress_ms = 0;
	incident->suppressor[0] = '\0';
	engine->deadline_moved = true;
	if (!incident->told && !(incident_traits(incident->state) & INCIDENT_IS_TRUE))
		slot_settle(engine, slot, tell);
	else
		slot_come_up(engine, slot, TRANSITION_UNSUPPRESSED, "", tell);
}

static void look_at_suppressed(struct engine *engine, uint32_t slot, const struct incident *why,
	const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	int64_t after_ms = unsuppress_after(engine, slot);

	if (why) {
		utf8_copy(incident->suppressor, sizeof(incident->suppressor), why->id);
		incident->unsuppress_ms = 0;
	} else if (after_ms == 0) {
		slot_unsuppress(engine, slot, tell);
	} else if (incident->unsuppress_ms == 0) {
		incident->unsuppress_ms = tell->at_ms + after_ms;
	}
	engine->deadline_moved = true;
}

static void look_at(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct incident *why = slot_suppressor(engine, slot);
	enum incident_state next = incident_next(incident->state, INCIDENT_EVENT_SUPPRESS);

	if (incident_traits(incident->state) & INCIDENT_IS_SUPPRESSED) {
		look_at_suppressed(engine, slot, why, tell);
	} else if (why && next != incident->state) {
		incident->state = next;
		utf8_copy(incident->suppressor, sizeof(incident->suppressor), why->id);
		steps_give_up(incident, 1U << ACTION_AWAITING | 1U << ACTION_ADVISED, tell->at_ms);
		slot_tell(engine, slot, TRANSITION_SUPPRESSED, -1, why->id, tell);
	}
}

/* One may explain the next, so as often as something has changed; at most a round for each. */
void suppress_run(struct engine *engine, struct engine_sink *sink)
{
	const struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	for (size_t round = 0; engine->suppression_due && round <= engine->slot_count; round++) {
		engine->suppression_due = false;
		for (size_t i = 0; i < engine->open_count;) {
			uint32_t slot = engine->open[i];

			look_at(engine, slot, &tell);
			i += i < engine->open_count && engine->open[i] == slot;
		}
	}
	engine->suppression_due = false;
}
