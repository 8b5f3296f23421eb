/*
 * What time does to an open incident: shelves end, steps begin to apply or are
 * overdue, people are reminded, and what nobody answers goes up the plan's
 * chain. Pure: one thing at a time, each at the time at which it was due.
 */
#include "rules/engine/state.h"

#include <stdio.h>

enum { REMINDER_DOUBLINGS = 5 };

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

static int64_t next_level(const struct engine *engine, const struct incident *incident, int *step)
{
	const struct plan *plan = engine->plan;
	int64_t since_ms;

	if (!plan || incident->level >= plan->chain_count ||
		!(incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		return INT64_MAX;
	since_ms = pressed_since(plan, incident, step);
	return since_ms == INT64_MAX ? INT64_MAX : since_ms + plan->chain[incident->level].after_ms;
}

void follow_level(const struct engine *engine, struct incident *incident)
{
	int step;
	int64_t at_ms = next_level(engine, incident, &step);

	incident->levels = engine->plan ? (unsigned)engine->plan->chain_count : 0;
	incident->next_level_ms = at_ms == INT64_MAX ? 0 : at_ms;
}

static int64_t next_of_step(const struct incident *incident, size_t step)
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
int64_t follow_next(const struct engine *engine, const struct incident *incident)
{
	int64_t next_ms = INT64_MAX;
	int step;

	if (incident_traits(incident->state) & INCIDENT_IS_SHELVED)
		next_ms = incident->hold.until_ms;
	if (incident->unsuppress_ms)
		next_ms = least(next_ms, incident->unsuppress_ms);
	for (size_t i = 0; i < incident->type->step_count; i++)
		next_ms = least(next_ms, next_of_step(incident, i));
	return least(next_ms, next_level(engine, incident, &step));
}

/* Ever more seldom; those that nobody could hear, while the program was down, are left out. */
static void set_reminder(const struct engine *engine, struct step_state *state, int64_t at_ms)
{
	unsigned doublings =
		state->reminders < REMINDER_DOUBLINGS ? state->reminders : REMINDER_DOUBLINGS;
	int64_t every_ms = (engine->plan ? engine->plan->remind_ms : 0) << doublings;

	state->remind_ms = 0;
	if (every_ms <= 0)
		return;
	state->remind_ms = at_ms + every_ms;
	if (state->remind_ms <= engine->input_ms)
		state->remind_ms = engine->input_ms + every_ms;
}

static bool follow_step(
	struct engine *engine, uint32_t slot, size_t step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct step_state *state = &incident->steps[step];

	if (next_of_step(incident, step) > tell->at_ms)
		return false;
	if (state->begins_ms && state->begins_ms <= tell->at_ms) {
		slot_step_begins(engine, slot, (int)step, tell);
	} else if (!state->overdue) {
		state->overdue = true;
		set_reminder(engine, state, tell->at_ms);
		slot_tell(engine, slot, TRANSITION_OVERDUE, (int)step, "", tell);
	} else {
		state->reminders++;
		set_reminder(engine, state, tell->at_ms);
		slot_tell(engine, slot, TRANSITION_REMINDER, (int)step, "", tell);
	}
	return true;
}

static void escalate(struct engine *engine, uint32_t slot, int step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const char *why = "not acknowledged";
	char note[NOTE_MAX + 1];

	if (step >= 0)
		why = incident->steps[step].status == STEP_FAILED ? "a step has failed"
								  : "a step is overdue";
	incident->level++;
	snprintf(note, sizeof(note), "level %u of %zu: %s", incident->level,
		engine->plan->chain_count, why);
	slot_tell(engine, slot, TRANSITION_ESCALATED, step, note, tell);
}

static void end_shelf(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	incident->state = incident_next(incident->state, INCIDENT_EVENT_SHELF_END);
	slot_come_up(engine, slot, TRANSITION_UNSHELVED, "its time is up", tell);
}

/* The one thing that is due. */
void follow_run(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	const struct incident *incident = engine->slots[slot].incident;
	int step;

	if ((incident_traits(incident->state) & INCIDENT_IS_SHELVED) &&
		incident->hold.until_ms <= tell->at_ms) {
		end_shelf(engine, slot, tell);
		return;
	}
	if (incident->unsuppress_ms && incident->unsuppress_ms <= tell->at_ms) {
		slot_unsuppress(engine, slot, tell);
		return;
	}
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (follow_step(engine, slot, i, tell))
			return;
	if (next_level(engine, incident, &step) <= tell->at_ms)
		escalate(engine, slot, step, tell);
}
