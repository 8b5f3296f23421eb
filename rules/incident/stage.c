/*
 * The two stages of an incident. The first is for those who go and look; when it is full, all of
 * the procedure begins, and people are told anew. Whether it is full is one of its facts.
 */
#include "rules/incident/state.h"

#include <string.h>

bool stage_asks(const struct incident *incident, const struct fact *fact)
{
	return fact == incident->type->stage || incident_is_full(incident);
}

/* A person has said that it is not full: what waited for a release is not offered any more. */
static void withdraw_offers(struct incident *incident, int64_t at_ms)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		struct step_state *state = &incident->steps[i];

		if (state->applies == TRUTH_TRUE ||
			(state->action != ACTION_ADVISED && state->action != ACTION_AWAITING))
			continue;
		state->action = ACTION_IDLE;
		state->action_ms = at_ms;
	}
}

/* Whoever has acknowledged the first stage has not acknowledged this; and a shelf ends. */
static void come_off(struct engine *engine, struct incident *incident, int64_t at_ms)
{
	unsigned traits;

	if (incident_traits(incident->state) & INCIDENT_IS_SHELVED)
		memset(&incident->hold, 0, sizeof(incident->hold));
	incident->state = incident_next(incident->state, INCIDENT_EVENT_FULL);
	incident_unack(incident, at_ms);
	traits = incident_traits(incident->state);
	if ((traits & INCIDENT_IS_TRUE) && (traits & INCIDENT_IS_FOLLOWED) && !incident->drill)
		utf8_copy(engine->real, sizeof(engine->real), incident->id);
}

void stage_turn(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;
	bool acts;

	incident->full = incident_is_full(incident);
	if (incident->full)
		come_off(engine, incident, tell->at_ms);
	acts = incident->full && (incident_traits(incident->state) & INCIDENT_ACTS);
	steps_begin(engine, slot, acts, tell);
	withdraw_offers(incident, tell->at_ms);
	slot_tell(engine, slot, TRANSITION_STAGE, -1, note, tell);
}
