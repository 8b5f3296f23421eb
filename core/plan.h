/*
 * The plan: roles, actions, and incident types with their procedures.
 *
 * Built by config/ from config/etc/plan/, immutable afterwards. The clause
 * numbers are those of section 4 of the building's written emergency plan.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "core/site.h"
#include "core/text.h"

enum { STEP_MAX = 32, STEP_ROLE_MAX = 8, FACT_MAX = 12, CHAIN_MAX = 4 };

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

struct role {
	const char *id; /* "service_desk" */
	struct text name;
};

enum action_mode {
	ACTION_ADVISE,  /* say what a person should switch; write nothing */
	ACTION_CONFIRM, /* wait for a person's release, then write */
	ACTION_AUTO,    /* write at once */
};

/* What becomes of mode auto where only a person has reported it. */
enum on_report { ON_REPORT_CONFIRM, ON_REPORT_AUTO };

enum action_scope { ACTION_ZONE, ACTION_FLOOR, ACTION_SITE };

/* What a step does to outputs: every output of `class` in the incident's scope goes to `value`. */
struct action {
	const char *id; /* "boilers-off" */
	struct text name;
	const struct point_class *class;
	enum action_scope scope; /* the incident's zone, its floor, or the whole site */
	double value;            /* STATE class: 0 or 1 */
	enum action_mode mode;
	enum on_report on_report;
	int64_t confirmed_by;  /* mode auto: of so many at least, devices or devices and a person */
	int64_t released_by;   /* so many persons: 1 or 2 */
	int64_t confirm_ms;    /* the read-back must agree within this */
	const char *interlock; /* expression that must not be false; NULL: none. Unknown forbids */
	/* Which it goes before, where both want one output and their incidents are equally strong.
	 */
	const struct action **over;
	size_t over_count;
	unsigned rank; /* what follows of that: the higher wins */
};

/* What is the case while nobody has said it. */
enum fact_unknown {
	FACT_UNKNOWN_ASK, /* what depends on it waits, until its deadline assumes the worse side */
	FACT_UNKNOWN_YES, /* yes: it saves a life, and the question is asked beside */
};

/* What decides which steps apply: said by a sensor or by a person, or assumed. */
struct fact {
	const char *id;       /* "trapped"; unique in its type */
	struct text question; /* answered by yes or no */
	const char *sensor;   /* expression in the incident's zone; NULL: only a person can tell */
	const struct role *ask[STEP_ROLE_MAX];
	size_t ask_count;
	enum fact_unknown unknown;
	bool worse;          /* the side that is assumed: yes or no */
	int64_t deadline_ms; /* of the question, from when it is asked; after_ms where that is set
			      */
	int64_t after_ms;    /* it turns to yes by itself after this; 0: never */
	uint32_t index;      /* in its type */
};

struct step {
	const char *id;                       /* "boilers-off"; unique in its type */
	const char *clause;                   /* "2.2" */
	struct text text;                     /* short imperatives, own words */
	const struct role *by[STEP_ROLE_MAX]; /* who acts */
	size_t by_count;
	const struct role *tell[STEP_ROLE_MAX]; /* who is only told */
	size_t tell_count;
	const struct role *roles[STEP_ROLE_MAX]; /* both */
	size_t role_count;
	const struct fact
		*fact;     /* it applies at this fact's yes; NULL: it does not depend on one */
	bool fact_negated; /* at its no */
	bool first;        /* of the first stage: to be done until it is full; else from then on */
	int64_t deadline_ms; /* from when it begins to apply; 0: none */
	bool mandatory;      /* must be done or skipped with a reason before the incident closes */
	const struct action *action; /* NULL: people only */
};

struct incident_type {
	const char *id; /* "water-loss" */
	int number;     /* 2; 1 to 28 */
	struct text name;
	enum severity severity;
	struct fact *facts;
	size_t fact_count;
	const struct fact
		*stage; /* of them: is it full? NULL: it has one stage, and is full at once */
	struct step *steps;
	size_t step_count;
	uint32_t index;
};

/* Who is told when nobody below has acknowledged or done what was due; section 3.1 of the plan. */
struct chain_level {
	const struct role *roles[STEP_ROLE_MAX];
	size_t role_count;
	int64_t after_ms; /* without acknowledgement */
};

struct plan {
	struct role *roles;
	size_t role_count;
	struct action *actions;
	size_t action_count;
	struct incident_type *types;
	size_t type_count;
	struct chain_level chain[CHAIN_MAX]; /* first the lowest */
	size_t chain_count;
	int64_t remind_ms; /* an overdue step is told again after this, then ever more seldom; 0:
			      never */
};

/* Is it one of these? */
bool roles_have(const struct role *const roles[], size_t count, const struct role *role);

/* Where an action acts for an incident in `zone`. */
const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone);
/* Is the point an output of this action in this scope? */
bool action_covers(
	const struct action *action, const struct zone *scope, const struct point *point);

const char *severity_name(enum severity severity); /* "low", "medium", "high", "critical" */
const char *action_mode_name(enum action_mode mode);

#endif
