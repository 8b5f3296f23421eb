/*
 * The facts of an open incident: what its sensors and people say of them, which questions stand,
 * and what becomes of those that nobody answers. rules/facts.h has the table; here is who says what
 * when, and which steps look again.
 */
#include "rules/incident/state.h"

#include <string.h>

static void ask(struct incident *incident, const struct fact *fact, int64_t at_ms)
{
	struct fact_state *state = &incident->facts[fact->index];

	/* The time of a first stage runs on, whatever comes and goes. */
	if (fact == incident->type->stage && state->asked)
		return;
	state->asked = stage_asks(incident, fact);
	state->due_ms = state->asked ? at_ms + fact->deadline_ms : 0;
	state->remind_ms = 0;
	state->reminders = 0;
	state->overdue = false;
	state->level = 0;
}

/* What may still turn to yes by itself keeps its time. */
static void answer(struct incident *incident, const struct fact *fact, bool anew, int64_t at_ms)
{
	struct fact_state *state = &incident->facts[fact->index];
	int64_t due_ms = state->due_ms;

	state->asked = false;
	ask(incident, fact, at_ms);
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
		ask(incident, fact, tell->at_ms);
	else if (to != FACT_UNKNOWN && (to != from || said))
		answer(incident, fact, said, tell->at_ms);
	return to != from;
}

/* The questions of the full stage stand only in it. */
static void ask_others(struct incident *incident, int64_t at_ms)
{
	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact *fact = &incident->type->facts[i];

		if (fact != incident->type->stage && incident->facts[i].status == FACT_UNKNOWN)
			ask(incident, fact, at_ms);
	}
}

void facts_turn(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (!incident->told || incident->full == incident_is_full(incident))
		return;
	ask_others(incident, tell->at_ms);
	stage_turn(engine, slot, note, tell);
}

/* What depends on it, now. */
static void look_at_steps(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	const struct incident_type *type = engine->slots[slot].type;

	for (size_t i = 0; i < type->step_count; i++)
		if (type->steps[i].fact == fact || type->stage == fact)
			step_look(engine, slot, (int)i, tell);
}

static void tell_fact(struct engine *engine, uint32_t slot, enum transition_kind kind,
	const struct fact *fact, const char *note, const struct telling *tell)
{
	slot_tell_fact(engine, slot, kind, fact, note, tell);
	facts_turn(engine, slot, note, tell);
	look_at_steps(engine, slot, fact, tell);
}

static enum truth sensor_now(const struct engine *engine, uint32_t slot, const struct fact *fact)
{
	const struct slot *s = &engine->slots[slot];

	return s->sensors && s->sensors[fact->index]
		       ? lock_eval(engine, s->sensors[fact->index], slot)
		       : TRUTH_UNKNOWN;
}

/* Its no answers nothing that a person has reported, nor that this is but a first stage. */
static enum truth heard(struct incident *incident, const struct fact *fact, enum truth sensor)
{
	const struct cause *report = slot_report_cause(incident);

	if (fact == incident->type->stage && sensor == TRUTH_FALSE)
		return TRUTH_UNKNOWN;
	return fact_heard(sensor, report, report && report->active, incident_call(incident).ruled);
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
	return take(incident, fact, fact_sensed(fact, heard(incident, fact, says)), "", tell);
}

/* All that the sensor looks at was read at least once: what is not usable now is so for a reason.
 */
static bool is_read(const struct engine *engine, const struct expr *sensor)
{
	size_t count;
	const struct point *const *points = expr_points(sensor, &count);

	for (size_t i = 0; i < count; i++) {
		const struct reading *reading = &engine->values[points[i]->index];

		if (reading->quality == QUALITY_BAD && reading->reason == REASON_NEVER)
			return false;
	}
	return true;
}

/*
 * The stage's partner is not usable, or locked: nobody can know whether a second one would speak,
 * so it is full, as when nobody answers. True: it is so since now.
 */
static bool lose_partner(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	const struct slot *s = &engine->slots[slot];

	if (fact != s->type->stage || !s->sensors || !s->sensors[fact->index] ||
		!incident_call(s->incident).ruled ||
		sensor_now(engine, slot, fact) != TRUTH_UNKNOWN ||
		!is_read(engine, s->sensors[fact->index]))
		return false;
	return take(s->incident, fact, FACT_EVENT_DEADLINE, "", tell);
}

void facts_open(struct incident *incident)
{
	for (size_t i = 0; i < FACT_MAX; i++)
		incident->facts[i].seen = TRUTH_UNKNOWN;
}

static void begin(struct engine *engine, uint32_t slot, const struct fact *fact, bool first,
	bool anew, const struct telling *machine)
{
	struct incident *incident = engine->slots[slot].incident;
	struct fact_state *state = &incident->facts[fact->index];

	if (first && state->status == FACT_UNKNOWN)
		ask(incident, fact, machine->at_ms);
	else if (!first && anew)
		take(incident, fact, FACT_EVENT_RAISE, "", machine);
	else if (state->asked)
		ask(incident, fact, machine->at_ms);
	else if (state->due_ms)
		state->due_ms = machine->at_ms + fact->deadline_ms;
	if (!first && !anew)
		return;
	state->seen = TRUTH_UNKNOWN;
	sense(engine, slot, fact, machine);
	lose_partner(engine, slot, fact, machine);
}

void facts_begin(
	struct engine *engine, uint32_t slot, bool first, bool anew, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct incident_type *type = incident->type;
	const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

	/* It decides which of the others are asked. */
	if (type->stage)
		begin(engine, slot, type->stage, first, anew, &machine);
	for (size_t i = 0; i < type->fact_count; i++)
		if (&type->facts[i] != type->stage)
			begin(engine, slot, &type->facts[i], first, anew, &machine);
	if (first)
		incident->full = incident_is_full(incident);
	steps_apply(incident);
}

void facts_say_full(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	if (incident->type->stage && !incident->drill)
		take(incident, incident->type->stage, FACT_EVENT_SAID_WORSE, note, tell);
}

void facts_renew(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct fact *stage = incident->type->stage;
	const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

	if (!stage || !incident->told || !take(incident, stage, FACT_EVENT_RAISE, "", &machine))
		return;
	tell_fact(engine, slot, TRANSITION_FACT, stage, "asked again", &machine);
	incident->facts[stage->index].seen = TRUTH_UNKNOWN;
	fact_look(engine, slot, stage, &machine);
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

	if (incident->state == INCIDENT_NONE || !incident->told)
		return false;
	if (sense(engine, slot, fact, tell))
		tell_fact(engine, slot, TRANSITION_FACT, fact, "", tell);
	else if (lose_partner(engine, slot, fact, tell))
		tell_fact(
			engine, slot, TRANSITION_ASSUMED, fact, "no partner can confirm it", tell);
	else
		return false;
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
		/* Whoever sends the others home says why. */
		if (type->stage == find(type, one.fact) && !is_reason(order->note) &&
			word_find(WORD_APPLIES, one.says) == TRUTH_FALSE)
			return ENGINE_NO_REASON;
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
		if (fact == incident->type->stage) {
			const struct telling machine = { tell->sink, ENGINE_USER, tell->at_ms };

			fact_look(engine, slot, fact, &machine);
		}
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
		const struct fact *fact = &incident->type->facts[i];

		if (incident->facts[i].status != FACT_UNKNOWN || incident->facts[i].asked)
			continue;
		/* What has gone on without a first stage does not go back to one. */
		if (fact != incident->type->stage)
			ask(incident, fact, tell->at_ms);
		else if (take(incident, fact, FACT_EVENT_DEADLINE, "", tell))
			tell_fact(engine, slot, TRANSITION_ASSUMED, fact, "", tell);
	}
}
