/*
 * An incident: one occurrence of a type in a zone, with its causes, state and
 * steps. Owned by the engine; others read it during a call only.
 *
 * States follow ISA-18.2 / IEC 62682 (condition true or returned, acknowledged
 * or not) and the plan's own ending: closed after the condition has returned, a
 * person has acknowledged and each mandatory step that applies is done or
 * skipped with a reason.
 */
#ifndef RULES_INCIDENT_H
#define RULES_INCIDENT_H

#include "core/id.h"
#include "core/plan.h"
#include "core/reading.h"
#include "rules/expr.h"

enum incident_state {
	INCIDENT_NONE,           /* not open */
	INCIDENT_ACTIVE_UNACKED, /* condition true, nobody has acknowledged */
	INCIDENT_ACTIVE_ACKED,
	INCIDENT_RETURNED_UNACKED, /* condition over, nobody has acknowledged */
	INCIDENT_RETURNED_ACKED,   /* over and acknowledged, steps still open */
	INCIDENT_CLOSED,           /* seen in the closing transition only */
	INCIDENT_STATE_COUNT
};

enum incident_event {
	INCIDENT_EVENT_RAISE,    /* a cause became true */
	INCIDENT_EVENT_RETURN,   /* the last active cause is over */
	INCIDENT_EVENT_ACK,      /* a person acknowledged */
	INCIDENT_EVENT_COMPLETE, /* every mandatory step that applies is accounted for */
	INCIDENT_EVENT_COUNT
};

/* The next state; the same state where the event changes nothing. Full table. */
enum incident_state incident_next(enum incident_state state, enum incident_event event);
const char *incident_state_name(enum incident_state state); /* "active-unacknowledged", ... */

enum {
	INCIDENT_ID_MAX = 2 * ID_MAX,
	CAUSE_RULE_MAX = 8,             /* rules that detect one type in one zone */
	CAUSE_MAX = CAUSE_RULE_MAX + 1, /* and a person's report */
	WITNESS_MAX = 8,
	USER_MAX = 32,
	NOTE_MAX = 200
};

enum step_status { STEP_OPEN, STEP_DONE, STEP_SKIPPED };

enum action_state {
	ACTION_IDLE,      /* not wanted (yet), or the step has no action */
	ACTION_ADVISED,   /* mode advise: a person must switch */
	ACTION_AWAITING,  /* mode confirm: waits for a person's release */
	ACTION_WANTED,    /* released: the daemon's actuation is at it */
	ACTION_DONE,      /* every output confirmed by its read-back */
	ACTION_FAILED,    /* some output not written or not confirmed in time */
	ACTION_REFUSED,   /* not armed, protected, interlock, locked: nothing written */
	ACTION_OVERTAKEN, /* before it was written, the condition returned or the step was skipped
			   */
	ACTION_RESTORED,  /* a person had the outputs put back */
};

struct step_state {
	enum truth applies; /* of step->when; TRUE where it has none */
	enum step_status status;
	enum action_state action;
	int64_t status_ms; /* boot time of the last change of status */
	int64_t action_ms;
	char by[USER_MAX + 1];
	char note[NOTE_MAX + 1]; /* the reason of a skip */
};

struct cause {
	const struct rule *rule; /* NULL: a person reported it */
	bool active;
	int64_t since_ms, until_ms;            /* until_ms: when it returned; 0 while active */
	struct reading witnesses[WITNESS_MAX]; /* the readings that made it true */
	size_t witness_count;
	char by[USER_MAX + 1]; /* of a report: who, and what was said */
	char note[NOTE_MAX + 1];
};

struct incident {
	char id[INCIDENT_ID_MAX + 1]; /* "<number>-<zone>-<serial>": "2-f3-1b3xk" */
	const struct incident_type *type;
	const struct zone *zone;
	enum incident_state state;
	bool drill;
	int64_t raised_ms, acked_ms, returned_ms, closed_ms; /* boot time; 0: not (yet) */
	char acked_by[USER_MAX + 1];
	struct cause causes[CAUSE_MAX];
	size_t cause_count;
	struct step_state steps[STEP_MAX]; /* parallel to type->steps */
};

const char *step_status_name(enum step_status status);  /* "open", "done", "skipped" */
const char *action_state_name(enum action_state state); /* "idle", "advised", ... */
const char *truth_name(enum truth truth);               /* "no", "yes", "unknown" */

#endif
