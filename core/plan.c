#include "core/plan.h"

#include "core/words.h"

bool roles_have(const struct role *const roles[], size_t count, const struct role *role)
{
	for (size_t i = 0; i < count; i++)
		if (roles[i] == role)
			return true;
	return false;
}

/* The table of words has them in the order of their enumerations. */
_Static_assert((int)SEVERITY_CRITICAL == WORD_SEVERITY_CRITICAL, "severities");
_Static_assert((int)ACTION_AUTO == WORD_MODE_AUTO, "modes");

const char *severity_name(enum severity severity)
{
	return word_id(WORD_SEVERITY, severity);
}

const char *action_mode_name(enum action_mode mode)
{
	return word_id(WORD_MODE, mode);
}

const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone)
{
	if (action->scope == ACTION_SITE)
		return &site->zones[0];
	return action->scope == ACTION_FLOOR ? zone_floor(zone) : zone;
}

bool action_covers(const struct action *action, const struct zone *scope, const struct point *point)
{
	return point->writable && point->class == action->class &&
	       zone_contains(scope, point->zone);
}
