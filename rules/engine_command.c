/*
 * What people and the daemon's actuation tell the engine about open incidents.
 */
#include "rules/engine_state.h"

#include <stdio.h>
#include <string.h>

const char *transition_name(enum transition_kind kind)
{
	static const char *const names[] = {
		[TRANSITION_RAISED] = "raised",
		[TRANSITION_CAUSE] = "cause",
		[TRANSITION_RERAISED] = "reraised",
		[TRANSITION_RETURNED] = "returned",
		[TRANSITION_ACKNOWLEDGED] = "acknowledged",
		[TRANSITION_STEP] = "step",
		[TRANSITION_ACTION] = "action",
		[TRANSITION_CLOSED] = "closed",
	};

	return names[kind];
}

const char *engine_result_text(enum engine_result result)
{
	static const char *const texts[] = {
		[ENGINE_OK] = "done",
		[ENGINE_NO_INCIDENT] = "no open incident has this id",
		[ENGINE_NO_STEP] = "the incident has no such step",
		[ENGINE_NO_TYPE] = "the plan has no incident type of this number",
		[ENGINE_NO_ZONE] = "the building has no zone of this id",
		[ENGINE_FULL] = "too many reported incidents are open",
		[ENGINE_NOT_NOW] = "it is so already, or the incident's state does not allow it",
		[ENGINE_NO_REASON] = "skipping a step needs a reason in its note",
	};

	return texts[result];
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	char short_id[INCIDENT_ID_MAX + 1];

	for (size_t i = 0; i < engine->open_count; i++)
		if (strcmp(engine_incident(engine, i)->id, id) == 0)
			return engine_incident(engine, i);
	for (size_t i = 0; i < engine->open_count; i++) {
		const struct incident *incident = engine_incident(engine, i);

		snprintf(short_id, sizeof(short_id), "%d-%.*s", incident->type->number, ID_MAX,
			incident->zone->id);
		if (strcmp(short_id, id) == 0)
			return incident;
	}
	return NULL;
}

struct incident *engine_find_slot(struct engine *engine, const char *id, uint32_t *slot)
{
	const struct incident *incident = engine_find(engine, id);

	if (!incident)
		return NULL;
	*slot = slot_of_incident(engine, incident);
	return engine->slots[*slot].incident;
}

enum engine_result engine_ack(struct engine *engine, const char *id, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	struct telling tell = { sink, user, 0 };
	struct incident *incident;
	enum incident_state next;
	uint32_t slot;

	engine_advance(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	incident = engine_find_slot(engine, id, &slot);
	if (!incident)
		return ENGINE_NO_INCIDENT;
	next = incident_next(incident->state, INCIDENT_EVENT_ACK);
	if (next == incident->state)
		return ENGINE_NOT_NOW;
	incident->state = next;
	incident->acked_ms = tell.at_ms;
	engine_copy_text(incident->acked_by, sizeof(incident->acked_by), user);
	slot_tell(engine, slot, TRANSITION_ACKNOWLEDGED, -1, "", &tell);
	slot_settle(engine, slot, &tell);
	return ENGINE_OK;
}

static bool is_reason(const char *note)
{
	return note && note[strspn(note, " \t\r\n")] != '\0';
}

static int find_step(const struct incident *incident, const char *step_id)
{
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (strcmp(incident->type->steps[i].id, step_id) == 0)
			return (int)i;
	return -1;
}

/* What a person has skipped the machine does not do either; actuation sees that it is not wanted.
 */
static void give_up_action(struct step_state *state, int64_t at_ms)
{
	if (state->action != ACTION_WANTED && state->action != ACTION_AWAITING)
		return;
	state->action = ACTION_OVERTAKEN;
	state->action_ms = at_ms;
}

static bool set_one(struct engine *engine, uint32_t slot, int step, enum step_status status,
	const char *note, const struct telling *tell)
{
	struct step_state *state = &engine->slots[slot].incident->steps[step];

	if (state->status == status)
		return false;
	step_set(state, status, note, tell);
	if (status == STEP_SKIPPED)
		give_up_action(state, tell->at_ms);
	slot_tell(engine, slot, TRANSITION_STEP, step, state->note, tell);
	return true;
}

static bool set_all(struct engine *engine, uint32_t slot, enum step_status status, const char *note,
	const struct telling *tell)
{
	const struct incident *incident = engine->slots[slot].incident;
	bool any = false;

	for (size_t i = 0; i < incident->type->step_count; i++)
		if (incident->steps[i].status == STEP_OPEN &&
			incident->steps[i].applies != TRUTH_FALSE)
			any |= set_one(engine, slot, (int)i, status, note, tell);
	return any;
}

enum engine_result engine_step(struct engine *engine, const char *id, const char *step_id,
	enum step_status status, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	struct telling tell = { sink, user, 0 };
	struct incident *incident;
	uint32_t slot;
	bool set;
	int step;

	engine_advance(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	incident = engine_find_slot(engine, id, &slot);
	if (!incident)
		return ENGINE_NO_INCIDENT;
	step = find_step(incident, step_id);
	if (step < 0 && strcmp(step_id, "all") != 0)
		return ENGINE_NO_STEP;
	if (status == STEP_SKIPPED && !is_reason(note))
		return ENGINE_NO_REASON;
	set = step < 0 ? set_all(engine, slot, status, note, &tell)
		       : set_one(engine, slot, step, status, note, &tell);
	if (!set)
		return ENGINE_NOT_NOW;
	slot_settle(engine, slot, &tell);
	return ENGINE_OK;
}

enum engine_result engine_release(struct engine *engine, const char *id, const char *step_id,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	struct telling tell = { sink, user, 0 };
	struct incident *incident;
	uint32_t slot;
	int step;

	engine_advance(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	incident = engine_find_slot(engine, id, &slot);
	if (!incident)
		return ENGINE_NO_INCIDENT;
	step = find_step(incident, step_id);
	if (step < 0)
		return ENGINE_NO_STEP;
	if (incident->steps[step].action != ACTION_AWAITING)
		return ENGINE_NOT_NOW;
	incident->steps[step].action = ACTION_WANTED;
	incident->steps[step].action_ms = tell.at_ms;
	slot_tell(engine, slot, TRANSITION_ACTION, step, "released", &tell);
	return ENGINE_OK;
}

/* What actuation may report: never of an action that it was not given. */
static bool action_may_become(enum action_state from, enum action_state to)
{
	enum {
		DONE = 1 << ACTION_DONE,
		FAILED = 1 << ACTION_FAILED,
		REFUSED = 1 << ACTION_REFUSED,
		OVERTAKEN = 1 << ACTION_OVERTAKEN,
		RESTORED = 1 << ACTION_RESTORED,
	};
	static const unsigned may[] = {
		[ACTION_IDLE] = 0,
		[ACTION_ADVISED] = 0,
		[ACTION_AWAITING] = 0,
		[ACTION_WANTED] = DONE | FAILED | REFUSED | OVERTAKEN | RESTORED,
		[ACTION_DONE] = FAILED | RESTORED,
		[ACTION_FAILED] = DONE | REFUSED | OVERTAKEN | RESTORED,
		[ACTION_REFUSED] = DONE | FAILED | RESTORED,
		[ACTION_OVERTAKEN] = DONE | FAILED | REFUSED | RESTORED,
		[ACTION_RESTORED] = FAILED,
	};

	return may[from] >> to & 1;
}

enum engine_result engine_action(struct engine *engine, const char *id, int step,
	enum action_state state, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	struct telling tell = { sink, user, 0 };
	struct incident *incident;
	uint32_t slot;

	engine_advance(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	incident = engine_find_slot(engine, id, &slot);
	if (!incident)
		return ENGINE_NO_INCIDENT;
	if (step < 0 || (size_t)step >= incident->type->step_count)
		return ENGINE_NO_STEP;
	if (!action_may_become(incident->steps[step].action, state))
		return ENGINE_NOT_NOW;
	incident->steps[step].action = state;
	incident->steps[step].action_ms = tell.at_ms;
	slot_tell(engine, slot, TRANSITION_ACTION, step, note, &tell);
	if (state == ACTION_DONE && incident->steps[step].status == STEP_OPEN) {
		tell.user = ENGINE_USER;
		set_one(engine, slot, step, STEP_DONE, note, &tell);
	}
	slot_settle(engine, slot, &tell);
	return ENGINE_OK;
}
