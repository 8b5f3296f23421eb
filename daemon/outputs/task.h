/*
 * Inside actuation: tasks (one action of one incident's step, or one output of the
 * fallback) and their jobs (one output each). Shared by actuation*.c only.
 */
#ifndef DAEMON_OUTPUTS_TASK_H
#define DAEMON_OUTPUTS_TASK_H

#include "daemon/outputs/actuation.h"
#include "daemon/outputs/job.h"

enum {
	TASK_NONE = -1,
	PATIENCE_MS = 30000, /* for the first readings; then the usual time to act begins */
	PATIENT_LOOK_MS = 200,
};

enum task_phase {
	TASK_FREE,
	TASK_RUNNING,
	TASK_ENDED, /* reported; its jobs stay for documents until the incident closes */
};

struct task {
	enum task_phase phase;
	char incident[INCIDENT_ID_MAX + 1];
	int step;
	const struct action *action;
	const struct zone *scope;
	char user[USER_MAX + 1];
	bool wanted; /* the engine asks for it and it has not been begun */
	bool served; /* what the engine asks for now has been begun or reported */
	bool restoring;
	bool too_many;          /* there was no room for all outputs */
	bool closed;            /* the incident is gone: to be freed */
	bool resumed;           /* of the last run: begins when its facts are known */
	int64_t patience_ms;    /* and at this time at the latest; 0: not yet looked */
	int64_t look_ms;        /* the next look at its facts */
	enum action_state told; /* what was reported last */

	/* Of the fallback, see actuation_call.c; incident and step are not used then. */
	const struct point *output; /* NULL: of a step */
	char caller[INCIDENT_ID_MAX + 1];
	double on;
	bool called, fresh; /* fresh: some incident has begun to, and it was not yet obeyed */
	bool ours, had;     /* had: it was already when the job began */
	bool settled;       /* the last order was carried out */
	unsigned tries;
	int64_t retry_ms;
};

struct job {
	int task; /* index; TASK_NONE: free */
	const struct point *point;
	double value;
	enum job_state state;
	bool entered;      /* the state's own work is still to be done */
	uint64_t ticket;   /* of the record or write under way */
	bool putting_back; /* a person asked for the opposite */
	bool unseen;       /* to be written whatever its read-back says: that may hide the output */
	unsigned writes;   /* how many were tried */
	const char *error; /* static text */
	int64_t changed_ms;           /* of `state` */
	int64_t asked_ms, written_ms; /* written_ms 0: not written */
	int64_t try_ms, deadline_ms;  /* end of this try, of all */
	int64_t poll_ms;              /* next look at the read-back, or at the facts */
};

struct actuation {
	const struct site *site;
	const struct plan *plan;
	const struct engine *engine;
	bool armed;
	struct actuation_ports ports;
	struct expr *
		*interlocks; /* [action * zone_count + zone]; NULL: none, or it does not compile */
	bool *troubled;      /* by point */
	bool *is_readback;   /* by point */
	bool busy, again;
	int64_t deadline_ms; /* of all jobs, as of the last run */
	uint64_t last_ticket;
	struct task tasks[ACTUATION_JOB_MAX];
	struct job jobs[ACTUATION_JOB_MAX];
};

/* How the jobs of an ended task add up; `note` gets names and reasons. Pure. */
enum action_state task_outcome(
	const struct actuation *actuation, int task, char note[static NOTE_MAX + 1]);

struct task *task_find(struct actuation *actuation, const char *incident, int step); /* or NULL */
/* The task of an action, made where there is none; NULL: no room. Not begun. */
struct task *task_of(struct actuation *actuation, const struct incident *incident, int step);
/* Takes note of an action that is wanted. */
void task_want(
	struct actuation *actuation, const struct incident *incident, int step, const char *user);
/* Of a resumed task: does it go on waiting, as long as `unknown`? Moves task->look_ms. */
bool task_waits(struct task *task, bool unknown, int64_t now_ms);
/* A task of the last run that must wait for its readings; moves task->look_ms. */
bool task_is_patient(struct actuation *actuation, struct task *task, int64_t now_ms);
enum truth task_interlock(const struct actuation *actuation, const struct task *task);
bool task_jobs_ended(const struct actuation *actuation, int task);
/* closed: nobody waits for the proof of its outputs any more. */
void task_release_jobs(struct actuation *actuation, int task, bool closed);
/* A task of the fallback: what is to be done for it now, and when it must be looked at again. */
void call_run(struct actuation *actuation, int task, int64_t now_ms);
int64_t call_deadline(const struct task *task);
/* Until actuation_calls() comes it has no action of the plan, only what is needed to put it off. */
void call_detach(const struct actuation *actuation, struct task *task);

/* Carry one job as far as it goes now; true when there was something to do. */
bool job_run(struct actuation *actuation, struct job *job, int64_t now_ms);
void job_happens(
	struct actuation *actuation, struct job *job, enum job_event event, int64_t now_ms);
void job_write_ended(struct actuation *actuation, struct job *job, int error, int64_t now_ms);
/* A read-back: proves or disproves when it is good and new enough. */
void job_look(struct actuation *actuation, struct job *job, const struct reading *reading,
	int64_t now_ms);
struct job *job_free_slot(struct actuation *actuation); /* or NULL */
/* What is known of a read-back. */
const struct reading *readback_seen(
	const struct actuation *actuation, const struct point *readback);
void job_begin(struct actuation *actuation, struct job *job, int task, const struct point *point,
	double value, int64_t now_ms);
int64_t job_deadline(const struct job *job);
/* Ends the point's trouble unless another job keeps it. */
void job_trouble_end(struct actuation *actuation, const struct point *point);

#endif
