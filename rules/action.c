#include "rules/action.h"

#include <string.h>

const struct zone *places_of(const struct places *places, const struct zone *zone)
{
	for (size_t i = 0; i < places->count; i++)
		if (zone_contains(places->zones[i], zone))
			return places->zones[i];
	return NULL;
}

bool places_add(struct places *places, const struct zone *zone)
{
	size_t count = 0;

	if (places_of(places, zone))
		return true;
	for (size_t i = 0; i < places->count; i++)
		if (!zone_contains(zone, places->zones[i]))
			places->zones[count++] = places->zones[i];
	if (count == PLACE_MAX)
		return false;
	places->zones[count++] = zone;
	places->count = count;
	return true;
}

bool places_same(const struct places *a, const struct places *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->zones[i]->id, b->zones[i]->id) != 0)
			return false;
	return a->count == b->count;
}

bool action_spares(const struct action *action, const struct point *point)
{
	return point->protected && !(action->value > 0);
}

/* The place of one output: its room, or its floor. */
static const struct zone *place_of(const struct action *action, const struct point *point)
{
	return action->scope == ACTION_FLOOR ? zone_floor(point->zone) : point->zone;
}

static bool is_narrower(
	const struct action *action, const struct zone *zone, const struct point *point)
{
	const struct zone *place = place_of(action, point);

	return action->scope != ACTION_SITE && action_covers(action, zone, point) &&
	       !action_spares(action, point) && place != zone && zone_contains(zone, place);
}

const struct zone *action_place(
	const struct site *site, const struct action *action, const struct zone *zone, size_t *i)
{
	while (*i < site->zone_count) {
		const struct zone *place = &site->zones[(*i)++];

		if (place == zone || !zone_contains(zone, place))
			continue;
		for (size_t p = 0; p < site->point_count; p++)
			if (is_narrower(action, zone, &site->points[p]) &&
				place_of(action, &site->points[p]) == place)
				return place;
	}
	return NULL;
}

bool action_asks_place(
	const struct site *site, const struct action *action, const struct zone *zone)
{
	for (size_t p = 0; p < site->point_count; p++)
		if (is_narrower(action, zone, &site->points[p]))
			return true;
	return false;
}

bool action_fits(const struct action *action, const struct zone *zone, const struct zone *place)
{
	return action->scope != ACTION_SITE && zone_contains(zone, place) &&
	       (action->scope != ACTION_FLOOR || zone_floor(place) == place);
}

bool action_reaches(const struct site *site, const struct action *action, const struct zone *place)
{
	const struct zone *scope = action_zone(site, action, place);

	for (size_t p = 0; p < site->point_count; p++)
		if (action_covers(action, scope, &site->points[p]) &&
			!action_spares(action, &site->points[p]))
			return true;
	return false;
}

/* A release is a person's word, too: so what is not confirmed waits for it. */
static bool is_confirmed(const struct action *action, const struct action_call *call)
{
	return action->confirmed_by <= call->devices + call->reported || action->confirmed_by < 2;
}

enum action_mode action_begins_as(
	const struct site *site, const struct action *action, const struct action_call *call)
{
	if (call->drill || action->mode == ACTION_ADVISE)
		return ACTION_ADVISE;
	if (action->mode == ACTION_CONFIRM || !is_confirmed(action, call))
		return ACTION_CONFIRM;
	if (call->ruled)
		return ACTION_AUTO;
	return action->on_report == ON_REPORT_AUTO && !action_asks_place(site, action, call->zone)
		       ? ACTION_AUTO
		       : ACTION_CONFIRM;
}
