/*
 * An incident: one occurrence of a type in a zone, with its causes, state and
 * steps. Owned by the engine; others read it during a call only.
 *
 * States follow ISA-18.2 / IEC 62682 (condition true or returned, acknowledged
 * or not) and the plan's own ending: closed after the condition has returned, a
 * person has acknowledged and each mandatory step that applies is done or
 * skipped with a reason.
 */
#ifndef RULES_INCIDENT_INCIDENT_H
#define RULES_INCIDENT_INCIDENT_H

#include "core/id.h"
#include "core/order.h"
#include "core/plan.h"
#include "core/reading.h"
#include "rules/action.h"
#include "rules/expr/expr.h"
#include "rules/facts.h"

enum incident_state {
	INCIDENT_NONE,           /* not open */
	INCIDENT_ACTIVE_UNACKED, /* condition true, nobody has acknowledged */
	INCIDENT_ACTIVE_ACKED,
	INCIDENT_RETURNED_UNACKED, /* condition over, nobody has acknowledged */
	INCIDENT_RETURNED_ACKED,   /* over and acknowledged, steps still open */
	INCIDENT_SHELVED_ACTIVE,   /* a person has put it aside until a time: nobody is told */
	INCIDENT_SHELVED_RETURNED,
	INCIDENT_SUPPRESSED_ACTIVE, /* another incident explains it: nobody is told */
	INCIDENT_SUPPRESSED_RETURNED,
	INCIDENT_HANDED_OVER, /* another department has it; its condition is still true */
	INCIDENT_CLOSED,      /* seen in the closing transition only */
	INCIDENT_STATE_COUNT
};

enum incident_event {
	INCIDENT_EVENT_RAISE,  /* a rule's condition became true */
	INCIDENT_EVENT_REPORT, /* a person saw it */
	INCIDENT_EVENT_FULL,   /* its first stage is over: all of the procedure begins */
	INCIDENT_EVENT_RETURN, /* the last active cause is over */
	INCIDENT_EVENT_ACK,    /* a person acknowledged */
	INCIDENT_EVENT_SHELVE,
	INCIDENT_EVENT_UNSHELVE,   /* by a person: comes back acknowledged */
	INCIDENT_EVENT_SHELF_END,  /* its time is up: comes back unacknowledged */
	INCIDENT_EVENT_SUPPRESS,   /* what explains it has become true */
	INCIDENT_EVENT_UNSUPPRESS, /* and is over */
	INCIDENT_EVENT_HAND_OVER,
	INCIDENT_EVENT_COMPLETE, /* every mandatory step that applies is accounted for */
	INCIDENT_EVENT_DISMISS,  /* over, and nobody was ever told of it */
	INCIDENT_EVENT_END,      /* of an exercise, whatever its state */
	INCIDENT_EVENT_COUNT
};

/* The next state; the same state where the event changes nothing. Full table. */
enum incident_state incident_next(enum incident_state state, enum incident_event event);
const char *incident_state_name(enum incident_state state); /* "active-unacknowledged", ... */

/* What a state says, as bits. */
enum incident_trait {
	INCIDENT_IS_TRUE = 1 << 0,     /* its condition */
	INCIDENT_IS_FOLLOWED = 1 << 1, /* people are told: deadlines run, reminders, escalation */
	INCIDENT_IS_UNACKED = 1 << 2,  /* followed, and nobody has acknowledged */
	INCIDENT_IS_SHELVED = 1 << 3,
	INCIDENT_IS_SUPPRESSED = 1 << 4,
	INCIDENT_ACTS = 1 << 5, /* the machine begins its actions */
};
unsigned incident_traits(enum incident_state state);

enum {
	INCIDENT_ID_MAX = 2 * ID_MAX,
	CAUSE_RULE_MAX = 8,             /* rules that detect one type in one zone */
	CAUSE_MAX = CAUSE_RULE_MAX + 1, /* and a person's report */
	WITNESS_MAX = 8,
	USER_MAX = 32,
	NOTE_MAX = 200
};

enum step_status {
	STEP_OPEN,
	STEP_ACCEPTED, /* somebody is at it */
	STEP_DONE,
	STEP_FAILED, /* could not be done, with the reason; still to be accounted for */
	STEP_SKIPPED,
	STEP_DID_NOT_OCCUR, /* what it is for has not happened */
	STEP_STATUS_COUNT
};

/* May a person turn one into the other? A full table. Another may accept what one has accepted. */
bool step_may_become(enum step_status from, enum step_status to);
/* Done, skipped, or did not occur: nothing is expected of it any more. */
bool step_accounted(enum step_status status);

enum action_state {
	ACTION_IDLE,      /* not wanted (yet), or the step has no action */
	ACTION_ADVISED,   /* mode advise: a person must switch */
	ACTION_AWAITING,  /* mode confirm: waits for a person's release */
	ACTION_WANTED,    /* released: the daemon's actuation is at it */
	ACTION_DONE,      /* every output confirmed by its read-back */
	ACTION_FAILED,    /* some output not written or not confirmed in time */
	ACTION_REFUSED,   /* not armed, protected, interlock, locked: nothing written */
	ACTION_OVERTAKEN, /* before it was written, the condition returned or the step was skipped
			   */
	ACTION_RESTORED,  /* a person had the outputs put back */
	ACTION_LOST,      /* some output was proved, and is not as wanted any more */
};

struct step_state {
	/* Of its fact; TRUE where it has none. Unknown: it waits for the answer to the question,
	 * and nothing is expected yet. */
	enum truth applies;
	enum step_status status;
	enum action_state action;
	int64_t status_ms; /* boot time of the last change of status */
	int64_t action_ms;
	struct places released; /* where persons have released it; none: the action's own scope */
	int64_t due_ms;         /* deadline; 0: none, or it does not apply yet */
	int64_t remind_ms;      /* of the next reminder; 0: none */
	uint32_t reminders;
	bool overdue; /* and people were told */
	/* Levels of the plan's chain that were called: since it is overdue, since it has failed. */
	unsigned overdue_level, failed_level; /* failed: it, or its action */
	char by[USER_MAX + 1];
	char note[NOTE_MAX + 1]; /* the reason of a skip or a failure */
};

/* What is known of one of the type's facts, and the question. */
struct fact_state {
	enum fact_status status;
	enum truth seen;   /* what its sensor said when that was last known; TRUTH_UNKNOWN: never */
	bool asked;        /* the question stands */
	int64_t time_ms;   /* since when it is so */
	int64_t due_ms;    /* deadline of the answer, or when it turns to yes; 0: none */
	int64_t remind_ms; /* as of a step */
	uint32_t reminders;
	bool overdue;
	unsigned level;        /* of the plan's chain that was called for it */
	char by[USER_MAX + 1]; /* who said so; "": nobody */
	char note[NOTE_MAX + 1];
};

struct cause {
	const struct rule *rule; /* NULL: a person reported it */
	bool active;
	int64_t since_ms, until_ms;            /* until_ms: when it returned; 0 while active */
	struct reading witnesses[WITNESS_MAX]; /* the readings that made it true */
	size_t witness_count;
	bool chattering;       /* it came and went too often, and is held until it stays away */
	char by[USER_MAX + 1]; /* of a report: who, and what was said */
	char note[NOTE_MAX + 1];
};

/* One of the two persons who must release an action has done so; the other has FIRST_RELEASE_MS. */
struct first_release {
	int step;
	const struct zone *place; /* that the release names; NULL: none */
	int64_t at_ms;
	char by[USER_MAX + 1]; /* "": nobody */
};
#define FIRST_RELEASE_MS (5 * 60 * INT64_C(1000))

/* Who put the incident aside, when and why: while shelved or handed over. */
struct hold {
	int64_t at_ms, until_ms; /* until_ms: of a shelf */
	char by[USER_MAX + 1];
	char note[NOTE_MAX + 1];
	char to[NOTE_MAX + 1]; /* handed over: to whom */
};

struct incident {
	char id[INCIDENT_ID_MAX + 1]; /* "<number>-<zone>-<serial>": "2-f3-1b3xk"; of a drill
					 "drill-<number>-..." */
	const struct incident_type *type;
	const struct zone *zone;
	enum incident_state state;
	bool drill;
	bool told; /* people were told: it is not only suppressed */
	bool full; /* its first stage is over, or its type has none */
	/* Said by the broker alone: nothing is written for it until it is adopted. */
	bool taken_back;
	int64_t raised_ms, acked_ms, returned_ms, closed_ms; /* boot time; 0: not (yet) */
	char acked_by[USER_MAX + 1];
	struct hold hold;
	struct first_release first_release;
	/* What a reboot owes (core/until.h) of the deadlines that were set until then. */
	int64_t owed_ms, owed_until_ms;
	char suppressor[INCIDENT_ID_MAX + 1]; /* the incident that explains it; "": none */
	int64_t unsuppress_ms;                /* when that will be forgotten; 0: it lasts */
	int64_t unacked_ms;                   /* since when nobody has acknowledged */
	unsigned level;          /* of the plan's chain that was called since then; 0: none */
	unsigned called, levels; /* the highest that was called for any failing, of how many */
	int64_t next_level_ms;   /* when the next will be called, as things are; 0: never */
	struct cause causes[CAUSE_MAX];
	size_t cause_count;
	struct step_state steps[STEP_MAX]; /* parallel to type->steps */
	struct fact_state facts[FACT_MAX]; /* and to type->facts */
};

/* Who has released this step's action, and waits for the second person; NULL: nobody does. */
const struct first_release *incident_first_release(
	const struct incident *incident, size_t step, int64_t now_ms);
/* A person has released it: true where that is enough, or the second of two, who sees the first and
 * means the same; else the first, which is kept. */
bool incident_release_counts(struct incident *incident, int step, const struct zone *place,
	const struct order *order, int64_t now_ms);
/* Does it apply, and is it not accounted for? */
bool step_expected(const struct step_state *state);
/* Has a person or a usable reading said that it applies, where it needs a fact? */
bool step_decided(const struct incident *incident, int step);
/* And that the incident is full, where the step is of that stage: may a machine act upon it? */
bool step_is_sure(const struct incident *incident, int step);
/* By the stage that the incident is in, and by what is known of the step's fact. */
enum truth step_applies(const struct incident *incident, size_t step);
/* Is it known, or assumed, to be full? It always is where its type has one stage. */
bool incident_is_full(const struct incident *incident);
/* Nobody has acknowledged it, from now on, and the chain begins with its first level. */
void incident_unack(struct incident *incident, int64_t at_ms);

/* A person says so, or its action has failed or is lost while the condition is true. */
bool step_has_failed(const struct incident *incident, int step);

/* What calls for its actions; whose devices confirm it, only the engine knows. */
struct action_call incident_call(const struct incident *incident);
/* Where the step's action acts: one zone at least. */
struct places incident_scope(const struct site *site, const struct incident *incident, int step);
/* Its action waits for a release that names a place, since the incident's zone is wider than that.
 */
bool incident_asks_place(const struct site *site, const struct incident *incident, int step);
/* It was released for some places, and may be for this one too, whatever came of it there. */
bool incident_adds_place(const struct incident *incident, int step, const struct zone *place);

/*
 * How many levels of the chain were called for one failing to act: of this step, which is overdue
 * or has failed; of nobody's acknowledgement, where `step` is -1.
 */
unsigned incident_level(const struct incident *incident, int step);

const char *step_status_name(enum step_status status);  /* "open", "accepted", ... */
const char *action_state_name(enum action_state state); /* "idle", "advised", ... */
const char *truth_name(enum truth truth);               /* "no", "yes", "unknown" */

#endif
