/*
 * When a write that was never proved is tried again. Pure: no clock, no state, no I/O; any thread.
 */
#ifndef RULES_RETRY_H
#define RULES_RETRY_H

#include "rules/expr/expr.h"

#include <stdint.h>

enum {
	RETRY_BEGIN_MS = 10 * 1000,
	RETRY_LONGEST_MS = 5 * 60 * 1000,
	/* In which its device could be reached, since it failed first. */
	RETRY_FOR_MS = 15 * 60 * 1000,
};

struct retry_facts {
	bool proved;  /* ever, by a read-back */
	bool by_plan; /* towards an incident's action value: no put-back, no hand, no call */
	enum truth still_true; /* the condition of its incident */
	bool reachable;        /* its device, now */
	unsigned tries;        /* that reached the device: what could not be sent is none */
	int64_t reached_ms;    /* for how long the device could be reached since it failed first */
};

enum retry_verdict {
	RETRY_NEVER,
	RETRY_OVER,  /* its time is: a person orders it again */
	RETRY_WAITS, /* until its device is back, or its condition known and true */
	RETRY_AFTER, /* `after_ms` from the end of the last try */
};

struct retry {
	enum retry_verdict verdict;
	int64_t after_ms;
};
struct retry retry_when(const struct retry_facts *facts);

#endif
