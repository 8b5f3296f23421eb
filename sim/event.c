/* A scenario at work: its beginning, and its events. Must not know files or sockets. */
#include "sim/scenario.h"

#include "core/id.h"

#include <string.h>

/* The index that each word of a pattern stands for in this call. */
struct binding {
	uint32_t index[PATTERN_MAX];
};

static uint32_t operand_index(const struct operand *operand, const struct binding *binding)
{
	return operand->word < 0 ? operand->index : binding->index[operand->word];
}

/* The points that a target means, one after another: i from 0; NULL at the end. */
static const struct point *target_point(const struct site *site, const struct target *target,
	const struct binding *binding, size_t *i)
{
	uint32_t index = operand_index(&target->what, binding);

	if (!target->is_class)
		return (*i)++ == 0 ? &site->points[index] : NULL;
	while (*i < site->point_count) {
		const struct point *point = &site->points[(*i)++];

		if (point->class == &site->classes[target->class] &&
			zone_contains(&site->zones[index], point->zone))
			return point;
	}
	return NULL;
}

void scenario_begin(const struct scenario *scenario, struct building *building, int64_t now_ms)
{
	if (scenario->relay_ms >= 0)
		building->relay_ms = scenario->relay_ms;
	for (const struct opening *o = scenario->openings; o; o = o->next) {
		const struct point *point;

		if (o->kind == OPENING_FOLLOW)
			building_follow(building, &o->follow);
		for (size_t i = 0; o->kind != OPENING_FOLLOW &&
				   (point = target_point(building->site, &o->target, NULL, &i));) {
			if (o->kind == OPENING_NORMAL)
				building_normal(building, point, o->value);
			else
				building_noise(building, point, o->value);
		}
	}
	building_begin(building, now_ms);
}

/* How many points an effect would move; -1 and a sentence when one of them cannot. */
static long check_effect(const struct effect *effect, struct building *building,
	const struct binding *binding, struct fault *fault)
{
	const struct site *site = building->site;
	const struct point *point;
	long found = 0;

	if (effect->verb != EFFECT_SET)
		return 1;
	for (size_t i = 0; (point = target_point(site, &effect->target, binding, &i)); found++)
		if (!effect->normal && !building_can_show(building, point, effect->value)) {
			fault_set(fault, "%s has no register that holds %g", point->id,
				effect->value);
			return -1;
		}
	if (found == 0)
		fault_set(fault, "there is no %s in %s", site->classes[effect->target.class].id,
			site->zones[operand_index(&effect->target.what, binding)].id);
	return found;
}

static void do_set(const struct effect *effect, struct building *building,
	const struct binding *binding, int64_t now_ms)
{
	const struct point *point;

	for (size_t i = 0; (point = target_point(building->site, &effect->target, binding, &i));) {
		if (effect->normal)
			building_unset(building, point, effect->over_ms, now_ms);
		else
			building_set(building, point, effect->value, effect->over_ms, now_ms);
	}
}

static bool do_effect(const struct effect *effect, struct building *building,
	const struct binding *binding, int64_t now_ms, struct fault *fault)
{
	const struct site *site = building->site;
	uint32_t index = operand_index(&effect->what, binding);

	switch (effect->verb) {
	case EFFECT_SET:
		do_set(effect, building, binding, now_ms);
		return true;
	case EFFECT_STUCK:
	case EFFECT_UNSTUCK:
		return building_stuck(building, &site->points[index], effect->verb == EFFECT_STUCK,
			       now_ms) ||
		       fault_set(fault, "%s is neither an output nor the read-back of one",
			       site->points[index].id);
	case EFFECT_SILENT:
	case EFFECT_ANSWERS:
		building_silence(building, &site->devices[index], effect->verb == EFFECT_SILENT);
		return true;
	case EFFECT_FAULT:
		building_fault(building, &site->devices[index], &effect->fault);
		return true;
	case EFFECT_RESET:
		building_reset(building, now_ms);
		return true;
	}
	return true;
}

/*
 * A place need not have every sensor that an event speaks of (a lift without a landing
 * contact), but it must have one of them.
 */
static bool do_event(const struct event *event, struct building *building,
	const struct binding *binding, int64_t now_ms, struct fault *fault)
{
	long found = 0;

	for (const struct effect *e = event->effects; e; e = e->next) {
		long count = check_effect(e, building, binding, fault);

		if (count < 0)
			return false;
		found += count;
	}
	if (found == 0 && event->effects)
		return false;
	for (const struct effect *e = event->effects; e; e = e->next)
		if (!do_effect(e, building, binding, now_ms, fault))
			return false;
	return true;
}

/* Do the words from w on fit the pattern from p on? A missing optional word is its fallback. */
static bool match(const struct event *event, size_t p, const struct site *site,
	const struct words *words, size_t w, struct binding *binding, struct fault *fault)
{
	const struct pattern_word *pattern = &event->words[p];
	const char *word = w < words->count ? words->at[w] : NULL;

	if (p == event->word_count)
		return !word || fault_set(fault, "expected: %s", event->text);
	if (pattern->literal) {
		if (!word || strcmp(word, pattern->literal) != 0)
			return fault_set(fault, "expected: %s", event->text);
		return match(event, p + 1, site, words, w + 1, binding, fault);
	}
	if (word && name_find(site, pattern->kind, word, &binding->index[p], fault))
		return match(event, p + 1, site, words, w + 1, binding, fault);
	if (!word && !pattern->optional)
		return fault_set(fault, "expected: %s", event->text);
	if (!pattern->optional)
		return false;
	binding->index[p] = pattern->fallback;
	return match(event, p + 1, site, words, w, binding, word ? &(struct fault){ 0 } : fault);
}

static const char *event_name(const void *scenario, size_t i)
{
	const struct event *event = ((const struct scenario *)scenario)->events;

	for (; i > 0; i--)
		event = event->next;
	return event->words[0].literal;
}

static bool unknown_event(const struct scenario *scenario, const char *name, struct fault *fault)
{
	const char *nearest;
	size_t count = 0;

	for (const struct event *e = scenario->events; e; e = e->next)
		count++;
	nearest = id_nearest(name, count, event_name, scenario);
	if (nearest)
		return fault_set(
			fault, "unknown event \"%s\" (did you mean \"%s\"?)", name, nearest);
	return fault_set(fault, "unknown event \"%s\"", name);
}

bool scenario_do(const struct scenario *scenario, struct building *building,
	const struct words *words, int64_t now_ms, struct fault *fault)
{
	bool known = false;

	if (words->count == 0)
		return fault_set(fault, "an event is missing");
	for (const struct event *e = scenario->events; e; e = e->next) {
		struct binding binding = { 0 };

		if (strcmp(e->words[0].literal, words->at[0]) != 0)
			continue;
		known = true;
		if (!match(e, 0, building->site, words, 0, &binding, fault))
			continue;
		return do_event(e, building, &binding, now_ms, fault);
	}
	return known ? false : unknown_event(scenario, words->at[0], fault);
}
