/*
 * Exercises: incidents that no reading raises, in slots of their own, so that
 * the real one of the same type and zone is never hidden.
 */
#include "rules/engine/state.h"

bool slot_is_drill(const struct engine *engine, uint32_t slot)
{
	return slot >= engine->slot_count;
}

uint32_t drill_find_free(const struct engine *engine)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		uint32_t slot = (uint32_t)engine->slot_count + i;

		if (engine->slots[slot].incident->state == INCIDENT_NONE)
			return slot;
	}
	return SLOT_NONE;
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
	slot = drill_find_free(engine);
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

static void drill_end(
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

enum engine_result engine_drill_end(struct engine *engine, const char *id, const char *user,
	const char *note, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;

	command_start(&command, engine, user, now_ms, sink);
	if (!command_find(&command, id))
		return command_end(&command, ENGINE_NO_INCIDENT);
	if (!command.incident->drill)
		return command_end(&command, ENGINE_NO_DRILL);
	drill_end(engine, command.slot, note, &command.tell);
	return command_end(&command, ENGINE_OK);
}

void drill_end_all(struct engine *engine, const char *note, const struct telling *tell)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		uint32_t slot = (uint32_t)engine->slot_count + i;

		if (engine->slots[slot].incident->state != INCIDENT_NONE)
			drill_end(engine, slot, note, tell);
	}
}
