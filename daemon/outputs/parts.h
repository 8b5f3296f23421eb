/*
 * Inside outputs: the owners of tasks (task/task.h), and what stands above them.
 *
 * step.c and call.c order what steps and the fallback want, held.c and hand.c what persons do;
 * wanted.c and resume.c give steps their orders, restore.c puts back; outlook.c judges who calls by
 * the fallback, supervise.c and retry.c follow what was written, and outputs.c has the whole.
 */
#ifndef DAEMON_OUTPUTS_PARTS_H
#define DAEMON_OUTPUTS_PARTS_H

#include "daemon/outputs/outputs.h"
#include "daemon/outputs/task/task.h"
#include "rules/retry.h"

/* resume.c: as the last run has left it; not proved: a trouble until it is. */
void job_resume(struct outputs *o, struct job *job, double value, const struct claim *claim,
	int64_t action_ms);

/* supervise.c: what was proved. A read-back; and what time has made of those that disagree. */
void supervise_see(struct outputs *o, const struct reading *reading, int64_t now_ms);
void supervise_run(struct outputs *o, int64_t now_ms);
/* hand.c: what is due with persons' hands: their ends, and whom claims that stand contradict. */
void hands_run(struct outputs *o, int64_t now_ms);
/* Is it a value of its class and range? */
bool output_takes(const struct point *point, double value);
/* The hand on this output; NULL: none. */
struct claim *hand_of(const struct outputs *o, const struct point *output);
/* It was put back, or its output is set anew: what had failed of it is no trouble any more. */
void hand_drop(struct outputs *o, const struct point *output);
/* Of the last run: what was not proved is a trouble until it is. */
void hands_resume(struct outputs *o);

/* retry.c: the write of a step has failed; is it to be tried again now? */
void retry_failed(struct outputs *o, struct job *job, struct claim *claim, int64_t now_ms);
/* When, for people; 0: not, or nobody knows yet. */
int64_t retry_shown_ms(const struct outputs *o, const struct job *job);
bool retry_is_due(struct outputs *o, struct job *job, int64_t now_ms);
/* A lock that concerns it has begun, however soon it ends: its end writes nothing by itself. */
void retry_meets_lock(struct outputs *o, const struct incident *incident);
/* Another run tells: nothing that is not proved yet is tried again by itself. */
void retry_let_go(struct outputs *o);

/* held.c: the output is put back, as far as claims on it are over; `incident` "": of all. -1: one
 * is under way, or there is no room. */
int held_restore(
	struct outputs *o, const char *incident, const struct point *output, const char *user);

/* step.c: the task of a step; NULL: there is none, or no room. */
struct task *step_find(const struct outputs *o, const char *incident, int step);
struct task *step_find_or_make(struct outputs *o, const struct incident *incident, int step);
/* What is not armed, or only exercised, is not written, and claims nothing. */
bool step_may_claim(const struct outputs *o, const struct task *task, const struct point *point);

/* Is it an output of the task's action, where that acts? */
bool step_covers(const struct task *task, const struct point *point);

/* wanted.c: what the engine asks of the step now, of `user`; `place`: anew there alone, NULL:
 * wherever it acts. */
void step_want(struct outputs *o, const struct incident *incident, int step, const char *user,
	const struct zone *place);

/* Owners: */

extern const struct owner step_owner, held_owner;

/* call.c: its row, and the first line of that. */
#define CALL_ROW "fallback"
#define CALL_ROW_HEAD "fallback 1\n"
/* The output is called by `incident`, by an action that covers it. fresh: some incident has
 * just begun to. One that was put off by hand stays so until then; what fails is tried again, ever
 * more seldom. */
void call_take(struct outputs *o, const struct point *point, const struct action *action,
	const char *incident, bool fresh);
/* Nobody calls it any more: it is put off, if it was us who switched it on. */
void call_release(struct outputs *o, const struct point *point);
/* The last run has switched it to `on` for `caller`: as if called before, released by now. */
void call_resume(struct outputs *o, const struct point *point, double on, const char *caller);
/* The i-th output of the fallback, from 0; false at the end. */
bool call_at(const struct outputs *o, size_t i, struct called_output *out);

/* The row of the calls; again: also when it is as it was kept last. */
void call_keep(struct outputs *o, bool again);

/* outlook.c: judges, before the tasks run, and tells, behind them. */
void outlook_judge(struct outputs *o, int64_t now_ms);
void outlook_tell(struct outputs *o);
/* The calls of the last run. */
void outlook_load(struct outputs *o, const char *row);

#endif
