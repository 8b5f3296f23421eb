/*
 * A delay before a truth counts: `for` and `clear_for`. Inside rules/ only.
 *
 * It runs while the truth is TRUE, is held while it is UNKNOWN (what has run
 * off stays run off), and starts anew when it is FALSE. Pure: time is an
 * argument, ms, and must not go back.
 */
#ifndef RULES_INCIDENT_DELAY_H
#define RULES_INCIDENT_DELAY_H

#include "rules/expr/expr.h"

struct delay {
	int64_t left_ms;  /* at since_ms, or while it is held */
	int64_t since_ms; /* when it last began to run */
	bool running;
};

/* At rest, with all of total_ms before it. */
void delay_reset(struct delay *delay, int64_t total_ms);

/* From now on the truth is `truth`. True when the delay has run off. */
bool delay_feed(struct delay *delay, enum truth truth, int64_t total_ms, int64_t now_ms);

/* When it will have run off if nothing changes; INT64_MAX while it does not run. */
int64_t delay_deadline(const struct delay *delay);

#endif
