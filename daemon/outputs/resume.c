/*
 * What the last run left: wanted actions go on once their facts are known, and what was switched,
 * or perhaps was, can still be proved and put back. Must not write anything by itself, nor take
 * silence after the start for a reason to fail.
 */
#include "daemon/outputs/parts.h"

#include "core/log.h"

#include <math.h>
#include <string.h>

void job_resume(struct outputs *o, struct job *job, double value, const struct claim *claim,
	int64_t action_ms)
{
	bool proved = claim->proved_ms && !claim->withdrawn;
	bool lost = claim->supervision == SUPERVISION_LOST;

	job->value = value;
	job->changed_ms = job->asked_ms = job->written_ms = action_ms;
	job->writes = 1;
	job->state = proved && !lost ? JOB_CONFIRMED : JOB_FAILED;
	job->error = WORD_WRITE_REFUSAL_NONE;
	if (lost)
		job->error = WORD_WRITE_REFUSAL_SWITCHED_BY_SOMETHING_ELSE;
	else if (!proved)
		job->error = WORD_WRITE_REFUSAL_NOT_PROVEN_BEFORE_THE_RESTART;
	if (job->error)
		output_trouble(o, job->point, job->error);
}

/* Where the journal has lost its claims, or has them from nobody: those that its state says. */
static void claim_all(struct outputs *o, struct task *task, const struct step_state *state)
{
	const struct point *point;
	size_t i = 0;

	while ((point = reach_next(o, task->action, &task->scope, &i))) {
		struct claim *claim = NULL;

		if (step_may_claim(o, task, point))
			claim = claim_make(o, task, point, state->action_ms);
		if (!claim)
			continue;
		claim->before = NAN;
		claim->tried = true;
		if (state->action == ACTION_DONE || state->action == ACTION_LOST)
			claim_prove(o, claim, state->action_ms);
		if (state->action == ACTION_LOST)
			claim->supervision = SUPERVISION_LOST;
		if (point->held)
			*point->held = claim->value;
	}
}

static size_t resume_claims(struct outputs *o, struct task *task, const struct step_state *state)
{
	struct claim *claim;
	size_t count = 0;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		struct job *job;
		double value = claim->value;

		if (!claim->point || !claim_is_of(claim, o, task))
			continue;
		count++;
		job = job_new(o, task, claim->point);
		if (!job) {
			log_error("outputs: %s: %s: no room to remember it", claim->incident,
				claim->output);
			continue;
		}
		if (claim->withdrawn) {
			value = claim_put_back(o, claim).value;
			task->phase = TASK_RESTORED;
			task->told = ACTION_FAILED; /* until a read-back proves it */
		}
		job_resume(o, job, value, claim, state->action_ms);
	}
	return count;
}

/* Those that are never switched are shown, too. */
static void resume_kept(struct outputs *o, struct task *task, int64_t action_ms)
{
	const struct point *point;
	size_t i = 0;

	while ((point = reach_next(o, task->action, &task->scope, &i))) {
		struct job *job =
			action_spares(task->action, point) ? job_new(o, task, point) : NULL;

		if (!job)
			continue;
		job->value = task->action->value;
		job->changed_ms = action_ms;
		job->state = JOB_PROTECTED;
		job->error = WORD_WRITE_REFUSAL_PROTECTED;
	}
}

/* A read-back may still prove what had failed. */
static void resume_ended(struct outputs *o, const struct incident *incident, int step)
{
	const struct step_state *state = &incident->steps[step];
	struct task *task = step_find_or_make(o, incident, step);

	if (!task)
		return;
	task->phase = TASK_SWITCHED;
	strcpy(task->step.user, "facilityd"); /* of what a read-back says from now on */
	task->told = state->action == ACTION_LOST ? ACTION_FAILED : state->action;
	if (resume_claims(o, task, state) == 0) {
		claim_all(o, task, state);
		resume_claims(o, task, state);
	}
	resume_kept(o, task, state->action_ms);
}

static void resume_wanted(struct outputs *o, const struct incident *incident, int step)
{
	struct task *task;

	step_want(o, incident, step, "facilityd", NULL);
	task = step_find(o, incident->id, step);
	if (task)
		task->phase = TASK_PATIENT;
}

void outputs_resume(struct outputs *o, const struct incident *incident)
{
	for (int i = 0; i < (int)incident->type->step_count; i++) {
		enum action_state state = incident->steps[i].action;

		if (!incident->type->steps[i].action || step_find(o, incident->id, i))
			continue;
		if (state == ACTION_WANTED)
			resume_wanted(o, incident, i);
		else if (state == ACTION_DONE || state == ACTION_FAILED || state == ACTION_LOST)
			resume_ended(o, incident, i);
	}
}
