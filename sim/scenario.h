/*
 * A scenario: how a building begins and what may happen to it, from a file of
 * plain lines (docs/facility-sim.1 has the grammar). Immutable once read; names
 * are checked against the site when it is read, except those that an event is
 * given when it is called.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "core/arena.h"
#include "sim/building.h"
#include "sim/words.h"

#include <stdio.h>

enum { PATTERN_MAX = 6 };

/* A word of an event's pattern: itself, or a parameter of a kind. */
struct pattern_word {
	const char *literal; /* NULL: a parameter */
	enum name_kind kind;
	bool optional;
	uint32_t fallback; /* optional: the index that it then is */
};

/* A name in an effect: fixed when the file was read, or the event's n-th pattern word. */
struct operand {
	int word; /* -1: fixed */
	uint32_t index;
};

/* What a line speaks of: the points of a class in a zone, or one point. */
struct target {
	bool is_class;
	uint32_t class;      /* is_class */
	struct operand what; /* the zone of a class, or the point */
};

enum effect_verb {
	EFFECT_SET,   /* target to value, or to its normal value */
	EFFECT_STUCK, /* the relay of a point does not obey */
	EFFECT_UNSTUCK,
	EFFECT_SILENT, /* a device answers nothing */
	EFFECT_ANSWERS,
	EFFECT_FAULT, /* a device answers wrongly */
	EFFECT_RESET, /* everything normal */
};

struct effect {
	enum effect_verb verb;
	struct target target; /* SET */
	struct operand what;  /* the others: point or device */
	struct slave_fault fault;
	bool normal; /* SET: to each point's normal value */
	double value;
	int64_t over_ms;
	struct effect *next;
};

struct event {
	const char *text; /* the pattern as written, for people */
	struct pattern_word words[PATTERN_MAX];
	size_t word_count;
	struct effect *effects;
	struct event *next;
};

/* A line of how things begin, in the order of the file. */
enum opening_kind { OPENING_NORMAL, OPENING_NOISE, OPENING_FOLLOW };

struct opening {
	enum opening_kind kind;
	struct target target; /* NORMAL, NOISE */
	double value;
	struct follow follow; /* FOLLOW */
	struct opening *next;
};

struct scenario {
	struct arena arena;
	int64_t relay_ms; /* -1: not said */
	struct opening *openings;
	struct event *events;
};

/*
 * Read a scenario. Every error goes to `errors` as "name:line: what"; returns how many.
 * Free with scenario_release() in either case.
 */
unsigned scenario_read(struct scenario *scenario, const struct site *site, FILE *in,
	const char *name, FILE *errors);
void scenario_release(struct scenario *scenario);

/* Give a building its beginning. The scenario must live as long as the building. */
void scenario_begin(const struct scenario *scenario, struct building *building, int64_t now_ms);

/* Do what the words name; false and a sentence when they name nothing. */
bool scenario_do(const struct scenario *scenario, struct building *building,
	const struct words *words, int64_t now_ms, struct fault *fault);

/* Read a target: "class C [in ZONE]" or "point P". `event`: whose parameters count; NULL: none. */
bool scenario_target(struct words *words, const struct site *site, const struct event *event,
	struct target *target, struct fault *fault);

#endif
