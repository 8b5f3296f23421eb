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

#include "daemon/outputs/fallback/fallback.h"
#include "daemon/outputs/task/output.h"

/* What a row of the last run was. */
enum outputs_row {
	OUTPUTS_ROW_OTHERS, /* none of ours */
	OUTPUTS_ROW_LOADED,
	OUTPUTS_ROW_DAMAGED, /* of claims: what can be read of it is loaded */
};

/* What a person has put back. */
struct restore_order {
	const char *id; /* of an incident, open or past, or of an output */
	const char *user;
	double value; /* of an output of which nobody knows what it was; not a number: not said */
	bool anyway;  /* though somebody is asked to switch it as it is */
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
 * claimed is.
 */
enum outputs_row outputs_load(
	struct outputs *outputs, const char *id, const char *row, const struct reboot *reboot);
/* The wall clock is known to be right: what a reboot took is taken off hands. */
void outputs_clock(struct outputs *outputs, const struct moment *moment);
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
 * already. -EBUSY while the condition is true or unknown (of an output: of those in `holders`);
 * -EALREADY while it is being switched; -ENOENT when it claims nothing; -EAGAIN where incidents
 * that `holders` names, whose condition is true or unknown, ask a person to switch it as it is;
 * -EPERM where locks forbid it, which `holders` names (so it does where they forbid some of it);
 * -EDOM where nobody knows what it was (those outputs are in `holders`), -EINVAL where the value
 * that was said is none, or is not asked for. Goes the same way as a switching: recorded, written,
 * read back.
 */
int outputs_restore(struct outputs *outputs, const struct restore_order *order, int64_t now_ms,
	struct output_holders *holders);

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

/*
 * The outputs that a step's action would write (and those that it would leave alone, and why), in
 * `place` or, NULL, where it acts; none while it asks for the place.
 */
size_t outputs_reached(const struct outputs *outputs, const struct incident *incident, int step,
	const struct zone *place, struct output_status *out, size_t max);

/*
 * Which locks forbid what releasing a step's action in `place` (NULL: where it acts) would write:
 * their names, in `holders`. True: they forbid all of it.
 */
bool outputs_locked(const struct outputs *outputs, const struct incident *incident, int step,
	const struct zone *place, struct output_holders *holders);

/* The outputs of one step's action, for documents; returns how many were put in `out`. */
size_t outputs_of_step(const struct outputs *outputs, const struct incident *incident, int step,
	struct output_status *out, size_t max);

#endif
