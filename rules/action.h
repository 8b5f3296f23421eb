/*
 * Actions: where one acts, how it begins, and what it asks of a person first. Pure: no clock, no
 * state, no I/O; any thread.
 *
 * What only a person reported never switches by itself: such an action waits for a release, unless
 * it says otherwise; and where the report names a wide zone, for the place in it. One that is to be
 * confirmed by two waits until two devices say it, or one and a person.
 */
#ifndef RULES_ACTION_H
#define RULES_ACTION_H

#include "core/plan.h"

enum { PLACE_MAX = 8 };

/* Where one acts: zones of which none lies in another. */
struct places {
	const struct zone *zones[PLACE_MAX];
	size_t count;
};

/* The one of them that has this zone in it; NULL: none has. */
const struct zone *places_of(const struct places *places, const struct zone *zone);
/* Those that lie in it are part of it from then on. False: there is no room for another. */
bool places_add(struct places *places, const struct zone *zone);
/* The same zones of two configurations, in the same order? */
bool places_same(const struct places *a, const struct places *b);

/* What calls for an action. */
struct action_call {
	const struct zone *zone; /* the incident's */
	bool drill;
	bool ruled;       /* a rule's cause is active; else a person's report is all */
	bool reported;    /* a person's is */
	unsigned devices; /* with a usable point that makes a rule's cause true now */
};

/* How it begins: its own mode, or a milder one. */
enum action_mode action_begins_as(
	const struct site *site, const struct action *action, const struct action_call *call);

/* Protected outputs are never switched off. */
bool action_spares(const struct action *action, const struct point *point);

/*
 * The places in `zone` between which a person is to choose, since the action is one of rooms (or
 * floors) and the zone is wider: those that have outputs of it. From *i on; NULL: no more.
 */
const struct zone *action_place(
	const struct site *site, const struct action *action, const struct zone *zone, size_t *i);
bool action_asks_place(
	const struct site *site, const struct action *action, const struct zone *zone);
/* Can a person have it act in this place of the incident's zone, and there only? */
bool action_fits(const struct action *action, const struct zone *zone, const struct zone *place);
/* Has this place outputs of the action that it would write? */
bool action_reaches(const struct site *site, const struct action *action, const struct zone *place);

#endif
