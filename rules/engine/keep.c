/*
 * What goes from one engine to the next. What the configuration has lost since
 * is left out, or ends with the first input.
 */
#include "rules/engine/keep.h"

#include "rules/engine/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct instance *instance_of(const struct engine *engine, uint32_t slot, const char *rule)
{
	for (size_t i = 0; rule && i < engine->instance_count; i++)
		if (engine->instances[i].slot == slot &&
			strcmp(engine->instances[i].rule->id, rule) == 0)
			return &engine->instances[i];
	return NULL;
}

static struct kept_cause keep_cause(
	const struct engine *engine, uint32_t slot, const struct cause *cause)
{
	struct kept_cause kept = { .rule = cause->rule ? cause->rule->id : NULL };
	const struct instance *instance = instance_of(engine, slot, kept.rule);

	for (size_t i = 0; i < cause->witness_count; i++)
		kept.witnesses[i] = engine->site->points[cause->witnesses[i].point].id;
	kept.unseen = instance && instance->unseen;
	if (!instance || !instance->active)
		return kept;
	kept.has_clear = true;
	kept.clear = instance->clear;
	kept.clear_left_ms = instance->delay.left_ms;
	if (instance->delay.running)
		kept.clear_left_ms -= engine->now_ms - instance->delay.since_ms;
	return kept;
}

void engine_keep(
	const struct engine *engine, const struct incident *incident, struct kept_incident *kept)
{
	uint32_t slot = slot_of_incident(engine, incident);

	kept->incident = *incident;
	kept->type = incident->type->id;
	kept->zone = incident->zone->id;
	for (size_t i = 0; i < incident->cause_count; i++)
		kept->causes[i] = keep_cause(engine, slot, &incident->causes[i]);
	kept->step_count = incident->type->step_count;
	for (size_t i = 0; i < kept->step_count; i++) {
		const struct places *released = &incident->steps[i].released;

		kept->steps[i] = incident->type->steps[i].id;
		for (size_t k = 0; k < released->count; k++)
			kept->released[i][k] = released->zones[k]->id;
	}
	kept->fact_count = incident->type->fact_count;
	for (size_t i = 0; i < kept->fact_count; i++)
		kept->facts[i] = incident->type->facts[i].id;
}

uint64_t engine_serial(const struct engine *engine)
{
	return engine->serial;
}

void engine_set_serial(struct engine *engine, uint64_t serial)
{
	engine->serial = serial;
}

/* Taking it over ------------------------------------------------------------ */

/* An incident on its way into the engine, which is unchanged until it is sure to fit. */
struct taking {
	struct engine *engine;
	const struct kept_incident *kept;
	struct incident incident;
	uint64_t serial;
	uint32_t slot;
};

const char KEEP_OCCUPIED[] = "another one of its type and zone is open";
static const char NO_TYPE[] = "its incident type is not in the plan any more";
static const char NO_ZONE[] = "its zone is not in the building any more";

int keep_error(const char *why)
{
	return why == NO_TYPE || why == NO_ZONE ? -ENOENT : -EINVAL;
}

/* The number at the end of an id; false: there is none. */
static bool serial_of(const char *id, uint64_t *serial)
{
	const char *at = strrchr(id, '-');
	char *end;

	if (!at || !at[1] || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-._")])
		return false;
	*serial = strtoull(at + 1, &end, 36);
	return !*end && *serial <= UINT64_MAX / 2;
}

static const char *find_place(struct taking *taking)
{
	struct engine *engine = taking->engine;
	const struct kept_incident *kept = taking->kept;
	bool known = false;

	for (taking->slot = 0; taking->slot < engine->slot_count; taking->slot++) {
		const struct slot *slot = &engine->slots[taking->slot];

		if (strcmp(slot->type->id, kept->type) != 0)
			continue;
		known = true;
		if (strcmp(slot->zone->id, kept->zone) == 0)
			break;
	}
	if (!known)
		return NO_TYPE;
	if (taking->slot == engine->slot_count)
		return NO_ZONE;
	taking->incident.type = engine->slots[taking->slot].type;
	taking->incident.zone = engine->slots[taking->slot].zone;
	if (kept->incident.drill)
		taking->slot = slot_find_drill(engine);
	return NULL;
}

static const char *check_place(const struct taking *taking)
{
	const struct engine *engine = taking->engine;

	if (taking->slot == SLOT_NONE ||
		engine->slots[taking->slot].incident->state != INCIDENT_NONE)
		return KEEP_OCCUPIED;
	for (size_t i = 0; i < engine->open_count; i++)
		if (strcmp(engine_incident(engine, i)->id, taking->incident.id) == 0)
			return "it is open already";
	return NULL;
}

static const char *check_state(const struct incident *incident)
{
	unsigned traits = incident_traits(incident->state);
	size_t count = 0;

	if (incident->state == INCIDENT_NONE || incident->state == INCIDENT_CLOSED)
		return "it is not open";
	if (incident->cause_count == 0)
		return "it has no cause";
	for (size_t i = 0; i < incident->cause_count; i++)
		count += incident->causes[i].active;
	if (!(traits & INCIDENT_IS_TRUE) != (count == 0))
		return "its state and its causes contradict each other";
	if (!incident->told && !(traits & INCIDENT_IS_SUPPRESSED) &&
		incident->state != INCIDENT_HANDED_OVER)
		return "its state says that people were told, and that they were not";
	if ((traits & INCIDENT_IS_SHELVED) && !incident->hold.until_ms)
		return "its shelf has no end";
	if (!(traits & INCIDENT_IS_SUPPRESSED) && incident->suppressor[0])
		return "something explains it, and its state says otherwise";
	return NULL;
}

/* A rule by this id that has no part in the incident any more, for its words. */
static const struct rule *rule_for_words(struct engine *engine, const char *id)
{
	struct removed_rule *removed;

	for (size_t i = 0; i < engine->instance_count; i++)
		if (strcmp(engine->instances[i].rule->id, id) == 0)
			return engine->instances[i].rule;
	for (removed = engine->removed; removed; removed = removed->next)
		if (strcmp(removed->id, id) == 0)
			return &removed->rule;
	removed = arena_alloc(&engine->arena, sizeof(*removed));
	strcpy(removed->id, id);
	removed->rule = (struct rule){ .id = removed->id, .name = { removed->id, removed->id } };
	removed->next = engine->removed;
	engine->removed = removed;
	return &removed->rule;
}

/* Those of points that there still are. */
static void fit_witnesses(
	const struct site *site, const struct kept_cause *kept, struct cause *cause)
{
	size_t count = 0;

	for (size_t i = 0; i < cause->witness_count; i++) {
		const struct point *point = site_point(site, kept->witnesses[i]);

		if (!point)
			continue;
		cause->witnesses[count] = cause->witnesses[i];
		cause->witnesses[count++].point = point->index;
	}
	cause->witness_count = count;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static const char *fit_causes(struct taking *taking)
{
	struct engine *engine = taking->engine;

	for (size_t i = 0; i < taking->incident.cause_count; i++) {
		const struct kept_cause *kept = &taking->kept->causes[i];
		const struct instance *instance = instance_of(engine, taking->slot, kept->rule);
		struct cause *cause = &taking->incident.causes[i];

		for (size_t k = 0; k < i; k++)
			if (same_text(kept->rule, taking->kept->causes[k].rule))
				return "a cause stands there twice";
		if (kept->rule && !id_valid(kept->rule))
			return "a cause is no rule's id";
		cause->rule = instance ? instance->rule : NULL;
		if (kept->rule && !cause->rule)
			cause->rule = rule_for_words(engine, kept->rule);
		fit_witnesses(engine->site, kept, cause);
	}
	return NULL;
}

/* What the type says now of a step. */
static void fit_step(struct incident *incident, size_t i)
{
	const struct step *step = &incident->type->steps[i];
	struct step_state *state = &incident->steps[i];

	state->applies = step_applies(incident, i);
	if (!step->action)
		state->action = ACTION_IDLE;
	else if (step->action->mode == ACTION_ADVISE &&
		 (state->action == ACTION_WANTED || state->action == ACTION_AWAITING))
		state->action = ACTION_ADVISED; /* nothing is written any more */
}

/* An action never acts wider than the persons said who released it. */
static void fit_released(
	const struct site *site, const char *const ids[static PLACE_MAX], struct step_state *state)
{
	size_t count = state->released.count;

	state->released.count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct zone *place = site_zone(site, ids[i]);

		if (place)
			places_add(&state->released, place);
	}
	if (count > 0 && state->released.count == 0)
		state->action = ACTION_OVERTAKEN;
}

/* Facts may have come or gone; what is new is asked with the first input. */
static const char *fit_facts(struct taking *taking)
{
	const struct kept_incident *kept = taking->kept;
	const struct incident_type *type = taking->incident.type;

	memset(taking->incident.facts, 0, sizeof(taking->incident.facts));
	facts_open(&taking->incident);
	for (size_t i = 0; i < type->fact_count; i++) {
		bool seen = false;

		for (size_t k = 0; k < kept->fact_count; k++) {
			if (strcmp(kept->facts[k], type->facts[i].id) != 0)
				continue;
			if (seen)
				return "a fact stands there twice";
			seen = true;
			taking->incident.facts[i] = kept->incident.facts[k];
		}
	}
	return NULL;
}

/* Steps may have come, gone, or lost their fact or action. */
static const char *fit_steps(struct taking *taking)
{
	const struct kept_incident *kept = taking->kept;
	const struct incident_type *type = taking->incident.type;

	memset(taking->incident.steps, 0, sizeof(taking->incident.steps));
	for (size_t i = 0; i < type->step_count; i++) {
		struct step_state *state = &taking->incident.steps[i];
		bool seen = false;

		for (size_t k = 0; k < kept->step_count; k++) {
			if (strcmp(kept->steps[k], type->steps[i].id) != 0)
				continue;
			if (seen)
				return "a step stands there twice";
			seen = true;
			*state = kept->incident.steps[k];
			fit_released(taking->engine->site, kept->released[k], state);
		}
		if (kept->incident.told) /* else they begin when people are told */
			fit_step(&taking->incident, i);
	}
	return NULL;
}

/* The cause's rule goes on from where it was, when readings are good again. */
static void take_cause(struct taking *taking, size_t i)
{
	struct engine *engine = taking->engine;
	const struct kept_cause *cause = &taking->kept->causes[i];
	struct instance *instance = instance_of(engine, taking->slot, cause->rule);
	int64_t total_ms;

	if (!taking->incident.causes[i].active) {
		if (instance)
			instance->unseen = cause->unseen;
		return;
	}
	engine->slots[taking->slot].active_count++;
	if (!instance)
		return;
	instance->active = true;
	instance->chattering = taking->incident.causes[i].chattering;
	total_ms = instance_delay(instance);
	instance->clear = cause->has_clear ? cause->clear : TRUTH_FALSE;
	delay_reset(&instance->delay, total_ms);
	if (cause->has_clear && cause->clear_left_ms < total_ms)
		instance->delay.left_ms = cause->clear_left_ms;
}

/* In the order of their raise, which is that of their serials. */
static void take_order(const struct taking *taking)
{
	struct engine *engine = taking->engine;
	size_t at = engine->open_count;
	uint64_t serial;

	for (; at > 0; at--) {
		if (serial_of(engine_incident(engine, at - 1)->id, &serial) &&
			serial < taking->serial)
			break;
		engine->open[at] = engine->open[at - 1];
	}
	engine->open[at] = taking->slot;
	engine->open_count++;
	if (engine->serial <= taking->serial)
		engine->serial = taking->serial + 1;
}

static const char *take(struct taking *taking)
{
	struct engine *engine = taking->engine;
	struct incident *incident = &taking->incident;
	const char *why = serial_of(incident->id, &taking->serial) ? find_place(taking)
								   : "this is no incident's id";

	if (!why)
		why = check_state(incident);
	if (!why)
		why = check_place(taking);
	if (!why)
		why = fit_causes(taking);
	if (!why)
		why = fit_facts(taking);
	if (!why)
		why = fit_steps(taking);
	if (why)
		return why;
	if (!incident->drill && !slot_take_place(engine, taking->slot))
		return "too many incidents are open";
	engine->slots[taking->slot].type = incident->type;
	engine->slots[taking->slot].zone = incident->zone;
	incident->full = incident->told ? incident_is_full(incident) : !incident->type->stage;
	*engine->slots[taking->slot].incident = *incident;
	for (size_t i = 0; i < incident->cause_count; i++)
		take_cause(taking, i);
	take_order(taking);
	due_show_level(engine, engine->slots[taking->slot].incident);
	engine->restored = true;
	if (incident_traits(incident->state) & INCIDENT_IS_SUPPRESSED)
		engine->suppresses = true; /* though the rules may not say so any more */
	engine->suppression_due = engine->suppresses;
	return NULL;
}

const char *keep_take(struct engine *engine, const struct kept_incident *kept, uint32_t *slot)
{
	struct taking taking = { .engine = engine, .kept = kept, .incident = kept->incident };
	const char *why = take(&taking);

	*slot = taking.slot;
	if (!why && engine->now_ms != INT64_MIN)
		engine->adopted = true; /* there were readings already */
	return why;
}

int engine_restore(
	struct engine *engine, const struct kept_incident *kept, char *error, size_t error_size)
{
	uint32_t slot;
	const char *why = keep_take(engine, kept, &slot);

	if (!why)
		return 0;
	snprintf(error, error_size, "incident %s: %s", kept->incident.id, why);
	return keep_error(why);
}

void slot_end_removed(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	/* A closed incident is empty: it has no causes. */
	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		if (cause->active && cause->rule && !instance_of(engine, slot, cause->rule->id))
			slot_return(engine, slot, cause->rule, tell);
	}
	/* The step for which it waited may be gone. */
	slot_settle(engine, slot, tell);
}

/* Another table --------------------------------------------------------------- */

static int adopt_incidents(
	struct engine *engine, const struct engine *old, char *error, size_t error_size)
{
	const struct incident *incident;
	struct kept_incident kept;

	for (size_t i = 0; (incident = engine_incident(old, i)); i++) {
		engine_keep(old, incident, &kept);
		if (engine_restore(engine, &kept, error, error_size) < 0)
			return -EINVAL;
	}
	return 0;
}

static void adopt_readings(struct engine *engine, const struct engine *old)
{
	for (size_t i = 0; i < engine->site->point_count; i++) {
		const struct point *point = &engine->site->points[i];
		const struct point *was = point_before(old->site, point);

		if (!was)
			continue;
		engine->values[i] = old->values[was->index];
		engine->values[i].point = (uint32_t)i;
	}
}

static bool same_instance(const struct engine *engine, const struct instance *a,
	const struct engine *old, const struct instance *b)
{
	const struct slot *x = &engine->slots[a->slot], *y = &old->slots[b->slot];

	return strcmp(a->rule->id, b->rule->id) == 0 && strcmp(x->type->id, y->type->id) == 0 &&
	       strcmp(x->zone->id, y->zone->id) == 0 &&
	       same_text(a->rule->condition, b->rule->condition) &&
	       same_text(a->rule->clear_when, b->rule->clear_when);
}

static const struct instance *instance_adopted(
	const struct engine *engine, uint32_t index, const struct engine *old)
{
	const struct instance *instance = &engine->instances[index];

	for (size_t i = 0; i < old->instance_count; i++)
		if (same_instance(engine, instance, old, &old->instances[i]))
			return &old->instances[i];
	return NULL;
}

static void adopt_instance(struct instance *instance, const struct instance *was)
{
	/* Whether it raised is said by the incident. */
	if (instance->active != was->active)
		return;
	instance->clear = was->clear;
	instance->unseen = was->unseen;
	instance->held_back = was->held_back;
	instance->raises = was->raises;
	instance->window_ms = was->window_ms;
	instance->chattering = was->chattering;
	instance->delay = was->delay;
	instance->delay.left_ms += instance_delay(instance) - instance_delay(was);
}

/* What the building lacks now is locked no more. */
static void adopt_locks(struct engine *engine, const struct engine *old)
{
	for (size_t i = 0; i < old->lock_count; i++) {
		struct lock lock = old->locks[i];

		if (lock_fit(&lock, engine->site) || lock_next(lock.state, LOCK_GONE) != LOCK_NONE)
			engine->locks[engine->lock_count++] = lock;
	}
	engine->lock_changes = old->lock_changes + 1;
}

int engine_adopt(struct engine *engine, const struct engine *old, char *error, size_t error_size)
{
	int failure = adopt_incidents(engine, old, error, error_size);

	if (failure)
		return failure;
	adopt_readings(engine, old);
	adopt_locks(engine, old);
	for (uint32_t i = 0; i < engine->instance_count; i++) {
		const struct instance *was = instance_adopted(engine, i, old);

		if (was)
			adopt_instance(&engine->instances[i], was);
	}
	engine->now_ms = old->now_ms;
	engine->input_ms = old->input_ms;
	engine->all_wait = old->all_wait;
	engine->restored = true;
	engine->adopted = true;
	return 0;
}
