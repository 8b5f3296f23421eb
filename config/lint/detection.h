/* How long a rule may take at worst from the event to the raise. */
#ifndef CONFIG_DETECTION_H
#define CONFIG_DETECTION_H

#include "config/lint/lint.h"
#include "rules/engine/engine.h"

/* use() for every expression, in every zone where it is evaluated; `rule` NULL: of no rule. */
void lint_walk(const struct config *config, engine_use *use, void *context);

/* worst_ms = poll_ms + round_ms + settle_ms + the rule's for_ms, of its slowest point. */
struct detection {
	double worst_ms;
	double poll_ms;              /* of that point; 0: it comes by itself, at once */
	const struct point *slowest; /* NULL: no point */
	double round_ms;             /* all polls of that point's bus, one after the other */
	double settle_ms;            /* of the point: its debouncing */
};

/* What a bus has to do: share 1.0 means that it is never idle. */
struct bus_load {
	double round_ms, share;
};

/* Arrays parallel to site.buses and config.rules; free() each. NULL: out of memory. */
struct bus_load *detection_buses(const struct config *config);
struct detection *detection_rules(const struct config *config, const struct bus_load *loads);

/* As people read them: "0.25 s", "3600 s". */
enum { SECONDS_SIZE = 32 };
const char *detection_seconds(double ms, char text[static SECONDS_SIZE]);

/* "1 s poll of boiler-temp + 0.2 s round of line-1 + 5 s delay" */
void detection_words(
	const struct detection *detection, const struct rule *rule, char *text, size_t size);

#endif
