/*
 * The facts of an open incident: what its sensors and people say of them, which questions stand,
 * and what becomes of those that nobody answers. rules/facts.h has the table; here is who says what
 * when, and which steps look again.
 */
#include "rules/incident/state.h"

#include <string.h>

static void ask(const struct fact *fact, struct fact_state *state, int64_t at_ms)
{
	state->asked = true;
	state->due_ms = at_ms + fact->deadline_ms;
	state->remind_ms = 0;
	state->reminders = 0;
	state->overdue = false;
	state->level = 0;
}

/* What may still turn to yes by itself keeps its time. */
static void answer(const struct fact *fact, struct fact_state *state, bool anew, int64_t at_ms)
{
	int64_t due_ms = state->due_ms;

	ask(fact, state, at_ms);
	state->asked = false;
	if (!fact->after_ms || fact_value(fact, state->status) != TRUTH_FALSE)
		state->due_ms = 0;
	else if (!anew && due_ms)
		state->due_ms = due_ms;
}

static void put(struct fact_state *state, const char *note, const struct telling *tell)
{
	state->time_ms = tell->at_ms;
	utf8_copy(state->by, sizeof(state->by), tell->user);
	utf8_copy(state->note, sizeof(state->note), note);
}

/* One step of the table. False: it changed nothing. */
static bool take(struct incident *incident, const struct fact *fact, enum fact_event event,
	const char *note, const struct telling *tell)
{
	struct fact_state *state = &incident->facts[fact->index];
	enum fact_status from = state->status, to = fact_next(from, event);
	bool said = event == FACT_EVENT_SAID_BETTER || event == FACT_EVENT_SAID_WORSE;

	state->status = to;
	if (to != from || said || (event == FACT_EVENT_SAID_UNKNOWN && to == FACT_UNKNOWN))
		put(state, note, tell);
	if (to == FACT_UNKNOWN && event != FACT_EVENT_SAID_UNKNOWN)
		state->by[0] = '\0'; /* nobody says so: it is asked */
	if (fact_asks(from, to, event))
		ask(fact, state, tell->at_ms);
	else if (to != FACT_UNKNOWN && (to != from || said))
		answer(fact, state, said, tell->at_ms);
	return to != from;
}

/* What depends on it, now. */
static void look_at_steps(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	const struct incident_type *type = engine->slots[slot].type;

	for (size_t i = 0; i < type->step_count; i++)
		if (type->steps[i].fact == fact)
			step_look(engine, slot, (int)i, tell);
}

static void tell_fact(struct engine *engine, uint32_t slot, enum transition_kind kind,
	const struct fact *fact, const char *note, const struct telling *tell)
{
	slot_tell_fact(engine, slot, kind, fact, note, tell);
	look_at_steps(engine, slot, fact, tell);
}

static enum truth sensor_now(const struct engine *engine, uint32_t slot, const struct fact *fact)
{
	const struct slot *s = &engine->slots[slot];

	return s->sensors && s->sensors[fact->index]
		       ? lock_eval(engine, s->sensors[fact->index], slot)
		       : TRUTH_UNKNOWN;
}

/* Its no answers nothing that a person has reported. */
static enum truth heard(struct incident *incident, enum truth sensor)
{
	const struct cause *report = slot_report_cause(incident);
	bool ruled = false;

	for (size_t i = 0; i < incident->cause_count; i++)
		ruled |= incident->causes[i].active && incident->causes[i].rule;
	return fact_heard(sensor, report, report && report->active, ruled);
}

/* Its sensor says something else than it said. True: so it is something else. */
static bool sense(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct fact_state *state = &incident->facts[fact->index];
	enum truth says = sensor_now(engine, slot, fact);

	if (says == TRUTH_UNKNOWN || says == state->seen)
		return false;
	state->seen = says;
	return take(incident, fact, fact_sensed(fact, heard(incident, says)), "", tell);
}

void facts_open(struct incident *incident)
{
	for (size_t i = 0; i < FACT_MAX; i++)
		incident->facts[i].seen = TRUTH_UNKNOWN;
}

void facts_begin(
	struct engine *engine, uint32_t slot, bool first, bool anew, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact *fact = &incident->type->facts[i];
		struct fact_state *state = &incident->facts[i];

		if (first && state->status == FACT_UNKNOWN)
			ask(fact, state, tell->at_ms);
		else if (!first && anew)
			take(incident, fact, FACT_EVENT_RAISE, "", &machine);
		else if (state->asked)
			ask(fact, state, tell->at_ms);
		else if (state->due_ms)
			state->due_ms = tell->at_ms + fact->deadline_ms;
		if (!first && !anew)
			continue;
		state->seen = TRUTH_UNKNOWN;
		sense(engine, slot, fact, &machine);
	}
	steps_apply(engine, slot);
}

void facts_report(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact *fact = &incident->type->facts[i];

		if (take(incident, fact, FACT_EVENT_REPORT, "", &machine))
			tell_fact(engine, slot, TRANSITION_FACT, fact, "asked again", &machine);
	}
}

void facts_hear(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact *fact = &incident->type->facts[i];
		struct fact_state *state = &incident->facts[i];

		/* A person who does not know outranks what the sensor went on saying. */
		if (state->status != FACT_UNKNOWN || state->by[0])
			continue;
		state->seen = TRUTH_UNKNOWN;
		fact_look(engine, slot, fact, &machine);
	}
}

bool fact_look(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	const struct incident *incident = engine->slots[slot].incident;

	if (incident->state == INCIDENT_NONE || !incident->told || !sense(engine, slot, fact, tell))
		return false;
	tell_fact(engine, slot, TRANSITION_FACT, fact, "", tell);
	return true;
}

/* NULL: it has none of this id. */
static const struct fact *find(const struct incident_type *type, const char *id)
{
	for (size_t i = 0; i < type->fact_count; i++)
		if (strcmp(type->facts[i].id, id) == 0)
			return &type->facts[i];
	return NULL;
}

/* The i-th answer that an order brings; false: there are no more. */
static bool answer_of(const struct order *order, size_t i, struct order_answer *found)
{
	if (order->fact && i == order->answer_count)
		*found = (struct order_answer){ order->fact, order->answer };
	else if (i < order->answer_count)
		*found = order->answers[i];
	else
		return false;
	return true;
}

enum engine_result facts_check(const struct incident_type *type, const struct order *order)
{
	struct order_answer one;

	for (size_t i = 0; answer_of(order, i, &one); i++) {
		if (!find(type, one.fact))
			return ENGINE_NO_FACT;
		if (word_find(WORD_APPLIES, one.says) < 0)
			return ENGINE_NO_ANSWER;
	}
	return ENGINE_OK;
}

void facts_take(
	struct engine *engine, uint32_t slot, const struct order *order, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct order_answer one;

	for (size_t i = 0; answer_of(order, i, &one); i++) {
		const struct fact *fact = find(incident->type, one.fact);
		enum truth says = (enum truth)word_find(WORD_APPLIES, one.says);
		const char *note = order->kind == ORDER_ANSWER ? order->note : "";

		take(incident, fact, fact_answered(fact, says), note, tell);
		tell_fact(engine, slot, TRANSITION_FACT, fact, note, tell);
	}
}

bool fact_late_now(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct fact_state *state = &incident->facts[fact->index];
	enum fact_event event = fact_late(fact, state->status);

	if (event == FACT_EVENT_COUNT) {
		state->overdue = true;
		slot_tell_fact(engine, slot, TRANSITION_OVERDUE, fact, "", tell);
		return true;
	}
	take(incident, fact, event, "", tell);
	tell_fact(engine, slot, TRANSITION_ASSUMED, fact, "", tell);
	return false;
}

void facts_restored(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	for (size_t i = 0; incident->told && i < incident->type->fact_count; i++) {
		struct fact_state *state = &incident->facts[i];

		if (state->status == FACT_UNKNOWN && !state->asked)
			ask(&incident->type->facts[i], state, tell->at_ms);
	}
}
