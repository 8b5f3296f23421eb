/*
 * The incident of one type in one zone: causes, steps and actions from its
 * raise to its end. It is told what rules found and never evaluates one, except
 * for the conditions of steps.
 */
#include "rules/engine_state.h"

#include <stdio.h>
#include <string.h>

void engine_copy_text(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from ? from : "", size);

	if (length == size)
		for (length = size - 1; length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80;)
			length--;
	if (length > 0)
		memcpy(to, from, length);
	to[length] = '\0';
}

void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell)
{
	struct transition transition = {
		.kind = kind,
		.incident = engine->slots[slot].incident,
		.step = step,
		.user = tell->user,
		.note = note ? note : "",
		.at_ms = tell->at_ms,
	};

	tell->sink->transition(tell->sink, &transition);
}

void step_set(struct step_state *step, enum step_status status, const char *note,
	const struct telling *tell)
{
	step->status = status;
	step->status_ms = tell->at_ms;
	engine_copy_text(step->by, sizeof(step->by), tell->user);
	engine_copy_text(step->note, sizeof(step->note), note);
}

/* A when that cannot be compiled here stays unknown: the step is shown, and a person decides. */
static enum truth step_applies(const struct engine *engine, uint32_t slot, size_t step)
{
	const struct slot *s = &engine->slots[slot];

	if (!s->type->steps[step].when)
		return TRUTH_TRUE;
	return s->whens && s->whens[step] ? expr_eval(s->whens[step], engine->values)
					  : TRUTH_UNKNOWN;
}

/* A person's skip forbids the machine too, as long as the incident is open. */
static bool action_begins(struct incident *incident, size_t step, int64_t at_ms)
{
	static const enum action_state first[] = {
		[ACTION_ADVISE] = ACTION_ADVISED,
		[ACTION_CONFIRM] = ACTION_AWAITING,
		[ACTION_AUTO] = ACTION_WANTED,
	};
	const struct action *action = incident->type->steps[step].action;
	struct step_state *state = &incident->steps[step];

	if (!action || state->applies != TRUTH_TRUE || state->status == STEP_SKIPPED)
		return false;
	if (state->status == STEP_DONE && strcmp(state->by, ENGINE_USER) == 0) {
		state->status = STEP_OPEN;
		state->status_ms = at_ms;
		state->by[0] = '\0';
		state->note[0] = '\0';
	}
	state->action = first[action->mode];
	state->action_ms = at_ms;
	return true;
}

static void begin_steps(struct engine *engine, uint32_t slot, int64_t at_ms)
{
	struct incident *incident = engine->slots[slot].incident;

	for (size_t i = 0; i < incident->type->step_count; i++) {
		enum truth applies = step_applies(engine, slot, i);

		if (applies != TRUTH_UNKNOWN || incident->state == INCIDENT_NONE)
			incident->steps[i].applies = applies;
		action_begins(incident, i, at_ms);
	}
}

static void serial_text(uint64_t serial, char text[static 16])
{
	char digits[16];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[serial % 36];
		serial /= 36;
	} while (serial > 0);
	for (size_t i = 0; i < count; i++)
		text[i] = digits[count - 1 - i];
	text[count] = '\0';
}

static void open_incident(struct engine *engine, uint32_t slot, int64_t at_ms)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct slot *s = &engine->slots[slot];
	char serial[16];

	memset(incident, 0, sizeof(*incident));
	incident->type = s->type;
	incident->zone = s->zone;
	incident->raised_ms = at_ms;
	serial_text(engine->serial++, serial);
	snprintf(incident->id, sizeof(incident->id), "%d-%.*s-%s", s->type->number, ID_MAX,
		s->zone->id, serial);
	engine->open[engine->open_count++] = slot;
}

static void close_incident(struct engine *engine, uint32_t slot)
{
	size_t i = 0;

	memset(engine->slots[slot].incident, 0, sizeof(struct incident));
	if (slot >= engine->ruled_count) {
		engine->slot_of[engine->slots[slot].incident - engine->incidents] = SLOT_NONE;
		engine->slots[slot].incident = &engine->incidents[0];
	}
	while (engine->open[i] != slot)
		i++;
	engine->open_count--;
	memmove(&engine->open[i], &engine->open[i + 1],
		(engine->open_count - i) * sizeof(engine->open[0]));
}

/* Room is for CAUSE_RULE_MAX rules, which engine_new() made sure of, and the report. */
static struct cause *cause_of(struct incident *incident, const struct rule *rule)
{
	for (size_t i = 0; i < incident->cause_count; i++)
		if (incident->causes[i].rule == rule)
			return &incident->causes[i];
	return &incident->causes[incident->cause_count++];
}

static struct cause begin_cause(
	const struct engine *engine, const struct instance *instance, int64_t at_ms)
{
	struct cause cause = { .rule = instance->rule, .active = true, .since_ms = at_ms };
	const struct point *found[WITNESS_MAX];

	cause.witness_count =
		expr_witnesses(instance->condition, engine->values, found, WITNESS_MAX);
	for (size_t i = 0; i < cause.witness_count; i++)
		cause.witnesses[i] = engine->values[found[i]->index];
	return cause;
}

static void tell_cause(struct engine *engine, uint32_t slot, const char *id, const char *what,
	const struct telling *tell)
{
	char note[NOTE_MAX + 1];

	engine_copy_text(note, sizeof(note), id);
	engine_copy_text(note + strlen(note), sizeof(note) - strlen(note), what);
	slot_tell(engine, slot, TRANSITION_CAUSE, -1, note, tell);
}

/* The first cause opens the incident, or opens it again. False: it joins others. */
static bool begin(struct engine *engine, uint32_t slot, const struct cause *began, const char *note,
	const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	enum incident_state before = incident->state;
	bool again = before == INCIDENT_RETURNED_UNACKED || before == INCIDENT_RETURNED_ACKED;

	engine->slots[slot].active_count++;
	if (before == INCIDENT_NONE)
		open_incident(engine, slot, tell->at_ms);
	*cause_of(incident, began->rule) = *began;
	if (before == INCIDENT_NONE || again)
		begin_steps(engine, slot, tell->at_ms);
	incident->state = incident_next(before, INCIDENT_EVENT_RAISE);
	if (!again && before != INCIDENT_NONE)
		return false;
	if (again) {
		incident->acked_ms = incident->returned_ms = 0;
		incident->acked_by[0] = '\0';
	}
	slot_tell(engine, slot, again ? TRANSITION_RERAISED : TRANSITION_RAISED, -1, note, tell);
	return true;
}

void slot_raise(struct engine *engine, const struct instance *instance, const struct telling *tell)
{
	struct cause cause = begin_cause(engine, instance, tell->at_ms);

	if (begin(engine, instance->slot, &cause, "", tell))
		return;
	tell_cause(engine, instance->slot, instance->rule->id, " began", tell);
	slot_relapse(engine, instance->slot, tell);
}

bool slot_report(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct cause cause = { .active = true, .since_ms = tell->at_ms }, *before;

	if (!slot_take_place(engine, slot))
		return false;
	engine_copy_text(cause.by, sizeof(cause.by), tell->user);
	engine_copy_text(cause.note, sizeof(cause.note), note);
	before = slot_report_cause(engine->slots[slot].incident);
	if (before && before->active) {
		/* Another person, or the same one with more to say. */
		cause.since_ms = before->since_ms;
		*before = cause;
	} else if (begin(engine, slot, &cause, cause.note, tell)) {
		return true;
	}
	tell_cause(engine, slot, cause.note[0] ? "report: " : "report", cause.note, tell);
	slot_relapse(engine, slot, tell);
	return true;
}

static void overtake_awaiting(struct incident *incident, int64_t at_ms)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		if (incident->steps[i].action != ACTION_AWAITING)
			continue;
		incident->steps[i].action = ACTION_OVERTAKEN;
		incident->steps[i].action_ms = at_ms;
	}
}

void slot_return(
	struct engine *engine, uint32_t slot, const struct rule *rule, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct cause *cause = cause_of(incident, rule);

	cause->active = false;
	cause->until_ms = tell->at_ms;
	if (--engine->slots[slot].active_count > 0) {
		tell_cause(engine, slot, rule ? rule->id : "report", " ended", tell);
		return;
	}
	incident->state = incident_next(incident->state, INCIDENT_EVENT_RETURN);
	incident->returned_ms = tell->at_ms;
	overtake_awaiting(incident, tell->at_ms);
	slot_tell(engine, slot, TRANSITION_RETURNED, -1, "", tell);
	slot_settle(engine, slot, tell);
}

void slot_relapse(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	for (size_t i = 0; i < incident->type->step_count; i++) {
		enum action_state action = incident->steps[i].action;

		if (action != ACTION_OVERTAKEN && action != ACTION_RESTORED)
			continue;
		if (action_begins(incident, i, tell->at_ms))
			slot_tell(engine, slot, TRANSITION_ACTION, (int)i, "true again", tell);
	}
}

static bool is_active(const struct incident *incident)
{
	return incident->state == INCIDENT_ACTIVE_UNACKED ||
	       incident->state == INCIDENT_ACTIVE_ACKED;
}

/* What is unknown now keeps what was known last: a lost reading changes no procedure. */
void slot_look(struct engine *engine, uint32_t slot, int step, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct step_state *state = &incident->steps[step];
	enum truth applies;

	if (incident->state == INCIDENT_NONE)
		return;
	applies = step_applies(engine, slot, (size_t)step);
	if (applies == TRUTH_UNKNOWN || applies == state->applies)
		return;
	state->applies = applies;
	if (applies == TRUTH_FALSE &&
		(state->action == ACTION_ADVISED || state->action == ACTION_AWAITING)) {
		state->action = ACTION_IDLE;
		state->action_ms = tell->at_ms;
	}
	slot_tell(engine, slot, TRANSITION_STEP, step,
		applies == TRUTH_TRUE ? "applies" : "no longer applies", tell);
	if (applies == TRUTH_TRUE && is_active(incident) && state->action != ACTION_WANTED &&
		action_begins(incident, (size_t)step, tell->at_ms))
		slot_tell(engine, slot, TRANSITION_ACTION, step, "", tell);
	slot_settle(engine, slot, tell);
}

static bool is_complete(const struct incident *incident)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];

		if (state->action == ACTION_WANTED)
			return false;
		if (incident->type->steps[i].mandatory && state->applies != TRUTH_FALSE &&
			state->status == STEP_OPEN)
			return false;
	}
	return true;
}

void slot_settle(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (incident->state == INCIDENT_NONE || !is_complete(incident))
		return;
	incident->state = incident_next(incident->state, INCIDENT_EVENT_COMPLETE);
	if (incident->state != INCIDENT_CLOSED)
		return;
	incident->closed_ms = tell->at_ms;
	slot_tell(engine, slot, TRANSITION_CLOSED, -1, "", tell);
	close_incident(engine, slot);
}
