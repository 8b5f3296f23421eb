/*
 * What is taken back: an incident that the broker says is open, or that an older journal has, and
 * of which nothing is proved. Must never want a write.
 */
#include "rules/incident/state.h"

#include <string.h>

/* The state in which it is taken back: a full table. Nobody has acknowledged it here, and a shelf
 * or what explains it belongs to a time that is gone. */
static const enum incident_state as_said[INCIDENT_STATE_COUNT] = {
	[INCIDENT_NONE] = INCIDENT_NONE,
	[INCIDENT_ACTIVE_UNACKED] = INCIDENT_ACTIVE_UNACKED,
	[INCIDENT_ACTIVE_ACKED] = INCIDENT_ACTIVE_UNACKED,
	[INCIDENT_RETURNED_UNACKED] = INCIDENT_RETURNED_UNACKED,
	[INCIDENT_RETURNED_ACKED] = INCIDENT_RETURNED_UNACKED,
	[INCIDENT_SHELVED_ACTIVE] = INCIDENT_ACTIVE_UNACKED,
	[INCIDENT_SHELVED_RETURNED] = INCIDENT_RETURNED_UNACKED,
	[INCIDENT_SUPPRESSED_ACTIVE] = INCIDENT_ACTIVE_UNACKED,
	[INCIDENT_SUPPRESSED_RETURNED] = INCIDENT_RETURNED_UNACKED,
	[INCIDENT_HANDED_OVER] = INCIDENT_HANDED_OVER,
	[INCIDENT_CLOSED] = INCIDENT_CLOSED,
};

/* What the machine was at is not done any more; a person may release it. */
static void hold_actions(struct incident *incident, int64_t at_ms)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		struct step_state *state = &incident->steps[i];

		if (state->action != ACTION_WANTED)
			continue;
		state->action = ACTION_AWAITING;
		state->action_ms = at_ms;
	}
}

/* Of facts the worse is kept, and all else is asked again, as when it is raised again. */
void slot_mark(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	const bool first = !incident->told; /* it was suppressed */

	incident->taken_back = true;
	incident->state = as_said[incident->state];
	hold_actions(incident, tell->at_ms);
	incident->suppressor[0] = '\0';
	incident->unsuppress_ms = 0;
	if (incident_traits(incident->state) & INCIDENT_IS_FOLLOWED) {
		incident->told = true;
		incident->acked_ms = 0;
		incident->acked_by[0] = '\0';
		incident->unacked_ms = tell->at_ms;
		incident->level = 0;
		memset(&incident->hold, 0, sizeof(incident->hold));
		facts_begin(engine, slot, first, !first, tell);
		steps_begin(engine, slot, false, tell);
	}
	engine->watch_changes++;
	slot_tell(engine, slot, TRANSITION_TAKEN_BACK, -1, "", tell);
	facts_turn(engine, slot, "", tell);
}

void slot_adopt(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	incident->taken_back = false;
	slot_tell(engine, slot, TRANSITION_ADOPTED, -1, "", tell);
	if (incident_traits(incident->state) & INCIDENT_ACTS)
		steps_proceed(engine, slot, tell);
}
