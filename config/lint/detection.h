/* How long a rule may take at worst from the event to the raise. */
#ifndef CONFIG_DETECTION_H
#define CONFIG_DETECTION_H

#include "config/lint/lint.h"
#include "rules/engine/engine.h"

/* use() for every expression, in every zone where it is evaluated; `rule` NULL: of no rule. */
void lint_walk(const struct config *config, engine_use *use, void *context);

/* What happens to the others of the bus of a rule's points; each has its bound. */
enum detection_case {
	DETECTION_WELL,  /* all answer */
	DETECTION_DEAD,  /* none of them does, for long, and one answer of the point's is lost, too
			  */
	DETECTION_DYING, /* all fall silent in the moment of the event */
	DETECTION_CASE_COUNT,
};

struct detection {
	double worst_ms[DETECTION_CASE_COUNT]; /* each of the point that is slowest in it */
	/* What the last of them is made of, besides the rule's for_ms: */
	const struct point *slowest; /* NULL: no point */
	double poll_ms;              /* of that point; 0: it comes by itself, at once */
	double round_ms;             /* all polls of that point's bus, one after the other */
	double lost_ms;              /* a time-out of each of the others, and one second try */
	double writes_ms;            /* the bus's outputs, each written once */
	double settle_ms;            /* of the point: its debouncing */
};

/* What a bus has to do: share 1.0 means that it is never idle. */
struct bus_load {
	double round_ms, share;
	double writes_ms;             /* every armed output once */
	double lost_writes_ms;        /* the same, none answered; longer ones wait too long to go */
	double lost_ms;               /* a time-out of each device */
	double longest_ms, second_ms; /* the longest time-outs of two of them, */
	const struct device *longest; /* the first of them this one's; NULL: none has any */
	double again_ms;              /* the longest second try */
};

/* Arrays parallel to site.buses and config.rules; free() each. NULL: out of memory. */
struct bus_load *detection_buses(const struct config *config);
struct detection *detection_rules(const struct config *config, const struct bus_load *loads);

/*
 * The longest time between two readings of a point on whose bus others are dead, one of its answers
 * lost: were its stale time shorter, it would be stale by the schedule alone.
 */
double detection_gap_ms(const struct bus_load *loads, const struct point *point);

/* As people read them: "250 ms", "3.5 s", "2 min", "1 h". */
enum { DURATION_SIZE = 32 };
const char *detection_duration(double ms, char text[static DURATION_SIZE]);

/*
 * "4 s; with every neighbour dead 5 s; as all of them die 9 s"; where the three are one, that.
 */
enum { FIGURES_SIZE = 160 };
const char *detection_figures(const struct detection *detection, char text[static FIGURES_SIZE]);

/* Of the last: "1 s poll of boiler-temp + 200 ms round of line-1 + 5 s delay" */
void detection_words(
	const struct detection *detection, const struct rule *rule, char *text, size_t size);

#endif
