/*
 * A row of the rule table: a condition, its delays and scope, and the incident
 * type that it detects. Built by config/, immutable afterwards.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "core/plan.h"

enum { SUPPRESSOR_MAX = 4 };

struct rule {
	const char *id; /* "water-pressure-low" */
	struct text name;
	const struct incident_type *type;
	const char *condition;  /* expression; see rules/expr.h */
	const char *clear_when; /* NULL: when the condition is false */
	int64_t for_ms;         /* the condition must hold this long before it raises */
	int64_t clear_for_ms;   /* and clear_when this long before it returns */
	bool latch;             /* what it raises ends only when a person resets it */
	bool each_zone; /* one instance per zone that holds a point of the condition's classes */
	const struct zone *zone;  /* the scope; with each_zone, instances only within it */
	int64_t detect_within_ms; /* the promise that the worst-case lint checks; 0: none */
	/* Open incidents of these types, here or around here, explain it: nobody is told. */
	const struct incident_type *suppressed_by[SUPPRESSOR_MAX];
	size_t suppressor_count;
	int64_t unsuppress_after_ms; /* and so long after they have returned */
	int64_t chatter_max;         /* more raises than this within chatter_within_ms are chatter;
					0: no limit */
	int64_t chatter_within_ms;
	const char *where; /* "rules.conf:41", for messages */
	uint32_t index;
};

#endif
