/*
 * What people and the daemon's actuation tell the engine about open incidents.
 */
#include "rules/engine/state.h"

#include <stdio.h>
#include <string.h>

void command_start(struct commanding *command, struct engine *engine, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	engine_tick(engine, now_ms, sink);
	*command = (struct commanding){
		.engine = engine,
		.tell = { sink, user, engine->now_ms },
	};
}

bool command_find(struct commanding *command, struct engine *engine, const char *id,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	const struct incident *incident;

	command_start(command, engine, user, now_ms, sink);
	incident = engine_find(engine, id);
	if (!incident)
		return false;
	command->slot = slot_of_incident(command->engine, incident);
	command->incident = command->engine->slots[command->slot].incident;
	return true;
}

static const struct incident_type *type_of(const struct engine *engine, int number)
{
	const struct plan *plan = engine->plan;

	for (size_t i = 0; plan && i < plan->type_count; i++)
		if (plan->types[i].number == number)
			return &plan->types[i];
	return NULL;
}

enum engine_result command_place(const struct engine *engine, int number, const char *zone,
	const struct incident_type **type, const struct zone **where)
{
	*type = type_of(engine, number);
	*where = site_zone(engine->site, zone);
	if (!*type)
		return ENGINE_NO_TYPE;
	return *where ? ENGINE_OK : ENGINE_NO_ZONE;
}

enum engine_result command_slot(struct commanding *command, int number, const char *zone)
{
	struct engine *engine = command->engine;
	const struct incident_type *type;
	const struct zone *where;
	enum engine_result result = command_place(engine, number, zone, &type, &where);

	if (result != ENGINE_OK)
		return result;
	command->slot = slot_find(engine, engine->slot_count, type, where);
	if (command->slot == SLOT_NONE)
		return ENGINE_NO_TYPE;
	if (!slot_take_place(engine, command->slot))
		return ENGINE_FULL;
	command->incident = engine->slots[command->slot].incident;
	return ENGINE_OK;
}

enum engine_result command_end(struct commanding *command, enum engine_result result)
{
	engine_finish(command->engine, command->tell.sink);
	return result;
}

enum engine_result engine_ack(struct engine *engine, const char *id, const char *user,
	int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct incident *incident;
	enum incident_state next;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	incident = command.incident;
	next = incident_next(incident->state, INCIDENT_EVENT_ACK);
	if (next == incident->state)
		return command_end(&command, ENGINE_NOT_NOW);
	incident->state = next;
	incident->acked_ms = command.tell.at_ms;
	utf8_copy(incident->acked_by, sizeof(incident->acked_by), user);
	slot_tell(engine, command.slot, TRANSITION_ACKNOWLEDGED, -1, "", &command.tell);
	slot_settle(engine, command.slot, &command.tell);
	return command_end(&command, ENGINE_OK);
}

bool is_reason(const char *note)
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

	if (!step_may_become(state->status, status) ||
		(status == STEP_ACCEPTED && state->status == STEP_ACCEPTED &&
			strcmp(state->by, tell->user) == 0))
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
		if (step_expected(&incident->steps[i]))
			any |= set_one(engine, slot, (int)i, status, note, tell);
	return any;
}

enum engine_result engine_step(struct engine *engine, const char *id, const char *step_id,
	enum step_status status, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	struct commanding command;
	bool set;
	int step;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	step = find_step(command.incident, step_id);
	if (step < 0 && strcmp(step_id, "all") != 0)
		return command_end(&command, ENGINE_NO_STEP);
	if ((status == STEP_SKIPPED || status == STEP_FAILED) && !is_reason(note))
		return command_end(&command, ENGINE_NO_REASON);
	set = step < 0 ? set_all(engine, command.slot, status, note, &command.tell)
		       : set_one(engine, command.slot, step, status, note, &command.tell);
	if (!set)
		return command_end(&command, ENGINE_NOT_NOW);
	slot_settle(engine, command.slot, &command.tell);
	return command_end(&command, ENGINE_OK);
}

enum engine_result engine_release(struct engine *engine, const char *id, const char *step_id,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	struct commanding command;
	struct step_state *state;
	int step;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	step = find_step(command.incident, step_id);
	if (step < 0)
		return command_end(&command, ENGINE_NO_STEP);
	state = &command.incident->steps[step];
	if (state->action != ACTION_AWAITING)
		return command_end(&command, ENGINE_NOT_NOW);
	state->action = ACTION_WANTED;
	state->action_ms = command.tell.at_ms;
	slot_tell(engine, command.slot, TRANSITION_ACTION, step, "released", &command.tell);
	return command_end(&command, ENGINE_OK);
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
	struct commanding command;
	struct step_state *of_step;

	if (!command_find(&command, engine, id, user, now_ms, sink))
		return command_end(&command, ENGINE_NO_INCIDENT);
	if (step < 0 || (size_t)step >= command.incident->type->step_count)
		return command_end(&command, ENGINE_NO_STEP);
	of_step = &command.incident->steps[step];
	if (!action_may_become(of_step->action, state))
		return command_end(&command, ENGINE_NOT_NOW);
	of_step->action = state;
	of_step->action_ms = command.tell.at_ms;
	slot_tell(engine, command.slot, TRANSITION_ACTION, step, note, &command.tell);
	if (state == ACTION_DONE && !step_accounted(of_step->status)) {
		command.tell.user = ENGINE_USER;
		set_one(engine, command.slot, step, STEP_DONE, note, &command.tell);
	}
	slot_settle(engine, command.slot, &command.tell);
	return command_end(&command, ENGINE_OK);
}
