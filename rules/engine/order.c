/*
 * What people order, as a table: which incident or place it is about, whether it
 * needs a reason, and what it does; and what the daemon's actuation reports.
 */
#include "rules/engine/parts.h"
#include "rules/supervision.h"

#include <stdio.h>
#include <string.h>

/* An order that is being carried out. */
struct ordering {
	struct engine *engine;
	const struct order *order;
	struct telling tell;
	struct incident *incident; /* NULL: of none yet */
	uint32_t slot;
};

/* False: the id names no open incident. */
static bool find_incident(struct ordering *o, const char *id)
{
	const struct incident *incident = engine_find(o->engine, id);

	if (!incident)
		return false;
	o->slot = slot_of_incident(o->engine, incident);
	o->incident = o->engine->slots[o->slot].incident;
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

/* Of what kind, and where: ENGINE_OK, or what does not exist. */
static enum engine_result find_kind(
	const struct ordering *o, const struct incident_type **type, const struct zone **where)
{
	*type = type_of(o->engine, o->order->type);
	*where = site_zone(o->engine->site, o->order->zone);
	if (!*type)
		return ENGINE_NO_TYPE;
	return *where ? ENGINE_OK : ENGINE_NO_ZONE;
}

/* The slot of that type in that place, whether an incident is open there or not. */
static enum engine_result find_place(struct ordering *o)
{
	struct engine *engine = o->engine;
	const struct incident_type *type;
	const struct zone *where;
	enum engine_result result = find_kind(o, &type, &where);

	if (result != ENGINE_OK)
		return result;
	o->slot = slot_find(engine, engine->slot_count, type, where);
	if (o->slot == SLOT_NONE)
		return ENGINE_NO_TYPE;
	result = facts_check(type, o->order);
	if (result != ENGINE_OK)
		return result;
	if (!slot_take_place(engine, o->slot))
		return ENGINE_FULL;
	o->incident = engine->slots[o->slot].incident;
	return ENGINE_OK;
}

/* A person has it in hand from now on. */
static void set_acked(struct ordering *o)
{
	o->incident->acked_ms = o->tell.at_ms;
	utf8_copy(o->incident->acked_by, sizeof(o->incident->acked_by), o->tell.user);
}

static enum engine_result acknowledge(struct ordering *o)
{
	enum incident_state next = incident_next(o->incident->state, INCIDENT_EVENT_ACK);

	if (next == o->incident->state)
		return ENGINE_NOT_NOW;
	o->incident->state = next;
	set_acked(o);
	slot_tell(o->engine, o->slot, TRANSITION_ACKNOWLEDGED, -1, "", &o->tell);
	slot_settle(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
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
	struct incident *incident = engine->slots[slot].incident;
	struct step_state *state = &incident->steps[step];
	bool given_back = status == STEP_OPEN &&
			  (state->status == STEP_SKIPPED || state->status == STEP_DID_NOT_OCCUR);

	if (!step_may_become(state->status, status) ||
		(status == STEP_ACCEPTED && state->status == STEP_ACCEPTED &&
			strcmp(state->by, tell->user) == 0))
		return false;
	step_set(incident, (size_t)step, status, note, tell);
	if (status == STEP_SKIPPED || status == STEP_DID_NOT_OCCUR)
		give_up_action(state, tell->at_ms);
	slot_tell(engine, slot, TRANSITION_STEP, step, state->note, tell);
	/* What is over for the moment begins anew with its condition. */
	if (given_back && engine_still_true(engine, incident) != TRUTH_FALSE)
		step_give_back(engine, slot, step, tell);
	return true;
}

static bool set_all(struct ordering *o, enum step_status status)
{
	bool any = false;

	for (size_t i = 0; i < o->incident->type->step_count; i++)
		if (step_expected(&o->incident->steps[i]) && step_decided(o->incident, (int)i))
			any |= set_one(
				o->engine, o->slot, (int)i, status, o->order->note, &o->tell);
	return any;
}

static enum engine_result set_step(struct ordering *o)
{
	static const enum step_status statuses[ORDER_KIND_COUNT] = {
		[ORDER_ACCEPT] = STEP_ACCEPTED,
		[ORDER_DONE] = STEP_DONE,
		[ORDER_FAIL] = STEP_FAILED,
		[ORDER_SKIP] = STEP_SKIPPED,
		[ORDER_REOPEN] = STEP_OPEN,
		[ORDER_DID_NOT_OCCUR] = STEP_DID_NOT_OCCUR,
	};
	enum step_status status = statuses[o->order->kind];
	int step = find_step(o->incident, o->order->step);
	bool set;

	/* What has not happened is said of one at a time. */
	if (step < 0 && (strcmp(o->order->step, "all") != 0 || status == STEP_DID_NOT_OCCUR))
		return ENGINE_NO_STEP;
	if ((status == STEP_SKIPPED || status == STEP_FAILED) && !is_reason(o->order->note))
		return ENGINE_NO_REASON;
	set = step < 0 ? set_all(o, status)
		       : set_one(o->engine, o->slot, step, status, o->order->note, &o->tell);
	if (!set)
		return ENGINE_NOT_NOW;
	slot_settle(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
}

/* What acts in all of its scope already is ordered again there, and stays as wide as it is. */
static void set_released(struct ordering *o, int step, const struct zone *place)
{
	struct step_state *state = &o->incident->steps[step];

	if (place && (state->action == ACTION_AWAITING || state->released.count > 0))
		places_add(&state->released, place);
	step_undo(o->incident, (size_t)step, o->tell.at_ms);
	state->action = ACTION_WANTED;
	state->action_ms = o->tell.at_ms;
}

static enum engine_result release(struct ordering *o)
{
	int step = find_step(o->incident, o->order->step);
	const struct zone *place;
	enum engine_result result;
	char note[ID_MAX + 16];

	if (step < 0)
		return ENGINE_NO_STEP;
	if (o->incident->type->steps[step].action && step_expected(&o->incident->steps[step]) &&
		!step_is_sure(o->incident, step))
		return ENGINE_ASSUMED;
	result = release_place(o->engine, o->incident, step, o->order->zone, &place);
	if (result == ENGINE_OK && !step_is_sure(o->incident, step))
		result = ENGINE_ASSUMED;
	if (result != ENGINE_OK)
		return result;
	if (!incident_release_counts(o->incident, step, place, o->order, o->tell.at_ms)) {
		slot_tell(o->engine, o->slot, TRANSITION_ACTION, step,
			"released by the first of two", &o->tell);
		return ENGINE_OK;
	}
	snprintf(note, sizeof(note), "released%s%s", place ? ": " : "", place ? place->id : "");
	set_released(o, step, place);
	o->tell.place = place;
	slot_tell(o->engine, o->slot, TRANSITION_ACTION, step, note, &o->tell);
	return ENGINE_OK;
}

static enum engine_result report(struct ordering *o)
{
	slot_report(o->engine, o->slot, o->order->note, &o->tell);
	facts_take(o->engine, o->slot, o->order, &o->tell);
	return ENGINE_OK;
}

static enum engine_result answer(struct ordering *o)
{
	enum engine_result result = facts_check(o->incident->type, o->order);

	if (result != ENGINE_OK)
		return result;
	facts_take(o->engine, o->slot, o->order, &o->tell);
	slot_settle(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
}

static bool is_reported(struct incident *incident)
{
	const struct cause *cause = slot_report_cause(incident);

	return cause && cause->active;
}

/* Is there a cause that a reset ends, and none that good readings show? */
static enum engine_result may_reset(const struct ordering *o)
{
	enum engine_result result = ENGINE_NOT_NOW;

	for (uint32_t i = 0; i < o->engine->instance_count; i++) {
		enum engine_result its = ENGINE_NOT_NOW;

		if (o->engine->instances[i].slot == o->slot)
			its = instance_may_reset(o->engine, i);
		if (its == ENGINE_STILL_TRUE)
			return its;
		if (its == ENGINE_OK)
			result = its;
	}
	return result;
}

static enum engine_result reset(struct ordering *o)
{
	struct engine *engine = o->engine;
	enum engine_result result = may_reset(o);

	if (result != ENGINE_OK)
		return result;
	slot_tell(engine, o->slot, TRANSITION_RESET, -1, o->order->note, &o->tell);
	for (uint32_t i = 0; i < engine->instance_count; i++)
		if (engine->instances[i].slot == o->slot &&
			instance_may_reset(engine, i) == ENGINE_OK)
			instance_reset(engine, i, &o->tell);
	return ENGINE_OK;
}

/* The person's report is; what rules see stays. With a reason also what nobody can see. */
static enum engine_result report_over(struct ordering *o)
{
	bool reported = is_reported(o->incident);
	enum engine_result result =
		is_reason(o->order->note) && !o->order->report_only ? reset(o) : ENGINE_NOT_NOW;

	if (!reported)
		return result;
	slot_return(o->engine, o->slot, NULL, &o->tell);
	return ENGINE_OK;
}

static void hold(struct incident *incident, int64_t until_ms, const char *to, const char *note,
	const struct telling *tell)
{
	incident->hold = (struct hold){ .at_ms = tell->at_ms, .until_ms = until_ms };
	utf8_copy(incident->hold.by, sizeof(incident->hold.by), tell->user);
	utf8_copy(incident->hold.note, sizeof(incident->hold.note), note);
	utf8_copy(incident->hold.to, sizeof(incident->hold.to), to);
	incident->suppressor[0] = '\0';
	incident->unsuppress_ms = 0;
}

static enum engine_result shelve(struct ordering *o)
{
	enum incident_state next = incident_next(o->incident->state, INCIDENT_EVENT_SHELVE);
	int64_t for_ms = o->order->for_ms;

	if (for_ms < SHELF_MIN_MS || for_ms > SHELF_MAX_MS)
		return ENGINE_BAD_TIME;
	/* What is on the shelf already gets another end. */
	if (!(incident_traits(next) & INCIDENT_IS_SHELVED))
		return ENGINE_NOT_NOW;
	o->incident->state = next;
	hold(o->incident, o->tell.at_ms + for_ms, "", o->order->note, &o->tell);
	slot_tell(o->engine, o->slot, TRANSITION_SHELVED, -1, o->order->note, &o->tell);
	return ENGINE_OK;
}

static enum engine_result unshelve(struct ordering *o)
{
	struct incident *incident = o->incident;

	if (!(incident_traits(incident->state) & INCIDENT_IS_SHELVED))
		return ENGINE_NOT_NOW;
	incident->state = incident_next(incident->state, INCIDENT_EVENT_UNSHELVE);
	set_acked(o);
	memset(&incident->hold, 0, sizeof(incident->hold));
	steps_begin(o->engine, o->slot, false, &o->tell);
	slot_tell(o->engine, o->slot, TRANSITION_UNSHELVED, -1, "", &o->tell);
	slot_settle(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
}

static enum engine_result hand_over(struct ordering *o)
{
	struct incident *incident = o->incident;
	enum incident_state next = incident_next(incident->state, INCIDENT_EVENT_HAND_OVER);
	const char *to = o->order->to;

	if (!is_reason(to))
		return ENGINE_NO_REASON;
	if (steps_busy(incident))
		return ENGINE_BUSY;
	if (next == incident->state)
		return ENGINE_NOT_NOW;
	hold(incident, 0, to, o->order->note, &o->tell);
	steps_give_up(incident, 1U << ACTION_AWAITING, o->tell.at_ms);
	if (next != INCIDENT_CLOSED)
		incident->state = next;
	slot_tell(o->engine, o->slot, TRANSITION_HANDED_OVER, -1, to, &o->tell);
	if (next == INCIDENT_CLOSED)
		slot_close(o->engine, o->slot, to, &o->tell);
	else if (is_reported(incident)) /* no longer for us to watch */
		slot_return(o->engine, o->slot, NULL, &o->tell);
	return ENGINE_OK;
}

/* Exercises have slots of their own, so that the real one of the same type and zone is never
 * hidden. */
static bool is_exercised(
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

static enum engine_result drill(struct ordering *o)
{
	struct engine *engine = o->engine;
	const struct incident_type *type;
	const struct zone *where;
	enum engine_result result = find_kind(o, &type, &where);

	if (result != ENGINE_OK)
		return result;
	if (something_is_real(engine))
		return ENGINE_REAL_FIRST;
	o->slot = slot_find_drill(engine);
	if (o->slot == SLOT_NONE)
		return ENGINE_FULL;
	if (is_exercised(engine, type, where))
		return ENGINE_NOT_NOW;
	engine->slots[o->slot].type = type;
	engine->slots[o->slot].zone = where;
	o->incident = engine->slots[o->slot].incident;
	return report(o);
}

static enum engine_result drill_end(struct ordering *o)
{
	if (!o->incident->drill)
		return ENGINE_NO_DRILL;
	slot_end_drill(o->engine, o->slot, o->order->note, &o->tell);
	return ENGINE_OK;
}

static enum engine_result adopt(struct ordering *o)
{
	if (!o->incident->taken_back)
		return ENGINE_NOT_NOW;
	slot_adopt(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
}

/* Only what was taken back; what is seen is adopted by then. */
static enum engine_result discard(struct ordering *o)
{
	struct engine *engine = o->engine;

	if (!o->incident->taken_back)
		return ENGINE_NOT_NOW;
	slot_tell(engine, o->slot, TRANSITION_DISCARDED, -1, o->order->note, &o->tell);
	for (uint32_t i = 0; i < engine->instance_count; i++)
		if (engine->instances[i].slot == o->slot)
			instance_forget(engine, i);
	slot_close(engine, o->slot, o->order->note, &o->tell);
	return ENGINE_OK;
}

enum about { ABOUT_INCIDENT, ABOUT_PLACE, ABOUT_NEITHER };

static const struct row {
	enum about about;
	bool reason; /* it needs one */
	enum engine_result (*carry_out)(struct ordering *o);
} rows[ORDER_KIND_COUNT] = {
	[ORDER_ACK] = { ABOUT_INCIDENT, false, acknowledge },
	[ORDER_ACCEPT] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_DONE] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_FAIL] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_SKIP] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_REOPEN] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_DID_NOT_OCCUR] = { ABOUT_INCIDENT, false, set_step },
	[ORDER_ANSWER] = { ABOUT_INCIDENT, false, answer },
	[ORDER_RELEASE] = { ABOUT_INCIDENT, false, release },
	[ORDER_REPORT] = { ABOUT_PLACE, false, report },
	[ORDER_OVER] = { ABOUT_INCIDENT, false, report_over },
	[ORDER_RESET] = { ABOUT_INCIDENT, true, reset },
	[ORDER_SHELVE] = { ABOUT_INCIDENT, true, shelve },
	[ORDER_UNSHELVE] = { ABOUT_INCIDENT, false, unshelve },
	[ORDER_HAND_OVER] = { ABOUT_INCIDENT, false, hand_over },
	[ORDER_ADOPT] = { ABOUT_INCIDENT, false, adopt },
	[ORDER_DISCARD] = { ABOUT_INCIDENT, false, discard },
	[ORDER_DRILL] = { ABOUT_NEITHER, false, drill },
	[ORDER_DRILL_END] = { ABOUT_INCIDENT, false, drill_end },
};

static enum engine_result carry_out(struct ordering *o)
{
	const struct row *row = &rows[o->order->kind];
	enum engine_result result;

	if (!row->carry_out)
		return ENGINE_NOT_NOW;
	if (row->about == ABOUT_INCIDENT && !find_incident(o, o->order->incident))
		return ENGINE_NO_INCIDENT;
	if (row->reason && !is_reason(o->order->note))
		return ENGINE_NO_REASON;
	/* Last, for it may take one of few places. */
	result = row->about == ABOUT_PLACE ? find_place(o) : ENGINE_OK;
	return result == ENGINE_OK ? row->carry_out(o) : result;
}

enum engine_result engine_order(struct engine *engine, const struct order *order, int64_t now_ms,
	struct engine_sink *sink, const char **id)
{
	struct ordering o = { .engine = engine, .order = order };
	enum engine_result result;

	engine_tick(engine, now_ms, sink);
	o.tell = (struct telling){ sink, order->user, engine->now_ms };
	result = carry_out(&o);
	if (id && result == ENGINE_OK)
		*id = o.incident->id;
	engine_finish(engine, sink);
	return result;
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
		LOST = 1 << ACTION_LOST,
	};
	static const unsigned may[] = {
		[ACTION_IDLE] = 0,
		[ACTION_ADVISED] = 0,
		[ACTION_AWAITING] = 0,
		[ACTION_WANTED] = DONE | FAILED | REFUSED | OVERTAKEN | RESTORED,
		[ACTION_DONE] = FAILED | RESTORED | LOST,
		[ACTION_FAILED] = DONE | FAILED | REFUSED | OVERTAKEN | RESTORED | LOST,
		[ACTION_REFUSED] = DONE | FAILED | RESTORED,
		[ACTION_OVERTAKEN] = DONE | FAILED | REFUSED | RESTORED,
		[ACTION_RESTORED] = FAILED,
		[ACTION_LOST] = DONE | FAILED | RESTORED | LOST,
	};

	return may[from] >> to & 1;
}

/* Somebody must look again, unless nothing is dangerous any more, or it is another's by now. */
static void lose_action(struct ordering *o, int step, const char *note)
{
	struct step_state *state = &o->incident->steps[step];
	bool ours = o->incident->state != INCIDENT_HANDED_OVER;

	if (supervision_tells(engine_still_true(o->engine, o->incident), ours) ==
			SUPERVISION_OPENS_STEP &&
		step_accounted(state->status)) {
		step_set(o->incident, (size_t)step, STEP_OPEN, "", &o->tell);
		state->by[0] = '\0';
	}
	slot_tell(o->engine, o->slot, TRANSITION_LOST_FEEDBACK, step, note, &o->tell);
}

static enum engine_result set_action(
	struct ordering *o, int step, enum action_state state, const char *note)
{
	struct step_state *of_step;

	if (step < 0 || (size_t)step >= o->incident->type->step_count)
		return ENGINE_NO_STEP;
	of_step = &o->incident->steps[step];
	if (!action_may_become(of_step->action, state))
		return ENGINE_NOT_NOW;
	/* What was well until now calls from the first level on. */
	if (of_step->action == ACTION_WANTED || of_step->action == ACTION_DONE)
		of_step->failed_level = 0;
	/* One that failed again has failed since then: its call goes on. */
	if (of_step->action != ACTION_FAILED || state != ACTION_FAILED)
		of_step->action_ms = o->tell.at_ms;
	of_step->action = state;
	if (state == ACTION_LOST)
		lose_action(o, step, note);
	else
		slot_tell(o->engine, o->slot, TRANSITION_ACTION, step, note, &o->tell);
	if (state == ACTION_DONE && !step_accounted(of_step->status)) {
		o->tell.user = ENGINE_USER;
		set_one(o->engine, o->slot, step, STEP_DONE, note, &o->tell);
	}
	slot_settle(o->engine, o->slot, &o->tell);
	return ENGINE_OK;
}

enum engine_result engine_action(struct engine *engine, const char *id, int step,
	enum action_state state, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	struct ordering o = { .engine = engine };
	enum engine_result result = ENGINE_NO_INCIDENT;

	engine_tick(engine, now_ms, sink);
	o.tell = (struct telling){ sink, user, engine->now_ms };
	if (find_incident(&o, id))
		result = set_action(&o, step, state, note);
	engine_finish(engine, sink);
	return result;
}
