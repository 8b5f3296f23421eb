/*
 * What the engine is made of. Inside rules/ only: engine_build.c makes it from
 * the rule table, engine.c moves rule instances, engine_slot.c the incidents,
 * engine_command.c and engine_report.c carry out commands.
 */
#ifndef RULES_ENGINE_STATE_H
#define RULES_ENGINE_STATE_H

#include "rules/delay.h"
#include "rules/engine.h"

#define NOT_PENDING UINT32_MAX
#define SLOT_NONE UINT32_MAX

/* A rule in one zone. */
struct instance {
	const struct rule *rule;
	struct expr *condition, *clear_when; /* clear_when: NULL where the rule has none */
	uint32_t slot;
	uint32_t pending;   /* place in engine->pending, or NOT_PENDING */
	bool active;        /* it raised and has not returned */
	enum truth clear;   /* while active: whether it was clear when that was last known */
	struct delay delay; /* of `for`; of `clear_for` while active */
	bool glimpsed;      /* before the reading that is being taken in */
	uint64_t condition_glimpse, clear_glimpse;
};

/*
 * A type in one zone. Those that rules reach have a place for their incident always, so that a rule
 * never lacks one. All others take one of REPORT_MAX places when a person reports, and until then
 * point at the first place, whose incident is never opened.
 */
struct slot {
	const struct incident_type *type;
	const struct zone *zone;
	struct incident *incident;
	struct expr **whens;   /* by step; NULL: no step has one. An entry is NULL where the step
				  has none or it cannot be compiled here */
	uint32_t active_count; /* of its instances, and the report */
};

/* Incidents open at once of a type that no rule detects in that zone. */
enum { REPORT_MAX = 64 };

/* Per point, the instances or (as slot * STEP_MAX + step) the steps that look at it. */
struct look_up {
	uint32_t *first; /* by point; one more at the end */
	uint32_t *entries;
};

struct engine {
	const struct site *site;
	const struct plan *plan;
	struct instance *instances;
	size_t instance_count;
	struct slot *slots;
	size_t slot_count, ruled_count; /* the first ruled_count ones are those that rules reach */
	struct incident *incidents;     /* places: nobody's, of the ruled slots, for reports */
	uint32_t *slot_of;              /* by place; SLOT_NONE */
	struct look_up instances_of, steps_of;
	struct reading *values; /* by point */
	uint32_t *pending;      /* instances whose delay runs */
	size_t pending_count;
	uint32_t *open; /* slots, in the order of their raise */
	size_t open_count;
	uint64_t serial;
	int64_t now_ms, deadline_ms;
	bool deadline_moved;
	bool restored;                /* and what the configuration has lost not yet ended */
	struct removed_rule *removed; /* rules that only restored incidents know */
};

/* A cause of the last run whose rule does not exist here any more. */
struct removed_rule {
	struct rule rule; /* its id for a name */
	struct removed_rule *next;
	char id[ID_MAX + 1];
};

/* Who is told what in one call. */
struct telling {
	struct engine_sink *sink;
	const char *user;
	int64_t at_ms;
};

#define ENGINE_USER "facilityd"

/* Up to `now_ms`: delays that ended by then count at the time at which they ended. */
void engine_advance(struct engine *engine, int64_t now_ms, struct engine_sink *sink);

/* The slot's incident gains or loses a cause. */
void slot_raise(struct engine *engine, const struct instance *instance, const struct telling *tell);
void slot_return(struct engine *engine, uint32_t slot, const struct rule *rule /* NULL: report */,
	const struct telling *tell);
/* False: no place is left. */
bool slot_report(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* SLOT_NONE: the plan does not have the type, or no rule its (type, zone). */
uint32_t slot_find(
	const struct engine *engine, const struct incident_type *type, const struct zone *zone);
/* Gives the slot a place for its incident; false: none is left. Pure where it has one. */
bool slot_take_place(struct engine *engine, uint32_t slot);
uint32_t slot_of_incident(const struct engine *engine, const struct incident *incident);
/* Ends the causes of restored incidents for which there is no rule any more. */
void slot_end_removed(struct engine *engine, uint32_t slot, const struct telling *tell);
struct cause *slot_report_cause(struct incident *incident); /* NULL: nobody reported it */
/* The incident that a command names; NULL: none is open. */
struct incident *engine_find_slot(struct engine *engine, const char *id, uint32_t *slot);
/* True again before it had returned: actions that were given up or undone begin anew. */
void slot_relapse(struct engine *engine, uint32_t slot, const struct telling *tell);
/* A point that the step's `when` looks at has changed. */
void slot_look(struct engine *engine, uint32_t slot, int step, const struct telling *tell);
/* Closes the incident when nothing is open any more. */
void slot_settle(struct engine *engine, uint32_t slot, const struct telling *tell);

void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell);
/* Gives the step a status; tells nobody. */
void step_set(struct step_state *step, enum step_status status, const char *note,
	const struct telling *tell);
/* NULL is empty. Cut behind a whole character, so that what was UTF-8 stays it. */
void engine_copy_text(char *to, size_t size, const char *from);

#endif
