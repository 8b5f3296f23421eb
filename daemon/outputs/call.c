/*
 * The outputs of the fallback: on while some incident calls them, then off again.
 * Must never leave on what we have switched on, nor put off what somebody else has,
 * nor struggle with a person at the switch.
 */
#include "daemon/outputs/task.h"

#include "core/clock.h"
#include "core/log.h"

#include <stdio.h>
#include <string.h>

enum {
	RETRY_MS = 10000, /* then twice as long each time, */
	RETRY_MAX_MS = 300000,
};

enum call_order { CALL_NOTHING, CALL_ON, CALL_OFF, CALL_FORGET };

static bool begins(const struct task *t, int64_t now_ms)
{
	(void)now_ms;
	return t->called && t->fresh;
}

static bool has_failed(const struct task *t, int64_t now_ms)
{
	return t->called && !t->settled && now_ms >= t->retry_ms;
}

static bool ends(const struct task *t, int64_t now_ms)
{
	(void)now_ms;
	return !t->called && t->ours && !t->restoring;
}

static bool lasts(const struct task *t, int64_t now_ms)
{
	return !t->called && t->ours && !t->settled && now_ms >= t->retry_ms;
}

static bool is_over(const struct task *t, int64_t now_ms)
{
	(void)now_ms;
	return !t->called && !t->ours;
}

/* Of a task without anything under way: the first row that holds. */
static enum call_order call_order(const struct task *task, int64_t now_ms)
{
	static const struct {
		bool (*holds)(const struct task *task, int64_t now_ms);
		enum call_order order;
	} rows[] = {
		{ begins, CALL_ON },
		{ has_failed, CALL_ON },
		{ ends, CALL_OFF },
		{ lasts, CALL_OFF },
		{ is_over, CALL_FORGET },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].holds(task, now_ms))
			return rows[i].order;
	return CALL_NOTHING;
}

static struct job *job_of(const struct actuation *a, int task)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->jobs[i].task == task)
			return (struct job *)&a->jobs[i];
	return NULL;
}

static void call_trouble(struct actuation *a, const struct point *output, const char *text)
{
	a->troubled[output->index] = true;
	a->ports.trouble(a->ports.context, output, text);
}

static void call_start(struct actuation *a, int index, bool off, int64_t now_ms)
{
	struct task *task = &a->tasks[index];
	struct job *job;

	task->phase = TASK_RUNNING;
	task->restoring = off;
	task->fresh = task->settled = false;
	task->had = task->ours;
	a->again = true;
	task_release_jobs(a, index, false);
	job = job_free_slot(a);
	if (job)
		job_begin(a, job, index, task->output, off ? 1 - task->on : task->on, now_ms);
	else
		call_trouble(a, task->output, "too many outputs at once");
	/* A switch behind it may hide that it is on: it would sound when that is put back. */
	if (job && off) {
		job->state = JOB_WAITING;
		job->unseen = true;
	}
	a->ports.called(a->ports.context);
}

static bool is_settled(const struct job *job)
{
	return job && (job->state == JOB_CONFIRMED || job->state == JOB_UNPROVEN);
}

static int64_t retry_after_ms(struct task *task)
{
	int64_t ms = RETRY_MS;

	for (unsigned i = 0; i < task->tries && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	task->tries++;
	return ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

/* Also when a failed one is proved late. */
static void call_ended(struct actuation *a, int index, int64_t now_ms)
{
	struct task *task = &a->tasks[index];
	const struct job *job = job_of(a, index);

	task->phase = TASK_ENDED;
	task->settled = is_settled(job);
	/* What was found on is somebody else's. */
	if (!task->restoring)
		task->ours = task->had || (job && job->writes > 0);
	else if (task->settled)
		task->ours = false;
	if (task->settled)
		task->tries = 0;
	else
		task->retry_ms = now_ms + retry_after_ms(task);
	/* That it may not be switched on is told with the call; that it stays on has to be, too. */
	if (task->restoring && job && (job->state == JOB_REFUSED || job->state == JOB_PROTECTED))
		call_trouble(a, task->output, job->error);
	a->again = true;
	a->ports.called(a->ports.context);
}

static void call_forget(struct actuation *a, int index)
{
	struct task *task = &a->tasks[index];

	task_release_jobs(a, index, true);
	job_trouble_end(a, task->output);
	task->phase = TASK_FREE;
	task->output = NULL;
	a->ports.called(a->ports.context);
}

/* Of the last run: what its read-back says decides whether there is anything to write. */
static bool is_patient(const struct actuation *a, struct task *task, int64_t now_ms)
{
	const struct point *readback = task->output->readback;

	return task->resumed &&
	       task_waits(task, readback && readback_seen(a, readback)->quality != QUALITY_GOOD,
		       now_ms);
}

void call_run(struct actuation *a, int index, int64_t now_ms)
{
	struct task *task = &a->tasks[index];

	if (is_patient(a, task, now_ms))
		return;
	if (task->phase == TASK_RUNNING && task_jobs_ended(a, index))
		call_ended(a, index, now_ms);
	else if (task->phase == TASK_ENDED && !task->settled && is_settled(job_of(a, index)))
		call_ended(a, index, now_ms);
	if (task->phase == TASK_RUNNING)
		return;
	switch (call_order(task, now_ms)) {
	case CALL_ON:
		call_start(a, index, false, now_ms);
		return;
	case CALL_OFF:
		call_start(a, index, true, now_ms);
		return;
	case CALL_FORGET:
		call_forget(a, index);
		return;
	case CALL_NOTHING:
		return;
	}
}

int64_t call_deadline(const struct task *task)
{
	if (task->phase != TASK_ENDED || !task->output || task->resumed || task->settled)
		return CLOCK_NEVER;
	return task->retry_ms;
}

static struct task *call_find(struct actuation *a, const struct point *output)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->tasks[i].phase != TASK_FREE && a->tasks[i].output == output)
			return &a->tasks[i];
	return NULL;
}

static struct task *call_task(struct actuation *a, const struct point *output)
{
	struct task *task = call_find(a, output);

	for (size_t i = 0; !task && i < ACTUATION_JOB_MAX; i++) {
		if (a->tasks[i].phase != TASK_FREE)
			continue;
		task = &a->tasks[i];
		*task = (struct task){ .phase = TASK_ENDED, .step = TASK_NONE, .output = output };
	}
	if (!task)
		log_error("actuation: output %s: no room for another action", output->id);
	return task;
}

void call_detach(const struct actuation *a, struct task *task)
{
	static const struct action put_off; /* no interlock, the usual time */

	task->action = &put_off;
	task->scope = &a->site->zones[0];
}

static void call_release(struct task *task)
{
	if (!task->called)
		return;
	task->called = task->fresh = false;
	task->tries = 0;
	task->retry_ms = 0;
}

static const struct output_call *call_of(
	const struct output_call *calls, size_t count, const struct point *output)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].point == output)
			return &calls[i];
	return NULL;
}

static void call_take(struct actuation *a, const struct output_call *call)
{
	struct task *task = call_task(a, call->point);

	if (!task)
		return;
	if (!task->called || call->fresh) {
		task->fresh = true;
		task->tries = 0;
	}
	task->called = true;
	task->action = call->action;
	task->scope = action_zone(a->site, call->action, call->point->zone);
	/* What is on already is put off from where it is. */
	if (!task->ours)
		task->on = call->action->value;
	snprintf(task->caller, sizeof(task->caller), "%s", call->incident);
}

void actuation_calls(struct actuation *a, const struct output_call *calls, size_t count)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct task *task = &a->tasks[i];

		if (task->phase != TASK_FREE && task->output &&
			!call_of(calls, count, task->output))
			call_release(task);
	}
	for (size_t i = 0; i < count; i++)
		call_take(a, &calls[i]);
	a->again = true;
}

void actuation_call_resume(
	struct actuation *a, const struct point *point, double on, const char *caller)
{
	struct task *task = call_task(a, point);

	if (!task)
		return;
	task->on = on;
	task->ours = task->resumed = true;
	call_detach(a, task);
	snprintf(task->caller, sizeof(task->caller), "%s", caller);
	/* Opening its bus must not switch back what was switched. */
	if (point->held)
		*point->held = on;
	a->again = true;
}

/* Recorded, and perhaps written already. */
static bool is_under_way(const struct task *task, const struct job *job)
{
	return task->phase == TASK_RUNNING && !task->restoring && job &&
	       (job->state == JOB_RECORDING || job->state == JOB_READY || job->writes > 0);
}

bool actuation_called(const struct actuation *a, size_t i, struct called_output *out)
{
	for (int t = 0; t < ACTUATION_JOB_MAX; t++) {
		const struct task *task = &a->tasks[t];
		const struct job *job;

		if (task->phase == TASK_FREE || !task->output || i-- > 0)
			continue;
		job = job_of(a, t);
		*out = (struct called_output){ task->output, task->on, task->caller, task->called,
			task->ours || is_under_way(task, job),
			job ? job_output_state(job->state) : OUTPUT_RECORDING,
			job ? job->error : "" };
		return true;
	}
	return false;
}
