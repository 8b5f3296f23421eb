#include "rules/contradictions.h"

#include <stdio.h>
#include <string.h>

/* Of those that it goes before, the one of the highest rank; NULL: of none. */
static const struct action *below(const struct action *action)
{
	const struct action *found = NULL;

	for (size_t i = 0; i < action->over_count; i++)
		if (!found || action->over[i]->rank > found->rank)
			found = action->over[i];
	return found;
}

/* From where the rank never ends, as many steps as there are actions lead into the circle. */
static const struct action *tell_circle(
	const struct action *action, size_t count, char *text, size_t size)
{
	const struct action *at;
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		action = below(action);
	at = action;
	do {
		const struct action *next = below(at);
		int n = snprintf(text + used, size - used, "%s\"%s\" over \"%s\"", used ? ", " : "",
			at->id, next->id);

		used = n > 0 && (size_t)n < size - used ? used + (size_t)n : size - 1;
		at = next;
	} while (at != action);
	return action;
}

const struct action *contradictions_rank(
	struct action *actions, size_t count, char *circle, size_t size)
{
	bool raised = true;

	for (size_t i = 0; i < count; i++)
		actions[i].rank = 0;
	while (raised) {
		raised = false;
		for (size_t i = 0; i < count; i++) {
			const struct action *next = below(&actions[i]);

			if (!next || actions[i].rank > next->rank)
				continue;
			actions[i].rank = next->rank + 1;
			raised = true;
			if (actions[i].rank > count)
				return tell_circle(&actions[i], count, circle, size);
		}
	}
	return NULL;
}

/* Is `action`, by whatever way, stated to go before `other`? */
static bool is_over(const struct action *action, const struct action *other)
{
	for (size_t i = 0; i < action->over_count; i++)
		if (action->over[i] == other || is_over(action->over[i], other))
			return true;
	return false;
}

static bool claims(const struct action *action, const struct point *point)
{
	return point->writable && point->class == action->class &&
	       !(point->protected && !(action->value > 0));
}

/* NULL: there is no output that both can claim. */
static const struct point *common_output(
	const struct site *site, const struct action *a, const struct action *b)
{
	for (size_t i = 0; i < site->point_count; i++)
		if (claims(a, &site->points[i]) && claims(b, &site->points[i]))
			return &site->points[i];
	return NULL;
}

static bool has_action(const struct incident_type *type, const struct action *action)
{
	for (size_t i = 0; i < type->step_count; i++)
		if (type->steps[i].action == action)
			return true;
	return false;
}

/* A type of each, neither more critical than the other. */
static bool are_equal(const struct plan *plan, struct contradiction *pair)
{
	for (size_t i = 0; i < plan->type_count; i++)
		for (size_t j = 0; j < plan->type_count; j++) {
			pair->first_type = &plan->types[i];
			pair->second_type = &plan->types[j];
			if ((pair->first_type->severity == SEVERITY_CRITICAL) ==
					(pair->second_type->severity == SEVERITY_CRITICAL) &&
				has_action(pair->first_type, pair->first) &&
				has_action(pair->second_type, pair->second))
				return true;
		}
	return false;
}

static bool contradict(const struct plan *plan, const struct site *site, struct contradiction *pair)
{
	const struct action *a = pair->first, *b = pair->second;

	if (a->mode == ACTION_ADVISE || b->mode == ACTION_ADVISE || a->value == b->value ||
		is_over(a, b) || is_over(b, a))
		return false;
	pair->output = common_output(site, a, b);
	return pair->output && are_equal(plan, pair);
}

bool contradiction_next(
	const struct plan *plan, const struct site *site, size_t *at, struct contradiction *out)
{
	size_t count = plan->action_count;

	while (*at < count * count) {
		size_t i = *at / count, j = *at % count;

		++*at;
		*out = (struct contradiction){ .first = &plan->actions[i],
			.second = &plan->actions[j] };
		if (i < j && contradict(plan, site, out))
			return true;
	}
	return false;
}
