/*
 * Incidents that a person reports, and the places where reported and restored
 * incidents live.
 */
#include "rules/engine/state.h"

#include <stdlib.h>
#include <string.h>

uint32_t slot_find(
	const struct engine *engine, const struct incident_type *type, const struct zone *zone)
{
	for (uint32_t i = 0; i < engine->slot_count; i++)
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

const struct incident_type *engine_type(const struct engine *engine, int number)
{
	const struct plan *plan = engine->plan;

	for (size_t i = 0; plan && i < plan->type_count; i++)
		if (plan->types[i].number == number)
			return &plan->types[i];
	return NULL;
}

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

	command_start(&command, engine, user, now_ms, sink);
	if (!command_find(&command, id))
		return command_end(&command, ENGINE_NO_INCIDENT);
	report = slot_report_cause(command.incident);
	if (!report || !report->active)
		return command_end(&command, ENGINE_NOT_NOW);
	slot_return(engine, command.slot, NULL, &command.tell);
	return command_end(&command, ENGINE_OK);
}
