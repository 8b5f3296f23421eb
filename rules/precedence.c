#include "rules/precedence.h"

#include <stdio.h>
#include <string.h>

struct table {
	const struct rule *rules;
	size_t count;
	unsigned *ranks;
};

/* Of the rules whose type explains this one, that of the highest rank; NULL: there is none. */
static const struct rule *explainer(const struct table *table, const struct rule *rule)
{
	const struct rule *found = NULL;

	for (size_t s = 0; s < rule->suppressor_count; s++)
		for (size_t i = 0; i < table->count; i++)
			if (table->rules[i].type == rule->suppressed_by[s] &&
				(!found || table->ranks[i] > table->ranks[found - table->rules]))
				found = &table->rules[i];
	return found;
}

/* True: it was higher than it should be yet. */
static bool raise_rank(const struct table *table, size_t i)
{
	const struct rule *before = explainer(table, &table->rules[i]);
	unsigned rank = before ? table->ranks[before - table->rules] + 1 : 0;
	bool raised = rank > table->ranks[i];

	if (raised)
		table->ranks[i] = rank;
	return raised;
}

/*
 * From a rule whose rank never ends the way to what explains it never ends either: after as many
 * steps as there are rules it is in the circle.
 */
static const struct rule *tell_circle(
	const struct table *table, const struct rule *rule, char *text, size_t size)
{
	const struct rule *at;
	size_t used = 0;

	for (size_t i = 0; i < table->count; i++)
		rule = explainer(table, rule);
	at = rule;
	do {
		const struct rule *next = explainer(table, at);
		int n = snprintf(text + used, size - used, "%s\"%s\" explains \"%s\"",
			used ? ", " : "", next->type->id, at->type->id);

		used = n > 0 && (size_t)n < size - used ? used + (size_t)n : size - 1;
		at = next;
	} while (at->type != rule->type);
	return rule;
}

const struct rule *precedence_rank(
	const struct rule *rules, size_t count, unsigned *ranks, char *circle, size_t size)
{
	const struct table table = { rules, count, ranks };
	bool raised = true;

	memset(ranks, 0, count * sizeof(*ranks));
	for (size_t round = 0; raised && round <= count; round++) {
		raised = false;
		for (size_t i = 0; i < count; i++) {
			if (!raise_rank(&table, i))
				continue;
			raised = true;
			if (ranks[i] > count)
				return tell_circle(&table, &rules[i], circle, size);
		}
	}
	return NULL;
}
