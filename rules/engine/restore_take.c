/*
 * Fits a restored incident into the engine: what the configuration has lost
 * since is left out, or ends with the first input. Changes nothing before it is
 * sure that it can.
 */
#include "rules/engine/restore.h"

#include "rules/engine/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool serial_of(const char *id, uint64_t *serial)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	const char *at = strrchr(id, '-');

	if (!at || !at[1])
		return false;
	for (*serial = 0, at++; *at; at++) {
		const char *digit = strchr(digits, *at);

		if (!digit || *serial > (UINT64_MAX / 2) / 36)
			return false;
		*serial = *serial * 36 + (uint64_t)(digit - digits);
	}
	return true;
}

static struct instance *instance_of(struct engine *engine, uint32_t slot, const char *rule)
{
	for (size_t i = 0; i < engine->instance_count; i++)
		if (engine->instances[i].slot == slot &&
			strcmp(engine->instances[i].rule->id, rule) == 0)
			return &engine->instances[i];
	return NULL;
}

/* A rule by this id that has no part in the incident any more, for its words; NULL: no memory. */
static const struct rule *rule_for_words(struct engine *engine, const char *id)
{
	struct removed_rule *removed;

	for (size_t i = 0; i < engine->instance_count; i++)
		if (strcmp(engine->instances[i].rule->id, id) == 0)
			return engine->instances[i].rule;
	for (removed = engine->removed; removed; removed = removed->next)
		if (strcmp(removed->id, id) == 0)
			return &removed->rule;
	removed = calloc(1, sizeof(*removed));
	if (!removed)
		return NULL;
	strcpy(removed->id, id);
	removed->rule = (struct rule){ .id = removed->id, .name = { removed->id, removed->id } };
	removed->next = engine->removed;
	engine->removed = removed;
	return &removed->rule;
}

static const char *check_state(const struct incident *incident)
{
	unsigned traits = incident_traits(incident->state);
	size_t count = 0;

	if (incident->cause_count == 0 && !(traits & INCIDENT_IS_OUT))
		return "it has no cause";
	for (size_t i = 0; i < incident->cause_count; i++)
		count += incident->causes[i].active;
	if (!(traits & INCIDENT_IS_TRUE) != (count == 0))
		return "its state and its causes contradict each other";
	if (!incident->told && !(traits & (INCIDENT_IS_SUPPRESSED | INCIDENT_IS_OUT)) &&
		incident->state != INCIDENT_HANDED_OVER)
		return "its state says that people were told, and that they were not";
	if ((traits & INCIDENT_IS_SHELVED) && !incident->hold.until_ms)
		return "its shelf has no end";
	if (!(traits & INCIDENT_IS_SUPPRESSED) && incident->suppressor[0])
		return "something explains it, and its state says otherwise";
	return NULL;
}

static bool fits_place(const struct engine *engine, const struct draft *draft)
{
	uint32_t slot = draft->slot;

	return slot != SLOT_NONE && engine->slots[slot].incident->state == INCIDENT_NONE;
}

static const char *check_place(struct engine *engine, const struct draft *draft)
{
	if (engine->now_ms != INT64_MIN)
		return "there were readings already";
	if (!fits_place(engine, draft))
		return "another one of its type and zone is open";
	for (size_t i = 0; i < engine->open_count; i++)
		if (strcmp(engine_incident(engine, i)->id, draft->incident.id) == 0)
			return "it is open already";
	return NULL;
}

static const char *find_rules(struct engine *engine, struct draft *draft)
{
	for (size_t i = 0; i < draft->incident.cause_count; i++) {
		const char *id = draft->causes[i].rule;
		const struct instance *instance = instance_of(engine, draft->slot, id);
		const struct rule **rule = &draft->incident.causes[i].rule;

		if (!id[0])
			continue;
		*rule = instance ? instance->rule : rule_for_words(engine, id);
		if (!*rule)
			return "out of memory";
	}
	return NULL;
}

/* Steps may have been added, or lost their `when` or action. */
static void fit_steps(const struct engine *engine, struct draft *draft)
{
	const struct slot *slot = &engine->slots[draft->slot];

	if (!draft->incident.told)
		return; /* they begin when people are told */
	for (size_t i = 0; i < slot->type->step_count; i++) {
		const struct step *step = &slot->type->steps[i];
		struct step_state *state = &draft->incident.steps[i];
		bool seen = draft->steps_seen >> i & 1;

		if (!step->after_ms)
			state->begins_ms = 0;
		if (state->begins_ms)
			state->applies = TRUTH_FALSE;
		else if (!step->when)
			state->applies = TRUTH_TRUE;
		else if (!seen || !slot->whens || !slot->whens[i])
			state->applies = TRUTH_UNKNOWN;
		if (!step->action)
			state->action = ACTION_IDLE;
		else if (step->action->mode == ACTION_ADVISE &&
			 (state->action == ACTION_WANTED || state->action == ACTION_AWAITING))
			state->action = ACTION_ADVISED; /* nothing is written any more */
	}
}

/* The cause's rule goes on from where it was, when readings are good again. */
static void take_cause(struct engine *engine, const struct draft *draft, size_t i)
{
	const struct draft_cause *cause = &draft->causes[i];
	struct instance *instance = instance_of(engine, draft->slot, cause->rule);
	int64_t total_ms;

	if (!draft->incident.causes[i].active)
		return;
	engine->slots[draft->slot].active_count++;
	if (!instance)
		return;
	instance->active = true;
	instance->chattering = draft->incident.causes[i].chattering;
	total_ms = instance_delay(instance);
	instance->clear = cause->has_clear ? cause->clear : TRUTH_FALSE;
	delay_reset(&instance->delay, total_ms);
	if (cause->has_clear && cause->clear_left_ms < total_ms)
		instance->delay.left_ms = cause->clear_left_ms;
}

/* In the order of their raise, which is that of their serials. */
static void take_order(struct engine *engine, const struct draft *draft)
{
	size_t at = engine->open_count;
	uint64_t serial;

	for (; at > 0; at--) {
		if (serial_of(engine_incident(engine, at - 1)->id, &serial) &&
			serial < draft->serial)
			break;
		engine->open[at] = engine->open[at - 1];
	}
	engine->open[at] = draft->slot;
	engine->open_count++;
	if (engine->serial <= draft->serial)
		engine->serial = draft->serial + 1;
}

const char *draft_take(struct engine *engine, struct draft *draft)
{
	const char *why = check_state(&draft->incident);

	if (draft->incident.drill)
		draft->slot = drill_find_free(engine);
	if (!why)
		why = check_place(engine, draft);
	if (!why)
		why = find_rules(engine, draft);
	if (why)
		return why;
	if (!draft->incident.drill && !slot_take_place(engine, draft->slot))
		return "too many incidents are open";
	engine->slots[draft->slot].type = draft->incident.type;
	engine->slots[draft->slot].zone = draft->incident.zone;
	fit_steps(engine, draft);
	*engine->slots[draft->slot].incident = draft->incident;
	for (size_t i = 0; i < draft->incident.cause_count; i++)
		take_cause(engine, draft, i);
	take_order(engine, draft);
	follow_level(engine, engine->slots[draft->slot].incident);
	engine->restored = true;
	if (incident_traits(draft->incident.state) & INCIDENT_IS_SUPPRESSED)
		engine->suppresses = true; /* though the rules may not say so any more */
	engine->suppression_due = engine->suppresses;
	return NULL;
}

static const char *check_frame(const char *text, size_t length, struct snapshot_line *rest)
{
	static const char first[] = SNAPSHOT_HEAD " ";
	struct snapshot_line line;
	char end[SNAPSHOT_END + 1];
	int64_t version;

	if (strncmp(text, first, strlen(first)) != 0)
		return "this is no snapshot of an incident";
	*rest = (struct snapshot_line){ text, text + length };
	snapshot_next(rest, &line);
	line.at += strlen(first);
	if (!snapshot_number(&line, &version) || version != SNAPSHOT_VERSION ||
		!snapshot_at_end(&line))
		return "its version is not known here";
	if ((size_t)(rest->end - rest->at) < SNAPSHOT_END)
		return "it is cut off";
	rest->end -= SNAPSHOT_END;
	snprintf(end, sizeof(end), "end %016" PRIx64 "\n",
		snapshot_sum(text, length - SNAPSHOT_END));
	if (strcmp(rest->end, end) != 0 || rest->end[-1] != '\n')
		return "it is damaged or cut off";
	return NULL;
}

int engine_restore(
	struct engine *engine, const char *text, int64_t shift_ms, char *error, size_t error_size)
{
	struct draft draft = { .engine = engine, .shift_ms = shift_ms };
	unsigned line_number = 1;
	struct snapshot_line rest;
	const char *why = check_frame(text, strlen(text), &rest);

	if (!why && (shift_ms > SNAPSHOT_TIME_MAX || shift_ms < -SNAPSHOT_TIME_MAX))
		why = "the shift of its times is out of range";
	if (!why)
		why = draft_read(&draft, &rest, &line_number);
	if (!why)
		why = draft_take(engine, &draft);
	if (!why)
		return 0;
	if (draft.incident.id[0])
		snprintf(error, error_size, "incident %s: line %u: %s", draft.incident.id,
			line_number, why);
	else
		snprintf(error, error_size, "snapshot: line %u: %s", line_number, why);
	return -EINVAL;
}

static bool has_instance(const struct engine *engine, uint32_t slot, const struct rule *rule)
{
	for (size_t i = 0; i < engine->instance_count; i++)
		if (engine->instances[i].slot == slot && engine->instances[i].rule == rule)
			return true;
	return false;
}

void slot_end_removed(struct engine *engine, uint32_t slot, const struct telling *tell)
{
	struct incident *incident = engine->slots[slot].incident;

	/* A closed incident is empty: it has no causes. */
	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		if (cause->active && cause->rule && !has_instance(engine, slot, cause->rule))
			slot_return(engine, slot, cause->rule, tell);
	}
	/* The step for which it waited may be gone. */
	slot_settle(engine, slot, tell);
}
