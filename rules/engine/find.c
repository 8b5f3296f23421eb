/*
 * Finds slots, places for incidents, and incidents; which open incident explains another (a lost
 * mains explains stopped chillers: of what is explained nobody is told, unless a person has it in
 * hand already, and nothing of it is lost); and when time does something to an open incident
 * next: a shelf ends, a step begins to apply or is overdue, people are reminded, the chain is
 * called.
 */
#include "rules/engine/state.h"

#include <stdio.h>
#include <string.h>

uint32_t slot_find(const struct engine *engine, size_t count, const struct incident_type *type,
	const struct zone *zone)
{
	for (uint32_t i = 0; i < count; i++)
		if (engine->slots[i].type == type && engine->slots[i].zone == zone)
			return i;
	return SLOT_NONE;
}

uint32_t slot_of_incident(const struct engine *engine, const struct incident *incident)
{
	return engine->slot_of[incident - engine->incidents];
}

bool slot_take_place(struct engine *engine, uint32_t slot)
{
	size_t first = 1 + engine->ruled_count;

	if (engine->slots[slot].incident != &engine->incidents[0])
		return true;
	for (size_t i = first; i < first + REPORT_MAX; i++) {
		if (engine->slot_of[i] != SLOT_NONE)
			continue;
		engine->slot_of[i] = slot;
		engine->slots[slot].incident = &engine->incidents[i];
		return true;
	}
	return false;
}

struct cause *slot_report_cause(struct incident *incident)
{
	for (size_t i = 0; i < incident->cause_count; i++)
		if (!incident->causes[i].rule)
			return &incident->causes[i];
	return NULL;
}

bool slot_is_drill(const struct engine *engine, uint32_t slot)
{
	return slot >= engine->slot_count;
}

uint32_t slot_find_drill(const struct engine *engine)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		uint32_t slot = (uint32_t)engine->slot_count + i;

		if (engine->slots[slot].incident->state == INCIDENT_NONE)
			return slot;
	}
	return SLOT_NONE;
}

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	return i < engine->open_count ? engine->slots[engine->open[i]].incident : NULL;
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	char short_id[INCIDENT_ID_MAX + 1];

	for (size_t i = 0; i < engine->open_count; i++)
		if (strcmp(engine_incident(engine, i)->id, id) == 0)
			return engine_incident(engine, i);
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *incident = engine_incident(engine, i);

		snprintf(short_id, sizeof(short_id), "%s%d-%.*s", incident->drill ? "drill-" : "",
			incident->type->number, ID_MAX, incident->zone->id);
		if (strcmp(short_id, id) == 0)
			return incident;
	}
	return NULL;
}

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
int64_t slot_unsuppress_after(const struct engine *engine, uint32_t slot)
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

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Since when the chain is under pressure: unacknowledged since its raise; a mandatory step that
 * is overdue or has failed reaches the first level at once. INT64_MAX: it is not.
 */
static int64_t pressed_since(const struct plan *plan, const struct incident *incident, int *step)
{
	int64_t first_ms = plan->chain[0].after_ms, since_ms = INT64_MAX;

	*step = -1;
	if (incident_traits(incident->state) & INCIDENT_IS_UNACKED)
		since_ms = incident->unacked_ms;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];
		int64_t at_ms = INT64_MAX;

		if (!incident->type->steps[i].mandatory || !step_expected(state))
			continue;
		if (state->overdue)
			at_ms = state->due_ms - first_ms;
		if (state->status == STEP_FAILED)
			at_ms = least(at_ms, state->status_ms - first_ms);
		if (at_ms >= since_ms)
			continue;
		since_ms = at_ms;
		*step = (int)i;
	}
	return since_ms;
}

int64_t due_level(const struct engine *engine, const struct incident *incident, int *step)
{
	const struct plan *plan = engine->plan;
	int64_t since_ms;

	if (!plan || incident->level >= plan->chain_count ||
		!(incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		return INT64_MAX;
	since_ms = pressed_since(plan, incident, step);
	return since_ms == INT64_MAX ? INT64_MAX : since_ms + plan->chain[incident->level].after_ms;
}

void due_show_level(const struct engine *engine, struct incident *incident)
{
	int step;
	int64_t at_ms = due_level(engine, incident, &step);

	incident->levels = engine->plan ? (unsigned)engine->plan->chain_count : 0;
	incident->next_level_ms = at_ms == INT64_MAX ? 0 : at_ms;
}

int64_t due_of_step(const struct incident *incident, size_t step)
{
	const struct step_state *state = &incident->steps[step];
	unsigned traits = incident_traits(incident->state);
	int64_t next_ms = INT64_MAX;

	if (!(traits & INCIDENT_IS_FOLLOWED))
		return next_ms;
	if (state->begins_ms && (traits & INCIDENT_IS_TRUE))
		next_ms = state->begins_ms;
	if (!step_expected(state))
		return next_ms;
	if (state->due_ms && !state->overdue)
		next_ms = least(next_ms, state->due_ms);
	if (state->overdue && state->remind_ms)
		next_ms = least(next_ms, state->remind_ms);
	return next_ms;
}

/* CLOCK_NEVER is INT64_MAX. */
int64_t due_next(const struct engine *engine, const struct incident *incident)
{
	int64_t next_ms = INT64_MAX;
	int step;

	if (incident_traits(incident->state) & INCIDENT_IS_SHELVED)
		next_ms = incident->hold.until_ms;
	if (incident->unsuppress_ms)
		next_ms = least(next_ms, incident->unsuppress_ms);
	for (size_t i = 0; i < incident->type->step_count; i++)
		next_ms = least(next_ms, due_of_step(incident, i));
	return least(next_ms, due_level(engine, incident, &step));
}
