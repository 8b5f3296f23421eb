/*
 * The incident of one type in one zone: causes, steps and actions from its
 * raise to its end. It is told what rules found and never evaluates one.
 */
#include "rules/incident/state.h"

#include <stdio.h>
#include <string.h>

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

/* An incident with an id of its own, in INCIDENT_NONE, without a cause. */
static void open_slot(struct engine *engine, uint32_t slot, int64_t at_ms)
{
	struct incident *incident = engine->slots[slot].incident;
	const struct slot *s = &engine->slots[slot];
	char serial[16];

	memset(incident, 0, sizeof(*incident));
	incident->type = s->type;
	incident->zone = s->zone;
	incident->drill = slot_is_drill(engine, slot);
	incident->raised_ms = at_ms;
	incident->full = !incident->type->stage;
	facts_open(incident);
	serial_text(engine->serial++, serial);
	snprintf(incident->id, sizeof(incident->id), "%s%d-%.*s-%s",
		incident->drill ? "drill-" : "", s->type->number, ID_MAX, s->zone->id, serial);
	engine->open[engine->open_count++] = slot;
	engine->watch_changes++;
}

static void close_incident(struct engine *engine, uint32_t slot)
{
	size_t i = 0;

	memset(engine->slots[slot].incident, 0, sizeof(struct incident));
	engine->watch_changes++;
	engine->slots[slot].active_count = 0;
	engine->slots[slot].voices = 0;
	if (slot >= engine->ruled_count && !slot_is_drill(engine, slot)) {
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
	struct cause cause = { .rule = instance->rule,
		.active = true,
		.since_ms = at_ms,
		.chattering = instance->chattering };
	const struct point *found[WITNESS_MAX];
	bool hidden;

	hidden = lock_hide(engine, instance->condition, engine->slots[instance->slot].type);
	cause.witness_count =
		expr_witnesses(instance->condition, engine->values, found, WITNESS_MAX);
	if (hidden)
		lock_show(engine, instance->condition);
	for (size_t i = 0; i < cause.witness_count; i++)
		cause.witnesses[i] = engine->values[found[i]->index];
	return cause;
}

/* `waits`: it has come and gone, and still waits for the first to acknowledge it. */
static void come_up(struct engine *engine, uint32_t slot, enum transition_kind kind,
	const char *note, bool waits, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	bool active = incident_traits(incident->state) & INCIDENT_IS_TRUE, first = !incident->told;

	if (first)
		incident->raised_ms = tell->at_ms;
	incident->told = true;
	if (!waits)
		incident_unack(incident, tell->at_ms);
	incident->suppressor[0] = '\0';
	incident->unsuppress_ms = 0;
	if (active)
		incident->returned_ms = 0;
	memset(&incident->hold, 0, sizeof(incident->hold));
	facts_begin(engine, slot, first, false, tell);
	/* On the shelf the machine went on. */
	steps_begin(engine, slot, active && kind != TRANSITION_UNSHELVED, tell);
	slot_tell(engine, slot, first ? TRANSITION_RAISED : kind, -1, note, tell);
	if (active && !incident->drill)
		utf8_copy(engine->real, sizeof(engine->real), incident->id);
}

void slot_come_up(struct engine *engine, uint32_t slot, enum transition_kind kind, const char *note,
	const struct telling *tell)
{
	come_up(engine, slot, kind, note, false, tell);
}

/* Puts the cause among the others; one that is active already goes on since when it was. False: so
 * it is. */
static bool add_cause(struct engine *engine, uint32_t slot, const struct cause *cause)
{
	struct cause *place = cause_of(engine->slots[slot].incident, cause->rule);
	bool begins = !place->active;
	int64_t since_ms = begins ? cause->since_ms : place->since_ms;

	engine->slots[slot].active_count += begins;
	*place = *cause;
	place->since_ms = since_ms;
	return begins;
}

/*
 * A cause opens the incident, opens it again, or joins others. `note`: told when it opens it;
 * `joins`: when it joins.
 */
static void take_cause(struct engine *engine, uint32_t slot, const struct cause *cause,
	enum incident_event event, const char *joins, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	unsigned before = incident_traits(incident->state), now;
	bool joins_report = cause->rule && !incident_call(incident).ruled, comes, begins;
	const struct incident *suppressor;

	if (incident->state == INCIDENT_NONE)
		open_slot(engine, slot, tell->at_ms);
	begins = add_cause(engine, slot, cause);
	if (event == INCIDENT_EVENT_REPORT)
		facts_say_full(engine, slot, cause->note, tell);
	incident->state = incident_next(incident->state, event);
	now = incident_traits(incident->state);
	if (incident->told && !(before & INCIDENT_IS_TRUE))
		facts_begin(engine, slot, false, true, tell);
	comes = (now & INCIDENT_IS_UNACKED) &&
		(!(before & INCIDENT_IS_TRUE) || !(before & INCIDENT_IS_FOLLOWED));
	suppressor = comes ? slot_suppressor(engine, slot) : NULL;
	if (suppressor) {
		incident->state = incident_next(incident->state, INCIDENT_EVENT_SUPPRESS);
		utf8_copy(incident->suppressor, sizeof(incident->suppressor), suppressor->id);
		incident->returned_ms = 0;
		slot_tell(engine, slot, TRANSITION_SUPPRESSED, -1, suppressor->id, tell);
	} else if (comes) {
		come_up(engine, slot, TRANSITION_RERAISED, cause->note,
			before & INCIDENT_IS_UNACKED, tell);
	} else {
		if ((now & INCIDENT_ACTS) && !(before & INCIDENT_IS_TRUE))
			steps_begin(engine, slot, true, tell);
		slot_tell(engine, slot, TRANSITION_CAUSE, -1, joins, tell);
		slot_relapse(engine, slot, tell);
		if (joins_report)
			slot_ruled(engine, slot, tell);
		if (begins && (before & INCIDENT_IS_TRUE))
			facts_renew(engine, slot, tell);
	}
	facts_turn(engine, slot, joins, tell);
	if (incident->told && event == INCIDENT_EVENT_REPORT)
		facts_report(engine, slot, tell);
	if (engine->slots[slot].confirms)
		slot_confirm(engine, slot, tell);
}

/* `what` and `more` as one note. */
static const char *join_note(char note[static NOTE_MAX + 1], const char *what, const char *more)
{
	utf8_copy(note, NOTE_MAX + 1, what);
	utf8_copy(note + strlen(note), NOTE_MAX + 1 - strlen(note), more);
	return note;
}

void slot_raise(struct engine *engine, const struct instance *instance, const struct telling *tell)
{
	struct cause cause = begin_cause(engine, instance, tell->at_ms);
	char note[NOTE_MAX + 1];

	take_cause(engine, instance->slot, &cause, INCIDENT_EVENT_RAISE,
		join_note(note, instance->rule->id, " began"), tell);
}

void slot_report(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct cause cause = { .active = true, .since_ms = tell->at_ms };
	char joins[NOTE_MAX + 1];

	utf8_copy(cause.by, sizeof(cause.by), tell->user);
	utf8_copy(cause.note, sizeof(cause.note), note);
	take_cause(engine, slot, &cause, INCIDENT_EVENT_REPORT,
		join_note(joins, cause.note[0] ? "report: " : "report", cause.note), tell);
}

void slot_return(
	struct engine *engine, uint32_t slot, const struct rule *rule, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	struct cause *cause = cause_of(incident, rule);
	enum incident_state next = incident_next(incident->state, INCIDENT_EVENT_RETURN);
	char note[NOTE_MAX + 1];

	cause->active = false;
	cause->until_ms = tell->at_ms;
	if (--engine->slots[slot].active_count > 0) {
		slot_tell(engine, slot, TRANSITION_CAUSE, -1,
			join_note(note, rule ? rule->id : "report", " ended"), tell);
		if (!rule)
			facts_hear(engine, slot, tell);
		return;
	}
	incident->returned_ms = tell->at_ms;
	steps_give_up(incident, 1U << ACTION_AWAITING, tell->at_ms);
	if (next != INCIDENT_CLOSED)
		incident->state = next;
	slot_tell(engine, slot, TRANSITION_RETURNED, -1, "", tell);
	if (next == INCIDENT_CLOSED)
		slot_close(engine, slot, "", tell);
	else
		slot_settle(engine, slot, tell);
}

void slot_close(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	incident->state = INCIDENT_CLOSED;
	incident->closed_ms = tell->at_ms;
	slot_tell(engine, slot, TRANSITION_CLOSED, -1, note, tell);
	close_incident(engine, slot);
}

void slot_settle(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	enum incident_event event =
		incident->told ? INCIDENT_EVENT_COMPLETE : INCIDENT_EVENT_DISMISS;

	if (incident->state == INCIDENT_NONE || !incident->type ||
		(incident->told ? !steps_complete(incident) : steps_busy(incident)))
		return;
	if (incident_next(incident->state, event) == INCIDENT_CLOSED)
		slot_close(engine, slot, incident->told ? "" : "nobody was told", tell);
}

void slot_end_drill(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	for (size_t i = 0; i < incident->cause_count; i++) {
		if (!incident->causes[i].active)
			continue;
		incident->causes[i].active = false;
		incident->causes[i].until_ms = tell->at_ms;
	}
	slot_close(engine, slot, note, tell);
}

void slot_look_at_fact(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell)
{
	if (fact_look(engine, slot, fact, tell))
		slot_settle(engine, slot, tell);
}

void slot_look_again(
	struct engine *engine, uint32_t slot, const struct lock *lock, const struct telling *tell)
{
	const struct slot *s = &engine->slots[slot];

	for (size_t i = 0; s->sensors && i < s->type->fact_count; i++)
		if (!lock || lock_blinds(lock, s->sensors[i], s->type))
			slot_look_at_fact(engine, slot, &s->type->facts[i], tell);
}
