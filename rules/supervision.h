/*
 * Supervision: an output that was proved is watched as long as it is claimed, and what its
 * read-back says later is told, never written against. Pure: no clock, no state, no I/O; any
 * thread.
 */
#ifndef RULES_SUPERVISION_H
#define RULES_SUPERVISION_H

#include "rules/expr/expr.h"

/* Of one claim. */
enum supervision {
	SUPERVISION_NONE, /* not proved, or no longer claimed */
	SUPERVISION_HOLDS,
	SUPERVISION_DOUBT, /* the read-back disagrees; its confirm time runs */
	SUPERVISION_LOST,  /* it has disagreed for so long, and that was told */
	SUPERVISION_COUNT
};

enum supervision_event {
	SUPERVISION_PROVED,
	SUPERVISION_AGREES,    /* a good read-back */
	SUPERVISION_DIFFERS,   /* the same, and does not agree */
	SUPERVISION_UNUSABLE,  /* what is not good says nothing, nor while the output is written */
	SUPERVISION_TIME_OVER, /* of the doubt */
	SUPERVISION_WITHDRAWN,
	SUPERVISION_EVENT_COUNT
};

/* The next state; the same where the event changes nothing. A full table. */
enum supervision supervision_next(enum supervision state, enum supervision_event event);

/* Whom it concerns that an output is lost. */
enum supervision_telling {
	SUPERVISION_OPENS_STEP, /* what was to be off is not: somebody must go and look */
	SUPERVISION_ASKS,       /* who is asked about held outputs: nothing is dangerous any more */
};

/*
 * `still_true`: the condition of the claim's incident; FALSE also where that is closed. `ours`: it
 * was not handed over to another department.
 */
enum supervision_telling supervision_tells(enum truth still_true, bool ours);

#endif
