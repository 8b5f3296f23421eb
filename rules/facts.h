/*
 * What is known of a fact, and by whom: a full table of states by events, and what follows for what
 * depends on it. A person outranks a sensor, and the worse side is withdrawn by a person only.
 * Pure: no clock, no I/O.
 */
#ifndef RULES_FACTS_H
#define RULES_FACTS_H

#include "core/plan.h"
#include "rules/expr/expr.h"

enum fact_status {
	FACT_UNKNOWN, /* nobody has said it: the question stands */
	FACT_ASSUMED, /* the worse side, because nobody said it in time */
	FACT_SENSED_BETTER,
	FACT_SENSED_WORSE,
	FACT_SAID_BETTER, /* by a person */
	FACT_SAID_WORSE,
	FACT_STATUS_COUNT
};

enum fact_event {
	FACT_EVENT_SENSED_BETTER, /* the sensor changed to it */
	FACT_EVENT_SENSED_WORSE,
	FACT_EVENT_SENSED_UNKNOWN,
	FACT_EVENT_SAID_BETTER, /* a person answers */
	FACT_EVENT_SAID_WORSE,
	FACT_EVENT_SAID_UNKNOWN, /* a person does not know, or takes an answer back */
	FACT_EVENT_DEADLINE,     /* of the question, where unknown is to be asked */
	FACT_EVENT_TURN,         /* its time is up: by itself it is yes from now on */
	FACT_EVENT_RAISE,        /* the incident is raised again */
	FACT_EVENT_REPORT,       /* a person reports the incident, which goes on */
	FACT_EVENT_COUNT
};

/* The next state; the same where the event changes nothing. Full table. */
enum fact_status fact_next(enum fact_status status, enum fact_event event);
/* Does a question stand anew behind this step of the table? */
bool fact_asks(enum fact_status from, enum fact_status to, enum fact_event event);

/* Which event it is that a sensor or a person says so. */
enum fact_event fact_sensed(const struct fact *fact, enum truth says);
enum fact_event fact_answered(const struct fact *fact, enum truth says);
/* And which that the question's deadline has passed; FACT_EVENT_COUNT: it is overdue, and stands.
 */
enum fact_event fact_late(const struct fact *fact, enum fact_status status);
/*
 * What a sensor says counts for, in an incident that a person has reported: its no answers nothing
 * there unless a rule's cause is what goes on.
 */
enum truth fact_heard(enum truth sensor, bool reported, bool report_active, bool rule_active);

/* Yes or no as it is known or assumed; TRUTH_UNKNOWN. */
enum truth fact_value(const struct fact *fact, enum fact_status status);
/*
 * Does what needs its yes (`negated`: its no) apply to people? Unknown: it waits for the answer.
 * One that turns to yes by time is no until then, one that saves a life yes until somebody says no.
 */
enum truth fact_applies(const struct fact *fact, bool negated, enum fact_status status);
/* By a person or a usable reading: what a machine may act upon, and what "all" may mark. */
bool fact_is_said(enum fact_status status);

#endif
