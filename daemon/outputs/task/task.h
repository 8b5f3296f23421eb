/*
 * Inside outputs: tasks and their jobs. A task is what one owner wants of some
 * outputs, and what came of it; a job is one of these outputs, from the order to
 * the proof. Owners are the steps of the plan (step.c) and the fallback (call.c);
 * how they differ is a table of functions, struct owner, and nothing else.
 *
 * task.c keeps them, write.c carries a job, run.c a task; claims.c knows who holds which
 * output, reach.c which an action means. Owners stand above (daemon/outputs).
 */
#ifndef DAEMON_OUTPUTS_TASK_TASK_H
#define DAEMON_OUTPUTS_TASK_TASK_H

#include "daemon/outputs/fallback/fallback.h"
#include "daemon/outputs/task/check.h"
#include "daemon/outputs/task/job.h"
#include "daemon/outputs/task/output.h"
#include "rules/claims.h"
#include "rules/engine/locking.h"
#include "rules/supervision.h"

#include <stdio.h>
#include <sys/queue.h>

enum task_phase {
	TASK_PATIENT, /* of the last run: waits until its facts are known */
	TASK_IDLE,    /* nothing was ordered yet, or what was is not known */
	TASK_SWITCHING,
	TASK_SWITCHED,
	TASK_RESTORING,
	TASK_RESTORED,
	TASK_PHASE_COUNT
};

enum task_event {
	TASK_NOTHING,
	TASK_KNOWN,   /* the facts that a patient one waits for, or its time is over */
	TASK_SWITCH,  /* an order: to what the action wants */
	TASK_MORE,    /* an order: the same, of some outputs only; what others are at goes on */
	TASK_RESTORE, /* an order: to the opposite */
	TASK_ENDED,   /* all jobs have */
	TASK_EVENT_COUNT,
	TASK_DROP = TASK_EVENT_COUNT, /* an order from whatever phase: forget it */
};

/* The next phase; the same where the event changes nothing. A full table. */
enum task_phase task_next(enum task_phase phase, enum task_event event);

struct job {
	TAILQ_ENTRY(job) entry; /* of its task, or of what is free */
	struct task *task;
	const struct point *point;
	double value;
	enum job_state state;
	uint64_t ticket; /* of the record or write under way */
	unsigned writes; /* how many this order has tried */
	bool sent;       /* the last of them was handed to the link */
	bool answered;   /* and the device has answered it */
	bool retried;    /* this order has failed, and is tried once more */
	enum word_write_refusal error;
	char lock[LOCK_NAME_MAX + 1]; /* that forbids it, where the error says so */
	int64_t changed_ms;           /* of `state` */
	int64_t asked_ms, written_ms; /* written_ms 0: not written */
	int64_t try_ms, deadline_ms;  /* end of this try, of all */
	int64_t poll_ms;              /* next look at the read-back, or at the facts */
	int64_t again_ms;             /* JOB_FAILED: the next try; 0: not known yet; CLOCK_NEVER */
};
TAILQ_HEAD(job_list, job);

/* That a step wants an output: from when its action is wanted until a person has it put back. */
struct claim {
	TAILQ_ENTRY(claim) entry; /* of all, the eldest first, or of what is free */
	char output[ID_MAX + 1], incident[INCIDENT_ID_MAX + 1], step[ID_MAX + 1];
	const struct point *point;   /* NULL: the configuration does not have it any more */
	double value, before;        /* before: as proved before the first of its output; NAN */
	int64_t since_ms, proved_ms; /* 0: not proved */
	int64_t owed_ms;             /* of since_ms: core/until.h */
	bool tried;                  /* was perhaps written, or found so */
	bool withdrawn;              /* a person has it put back: it holds nothing any more */
	bool said;                   /* by the broker: whether it was written nobody knows */
	/* A lock, or another run that tells, came before it was proved: only a person's order tries
	 * it again. */
	bool locked;
	struct reading seen; /* its read-back, as it was told last */
	unsigned tries; /* while it is not proved: how often it has reached its device in vain */
	int64_t reached_ms; /* for how long that could be reached since it failed first */
	int64_t counted_ms; /* up to when that is counted; 0: not yet, in this run */
	int64_t asked_ms;   /* when a person was asked about it, 0: not in this run */
	bool asks;          /* it is lost, and who is asked about held outputs was not told yet */
	enum supervision supervision;
	int64_t doubt_ms; /* until when the read-back may disagree, in SUPERVISION_DOUBT */
	struct hand hand; /* a person's; then incident and step are "" */
	char ended_by[USER_MAX + 1]; /* who had it put back; then `value` is where it went */
};
TAILQ_HEAD(claim_list, claim);

/* What a step of an incident wants. */
struct step_order {
	int index;
	char user[USER_MAX + 1];
	bool served;        /* what the engine asks for now has been begun or reported */
	struct places more; /* of TASK_MORE: where */
};

/* That one output is put back, whose incidents are over; or set by hand. */
struct held_order {
	const struct point *output;
	char user[USER_MAX + 1];
};

/* What the fallback wants of one output. */
struct call_order {
	const struct point *output;
	double on;
	bool called; /* by some incident */
	bool ours;   /* on, and it was us who switched it */
	unsigned tries;
	int64_t retry_ms;
};

struct task {
	TAILQ_ENTRY(task) entry;
	const struct owner *owner;
	enum task_phase phase;
	enum task_event next; /* the order that waits until what is under way has ended */
	const struct action *action;
	struct places scope; /* where its action acts */
	/* Whose step it is, or which calls, or whose claim alone is given up. */
	char incident[INCIDENT_ID_MAX + 1];
	struct job_list jobs;
	bool too_many; /* there was no room for all outputs */
	bool retried;  /* some output of it is tried again, or was since it was told last */
	enum action_state told; /* what came of the last order; ACTION_IDLE: not known yet */
	int64_t patience_ms;    /* patient until then at most; 0: not yet looked */
	int64_t look_ms;        /* the next look at its facts */
	union {
		struct step_order step;
		struct call_order call;
		struct held_order held;
	};
};
TAILQ_HEAD(task_list, task);

/* What differs between those who want something of outputs. */
struct owner {
	/* The order that follows for a task with nothing under way; NULL: task->next is all. */
	enum task_event (*decide)(const struct task *task, int64_t now_ms);
	/* An order was begun (task->phase): makes the jobs. */
	void (*begin)(struct outputs *o, struct task *task, int64_t now_ms);
	/* How the jobs add up, once they have ended; `note` for people. Pure. */
	enum action_state (*outcome)(const struct task *task, char note[static NOTE_MAX + 1]);
	/* task->told is new: an order has ended, or what had failed was proved late. */
	void (*ended)(struct outputs *o, struct task *task, const char *note, int64_t now_ms);
	/* A job has, each time that one does; NULL: nothing to do. */
	void (*job_ended)(struct outputs *o, struct job *job, int64_t now_ms);
	/* One that has failed: is it tried again now? NULL: never. */
	bool (*again)(struct outputs *o, struct job *job, int64_t now_ms);
	/* It is forgotten; its jobs are gone. */
	void (*dropped)(struct outputs *o, const struct task *task);
	/* When it is to be looked at again, with nothing under way; NULL: never. */
	int64_t (*deadline_ms)(const struct task *task);
	/* Of a patient task: must it wait on? */
	bool (*is_unknown)(const struct outputs *o, const struct task *task);
	/* The owner's part of the facts by which a write is allowed. */
	void (*facts)(const struct outputs *o, const struct job *job, struct write_facts *facts);
	/* Of whose own action it is, which a lock of its type holds back; NULL: of nobody's. */
	const struct incident *(*acts_for)(const struct outputs *o, const struct task *task);
	/* False: there is nobody any more to record it for. */
	bool (*record)(struct outputs *o, const struct job *job);
	/*
	 * Of `old`'s task: what stands for it in `a` (a copy, whose points are the old ones).
	 * False: it ends here.
	 */
	bool (*adopt)(struct outputs *o, const struct outputs *old, struct task *task);
	/* No person has ordered it: it waits while only persons' orders are written. */
	bool acts_unasked;
	/* Puts back whatever a read-back says, which may hide the output. */
	bool restores_unseen;
};

/* The fallback: who calls (fallback.h), and what is kept of it. */
struct outlook {
	struct fallback decided;
	bool due;        /* something has happened: judge again */
	bool anew;       /* also say again to the outputs what is called */
	bool moved;      /* calls or outputs have: keep and tell them */
	int64_t next_ms; /* or judge at this time */
	char *row;       /* as it was kept last; NULL: there is none */
};

struct outputs {
	const struct config *config;
	const struct site *site;
	const struct plan *plan;
	const struct engine *engine;
	struct outputs_ports ports;
	struct outlook outlook;
	/* [action * zone_count + zone]; NULL: none, or it does not compile */
	struct expr **interlocks;
	bool *troubled;    /* by point */
	bool *is_readback; /* by point */
	bool *silent;      /* by device */
	bool *down;        /* by bus */
	bool busy, again;
	enum outputs_grant grant;
	bool lets_go;        /* another run tells since the last outputs_run() */
	bool claims_moved;   /* since they were kept last */
	size_t hands;        /* of the claims */
	int64_t hands_ms;    /* the next that is due with them */
	int64_t deadline_ms; /* of all tasks, as of the last run */
	int64_t doubt_ms;    /* the earliest of all claims; CLOCK_NEVER */
	uint64_t last_ticket;
	struct task_list tasks, free_tasks;
	struct job_list free_jobs;
	struct claim_list claims, free_claims;
	struct claim_list ended; /* by a person's put-back, and not told yet */
	struct task task_room[OUTPUTS_MAX];
	struct job job_room[OUTPUTS_MAX];
	struct claim claim_room[CLAIM_MAX];
};

/* For tasks and jobs in their order; `return` out of it, do not `break`. */
#define JOBS_FOREACH(o, task, job)                                                                 \
	TAILQ_FOREACH (task, &(o)->tasks, entry)                                                   \
		TAILQ_FOREACH (job, &(task)->jobs, entry)

/* task.c: */

/* NULL: no room. Idle, without action. */
struct task *task_new(struct outputs *o, const struct owner *owner, const char *what);
void task_free(struct outputs *o, struct task *task); /* which has no jobs any more */
/*
 * What a person orders of one output, whichever owner it has: the task of it; no interlock of one
 * action, the usual time; its owner's adopt and dropped.
 */
struct task *task_of_output(
	const struct outputs *o, const struct owner *owner, const struct point *output);
void task_detach(const struct outputs *o, struct task *task);
bool task_adopt_output(struct outputs *o, const struct outputs *old, struct task *task);
void task_drop_output(struct outputs *o, const struct task *task);
bool task_is_restoring(const struct task *task);
bool task_is_under_way(const struct task *task);
/* "Done" or "put back". */
bool task_succeeded(const struct task *task);
/* Of its action in this zone of its scope; TRUTH_TRUE where there is none. */
enum truth task_interlock(
	const struct outputs *o, const struct task *task, const struct zone *zone);
/* This output is not done, which is noted in the task and a trouble. */
void task_lacks_room(struct outputs *o, struct task *task, const struct point *point);
/* Behind the others of the task. NULL: no room, which is noted in the task and a trouble. */
struct job *job_new(struct outputs *o, struct task *task, const struct point *point);
void job_free(struct outputs *o, struct job *job);
void task_free_jobs(struct outputs *o, struct task *task);
void output_trouble(struct outputs *o, const struct point *point, enum word_write_refusal why);
/* Unless another job keeps it, or what was proved is lost. */
void output_trouble_end(struct outputs *o, const struct point *point);
/* What is known of a read-back. */
const struct reading *readback_seen(const struct outputs *o, const struct point *readback);

/* write.c: one job, as far as it goes now. */

void job_begin(struct outputs *o, struct job *job, double value, int64_t now_ms);
void job_run(struct outputs *o, struct job *job, int64_t now_ms);
void job_happens(struct outputs *o, struct job *job, enum job_event event, int64_t now_ms);
/* Its write leaves the queue now, unless a check forbids it: false. */
bool job_goes_out(const struct outputs *o, struct job *job);
void job_write_ended(struct outputs *o, struct job *job, int error, int64_t now_ms);
/* A read-back: proves or disproves when it is good and new enough. */
void job_look(struct outputs *o, struct job *job, const struct reading *reading, int64_t now_ms);
int64_t job_deadline(const struct job *job);
/* For how long a read-back may keep one waiting. NULL: of no action. */
int64_t action_confirm_ms(const struct action *action);
bool readback_agrees(const struct point *readback, const struct reading *reading, double value);

/* run.c: all tasks, as far as they go now; */
void tasks_run(struct outputs *o, int64_t now_ms);
/* Not while another run tells, or still may. */
bool tasks_may_run(const struct outputs *o);
int64_t tasks_deadline(const struct outputs *o);

/* claims.c: the truth of who wants which output; its row. */
#define CLAIMS_ROW "claims"

/* The claim of this task's step; begun anew where it had been withdrawn. NULL: no room. */
struct claim *claim_make(
	struct outputs *o, const struct task *task, const struct point *point, int64_t now_ms);
struct claim *claim_of_job(const struct outputs *o, const struct job *job);
/* It has changed: to be kept and told. */
void claim_moved(struct outputs *o, const struct claim *claim);
/* A read-back has shown it as wanted. */
void claim_prove(struct outputs *o, struct claim *claim, int64_t now_ms);
void claim_end(struct outputs *o, struct claim *claim);
/* A person has had its output put back, to `value`: that is told. */
void claim_restored(struct outputs *o, struct claim *claim, double value, const char *user);
struct claim *claim_new(struct outputs *o);
/* What its read-back shows, or was before the first claim on it; NAN: not known. */
double claim_value_before(const struct outputs *o, const struct point *point);
/* Those on this claim's output, in their order; *own: the place of this one. */
size_t claim_facts_of(const struct outputs *o, const struct claim *of,
	struct claim_facts facts[static CLAIM_MAX], size_t *own);
/* A person has it put back: it holds nothing from now on; or that was refused. */
void claim_withdraw(struct outputs *o, struct claim *claim);
void claim_stand(struct outputs *o, struct claim *claim);
/* Would its output stay as it is, so that nothing need be written or proved? */
bool claim_stays(const struct claim *claim, const struct put_back *to);
/* A read-back: tells who claims its output where it has changed. */
void claims_see(struct outputs *o, const struct reading *reading);
/* NULL: a hand, or closed. */
const struct incident *claim_incident(const struct outputs *o, const struct claim *claim);
/* The condition of its incident is false, or the incident closed. */
bool claim_is_over(const struct outputs *o, const struct claim *claim);
/* Does a stronger one want another value? */
bool claim_is_outranked(const struct outputs *o, const struct claim *claim);
/* What would become of its output if it were withdrawn now. */
struct put_back claim_put_back(const struct outputs *o, const struct claim *claim);
void holder_add(struct output_holders *holders, const char *incident);
/* Adds whose claims, but for this one, hold its output. */
void claim_holders(
	const struct outputs *o, const struct claim *claim, struct output_holders *holders);
/* The step of `incident` (may be NULL) that claims it; -1: its plan has it no more. */
int claim_step(const struct incident *incident, const struct claim *claim);
bool claim_is_of(const struct claim *claim, const struct outputs *o, const struct task *task);
/* Their row, before an intent goes by it; again: also when it is as it was kept last. */
void claims_keep(struct outputs *o, bool again);
/* False: not all of it is understood. */
bool claims_load(struct outputs *o, const char *row, const struct reboot *reboot);
void claims_adopt(struct outputs *o, const struct outputs *old);

/* reach.c: the next output of the action from *i on; NULL: no more. */
const struct point *reach_next(const struct outputs *o, const struct action *action,
	const struct places *scope, size_t *i);

#endif
