/*
 * Which rule comes before which: causes before what they explain. Pure.
 *
 * The types of suppressed_by make a graph. A rule's rank is its distance from the
 * types that nothing explains, by the longest way: of what happens in one instant
 * the lower rank comes first.
 */
#ifndef RULES_PRECEDENCE_H
#define RULES_PRECEDENCE_H

#include "rules/rule.h"

/*
 * ranks[i]: of rules[i], from 0. NULL; or, where types explain each other in a circle, a rule of
 * it, and in `circle` which explains which, for people.
 */
const struct rule *precedence_rank(
	const struct rule *rules, size_t count, unsigned *ranks, char *circle, size_t size);

#endif
