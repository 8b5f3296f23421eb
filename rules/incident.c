/*
 * The life of an incident as a table, and the words for its parts. It knows
 * nothing of rules or readings: the engine says what happened.
 */
#include "rules/incident.h"

enum incident_state incident_next(enum incident_state state, enum incident_event event)
{
	static const enum incident_state next[INCIDENT_STATE_COUNT][INCIDENT_EVENT_COUNT] = {
		[INCIDENT_NONE] = {
			[INCIDENT_EVENT_RAISE] = INCIDENT_ACTIVE_UNACKED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_NONE,
			[INCIDENT_EVENT_ACK] = INCIDENT_NONE,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_NONE,
		},
		[INCIDENT_ACTIVE_UNACKED] = {
			[INCIDENT_EVENT_RAISE] = INCIDENT_ACTIVE_UNACKED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_RETURNED_UNACKED,
			[INCIDENT_EVENT_ACK] = INCIDENT_ACTIVE_ACKED,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_ACTIVE_UNACKED,
		},
		[INCIDENT_ACTIVE_ACKED] = {
			[INCIDENT_EVENT_RAISE] = INCIDENT_ACTIVE_ACKED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_RETURNED_ACKED,
			[INCIDENT_EVENT_ACK] = INCIDENT_ACTIVE_ACKED,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_ACTIVE_ACKED,
		},
		[INCIDENT_RETURNED_UNACKED] = {
			[INCIDENT_EVENT_RAISE] = INCIDENT_ACTIVE_UNACKED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_RETURNED_UNACKED,
			[INCIDENT_EVENT_ACK] = INCIDENT_RETURNED_ACKED,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_RETURNED_UNACKED,
		},
		[INCIDENT_RETURNED_ACKED] = {
			/* True again: somebody must acknowledge again. */
			[INCIDENT_EVENT_RAISE] = INCIDENT_ACTIVE_UNACKED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_RETURNED_ACKED,
			[INCIDENT_EVENT_ACK] = INCIDENT_RETURNED_ACKED,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_CLOSED,
		},
		[INCIDENT_CLOSED] = {
			/* The next raise is another incident, with an id of its own. */
			[INCIDENT_EVENT_RAISE] = INCIDENT_CLOSED,
			[INCIDENT_EVENT_RETURN] = INCIDENT_CLOSED,
			[INCIDENT_EVENT_ACK] = INCIDENT_CLOSED,
			[INCIDENT_EVENT_COMPLETE] = INCIDENT_CLOSED,
		},
	};

	return next[state][event];
}

const char *incident_state_name(enum incident_state state)
{
	static const char *const names[INCIDENT_STATE_COUNT] = {
		[INCIDENT_NONE] = "none",
		[INCIDENT_ACTIVE_UNACKED] = "active-unacknowledged",
		[INCIDENT_ACTIVE_ACKED] = "active-acknowledged",
		[INCIDENT_RETURNED_UNACKED] = "returned-unacknowledged",
		[INCIDENT_RETURNED_ACKED] = "returned-acknowledged",
		[INCIDENT_CLOSED] = "closed",
	};

	return names[state];
}

const char *step_status_name(enum step_status status)
{
	static const char *const names[] = {
		[STEP_OPEN] = "open",
		[STEP_DONE] = "done",
		[STEP_SKIPPED] = "skipped",
	};

	return names[status];
}

const char *action_state_name(enum action_state state)
{
	static const char *const names[] = {
		[ACTION_IDLE] = "idle",
		[ACTION_ADVISED] = "advised",
		[ACTION_AWAITING] = "awaiting",
		[ACTION_WANTED] = "wanted",
		[ACTION_DONE] = "done",
		[ACTION_FAILED] = "failed",
		[ACTION_REFUSED] = "refused",
		[ACTION_OVERTAKEN] = "overtaken",
		[ACTION_RESTORED] = "restored",
	};

	return names[state];
}

const char *truth_name(enum truth truth)
{
	static const char *const names[] = {
		[TRUTH_FALSE] = "no",
		[TRUTH_TRUE] = "yes",
		[TRUTH_UNKNOWN] = "unknown",
	};

	return names[truth];
}
