/*
 * What the engine is made of, inside rules/ only, and the life of its incidents. Files stand on
 * each other, none calls one that stands later in this list:
 *
 *   incident, delay  the tables of states, a delay                      (pure)
 *   due, find, explain  when next, where, and which explains which      (pure)
 *   lock             what locks say to rules and writes
 *   confirm          which devices confirm an incident                  (pure)
 *   tell, steps      what is said; steps and their actions
 *   stage            its first stage, and what follows when it is full
 *   fact             its facts: sensors, answers, and what nobody answers
 *   slot             an incident from its raise to its end
 *   follow           what becomes of it by itself, by time and by others
 *   mark             what is taken back: said, not proved
 */
#ifndef RULES_INCIDENT_STATE_H
#define RULES_INCIDENT_STATE_H

#include "core/arena.h"
#include "core/clock.h"
#include "core/order.h"
#include "core/utf8.h"
#include "rules/incident/delay.h"
#include "rules/incident/lock.h"
#include "rules/incident/transition.h"
#include "rules/rule.h"

#include <string.h>

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
	bool held_back;  /* by a lock that has ended: what it raises waits for a person's release */
	bool unseen; /* a person ended it while it was unknown: void when it is known to be true */
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
	struct expr **sensors; /* by fact; NULL: no fact has one. An entry is NULL where the fact
				  has none or it cannot be compiled here */
	uint32_t active_count; /* of its instances, and the report */
	bool confirms;         /* some action of it is to be confirmed by two */
	unsigned voices;       /* that confirmed its incident at the last look */
};

/*
 * Incidents open at once of a type that no rule detects in that zone; and exercises. The slots of
 * exercises stand behind all others, each with a place of its own.
 */
enum { REPORT_MAX = 64, DRILL_MAX = 4 };

/* Per point, the instances that look at it; or the facts, as slot * FACT_MAX + fact. */
struct look_up {
	uint32_t *first; /* by point; one more at the end */
	uint32_t *entries;
};

struct engine {
	struct arena arena; /* owns all but the expressions */
	const struct site *site;
	const struct plan *plan;
	struct instance *instances; /* causes before what they explain: rules/precedence.h */
	size_t instance_count;
	struct slot *slots;
	size_t slot_count, ruled_count; /* the first ruled_count ones are those that rules reach */
	struct incident *incidents;     /* places: nobody's, of the ruled slots, for reports */
	uint32_t *slot_of;              /* by place; SLOT_NONE */
	struct look_up instances_of, facts_of;
	struct reading *values; /* by point */
	uint32_t *pending;      /* instances whose delay runs */
	size_t pending_count;
	uint64_t *touched; /* by instance, 64 a word: to be looked at in this instant */
	uint32_t *open;    /* slots, in the order of their raise */
	size_t open_count;
	uint64_t serial;
	uint64_t watch_changes;
	int64_t now_ms, deadline_ms;
	int64_t input_ms; /* of the input that is being taken in; now_ms may still be behind it */
	bool deadline_moved;
	bool all_wait;                  /* engine_set_confirm(): no action goes by itself */
	bool suppresses;                /* some rule has a suppressor */
	bool suppression_due;           /* something happened that may change who explains whom */
	char real[INCIDENT_ID_MAX + 1]; /* an incident was raised: exercises are to end; "": none */
	bool restored;                  /* and what the configuration has lost not yet ended */
	bool adopted;                   /* readings were, and no condition has looked at them yet */
	struct lock locks[LOCK_MAX];    /* in the order in which they were set */
	size_t lock_count;
	uint64_t lock_changes;
	struct reading *unseen;       /* room for what a lock hides while an expression is asked */
	bool confirms;                /* actions that begin wait for a person's release */
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
	const struct zone *place; /* of a release */
};

#define ENGINE_USER "facilityd"

/*
 * due.c: when time does something to the incident next; of one of its steps or facts; of the chain,
 * and for what. CLOCK_NEVER: never.
 */
struct failing_to_act {
	int step, fact; /* -1: not that; neither: nobody has acknowledged */
};
int64_t due_next(const struct engine *engine, const struct incident *incident);
int64_t due_of_step(const struct incident *incident, size_t step);
int64_t due_of_fact(const struct incident *incident, size_t fact);
int64_t due_level(
	const struct engine *engine, const struct incident *incident, struct failing_to_act *who);
/* Writes how far the chain is called, and when next, into the incident, for people. */
void due_show_level(const struct engine *engine, struct incident *incident);
/* The wall clock is known to be right: the time that the machine was off counts. False: nothing
 * was owed. */
bool due_clock(struct incident *incident, const struct moment *right);

/* Of the first `count` slots; SLOT_NONE: none. Real incidents only. */
uint32_t slot_find(const struct engine *engine, size_t count, const struct incident_type *type,
	const struct zone *zone);
uint32_t slot_find_drill(const struct engine *engine); /* a free one */
bool slot_is_drill(const struct engine *engine, uint32_t slot);
uint32_t slot_of_incident(const struct engine *engine, const struct incident *incident);
/* Gives the slot a place for its incident; false: none is left. Nothing where it has one. */
bool slot_take_place(struct engine *engine, uint32_t slot);
struct cause *slot_report_cause(struct incident *incident); /* NULL: nobody reported it */
/* May the step's action be released, for the first time or for one more place? *place: that is
 * named; NULL: none is, so wherever it acts. */
enum engine_result release_place(const struct engine *engine, const struct incident *incident,
	int step, const char *zone, const struct zone **place);

/* confirm.c: how many devices have a usable point that makes a cause of it true now. */
unsigned slot_devices(const struct engine *engine, uint32_t slot);

/* explain.c: the open incident that explains this one; NULL: none. */
const struct incident *slot_suppressor(const struct engine *engine, uint32_t slot);
/* How long it waits when nothing explains it any more. */
int64_t slot_unsuppress_after(const struct engine *engine, uint32_t slot);

/* tell.c */
void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell);
void slot_tell_fact(struct engine *engine, uint32_t slot, enum transition_kind kind,
	const struct fact *fact, const char *note, const struct telling *tell);

/* steps.c: the deadlines of what is not accounted for begin now, and maybe actions. */
void steps_begin(struct engine *engine, uint32_t slot, bool actions, const struct telling *tell);
/* What they need of facts was made up anew; tells nobody. */
void steps_apply(struct incident *incident);
/* Nothing mandatory is open, and no action is being carried out. */
bool steps_complete(const struct incident *incident);
bool steps_busy(const struct incident *incident); /* an action is being carried out */
/* Actions of these states (bits) are not to be carried out any more. */
void steps_give_up(struct incident *incident, unsigned action_states, int64_t at_ms);
/* Actions that waited only because nothing was proved begin. */
void steps_proceed(struct engine *engine, uint32_t slot, const struct telling *tell);
/* A skip was said by mistake: the machine's part begins, where the incident acts. */
void step_give_back(struct engine *engine, uint32_t slot, int step, const struct telling *tell);
/* What the machine has done is to be done anew: it is open again. */
void step_undo(struct incident *incident, size_t step, int64_t at_ms);
/* True again before it had returned: actions that were given up or undone begin anew. */
void slot_relapse(struct engine *engine, uint32_t slot, const struct telling *tell);
/* Only a person has called for its actions, and now a rule does: they wait no more, and act as wide
 * as it says. */
void slot_ruled(struct engine *engine, uint32_t slot, const struct telling *tell);
/* Readings or reports have changed: actions that wait for a second voice begin when it comes. */
void slot_confirm(struct engine *engine, uint32_t slot, const struct telling *tell);
/* Its fact or the stage has changed; where the step has, too, it is told. */
void step_look(struct engine *engine, uint32_t slot, int step, const struct telling *tell);
/* Gives the step a status, and its whole time where it was accounted for before; tells nobody. */
void step_set(struct incident *incident, size_t step, enum step_status status, const char *note,
	const struct telling *tell);

/* stage.c: may the question be asked now? All but that of the stage wait until it is full. */
bool stage_asks(const struct incident *incident, const struct fact *fact);
/* It is full, or a person has said that it is not: tells people, and begins their steps. */
void stage_turn(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);

/* fact.c: a new incident: nobody has said anything yet. */
void facts_open(struct incident *incident);
/*
 * People are told of the incident: what nobody knows is asked. `first`: for the first time; `anew`:
 * it was raised again, so what is not the worse is asked again. Tells nobody.
 */
void facts_begin(
	struct engine *engine, uint32_t slot, bool first, bool anew, const struct telling *tell);
/* A person reports it too: what sensors made look better is asked again. */
void facts_report(struct engine *engine, uint32_t slot, const struct telling *tell);
/* The report is over, and rules go on: a sensor's no counts again. */
void facts_hear(struct engine *engine, uint32_t slot, const struct telling *tell);
/* A person reports it: so it is full. Tells nobody. Not so in an exercise, where both stages run.
 */
void facts_say_full(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* A cause is new, or true again after it had cleared: a no to the stage was not about that. */
void facts_renew(struct engine *engine, uint32_t slot, const struct telling *tell);
/* People are told where its stage has become another one. */
void facts_turn(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* Its sensor's points have changed. True: so has the fact, which was told. */
bool fact_look(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell);
/* Does each answer of the order go to a fact of the type? And what they say. */
enum engine_result facts_check(const struct incident_type *type, const struct order *order);
void facts_take(struct engine *engine, uint32_t slot, const struct order *order,
	const struct telling *tell);
/* Its time is up: it is overdue (true), or assumed. */
bool fact_late_now(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell);
/* What a changed plan asks since is asked now. */
void facts_restored(struct engine *engine, uint32_t slot, const struct telling *tell);

/* slot.c: the slot's incident gains or loses a cause. */
void slot_raise(struct engine *engine, const struct instance *instance, const struct telling *tell);
void slot_return(struct engine *engine, uint32_t slot, const struct rule *rule /* NULL: report */,
	const struct telling *tell);
void slot_report(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* Its last word. */
void slot_close(struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
void slot_end_drill(
	struct engine *engine, uint32_t slot, const char *note, const struct telling *tell);
/* As fact_look(); what was open may not be so any more. */
void slot_look_at_fact(
	struct engine *engine, uint32_t slot, const struct fact *fact, const struct telling *tell);
/* All that it looks at; lock: not NULL: of that only what the lock hides. */
void slot_look_again(
	struct engine *engine, uint32_t slot, const struct lock *lock, const struct telling *tell);
/* Closes the incident when nothing is open any more. */
void slot_settle(struct engine *engine, uint32_t slot, const struct telling *tell);
/*
 * Its state has become one of which people are told: what runs for people begins anew. Tells it as
 * raised, where they are told for the first time, else as `kind`.
 */
void slot_come_up(struct engine *engine, uint32_t slot, enum transition_kind kind, const char *note,
	const struct telling *tell);

/* follow.c: the one thing that is due; and who explains whom, as often as that changes. */
void follow_run(struct engine *engine, uint32_t slot, const struct telling *tell);
void suppress_run(struct engine *engine, struct engine_sink *sink);

/*
 * mark.c: the incident is said to be open, and nothing of it is proved: nobody has acknowledged it,
 * its roles are told anew, and nothing is written until it is adopted, by a person or by a rule
 * that is true on usable readings.
 */
void slot_mark(struct engine *engine, uint32_t slot, const struct telling *tell);
void slot_adopt(struct engine *engine, uint32_t slot, const struct telling *tell);
/* lock.c: may no rule raise it now? */
bool slot_is_held_back(const struct engine *engine, uint32_t slot);
/* Does the lock hide a point from it? NULL looks at none. */
bool lock_blinds(
	const struct lock *lock, const struct expr *expr, const struct incident_type *type);
/* As expr_eval(), for the slot's type: what a lock hides is unknown. */
enum truth lock_eval(const struct engine *engine, const struct expr *expr, uint32_t slot);
/* The same around another question: true where something is hidden until lock_show(). */
bool lock_hide(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type);
void lock_show(const struct engine *engine, const struct expr *expr);

#endif
