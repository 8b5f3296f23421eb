/*
 * What the engine is made of. Inside rules/ only. engine_build.c makes it from
 * the rule table; engine.c moves rule instances and time. An incident is moved
 * by engine_slot.c (raise, return, close), engine_steps.c (its steps and
 * actions), engine_follow.c (what time does to it), engine_suppress.c and
 * engine_drill.c. engine_command.c, engine_life.c and engine_report.c carry out
 * what people say.
 */
#ifndef RULES_ENGINE_STATE_H
#define RULES_ENGINE_STATE_H

#include "core/utf8.h"
#include "rules/engine/delay.h"
#include "rules/engine/engine.h"

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
	uint32_t raises;    /* since window_ms, within the rule's chatter_within_ms */
	int64_t window_ms;
	bool chattering; /* it returns only when it has been clear for chatter_within_ms */
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

/*
 * Incidents open at once of a type that no rule detects in that zone; and exercises. The slots of
 * exercises stand behind all others, each with a place of its own.
 */
enum { REPORT_MAX = 64, DRILL_MAX = 4 };

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
	uint64_t watch_changes;
	int64_t now_ms, deadline_ms;
	int64_t input_ms; /* of the input that is being taken in; now_ms may still be behind it */
	bool deadline_moved;
	bool suppresses;                /* some rule has a suppressor */
	bool suppression_due;           /* something happened that may change who explains whom */
	char real[INCIDENT_ID_MAX + 1]; /* an incident was raised: exercises are to end; "": none */
	bool restored;                  /* and what the configuration has lost not yet ended */
	bool adopted;                   /* readings were, and no condition has looked at them yet */
	struct removed_rule *removed;   /* rules that only restored incidents know */
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

/* engine.c: looks at the rule's truth now. */
void instance_feed(struct engine *engine, uint32_t index, const struct telling *tell);
int64_t instance_delay(const struct instance *instance); /* before it turns, ms */

/* engine_time.c: up to `now_ms`: delays that ended by then count at the time at which they ended.
 */
void engine_advance(struct engine *engine, int64_t now_ms, struct engine_sink *sink);
/* Behind every input: what it means for other incidents, and when something happens next. */
void engine_finish(struct engine *engine, struct engine_sink *sink);

/* engine_index.c: what looks at which point. False: no memory. */
bool engine_index(struct engine *engine);

/* engine_command.c: a person's command. False: it names no open incident. */
struct commanding {
	struct engine *engine;
	struct telling tell;
	struct incident *incident;
	uint32_t slot;
};
void command_start(struct commanding *command, struct engine *engine, const char *user,
	int64_t now_ms, struct engine_sink *sink);
bool command_find(struct commanding *command, const char *id);
/* Of what kind, and where: ENGINE_OK, or what does not exist. */
enum engine_result command_place(const struct engine *engine, int number, const char *zone,
	const struct incident_type **type, const struct zone **where);
/* The slot of that type in that place, whether an incident is open there or not. */
enum engine_result command_slot(struct commanding *command, int number, const char *zone);
enum engine_result command_end(struct commanding *command, enum engine_result result);
bool is_reason(const char *note); /* it says something */

/* engine_slot.c: the slot's incident gains or loses a cause. */
void slot_raise(struct engine *engine, const struct instance *instance, const struct telling *tell);
void slot_return(struct engine *engine, uint32_t slot, const struct rule *rule /* NULL: report */,
	const struct telling *tell);
void slot_report(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* An incident with an id of its own, in INCIDENT_NONE, without a cause. */
void slot_open(struct engine *engine, uint32_t slot, int64_t at_ms);
/* Its last word. */
void slot_close(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* Closes the incident when nothing is open any more. */
void slot_settle(struct engine *engine, uint32_t slot, const struct telling *tell);
/*
 * Its state has become one of which people are told: what runs for people begins anew. Tells it as
 * raised, where they are told for the first time, else as `kind`.
 */
void slot_come_up(struct engine *engine, uint32_t slot, enum transition_kind kind, const char *note,
	const struct telling *tell);
void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell);

/* engine_report.c. SLOT_NONE: the plan does not have the type. Real incidents only. */
uint32_t slot_find(
	const struct engine *engine, const struct incident_type *type, const struct zone *zone);
const struct incident_type *engine_type(const struct engine *engine, int number);
/* Gives the slot a place for its incident; false: none is left. Pure where it has one. */
bool slot_take_place(struct engine *engine, uint32_t slot);
uint32_t slot_of_incident(const struct engine *engine, const struct incident *incident);
struct cause *slot_report_cause(struct incident *incident); /* NULL: nobody reported it */

/* restore_take.c: ends the causes of restored incidents for which there is no rule any more. */
void slot_end_removed(struct engine *engine, uint32_t slot, const struct telling *tell);

/* engine_steps.c: the deadlines of what is not accounted for begin now, and maybe actions. */
void steps_begin(
	struct engine *engine, uint32_t slot, bool first, bool actions, const struct telling *tell);
/* Nothing mandatory is open, and no action is being carried out. */
bool steps_complete(const struct incident *incident);
bool steps_busy(const struct incident *incident); /* an action is being carried out */
/* Actions of these states (bits) are not to be carried out any more. */
void steps_give_up(struct incident *incident, unsigned action_states, int64_t at_ms);
/* True again before it had returned: actions that were given up or undone begin anew. */
void slot_relapse(struct engine *engine, uint32_t slot, const struct telling *tell);
/* A point that the step's `when` looks at has changed. */
void slot_look(struct engine *engine, uint32_t slot, int step, const struct telling *tell);
/* The incident has lasted so long that the step begins to apply, as far as its `when` allows. */
void slot_step_begins(struct engine *engine, uint32_t slot, int step, const struct telling *tell);
/* Gives the step a status; tells nobody. */
void step_set(struct step_state *step, enum step_status status, const char *note,
	const struct telling *tell);
/* engine_follow.c: when time does something to the incident next, CLOCK_NEVER; and doing it. */
int64_t follow_next(const struct engine *engine, const struct incident *incident);
void follow_level(const struct engine *engine, struct incident *incident); /* for people */
void follow_run(struct engine *engine, uint32_t slot, const struct telling *tell);

/* engine_suppress.c: the open incident that explains this one; NULL: none. */
const struct incident *slot_suppressor(const struct engine *engine, uint32_t slot);
void suppress_run(struct engine *engine, struct engine_sink *sink);
void slot_unsuppress(struct engine *engine, uint32_t slot, const struct telling *tell);

/* engine_drill.c */
bool slot_is_drill(const struct engine *engine, uint32_t slot);
uint32_t drill_find_free(const struct engine *engine); /* SLOT_NONE: none */
void drill_end_all(struct engine *engine, const char *note, const struct telling *tell);

#endif
