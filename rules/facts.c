#include "rules/facts.h"

/* Rows are laid out by hand: a table with every cell in sight. */
/* clang-format off */
enum fact_status fact_next(enum fact_status status, enum fact_event event)
{
	enum {
		U = FACT_UNKNOWN, A = FACT_ASSUMED,
		B = FACT_SENSED_BETTER, W = FACT_SENSED_WORSE,
		PB = FACT_SAID_BETTER, PW = FACT_SAID_WORSE,
	};
	/*
	 * What is unknown now keeps what was known last. Who takes back the worse side does not
	 * say the better: it is assumed then, and no machine acts upon it any more.
	 */
	static const unsigned char next[FACT_STATUS_COUNT][FACT_EVENT_COUNT] = {
		/*       sensor: better worse ?   person: better worse ?   deadline turn raise report */
		[U] =  {         B,     W,    U,          PB,    PW,   U,  A,       A,   U,    U },
		[A] =  {         A,     W,    A,          PB,    PW,   A,  A,       A,   A,    A },
		[B] =  {         B,     W,    B,          PB,    PW,   U,  B,       A,   U,    U },
		[W] =  {         W,     W,    W,          PB,    PW,   W,  W,       W,   W,    W },
		[PB] = {         PB,    W,    PB,         PB,    PW,   U,  PB,      A,   U,    PB },
		[PW] = {         PW,    PW,   PW,         PB,    PW,   A,  PW,      PW,  PW,   PW },
	};

	return (enum fact_status)next[status][event];
}
/* clang-format on */

bool fact_asks(enum fact_status from, enum fact_status to, enum fact_event event)
{
	if (to == FACT_UNKNOWN)
		return from != FACT_UNKNOWN || event == FACT_EVENT_RAISE;
	/* It contradicts a person, who may know better still. */
	return from == FACT_SAID_BETTER && to == FACT_SENSED_WORSE;
}

static bool is_worse(const struct fact *fact, enum truth says)
{
	return (says == TRUTH_TRUE) == fact->worse;
}

enum fact_event fact_sensed(const struct fact *fact, enum truth says)
{
	if (says == TRUTH_UNKNOWN)
		return FACT_EVENT_SENSED_UNKNOWN;
	return is_worse(fact, says) ? FACT_EVENT_SENSED_WORSE : FACT_EVENT_SENSED_BETTER;
}

enum fact_event fact_answered(const struct fact *fact, enum truth says)
{
	if (says == TRUTH_UNKNOWN)
		return FACT_EVENT_SAID_UNKNOWN;
	return is_worse(fact, says) ? FACT_EVENT_SAID_WORSE : FACT_EVENT_SAID_BETTER;
}

enum fact_event fact_late(const struct fact *fact, enum fact_status status)
{
	if (fact->after_ms && fact_value(fact, status) != TRUTH_TRUE)
		return FACT_EVENT_TURN;
	if (status == FACT_UNKNOWN && fact->unknown == FACT_UNKNOWN_ASK)
		return FACT_EVENT_DEADLINE;
	return FACT_EVENT_COUNT;
}

enum truth fact_heard(enum truth sensor, bool reported, bool report_active, bool rule_active)
{
	if (sensor == TRUTH_FALSE && reported && (report_active || !rule_active))
		return TRUTH_UNKNOWN;
	return sensor;
}

enum truth fact_value(const struct fact *fact, enum fact_status status)
{
	bool worse =
		status == FACT_ASSUMED || status == FACT_SENSED_WORSE || status == FACT_SAID_WORSE;

	if (status == FACT_UNKNOWN)
		return TRUTH_UNKNOWN;
	return worse == fact->worse ? TRUTH_TRUE : TRUTH_FALSE;
}

enum truth fact_applies(const struct fact *fact, bool negated, enum fact_status status)
{
	enum truth value = fact_value(fact, status);

	if (value == TRUTH_UNKNOWN && fact->after_ms)
		value = TRUTH_FALSE;
	else if (value == TRUTH_UNKNOWN && fact->unknown == FACT_UNKNOWN_YES)
		value = TRUTH_TRUE;
	return negated ? truth_not(value) : value;
}

bool fact_is_said(enum fact_status status)
{
	return status != FACT_UNKNOWN && status != FACT_ASSUMED;
}
