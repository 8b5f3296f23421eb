/* The steps of an open incident: which apply, until when, and how their actions begin. */
#include "rules/incident/state.h"

#include <string.h>

/* It has its whole time from now on, if it is expected at all. */
static void begin_deadline(struct incident *incident, size_t step, int64_t at_ms)
{
	struct step_state *state = &incident->steps[step];
	int64_t deadline_ms = incident->type->steps[step].deadline_ms;

	if (!step_expected(state))
		return;
	state->due_ms = deadline_ms ? at_ms + deadline_ms : 0;
	state->remind_ms = 0;
	state->reminders = 0;
	state->overdue = false;
	state->overdue_level = 0;
}

/* What was accounted for and is so no more begins anew: its old deadline may be long past. */
static void set_status(
	struct incident *incident, size_t step, enum step_status status, int64_t at_ms)
{
	struct step_state *state = &incident->steps[step];
	bool accounted = step_accounted(state->status);

	state->status = status;
	state->status_ms = at_ms;
	if (status == STEP_FAILED)
		state->failed_level = 0;
	if (accounted)
		begin_deadline(incident, step, at_ms);
}

void step_set(struct incident *incident, size_t step, enum step_status status, const char *note,
	const struct telling *tell)
{
	struct step_state *state = &incident->steps[step];

	set_status(incident, step, status, tell->at_ms);
	utf8_copy(state->by, sizeof(state->by), tell->user);
	utf8_copy(state->note, sizeof(state->note), note);
}

static enum action_state action_first(
	const struct engine *engine, const struct incident *incident, size_t step)
{
	static const enum action_state first[] = {
		[ACTION_ADVISE] = ACTION_ADVISED,
		[ACTION_CONFIRM] = ACTION_AWAITING,
		[ACTION_AUTO] = ACTION_WANTED,
	};
	const struct action *action = incident->type->steps[step].action;
	struct action_call call = incident_call(incident);
	enum action_state state;

	if (action->confirmed_by > 1)
		call.devices = slot_devices(engine, slot_of_incident(engine, incident));
	state = first[action_begins_as(engine->site, action, &call)];
	/* Neither what is only said, nor the end of a lock, writes anything by itself. */
	return (incident->taken_back || engine->confirms || engine->all_wait) &&
			       state == ACTION_WANTED
		       ? ACTION_AWAITING
		       : state;
}

/* What the machine does or has done already goes on, whoever calls for it now. */
static bool action_lasts(
	const struct action *action, enum action_state now, enum action_state first)
{
	return action->mode == ACTION_AUTO && first == ACTION_AWAITING &&
	       (now == ACTION_WANTED || now == ACTION_DONE);
}

void step_undo(struct incident *incident, size_t step, int64_t at_ms)
{
	struct step_state *state = &incident->steps[step];

	if (state->status != STEP_DONE || strcmp(state->by, ENGINE_USER) != 0)
		return;
	set_status(incident, step, STEP_OPEN, at_ms);
	state->by[0] = '\0';
	state->note[0] = '\0';
}

/* A person's skip forbids the machine too, as long as the incident is open. */
static bool action_begins(
	const struct engine *engine, struct incident *incident, size_t step, int64_t at_ms)
{
	const struct action *action = incident->type->steps[step].action;
	struct step_state *state = &incident->steps[step];
	enum action_state first;

	if (!action || state->applies != TRUTH_TRUE || state->status == STEP_SKIPPED ||
		state->status == STEP_DID_NOT_OCCUR)
		return false;
	/* What is only assumed is for people to act upon. */
	if (action->mode != ACTION_ADVISE && !incident->drill && !step_is_sure(incident, (int)step))
		return false;
	first = action_first(engine, incident, step);
	if (action_lasts(action, state->action, first))
		return false;
	step_undo(incident, step, at_ms);
	state->action = first;
	state->action_ms = at_ms;
	state->released.count = 0;
	return true;
}

void steps_apply(struct incident *incident)
{
	for (size_t i = 0; i < incident->type->step_count; i++)
		incident->steps[i].applies = step_applies(incident, i);
}

void steps_begin(struct engine *engine, uint32_t slot, bool actions, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	steps_apply(incident);
	for (size_t i = 0; i < incident->type->step_count; i++) {
		begin_deadline(incident, i, tell->at_ms);
		if (actions)
			action_begins(engine, incident, i, tell->at_ms);
	}
}

void steps_proceed(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct action *action = incident->type->steps[i].action;

		if (incident->steps[i].action == ACTION_AWAITING && action->mode == ACTION_AUTO &&
			action_begins(engine, incident, i, tell->at_ms) &&
			incident->steps[i].action != ACTION_AWAITING)
			slot_tell(engine, slot, TRANSITION_ACTION, (int)i, "adopted", tell);
	}
}

bool steps_busy(const struct incident *incident)
{
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (incident->steps[i].action == ACTION_WANTED)
			return true;
	return false;
}

bool steps_complete(const struct incident *incident)
{
	const struct fact *stage = incident->type->stage;

	/* Nobody has said that nothing more is to be done. */
	if (stage && incident->facts[stage->index].status == FACT_UNKNOWN)
		return false;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];

		/* What waits may have to be done, as soon as somebody says so. */
		if (incident->type->steps[i].mandatory && !step_accounted(state->status) &&
			state->applies != TRUTH_FALSE)
			return false;
	}
	return !steps_busy(incident);
}

void steps_give_up(struct incident *incident, unsigned action_states, int64_t at_ms)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		struct step_state *state = &incident->steps[i];

		if (!(action_states >> state->action & 1))
			continue;
		state->action = ACTION_OVERTAKEN;
		state->action_ms = at_ms;
	}
}

void slot_relapse(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (!(incident_traits(incident->state) & INCIDENT_ACTS))
		return;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		enum action_state action = incident->steps[i].action;

		if (action != ACTION_OVERTAKEN && action != ACTION_RESTORED)
			continue;
		if (action_begins(engine, incident, i, tell->at_ms))
			slot_tell(engine, slot, TRANSITION_ACTION, (int)i, "true again", tell);
	}
}

void slot_ruled(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (!(incident_traits(incident->state) & INCIDENT_ACTS))
		return;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];

		if ((state->action == ACTION_AWAITING || state->released.count > 0) &&
			action_first(engine, incident, i) == ACTION_WANTED &&
			action_begins(engine, incident, i, tell->at_ms))
			slot_tell(engine, slot, TRANSITION_ACTION, (int)i,
				"a rule calls for it, too", tell);
	}
}

void slot_confirm(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	unsigned before = engine->slots[slot].voices;
	unsigned voices = slot_devices(engine, slot) + incident_call(incident).reported;

	engine->slots[slot].voices = voices;
	/* What waits for another reason waits on. */
	if (voices <= before || !(incident_traits(incident->state) & INCIDENT_ACTS))
		return;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct action *action = incident->type->steps[i].action;

		if (incident->steps[i].action == ACTION_AWAITING && action->confirmed_by > 1 &&
			action_first(engine, incident, i) == ACTION_WANTED &&
			action_begins(engine, incident, i, tell->at_ms))
			slot_tell(engine, slot, TRANSITION_ACTION, (int)i, "confirmed", tell);
	}
}

void step_give_back(struct engine *engine, uint32_t slot, int step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	enum action_state action = incident->steps[step].action;
	bool given_up =
		action == ACTION_OVERTAKEN || action == ACTION_RESTORED || action == ACTION_IDLE;

	if (given_up && (incident_traits(incident->state) & INCIDENT_ACTS) &&
		action_begins(engine, incident, (size_t)step, tell->at_ms))
		slot_tell(engine, slot, TRANSITION_ACTION, step, "reopened", tell);
}

static void look_at_action(
	struct engine *engine, uint32_t slot, int step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if ((incident_traits(incident->state) & INCIDENT_ACTS) &&
		incident->steps[step].action != ACTION_WANTED &&
		action_begins(engine, incident, (size_t)step, tell->at_ms))
		slot_tell(engine, slot, TRANSITION_ACTION, step, "", tell);
}

void step_look(struct engine *engine, uint32_t slot, int step, const struct telling *tell)
{
	static const char *const notes[] = { [TRUTH_FALSE] = "no longer applies",
		[TRUTH_TRUE] = "applies",
		[TRUTH_UNKNOWN] = "waits for an answer" };
	struct incident *incident = engine->slots[slot].incident;
	struct step_state *state = &incident->steps[step];
	enum truth applies;

	if (incident->state == INCIDENT_NONE || !incident->told)
		return;
	applies = step_applies(incident, (size_t)step);
	if (applies == state->applies) {
		/* It applied already, and now somebody says so. */
		if (state->action == ACTION_IDLE)
			look_at_action(engine, slot, step, tell);
		return;
	}
	state->applies = applies;
	if (applies == TRUTH_TRUE)
		begin_deadline(incident, (size_t)step, tell->at_ms);
	else if (state->action == ACTION_ADVISED || state->action == ACTION_AWAITING) {
		state->action = ACTION_IDLE;
		state->action_ms = tell->at_ms;
	}
	slot_tell(engine, slot, TRANSITION_STEP, step, notes[applies], tell);
	if (applies == TRUTH_TRUE)
		look_at_action(engine, slot, step, tell);
}
