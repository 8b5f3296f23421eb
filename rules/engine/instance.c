/* A rule in one zone: its truth, its delays, and the cause that it raises and ends. */
#include "rules/engine/parts.h"

#include <inttypes.h>
#include <stdio.h>

static void set_pending(struct engine *engine, uint32_t index, bool pending)
{
	struct instance *instance = &engine->instances[index];
	uint32_t last;

	if (pending == (instance->pending != NOT_PENDING))
		return;
	if (pending) {
		instance->pending = (uint32_t)engine->pending_count;
		engine->pending[engine->pending_count++] = index;
		return;
	}
	last = engine->pending[--engine->pending_count];
	engine->pending[instance->pending] = last;
	engine->instances[last].pending = instance->pending;
	instance->pending = NOT_PENDING;
}

/* Never while the condition is true, whatever clear_when says. */
static enum truth instance_clear(const struct engine *engine, const struct instance *instance)
{
	enum truth over = truth_not(lock_eval(engine, instance->condition, instance->slot));

	if (over == TRUTH_FALSE || !instance->clear_when)
		return over;
	return truth_and(over, lock_eval(engine, instance->clear_when, instance->slot));
}

/* What chatters is held until it has stayed away: a true condition is never hidden. */
int64_t instance_delay(const struct instance *instance)
{
	const struct rule *rule = instance->rule;

	if (!instance->active)
		return rule->for_ms;
	if (instance->chattering && rule->chatter_within_ms > rule->clear_for_ms)
		return rule->chatter_within_ms;
	return rule->clear_for_ms;
}

/* Counts a raise; true when this one makes it chatter. */
static bool instance_chatters(struct instance *instance, int64_t at_ms)
{
	const struct rule *rule = instance->rule;

	if (instance->raises == 0 || at_ms - instance->window_ms > rule->chatter_within_ms) {
		instance->window_ms = at_ms;
		instance->raises = 0;
	}
	instance->raises++;
	if (rule->chatter_max == 0 || instance->raises <= rule->chatter_max || instance->chattering)
		return false;
	instance->chattering = true;
	return true;
}

static void tell_chatter(
	struct engine *engine, const struct instance *instance, const struct telling *tell)
{
	char note[NOTE_MAX + 1];

	snprintf(note, sizeof(note), "%s: %u times in %" PRId64 " s: held until it stays away",
		instance->rule->id, instance->raises, instance->rule->chatter_within_ms / 1000);
	slot_tell(engine, instance->slot, TRANSITION_CHATTER, -1, note, tell);
}

/* No reading ends what latches. */
static enum truth as_delayed(const struct instance *instance, enum truth truth)
{
	return instance->active && instance->rule->latch ? TRUTH_FALSE : truth;
}

/* What a person said of what nobody could see holds until it is seen: no delay of the rule then. */
static bool is_void(struct instance *instance, enum truth truth)
{
	bool unseen = instance->unseen && !instance->active;

	if (truth != TRUTH_UNKNOWN)
		instance->unseen = false;
	return unseen && truth == TRUTH_TRUE;
}

/* What was only said is seen now. */
static void prove(
	struct engine *engine, const struct instance *instance, const struct telling *tell)
{
	if (engine->slots[instance->slot].incident->taken_back &&
		lock_eval(engine, instance->condition, instance->slot) == TRUTH_TRUE)
		slot_adopt(engine, instance->slot, tell);
}

/* What a lock holds back is not told to be false, and not lost: its delay goes on behind it. */
static enum truth may_raise(struct engine *engine, struct instance *instance)
{
	enum truth truth = lock_eval(engine, instance->condition, instance->slot);

	if (truth == TRUTH_FALSE)
		instance->held_back = false;
	return truth == TRUTH_TRUE && slot_is_held_back(engine, instance->slot) ? TRUTH_UNKNOWN
										: truth;
}

static void raise_it(struct engine *engine, struct instance *instance, const struct telling *tell)
{
	bool confirms = engine->confirms;

	engine->confirms = confirms || instance->held_back;
	slot_raise(engine, instance, tell);
	prove(engine, instance, tell);
	engine->confirms = confirms;
	instance->held_back = false;
}

static void instance_turns(
	struct engine *engine, struct instance *instance, const struct telling *tell)
{
	bool chatters = !instance->active && instance_chatters(instance, tell->at_ms);

	if (instance->active && instance->chattering) {
		instance->chattering = false;
		instance->raises = 0;
	}
	instance->active = !instance->active;
	instance->clear = TRUTH_FALSE;
	delay_reset(&instance->delay, instance_delay(instance));
	if (instance->active) {
		raise_it(engine, instance, tell);
	} else {
		slot_return(engine, instance->slot, instance->rule, tell);
	}
	if (chatters)
		tell_chatter(engine, instance, tell);
}

void instance_feed(struct engine *engine, uint32_t index, const struct telling *tell)
{
	struct instance *instance = &engine->instances[index];
	int64_t before_ms = delay_deadline(&instance->delay);
	const struct delay before = instance->delay;
	enum truth truth =
		instance->active ? instance_clear(engine, instance) : may_raise(engine, instance);
	bool relapsed = instance->active && truth == TRUTH_FALSE && instance->clear == TRUTH_TRUE;

	if (instance->active && truth != TRUTH_UNKNOWN)
		instance->clear = truth;
	if (relapsed) {
		slot_relapse(engine, instance->slot, tell);
		facts_renew(engine, instance->slot, tell);
	}
	if (instance->active && truth == TRUTH_FALSE)
		prove(engine, instance, tell);
	if (instance->active && engine->slots[instance->slot].confirms)
		slot_confirm(engine, instance->slot, tell);
	if (is_void(instance, truth) || delay_feed(&instance->delay, as_delayed(instance, truth),
						instance_delay(instance), tell->at_ms))
		instance_turns(engine, instance, tell);
	set_pending(engine, index, instance->delay.running);
	engine->watch_changes += instance->delay.running != before.running ||
				 instance->delay.left_ms != before.left_ms;
	if (delay_deadline(&instance->delay) != before_ms)
		engine->deadline_moved = true;
}

enum engine_result instance_may_reset(const struct engine *engine, uint32_t index)
{
	const struct instance *instance = &engine->instances[index];
	enum truth clear;

	if (!instance->active)
		return ENGINE_NOT_NOW;
	clear = instance_clear(engine, instance);
	if (clear == TRUTH_FALSE)
		return ENGINE_STILL_TRUE;
	return instance->rule->latch || clear == TRUTH_UNKNOWN ? ENGINE_OK : ENGINE_NOT_NOW;
}

void instance_reset(struct engine *engine, uint32_t index, const struct telling *tell)
{
	struct instance *instance = &engine->instances[index];

	instance->unseen = instance_clear(engine, instance) == TRUTH_UNKNOWN;
	instance->active = false;
	instance->chattering = false;
	instance->raises = 0;
	delay_reset(&instance->delay, instance_delay(instance));
	set_pending(engine, index, false);
	slot_return(engine, instance->slot, instance->rule, tell);
}

void instance_forget(struct engine *engine, uint32_t index)
{
	struct instance *instance = &engine->instances[index];

	if (!instance->active)
		return;
	instance->active = false;
	instance->chattering = false;
	instance->raises = 0;
	delay_reset(&instance->delay, instance_delay(instance));
	set_pending(engine, index, false);
	engine->deadline_moved = true;
}

enum truth engine_still_true(const struct engine *engine, const struct incident *incident)
{
	uint32_t slot = slot_of_incident(engine, incident);
	enum truth still = TRUTH_FALSE;

	/* A person says so. */
	for (size_t i = 0; i < incident->cause_count; i++)
		if (!incident->causes[i].rule && incident->causes[i].active)
			return TRUTH_TRUE;

	for (size_t i = 0; i < engine->instance_count && still != TRUTH_TRUE; i++) {
		const struct instance *instance = &engine->instances[i];
		enum truth truth;

		if (instance->slot != slot || !instance->active)
			continue;
		truth = instance->rule->latch ? TRUTH_TRUE
					      : truth_not(instance_clear(engine, instance));
		if (truth != TRUTH_FALSE)
			still = truth;
	}
	return still;
}
