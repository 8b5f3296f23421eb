/* Finds slots, places for incidents, and incidents. */
#include "rules/incident/state.h"

#include <stdio.h>
#include <string.h>

uint32_t slot_find(const struct engine *engine, size_t count, const struct incident_type *type,
	const struct zone *zone)
{
	for (uint32_t i = 0; i < count; i++)
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

bool slot_is_drill(const struct engine *engine, uint32_t slot)
{
	return slot >= engine->slot_count;
}

uint32_t slot_find_drill(const struct engine *engine)
{
	for (uint32_t i = 0; i < DRILL_MAX; i++) {
		uint32_t slot = (uint32_t)engine->slot_count + i;

		if (engine->slots[slot].incident->state == INCIDENT_NONE)
			return slot;
	}
	return SLOT_NONE;
}

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	return i < engine->open_count ? engine->slots[engine->open[i]].incident : NULL;
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	char short_id[INCIDENT_ID_MAX + 1];

	for (size_t i = 0; i < engine->open_count; i++)
		if (strcmp(engine_incident(engine, i)->id, id) == 0)
			return engine_incident(engine, i);
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *incident = engine_incident(engine, i);

		snprintf(short_id, sizeof(short_id), "%s%d-%.*s", incident->drill ? "drill-" : "",
			incident->type->number, ID_MAX, incident->zone->id);
		if (strcmp(short_id, id) == 0)
			return incident;
	}
	return NULL;
}

/* What waits for it; and what has failed, or is no longer so: a person orders it again. */
static bool may_release(const struct incident *incident, int step)
{
	enum action_state action = incident->steps[step].action;

	return action == ACTION_AWAITING ||
	       ((action == ACTION_FAILED || action == ACTION_LOST) &&
		       (incident_traits(incident->state) & INCIDENT_ACTS));
}

enum engine_result release_place(const struct engine *engine, const struct incident *incident,
	int step, const char *zone, const struct zone **place)
{
	const struct action *action = incident->type->steps[step].action;
	struct places places = incident->steps[step].released;
	bool names = zone && zone[0], adds;

	*place = names ? site_zone(engine->site, zone) : NULL;
	adds = *place && incident_adds_place(incident, step, *place);
	if (!adds && !may_release(incident, step))
		return ENGINE_NOT_NOW;
	if (!names)
		return incident_asks_place(engine->site, incident, step) ? ENGINE_WHICH_PLACE
									 : ENGINE_OK;
	if (!*place)
		return ENGINE_NO_ZONE;
	if (!action_fits(action, incident->zone, *place) ||
		(adds && !action_reaches(engine->site, action, *place)))
		return ENGINE_NO_PLACE;
	return !adds || places_add(&places, *place) ? ENGINE_OK : ENGINE_PLACES;
}
