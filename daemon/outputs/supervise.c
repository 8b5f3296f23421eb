/*
 * What was proved is watched as long as it is claimed. Must never write: a person at the switch has
 * the last word, and is told what it means; nor say anything of a read-back that is not good.
 */
#include "daemon/outputs/parts.h"

#include "core/clock.h"

#include <string.h>

/* While it is written, its read-back is the job's. */
static bool is_being_written(const struct outputs *o, const struct point *output)
{
	const struct task *task;
	const struct job *job;

	JOBS_FOREACH (o, task, job)
		if (job->point == output && !job_ended(job->state))
			return true;
	return false;
}

static enum supervision_event event_of(
	const struct outputs *o, const struct claim *claim, const struct reading *reading)
{
	if (reading->quality != QUALITY_GOOD || is_being_written(o, claim->point))
		return SUPERVISION_UNUSABLE;
	if (readback_agrees(claim->point->readback, reading, claim->value))
		return SUPERVISION_AGREES;
	/* Another claim has it, at another value. */
	return claim_is_outranked(o, claim) ? SUPERVISION_UNUSABLE : SUPERVISION_DIFFERS;
}

static int64_t confirm_ms(const struct outputs *o, const struct claim *claim)
{
	const struct incident *incident = claim_incident(o, claim);
	int step = claim_step(incident, claim);

	return action_confirm_ms(step < 0 ? NULL : incident->type->steps[step].action);
}

/* The job that proved it, where its incident is open. */
static struct job *job_of(const struct outputs *o, const struct claim *claim, int step)
{
	struct task *task = step < 0 ? NULL : step_find(o, claim->incident, step);
	struct job *job;

	if (!task || task->phase != TASK_SWITCHED)
		return NULL;
	TAILQ_FOREACH (job, &task->jobs, entry)
		if (job->point == claim->point)
			return job;
	return NULL;
}

static void lose(struct outputs *o, struct claim *claim, int64_t now_ms)
{
	const struct incident *incident = claim_incident(o, claim);
	int step = claim_step(incident, claim);
	struct job *job = job_of(o, claim, step);
	enum supervision_telling tells =
		supervision_tells(incident ? engine_still_true(o->engine, incident) : TRUTH_FALSE,
			incident && incident->state != INCIDENT_HANDED_OVER);
	enum word_write_refusal why =
		tells == SUPERVISION_OPENS_STEP
			? WORD_WRITE_REFUSAL_SWITCHED_BY_SOMETHING_ELSE
			: WORD_WRITE_REFUSAL_SWITCHED_BACK_BY_HAND_RESTORE_STRIKES_IT;
	char note[NOTE_MAX + 1];

	claim->asks = tells == SUPERVISION_ASKS;
	if (job) {
		job->error = why;
		job_happens(o, job, JOB_EVENT_LOST, now_ms);
		/* Until the read-back agrees again, which then is nobody's doing. */
		job->task->told = ACTION_FAILED;
		strcpy(job->task->step.user, "facilityd");
	} else {
		output_trouble(o, claim->point, why);
	}
	if (step < 0)
		return;
	snprintf(note, sizeof(note), "%s: %s", claim->output, word_id(WORD_WRITE_REFUSAL, why));
	o->ports.report(o->ports.context, claim->incident, step, ACTION_LOST, "facilityd", note);
}

static void happens(
	struct outputs *o, struct claim *claim, enum supervision_event event, int64_t now_ms)
{
	enum supervision before = claim->supervision;

	claim->supervision = supervision_next(before, event);
	if (claim->supervision == before)
		return;
	if (claim->supervision == SUPERVISION_DOUBT) {
		claim->doubt_ms = now_ms + confirm_ms(o, claim);
		o->doubt_ms = claim->doubt_ms < o->doubt_ms ? claim->doubt_ms : o->doubt_ms;
		return;
	}
	if (claim->supervision != SUPERVISION_LOST && before != SUPERVISION_LOST)
		return;
	claim_moved(o, claim);
	if (claim->supervision == SUPERVISION_LOST)
		lose(o, claim, now_ms);
	else
		output_trouble_end(o, claim->point);
}

void supervise_see(struct outputs *o, const struct reading *reading, int64_t now_ms)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->supervision != SUPERVISION_NONE && claim->point &&
			claim->point->readback && claim->point->readback->index == reading->point)
			happens(o, claim, event_of(o, claim, reading), now_ms);
}

void supervise_run(struct outputs *o, int64_t now_ms)
{
	struct claim *claim;

	if (now_ms < o->doubt_ms)
		return;
	o->doubt_ms = CLOCK_NEVER;
	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (claim->supervision != SUPERVISION_DOUBT)
			continue;
		if (now_ms >= claim->doubt_ms)
			happens(o, claim, SUPERVISION_TIME_OVER, now_ms);
		else if (claim->doubt_ms < o->doubt_ms)
			o->doubt_ms = claim->doubt_ms;
	}
}
