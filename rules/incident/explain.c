/*
 * Which open incident explains another: a lost mains explains stopped chillers, also
 * while it is explained itself. Of what is explained nobody is told, unless a person
 * has it in hand already; nothing of it is lost.
 */
#include "rules/incident/state.h"

static bool explains(
	const struct incident *incident, const struct rule *rule, const struct zone *zone)
{
	if (!(incident_traits(incident->state) & INCIDENT_IS_TRUE) || incident->drill ||
		!zone_contains(incident->zone, zone))
		return false;
	for (size_t i = 0; i < rule->suppressor_count; i++)
		if (rule->suppressed_by[i] == incident->type)
			return true;
	return false;
}

static const struct incident *suppressor_of(
	const struct engine *engine, const struct incident *incident, const struct rule *rule)
{
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *other = engine->slots[engine->open[i]].incident;

		if (other != incident && explains(other, rule, incident->zone))
			return other;
	}
	return NULL;
}

/* Every cause that is active must be explained; where none is any more, every one that was. */
const struct incident *slot_suppressor(const struct engine *engine, uint32_t slot)
{
	const struct incident *incident = engine->slots[slot].incident, *found = NULL;
	bool all = engine->slots[slot].active_count == 0;

	if (!engine->suppresses || incident->drill)
		return NULL;
	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		if (!cause->active && !all)
			continue;
		found = cause->rule ? suppressor_of(engine, incident, cause->rule) : NULL;
		if (!found)
			return NULL;
	}
	return found;
}

/*
 * What nothing explains any more waits as its rule says, and a millisecond at least: what ends in
 * the same instant as what explains it is never told. What nothing ever could does not wait.
 */
static int64_t waits_ms(const struct cause *cause)
{
	if (!cause->rule || cause->rule->suppressor_count == 0)
		return 0;
	return cause->rule->unsuppress_after_ms > 0 ? cause->rule->unsuppress_after_ms : 1;
}

int64_t slot_unsuppress_after(const struct engine *engine, uint32_t slot)
{
	const struct incident *incident = engine->slots[slot].incident;
	bool all = engine->slots[slot].active_count == 0;
	int64_t after_ms = INT64_MAX;

	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];
		int64_t its_ms = waits_ms(cause);

		if ((!cause->active && !all) ||
			(cause->rule && suppressor_of(engine, incident, cause->rule)))
			continue;
		if (its_ms < after_ms)
			after_ms = its_ms;
	}
	return after_ms == INT64_MAX ? 0 : after_ms;
}
