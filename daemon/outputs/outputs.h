/*
 * The outputs: carries out the actions of steps, safely, and calls a person by an output on
 * the spot where no message seems to reach one (fallback.h).
 *
 * For each wanted action it takes every output of the action's class in its
 * scope and, one by one, asks: armed? allowed (not protected, interlock not
 * false or unknown)? still needed (condition true on good readings)? not a
 * drill? not under manual control? Then it has the intent recorded, writes,
 * reads back, and reports. A write that is not confirmed by its read-back in
 * time is a trouble. Nothing is restored unless a person asks.
 *
 * Each output has its claims: which incident's step wants it at which value, from when its action
 * is wanted until a person has it put back, over a restart and beyond the incident's end. It goes
 * to the strongest claim (rules/claims.h), and is put back only where none is left.
 *
 * The outputs of the fallback go the same way, on and off: each is on while some incident calls
 * it. Only what we have switched on is put off again. Who calls, what we have switched on, and all
 * claims, are kept over a restart in rows.
 *
 * Decides here, acts through `ports`: so a test needs no bus. Loop thread only;
 * never blocks; time is an argument. Bounded: OUTPUTS_MAX at once; one more is refused as a
 * failed action with a trouble.
 */
#ifndef DAEMON_OUTPUTS_OUTPUTS_H
#define DAEMON_OUTPUTS_OUTPUTS_H

#include "config/config.h"
#include "core/intent.h"
#include "core/words.h" /* enum word_write_refusal */
#include "daemon/outputs/fallback.h"
#include "rules/action.h"
#include "rules/claims.h"
#include "rules/engine/engine.h"
#include "rules/locks.h"

enum {
	OUTPUTS_MAX = 512,
	CLAIM_MAX = 512, /* of all outputs together */
	HOLDER_MAX = 16,
};

enum output_state {
	OUTPUT_RECORDING, /* the intent is on its way to the record */
	OUTPUT_WRITING,
	OUTPUT_CONFIRMING, /* written, or seen as wanted already; no newer read-back proves it yet
			    */
	OUTPUT_CONFIRMED,  /* the read-back proves it */
	OUTPUT_UNPROVEN,   /* written, but the output has no read-back point */
	OUTPUT_FAILED,     /* not recorded, not written, or not confirmed in time; see error */
	OUTPUT_REFUSED,    /* a check forbade it; see error */
	OUTPUT_ADVISED,    /* mode advise or confirm: what would be written */
};
const char *output_state_name(enum output_state state);

/* What one action did to one output, for documents. */
struct output_status {
	const struct point *point;
	double value; /* wanted */
	enum output_state state;
	int64_t at_ms; /* of the last change of state */
	enum word_write_refusal error;
	char lock[LOCK_NAME_MAX + 1]; /* as the error names it; "": none */
	int64_t again_ms; /* failed: when it is tried again; 0: not, or nobody knows yet */
};

/* An output of the fallback. */
struct called_output {
	const struct point *point;
	double on;
	const char *caller; /* the id of the incident that called last */
	bool called;
	bool ours; /* we have switched it on, or have recorded that we are about to */
	enum output_state state;
	enum word_write_refusal error;
};

/* The incidents whose claims hold outputs; those beyond HOLDER_MAX are not named. */
struct output_holders {
	size_t count;
	char incidents[HOLDER_MAX][INCIDENT_ID_MAX + 1];
	/* Of what is put back: those of which nobody knows what they were. */
	size_t output_count;
	char outputs[HOLDER_MAX][ID_MAX + 1];
};

/* What a person has put back. */
struct restore_order {
	const char *id; /* of an incident, open or past, or of an output */
	const char *user;
	double value; /* of an output of which nobody knows what it was; not a number: not said */
	bool anyway;  /* though somebody is asked to switch it as it is */
};

/* A person's hand on an output; its state is HAND_NONE where a claim is a step's. */
struct hand {
	enum hand_state state;
	char by[USER_MAX + 1], reason[NOTE_MAX + 1];
	int64_t until_ms;
	char beaten_by[INCIDENT_ID_MAX + 1]; /* whose claim ended it; "": none has */
};

/* What a person sets an output to, by hand. */
struct hand_order {
	const char *output, *user, *reason;
	double value;
	int64_t for_ms;
};

enum hand_verdict {
	HAND_TAKEN,
	HAND_NO_OUTPUT,
	HAND_NO_VALUE, /* of its class or range */
	HAND_TOO_LONG,
	HAND_NO_REASON,
	HAND_DRILL,   /* an exercise is open there */
	HAND_CLAIMED, /* by an incident whose condition is true or unknown */
	HAND_REFUSED, /* `why` */
	HAND_BUSY,    /* something is being written there, or there is no room */
};

struct hand_answer {
	enum hand_verdict verdict;
	enum word_write_refusal why;
	char incident[INCIDENT_ID_MAX + 1]; /* that claims it */
	char lock[LOCK_NAME_MAX + 1];       /* that forbids it; "": none */
};

/* One claim, for documents; texts are the room's own, until the next call. */
struct output_claim {
	const char *output, *incident, *step;
	const struct point *point;   /* NULL: the configuration has it no more */
	double value, before;        /* before: NAN: not known */
	int64_t since_ms, proved_ms; /* 0: not proved */
	bool withdrawn;              /* is being put back */
	bool lost;                   /* was proved, and is not as wanted any more */
	bool said;                   /* by the broker, and not proved since */
	const struct hand *hand;     /* NULL: a step's */
};

struct outputs_ports {
	void *context;
	void *buses; /* the context of these three */
	/* As bus_set_write(), bus_set_read_now(). */
	int (*write)(void *buses, const struct point *point, double value, uint64_t ticket);
	void (*read_now)(void *buses, const struct point *point);
	/*
	 * As bus_set_reading(): with the time of the last refresh, so that a read-back which did
	 * not change can prove a write. NULL: only readings that are told do.
	 */
	const struct reading *(*reading)(void *buses, const struct point *point);
	/* outputs_recorded() follows always, within daemon.record_within_ms; never within it. */
	void (*record)(void *context, const struct intent *intent, uint64_t ticket);
	/* engine_action(): never called from within outputs_transition(). */
	void (*report)(void *context, const char *incident_id, int step, enum action_state state,
		const char *user, const char *note);
	/* A trouble about an output begins, or ends (NONE). */
	void (*trouble)(void *context, const struct point *point, enum word_write_refusal why);
	/*
	 * A row, by its id, of what outlives the process; NULL: it is not to be kept any more.
	 * Called before record() where an intent changes it: one commit holds both, so that
	 * whatever a kill may have left switched is known.
	 */
	void (*keep)(void *context, const char *id, const char *row);
	/* An alert that was told goes out again; what the broker says is outputs_heard(). False:
	 * there is none. */
	bool (*again)(void *context);
	/* Who calls, and what became of the outputs, has changed. */
	void (*called)(void *context, const struct fallback *fallback,
		const struct called_output *outputs, size_t count);
	/* The claims on this output have changed. NULL: nobody is told. */
	void (*claimed)(void *context, const char *output);
};

/* What this run may do; see daemon/mqtt/mqtt.h: two of one site. */
enum outputs_grant {
	GRANT_FREE,
	GRANT_WAIT, /* nothing is written for now; what is wanted goes on to be */
	GRANT_NONE, /* nothing is written, and what is wanted waits for a person afterwards */
	GRANT_ASK,  /* written only as persons order; nobody is called by an output */
	GRANT_COUNT
};

struct outputs;

/* NULL: out of memory. The link to the broker counts as away from now on. */
struct outputs *outputs_new(const struct config *config, const struct engine *engine,
	const struct outputs_ports *ports, int64_t now_ms);
void outputs_free(struct outputs *outputs);

/* At first they are free. The engine is told by plant_set_grant(). */
void outputs_set_grant(struct outputs *outputs, enum outputs_grant grant);

/* From the engine's sink: remembers what is to be done; does nothing yet. */
void outputs_transition(struct outputs *outputs, const struct transition *transition);
/* Who listens: the link came or went; the broker has answered an alert, or a notice to a role. */
void outputs_link(struct outputs *outputs, bool connected, int64_t now_ms);
void outputs_heard(struct outputs *outputs, bool notice, bool heard, int64_t now_ms);

/*
 * An incident was taken over from the last run: actions that were wanted go on, and outputs of
 * actions that were done count as written by us, so that they can be restored.
 */
void outputs_resume(struct outputs *outputs, const struct incident *incident);
/*
 * A row of the last run, before outputs_resume(). Who called calls still; what was left on is put
 * off unless called, its read-back is awaited first, so that nothing is written twice. What was
 * claimed is. shift_ms turns the last run's times into this one's. False: it is no row of ours.
 */
bool outputs_load(struct outputs *outputs, const char *id, const char *row, int64_t shift_ms);
/*
 * Follows `old`, of another configuration, whose buses have ended. outputs_new() was given the
 * engine that has adopted the open incidents. Actions that are the same (class, value, scope) go on
 * where they are, as after a lost link; all others as outputs_resume() has it. `old` is to be
 * freed.
 */
void outputs_adopt(struct outputs *outputs, struct outputs *old, int64_t now_ms);
/* After the engine's call has ended, and at outputs_deadline(): do it. */
void outputs_run(struct outputs *outputs, int64_t now_ms);
int64_t outputs_deadline(const struct outputs *outputs);
/* Its rows once more, as they are now. */
void outputs_keep(struct outputs *outputs);

void outputs_recorded(struct outputs *outputs, uint64_t ticket, bool recorded, int64_t now_ms);
/* The bus is about to send it: is all still so that it may be written? */
bool outputs_may_write(struct outputs *outputs, uint64_t ticket);
/* `error` as of bus_set_write(). */
void outputs_written(struct outputs *outputs, uint64_t ticket, int error, int64_t now_ms);
/* As bus_events' reach(): what could not be sent goes out when its device is back. */
void outputs_reach(struct outputs *outputs, const struct bus *bus, const struct device *device,
	bool reachable, int64_t now_ms);
/* Any reading; read-backs are picked out. */
void outputs_frame(
	struct outputs *outputs, const struct reading *readings, size_t count, int64_t now_ms);

/*
 * A person withdraws an incident's claims, open or past, or all claims on one output whose
 * incidents are over. What another still claims stays as that has it (then `holders` names whose);
 * the rest goes to what it was before the first claim, and nothing is written where it is that
 * already. -EBUSY while the condition is true or unknown; -ENOENT when it claims nothing; -EAGAIN
 * where incidents that `holders` names, whose condition is true or unknown, ask a person to switch
 * it as it is; -EDOM where nobody knows what it was (those outputs are in `holders`), -EINVAL where
 * the value that was said is none, or is not asked for. Goes the same way as a switching: recorded,
 * written, read back.
 */
int outputs_restore(struct outputs *outputs, const struct restore_order *order, int64_t now_ms,
	struct output_holders *holders);

/*
 * The next output that has been held for so long by what is over or ended alone, or for as long
 * again since it was asked about: somebody should put it back. It counts as asked about now. False:
 * there is none.
 */
bool outputs_ask_held(
	struct outputs *outputs, int64_t period_ms, int64_t now_ms, struct output_claim *out);

/* Why it cannot be put back: the configuration does not have it any more, or arms it no longer;
 * NONE: it can. */
enum word_write_refusal outputs_stuck(const struct outputs *outputs, const char *output);
/*
 * A person strikes such an output off the list; nothing is written. -ENOENT: nobody holds it;
 * -EBUSY: by a condition that is true or unknown; -EPERM: it can be put back.
 */
int outputs_strike(struct outputs *outputs, const char *output);

/*
 * A person sets an output by hand, until a stated end (hand.c). Goes the same way as a switching:
 * checked, recorded, written, read back. A hand of before on the same output is replaced.
 */
struct hand_answer outputs_set(
	struct outputs *outputs, const struct hand_order *order, int64_t now_ms);
/* Its setter has been told what there was to tell: that it ends soon, or was ended. */
void outputs_hand_told(struct outputs *outputs, const char *output);

/* All claims in the order in which they began: i from 0; false at the end. */
bool outputs_claim(const struct outputs *outputs, size_t i, struct output_claim *out);
/* A claim that only the broker says: on the list, and nothing is written for it. What is there
 * already stays as it is. */
void outputs_take_claim(struct outputs *outputs, const struct output_claim *said);
/* What the output's strongest claim wants; false: nobody claims it. */
bool outputs_wanted(const struct outputs *outputs, const char *output, double *value);

/*
 * The outputs that a step's action would write (and those that it would leave alone, and why), in
 * `place` or, NULL, where it acts; none while it asks for the place.
 */
size_t outputs_reached(const struct outputs *outputs, const struct incident *incident, int step,
	const struct zone *place, struct output_status *out, size_t max);

/* The outputs of one step's action, for documents; returns how many were put in `out`. */
size_t outputs_of_step(const struct outputs *outputs, const struct incident *incident, int step,
	struct output_status *out, size_t max);

#endif
