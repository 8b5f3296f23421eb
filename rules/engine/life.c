/*
 * What people say of a whole incident: they report it and say that it is over,
 * put it on the shelf for a time, take its type and zone out of service, hand it
 * over to another department, and exercise it: an exercise is an incident that no
 * reading raises, in a slot of its own, so that the real one is never hidden.
 */
#include "rules/engine/state.h"

#include <string.h>

enum engine_result engine_report(struct engine *engine, int number, const char *zone,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink,
	const char **id)
{
	struct commanding command;
	enum engine_result result;

	command_start(&command, engine, user, now_ms, sink);
	result = command_slot(&command, number, zone);
	if (result != ENGINE_OK)
		return command_end(&command, result);
	slot_report(engine, command.slot, note, &command.tell);
	if (id)
		*id = command.incident->id;
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_return(struct engine *engine, const char *id, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	const struct cause *report;
	struct commanding command;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	report = slot_report_cause(command.incident);
	if (!report || !report->active)
		return command_end(&command, ENGINE_NOT_NOW);
	slot_return(engine, command.slot, NULL, &command.tell);
	return command_end(&command, ENGINE_OK);
}

static void hold(struct incident *incident, int64_t until_ms, const char *to, const char *note,
	const struct telling *tell)
{
	incident->hold = (struct hold){ .at_ms = tell->at_ms, .until_ms = until_ms };
	utf8_copy(incident->hold.by, sizeof(incident->hold.by), tell->user);
	utf8_copy(incident->hold.note, sizeof(incident->hold.note), note);
	utf8_copy(incident->hold.to, sizeof(incident->hold.to), to);
	incident->suppressor[0] = '\0';
	incident->unsuppress_ms = 0;
}

enum engine_result engine_shelve(struct engine *engine, const char *id, int64_t for_ms,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	enum incident_state next;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	if (!is_reason(note))
		return command_end(&command, ENGINE_NO_REASON);
	if (for_ms < SHELF_MIN_MS || for_ms > SHELF_MAX_MS)
		return command_end(&command, ENGINE_BAD_TIME);
	next = incident_next(command.incident->state, INCIDENT_EVENT_SHELVE);
	/* What is on the shelf already gets another end. */
	if (!(incident_traits(next) & INCIDENT_IS_SHELVED))
		return command_end(&command, ENGINE_NOT_NOW);
	command.incident->state = next;
	hold(command.incident, command.tell.at_ms + for_ms, "", note, &command.tell);
	slot_tell(engine, command.slot, TRANSITION_SHELVED, -1, note, &command.tell);
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_unshelve(struct engine *engine, const char *id, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct incident *incident;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	incident = command.incident;
	if (!(incident_traits(incident->state) & INCIDENT_IS_SHELVED))
		return command_end(&command, ENGINE_NOT_NOW);
	incident->state = incident_next(incident->state, INCIDENT_EVENT_UNSHELVE);
	incident->acked_ms = command.tell.at_ms;
	utf8_copy(incident->acked_by, sizeof(incident->acked_by), user);
	memset(&incident->hold, 0, sizeof(incident->hold));
	steps_begin(engine, command.slot, false, false, &command.tell);
	slot_tell(engine, command.slot, TRANSITION_UNSHELVED, -1, "", &command.tell);
	slot_settle(engine, command.slot, &command.tell);
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_remove(struct engine *engine, int number, const char *zone,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct incident *incident;
	enum incident_state next;
	enum engine_result result;

	command_start(&command, engine, user, now_ms, sink);
	if (!is_reason(note))
		return command_end(&command, ENGINE_NO_REASON);
	result = command_slot(&command, number, zone);
	if (result != ENGINE_OK)
		return command_end(&command, result);
	incident = command.incident;
	next = incident_next(incident->state, INCIDENT_EVENT_REMOVE);
	if (next == incident->state)
		return command_end(&command, ENGINE_NOT_NOW);
	if (incident->state == INCIDENT_NONE)
		slot_open(engine, command.slot, command.tell.at_ms);
	incident->state = next;
	hold(incident, 0, "", note, &command.tell);
	steps_give_up(incident, 1U << ACTION_AWAITING | 1U << ACTION_WANTED | 1U << ACTION_ADVISED,
		command.tell.at_ms);
	slot_tell(engine, command.slot, TRANSITION_OUT_OF_SERVICE, -1, note, &command.tell);
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_instate(struct engine *engine, const char *id, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct incident *incident;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	incident = command.incident;
	if (!(incident_traits(incident->state) & INCIDENT_IS_OUT))
		return command_end(&command, ENGINE_NOT_NOW);
	incident->state = incident_next(incident->state, INCIDENT_EVENT_INSTATE);
	if (incident->told || (incident_traits(incident->state) & INCIDENT_IS_TRUE)) {
		slot_come_up(engine, command.slot, TRANSITION_IN_SERVICE, "", &command.tell);
	} else {
		memset(&incident->hold, 0, sizeof(incident->hold));
		slot_tell(engine, command.slot, TRANSITION_IN_SERVICE, -1, "", &command.tell);
		slot_settle(engine, command.slot, &command.tell);
	}
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_hand_over(struct engine *engine, const char *id, const char *to,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct incident *incident;
	const struct cause *report;
	enum incident_state next;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	incident = command.incident;
	if (!is_reason(to))
		return command_end(&command, ENGINE_NO_REASON);
	if (steps_busy(incident))
		return command_end(&command, ENGINE_BUSY);
	if (incident_next(incident->state, INCIDENT_EVENT_HAND_OVER) == incident->state)
		return command_end(&command, ENGINE_NOT_NOW);
	hold(incident, 0, to, note, &command.tell);
	steps_give_up(incident, 1U << ACTION_AWAITING, command.tell.at_ms);
	next = incident_next(incident->state, INCIDENT_EVENT_HAND_OVER);
	if (next != INCIDENT_CLOSED)
		incident->state = next;
	slot_tell(engine, command.slot, TRANSITION_HANDED_OVER, -1, to, &command.tell);
	report = slot_report_cause(incident);
	if (next == INCIDENT_CLOSED)
		slot_close(engine, command.slot, to, &command.tell);
	else if (report && report->active) /* no longer for us to watch */
		slot_return(engine, command.slot, NULL, &command.tell);
	return command_end(&command, ENGINE_OK);
}

static bool is_open(
	const struct engine *engine, const struct incident_type *type, const struct zone *zone)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		const struct incident *incident = engine->slots[engine->slot_count + i].incident;

		if (incident->state != INCIDENT_NONE && incident->type == type &&
			incident->zone == zone)
			return true;
	}
	return false;
}

/* The real one comes first: while one is active, nobody is to be confused by an exercise. */
static bool something_is_real(const struct engine *engine)
{
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *incident = engine->slots[engine->open[i]].incident;
		unsigned traits = incident_traits(incident->state);

		if (!incident->drill && (traits & INCIDENT_IS_TRUE) &&
			(traits & INCIDENT_IS_FOLLOWED))
			return true;
	}
	return false;
}

enum engine_result engine_drill(struct engine *engine, int number, const char *zone,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink,
	const char **id)
{
	const struct incident_type *type;
	const struct zone *where;
	struct commanding command;
	enum engine_result result;
	uint32_t slot;

	command_start(&command, engine, user, now_ms, sink);
	result = command_place(engine, number, zone, &type, &where);
	if (result != ENGINE_OK)
		return command_end(&command, result);
	if (something_is_real(engine))
		return command_end(&command, ENGINE_REAL_FIRST);
	slot = slot_find_drill(engine);
	if (slot == SLOT_NONE)
		return command_end(&command, ENGINE_FULL);
	if (is_open(engine, type, where))
		return command_end(&command, ENGINE_NOT_NOW);
	engine->slots[slot].type = type;
	engine->slots[slot].zone = where;
	slot_report(engine, slot, note, &command.tell);
	if (id)
		*id = engine->slots[slot].incident->id;
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_drill_end(struct engine *engine, const char *id, const char *user,
	const char *note, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	if (!command.incident->drill)
		return command_end(&command, ENGINE_NO_DRILL);
	slot_end_drill(engine, command.slot, note, &command.tell);
	return command_end(&command, ENGINE_OK);
}
