/*
 * What becomes of an open incident by itself: another one explains it or does so
 * no more, and time passes: shelves end, steps begin to apply or are overdue,
 * people are reminded, and what nobody answers goes up the plan's chain. One thing
 * at a time, each at the time at which it was due.
 */
#include "rules/incident/state.h"

#include <stdio.h>

enum { REMINDER_DOUBLINGS = 5 };

static void unsuppress(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	incident->state = incident_next(incident->state, INCIDENT_EVENT_UNSUPPRESS);
	incident->unsuppress_ms = 0;
	incident->suppressor[0] = '\0';
	engine->deadline_moved = true;
	slot_come_up(engine, slot, TRANSITION_UNSUPPRESSED, "", tell);
}

static void look_at_suppressed(struct engine *engine, uint32_t slot, const struct incident *why,
	const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	int64_t after_ms = slot_unsuppress_after(engine, slot);

	if (why) {
		utf8_copy(incident->suppressor, sizeof(incident->suppressor), why->id);
		incident->unsuppress_ms = 0;
	} else if (after_ms == 0) {
		unsuppress(engine, slot, tell);
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

void suppress_run(struct engine *engine, struct engine_sink *sink)
{
	const struct telling tell = { sink, ENGINE_USER, engine->now_ms };

	for (size_t i = 0; i < engine->open_count;) {
		uint32_t slot = engine->open[i];

		look_at(engine, slot, &tell);
		i += i < engine->open_count && engine->open[i] == slot;
	}
	engine->suppression_due = false;
}

/* Ever more seldom; those that nobody could hear, while the program was down, are left out. */
static int64_t next_reminder(const struct engine *engine, uint32_t reminders, int64_t at_ms)
{
	unsigned doublings = reminders < REMINDER_DOUBLINGS ? reminders : REMINDER_DOUBLINGS;
	int64_t every_ms = (engine->plan ? engine->plan->remind_ms : 0) << doublings;

	if (every_ms <= 0)
		return 0;
	if (at_ms + every_ms <= engine->input_ms)
		at_ms = engine->input_ms;
	return at_ms + every_ms;
}

static bool follow_step(
	struct engine *engine, uint32_t slot, size_t step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct step_state *state = &incident->steps[step];

	if (due_of_step(incident, step) > tell->at_ms)
		return false;
	if (!state->overdue) {
		state->overdue = true;
		state->remind_ms = next_reminder(engine, state->reminders, tell->at_ms);
		slot_tell(engine, slot, TRANSITION_OVERDUE, (int)step, "", tell);
	} else {
		state->remind_ms = next_reminder(engine, ++state->reminders, tell->at_ms);
		slot_tell(engine, slot, TRANSITION_REMINDER, (int)step, "", tell);
	}
	return true;
}

/* A question is overdue as a step is, or its worse side is assumed; and its incident may be over.
 */
static bool follow_fact(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct fact_state *state = &incident->facts[fact->index];

	if (due_of_fact(incident, fact->index) > tell->at_ms)
		return false;
	if (!state->overdue) {
		if (fact_late_now(engine, slot, fact, tell))
			state->remind_ms = next_reminder(engine, state->reminders, tell->at_ms);
		else
			slot_settle(engine, slot, tell);
		return true;
	}
	state->remind_ms = next_reminder(engine, ++state->reminders, tell->at_ms);
	slot_tell_fact(engine, slot, TRANSITION_REMINDER, fact, "", tell);
	return true;
}

static void escalate(struct engine *engine, uint32_t slot, const struct failing_to_act *who,
	const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	unsigned *level = &incident->level;
	const char *why = "not acknowledged";
	int step = who->step;
	char note[NOTE_MAX + 1];

	if (who->fact >= 0) {
		level = &incident->facts[who->fact].level;
		why = "a question is not answered";
	} else if (step >= 0 && step_has_failed(incident, step)) {
		level = &incident->steps[step].failed_level;
		why = incident->steps[step].status == STEP_FAILED ? "a step has failed"
								  : "an action has failed";
	} else if (step >= 0) {
		level = &incident->steps[step].overdue_level;
		why = "a step is overdue";
	}
	++*level;
	snprintf(note, sizeof(note), "level %u of %zu: %s", *level, engine->plan->chain_count, why);
	if (who->fact >= 0)
		slot_tell_fact(engine, slot, TRANSITION_ESCALATED,
			&incident->type->facts[who->fact], note, tell);
	else
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
	struct failing_to_act who;

	if ((incident_traits(incident->state) & INCIDENT_IS_SHELVED) &&
		incident->hold.until_ms <= tell->at_ms) {
		end_shelf(engine, slot, tell);
		return;
	}
	if (incident->unsuppress_ms && incident->unsuppress_ms <= tell->at_ms) {
		unsuppress(engine, slot, tell);
		return;
	}
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (follow_step(engine, slot, i, tell))
			return;
	for (size_t i = 0; i < incident->type->fact_count; i++)
		if (follow_fact(engine, slot, &incident->type->facts[i], tell))
			return;
	if (due_level(engine, incident, &who) <= tell->at_ms)
		escalate(engine, slot, &who, tell);
}
