/*
 * Actions that want one output at different values: which of them goes first, and where nobody
 * says so. Pure.
 *
 * What an action says that it goes before (`over`) makes a graph; an action's rank is its longest
 * way down there, so that of two contradicting claims of one strength the higher rank wins.
 */
#ifndef RULES_CONTRADICTIONS_H
#define RULES_CONTRADICTIONS_H

#include "core/plan.h"

/*
 * Fills the rank of every action. NULL; or, where actions go before each other in a circle, one of
 * it, and in `circle` which goes before which, for people.
 */
const struct action *contradictions_rank(
	struct action *actions, size_t count, char *circle, size_t size);

/* Two actions that no order is stated for, and the types that make them equally strong. */
struct contradiction {
	const struct action *first, *second; /* in the order of the plan */
	const struct incident_type *first_type, *second_type;
	const struct point *output; /* one of those that both can want */
};

/*
 * The next of the plan from *at on (0: the first; a pair of actions once); false: no more. Each
 * type counts in each zone, since a person may report it anywhere; what only advises claims
 * nothing, nor does what would cut a protected output.
 */
bool contradiction_next(
	const struct plan *plan, const struct site *site, size_t *at, struct contradiction *out);

#endif
