/*
 * What comes back to actuation from its ports (records, writes, read-backs), and
 * what people ask of it (restore, status).
 */
#include "daemon/outputs/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct job *job_of_ticket(struct actuation *a, uint64_t ticket)
{
	for (size_t i = 0; ticket && i < ACTUATION_JOB_MAX; i++)
		if (a->jobs[i].task != TASK_NONE && a->jobs[i].ticket == ticket)
			return &a->jobs[i];
	return NULL;
}

void actuation_recorded(struct actuation *a, uint64_t ticket, bool recorded, int64_t now_ms)
{
	struct job *job = job_of_ticket(a, ticket);

	if (!job)
		return;
	if (!recorded && job->state == JOB_RECORDING)
		job->error = "intent not recorded";
	job_happens(a, job, recorded ? JOB_EVENT_RECORDED : JOB_EVENT_NOT_RECORDED, now_ms);
	actuation_run(a, now_ms);
}

void actuation_written(struct actuation *a, uint64_t ticket, int error, int64_t now_ms)
{
	struct job *job = job_of_ticket(a, ticket);

	if (!job || job->state != JOB_WRITING)
		return;
	job_write_ended(a, job, error, now_ms);
	actuation_run(a, now_ms);
}

void actuation_reading(struct actuation *a, const struct reading *reading, int64_t now_ms)
{
	if (!a->is_readback[reading->point])
		return;
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct job *job = &a->jobs[i];

		if (job->task != TASK_NONE && job->point->readback &&
			job->point->readback->index == reading->point)
			job_look(a, job, reading, now_ms);
	}
	if (a->again)
		actuation_run(a, now_ms);
}

/* Only a state has an opposite to be put back to, and only what was written is put back. */
static bool job_restorable(const struct job *job)
{
	return (job->writes > 0 || job->putting_back) && job->point->class->kind == POINT_STATE;
}

static size_t count_restorable(const struct actuation *a, int task)
{
	size_t count = 0;

	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->jobs[i].task == task && job_restorable(&a->jobs[i]))
			count++;
	return count;
}

/* Not yet put back, or without success. */
static bool task_restorable(const struct task *task)
{
	return !task->restoring || task->told == ACTION_FAILED;
}

static void task_restore(struct actuation *a, int index, const char *user, int64_t now_ms)
{
	struct task *task = &a->tasks[index];

	task->phase = TASK_RUNNING;
	task->restoring = true;
	snprintf(task->user, sizeof(task->user), "%s", user);
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct job *job = &a->jobs[i];

		if (job->task != index)
			continue;
		if (!job_restorable(job)) {
			job->task = TASK_NONE;
			continue;
		}
		job_begin(a, job, index, job->point, 1 - task->action->value, now_ms);
		job->putting_back = true;
	}
}

int actuation_restore(
	struct actuation *a, const char *incident_id, const char *user, int64_t now_ms)
{
	const struct incident *incident = engine_find(a->engine, incident_id);
	size_t written = 0;

	if (!incident)
		return -ENOENT;
	for (int i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct task *task = &a->tasks[i];

		if (task->phase == TASK_FREE || strcmp(task->incident, incident->id) != 0)
			continue;
		if (task->phase == TASK_RUNNING || task->wanted)
			return -EBUSY;
		if (task_restorable(task))
			written += count_restorable(a, i);
	}
	if (written == 0)
		return -ENOENT;
	if (engine_still_true(a->engine, incident) != TRUTH_FALSE)
		return -EBUSY;
	for (int i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct task *task = &a->tasks[i];

		if (task->phase == TASK_ENDED && strcmp(task->incident, incident->id) == 0 &&
			task_restorable(task) && count_restorable(a, i) > 0)
			task_restore(a, i, user, now_ms);
	}
	actuation_run(a, now_ms);
	return 0;
}

static size_t outputs_of_jobs(
	const struct actuation *a, int task, struct output_status *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < ACTUATION_JOB_MAX && count < max; i++) {
		const struct job *job = &a->jobs[i];

		if (job->task == task)
			out[count++] = (struct output_status){ job->point, job->value,
				job_output_state(job->state), job->changed_ms, job->error };
	}
	return count;
}

/* What would be written, where a person must switch or release. */
static size_t outputs_advised(const struct actuation *a, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	const struct action *action = incident->type->steps[step].action;
	const struct zone *scope = action_zone(a->site, action, incident->zone);
	size_t count = 0;

	for (size_t i = 0; i < a->site->point_count && count < max; i++) {
		const struct point *point = &a->site->points[i];
		bool kept = point->protected && !(action->value > 0);

		if (!action_covers(action, scope, point))
			continue;
		out[count++] = (struct output_status){ point, action->value,
			kept ? OUTPUT_REFUSED : OUTPUT_ADVISED, incident->steps[step].action_ms,
			kept ? "protected" : "" };
	}
	return count;
}

size_t actuation_outputs(const struct actuation *a, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	enum action_state state;

	if (step < 0 || (size_t)step >= incident->type->step_count ||
		!incident->type->steps[step].action)
		return 0;
	state = incident->steps[step].action;
	if (state == ACTION_ADVISED || state == ACTION_AWAITING)
		return outputs_advised(a, incident, step, out, max);
	for (int i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->tasks[i].phase != TASK_FREE && a->tasks[i].step == step &&
			strcmp(a->tasks[i].incident, incident->id) == 0)
			return outputs_of_jobs(a, i, out, max);
	return 0;
}
