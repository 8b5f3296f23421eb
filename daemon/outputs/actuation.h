/*
 * Actuation: carries out the actions of steps, safely.
 *
 * For each wanted action it takes every output of the action's class in its
 * scope and, one by one, asks: armed? allowed (not protected, interlock not
 * false or unknown)? still needed (condition true on good readings)? not a
 * drill? not under manual control? Then it has the intent recorded, writes,
 * reads back, and reports. A write that is not confirmed by its read-back in
 * time is a trouble. Nothing is restored unless a person asks.
 *
 * The outputs of the fallback (daemon/fallback.h) go the same way, on and off:
 * each is on while some incident calls it. Only what we have switched on is put
 * off again.
 *
 * Decides here, acts through `ports`: so a test needs no bus. Loop thread only;
 * never blocks; time is an argument. Bounded: ACTUATION_JOB_MAX outputs at once;
 * one more is refused as a failed action with a trouble.
 */
#ifndef DAEMON_OUTPUTS_ACTUATION_H
#define DAEMON_OUTPUTS_ACTUATION_H

#include "rules/engine/engine.h"

enum { ACTUATION_JOB_MAX = 256 };

enum output_state {
	OUTPUT_RECORDING, /* the intent is on its way to the record */
	OUTPUT_WRITING,
	OUTPUT_CONFIRMING, /* written, or seen as wanted already; no newer read-back proves it yet
			    */
	OUTPUT_CONFIRMED,  /* the read-back proves it */
	OUTPUT_UNPROVEN,   /* written, but the output has no read-back point */
	OUTPUT_FAILED,     /* not recorded, not written, or not confirmed in time; see error text */
	OUTPUT_REFUSED,    /* a check forbade it; see error text */
	OUTPUT_ADVISED,    /* mode advise or confirm: what would be written */
};
const char *output_state_name(enum output_state state);

/* What one action did to one output, for documents. */
struct output_status {
	const struct point *point;
	double value; /* wanted */
	enum output_state state;
	int64_t at_ms;     /* of the last change of state */
	const char *error; /* "" or why: "not armed", "protected", "no answer", ... */
};

struct actuation_ports {
	void *context;
	/* As bus_set_write(), bus_set_read_now(). */
	int (*write)(void *context, const struct point *point, double value, uint64_t ticket);
	void (*read_now)(void *context, const struct point *point);
	/* Record the intent; actuation_recorded() follows always, within daemon.record_within_ms.
	 */
	void (*record)(void *context, const struct incident *incident, int step,
		const struct point *point, double value, const char *user, uint64_t ticket);
	/* engine_action(): never called from within actuation_transition(). */
	void (*report)(void *context, const char *incident_id, int step, enum action_state state,
		const char *user, const char *note);
	/* A trouble about an output begins (text) or ends (text NULL). */
	void (*trouble)(void *context, const struct point *point, const char *text);
	/*
	 * As bus_set_reading(): with the time of the last refresh, so that a read-back which did
	 * not change can prove a write. NULL: only readings that are told do.
	 */
	const struct reading *(*reading)(void *context, const struct point *point);
	/*
	 * As record(), for an output of the fallback: caller is the id of the incident that called
	 * (last). What actuation_called() says is ours is to be kept with it.
	 */
	void (*record_call)(void *context, const char *caller, const struct point *point,
		double value, uint64_t ticket);
	/* What actuation_called() says has changed. */
	void (*called)(void *context);
};

struct actuation;

struct actuation *actuation_new(const struct site *site, const struct plan *plan,
	const struct engine *engine, bool armed, const struct actuation_ports *ports);
void actuation_free(struct actuation *actuation);

/* From the engine's sink: remembers what is to be done; does nothing yet. */
void actuation_transition(struct actuation *actuation, const struct transition *transition);
/*
 * An incident was taken over from the last run: actions that were wanted go on, and outputs of
 * actions that were done count as written by us, so that they can be restored.
 */
void actuation_resume(struct actuation *actuation, const struct incident *incident);
/*
 * Follows `old`, of another configuration, whose buses have ended. actuation_new() was given the
 * engine that has adopted the open incidents. Actions that are the same (class, value, scope) go on
 * where they are, as after a lost link; all others as actuation_resume() has it.
 */
void actuation_adopt(struct actuation *actuation, const struct actuation *old, int64_t now_ms);
/* After the engine's call has ended, and at actuation_deadline(): do it. */
void actuation_run(struct actuation *actuation, int64_t now_ms);
int64_t actuation_deadline(const struct actuation *actuation);

void actuation_recorded(
	struct actuation *actuation, uint64_t ticket, bool recorded, int64_t now_ms);
void actuation_written(struct actuation *actuation, uint64_t ticket, int error, int64_t now_ms);
/* Any reading; read-backs are picked out. */
void actuation_reading(struct actuation *actuation, const struct reading *reading, int64_t now_ms);

/*
 * A person has the outputs of an incident's actions put back (to 1 - value). Refused (-EBUSY)
 * while the condition is true or unknown; -ENOENT when nothing was written. Goes the same way:
 * recorded, written, read back.
 */
int actuation_restore(
	struct actuation *actuation, const char *incident_id, const char *user, int64_t now_ms);

/* An output of the fallback that is called. */
struct output_call {
	const struct point *point;
	const struct action *action; /* one that covers it */
	const char *incident;        /* the id of one that calls it */
	bool fresh;                  /* some incident has just begun to call it */
};
/*
 * All outputs that are called now, each once: they are switched on. Those that are not called any
 * more are put off, if it was us who switched them on. One that was put off by hand stays so until
 * a further incident calls it. What fails is tried again, ever more seldom. Does nothing yet, see
 * actuation_run().
 */
void actuation_calls(struct actuation *actuation, const struct output_call *calls, size_t count);
/*
 * The last run has switched it to `on`, called by this incident: until actuation_calls() says
 * otherwise it is put off again. Its read-back is awaited first, so that nothing is written twice.
 */
void actuation_call_resume(
	struct actuation *actuation, const struct point *point, double on, const char *caller);

struct called_output {
	const struct point *point;
	double on;
	const char *caller;
	bool called;
	bool ours; /* we have switched it on, or have recorded that we are about to */
	enum output_state state;
	const char *error;
};
/* i from 0; false at the end. */
bool actuation_called(const struct actuation *actuation, size_t i, struct called_output *out);

/* Where an action acts for an incident in `zone`. */
const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone);
/* Is the point an output of this action in this scope? */
bool action_covers(
	const struct action *action, const struct zone *scope, const struct point *point);

/* The outputs of one step's action, for documents; returns how many were put in `out`. */
size_t actuation_outputs(const struct actuation *actuation, const struct incident *incident,
	int step, struct output_status *out, size_t max);

#endif
