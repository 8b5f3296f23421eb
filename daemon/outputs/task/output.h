/*
 * An output as others see it: its state, who claims it, and the ports by which it is recorded,
 * written and told. outputs.h has what may be asked of all of them. Loop thread; never blocks.
 */
#ifndef DAEMON_OUTPUTS_TASK_OUTPUT_H
#define DAEMON_OUTPUTS_TASK_OUTPUT_H

#include "config/config.h"
#include "core/intent.h"
#include "core/until.h"
#include "core/words.h" /* enum word_write_refusal */
#include "rules/action.h"
#include "rules/claims.h"
#include "rules/engine/engine.h"
#include "rules/locks.h"

struct fallback;
struct outputs;

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

/* A person's hand on an output; its state is HAND_NONE where a claim is a step's. */
struct hand {
	enum hand_state state;
	char by[USER_MAX + 1], reason[NOTE_MAX + 1];
	int64_t until_ms, owed_ms;           /* core/until.h */
	char beaten_by[INCIDENT_ID_MAX + 1]; /* whose claim ended it; "": none has */
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
	const char *ended_by;        /* who had it put back; else NULL */
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

/* All claims in the order in which they began: i from 0; false at the end. */
bool outputs_claim(const struct outputs *outputs, size_t i, struct output_claim *out);
/* A claim that only the broker says: on the list, and nothing is written for it. What is there
 * already stays as it is. */
void outputs_take_claim(struct outputs *outputs, const struct output_claim *said);
/* What the output's strongest claim wants; false: nobody claims it. */
bool outputs_wanted(const struct outputs *outputs, const char *output, double *value);

/*
 * The next output that has been held for so long by what is over or ended alone, or for as long
 * again since it was asked about: somebody should put it back. It counts as asked about now. False:
 * there is none.
 */
bool outputs_ask_held(
	struct outputs *outputs, int64_t period_ms, int64_t now_ms, struct output_claim *out);

/*
 * The next claim that a person's put-back of its output, or of its closed incident, has ended:
 * `value` is where the output went, `holders` who holds it still. Told once, in the run that has
 * put it back; texts are of until the next call. False: there is none.
 */
bool outputs_ask_restored(
	struct outputs *outputs, struct output_claim *out, struct output_holders *holders);

/*
 * The next output that was found switched back though held, by a claim whose incident is over,
 * closed or handed over, or by a hand: perhaps somebody has put it back at the switch. Told once,
 * over restarts too. False: there is none.
 */
bool outputs_ask_lost(struct outputs *outputs, struct output_claim *out);

#endif
