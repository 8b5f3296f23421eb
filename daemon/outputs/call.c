/*
 * The fallback as an owner of outputs: each is on while some incident calls it, then
 * off again. Must never leave on what we have switched on, nor put off what somebody
 * else has, nor struggle with a person at the switch.
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

static struct task *find(const struct actuation *a, const struct point *output)
{
	struct task *task;

	TAILQ_FOREACH (task, &a->tasks, entry)
		if (task->owner == &call_owner && task->call.output == output)
			return task;
	return NULL;
}

static struct task *find_or_make(struct actuation *a, const struct point *output)
{
	struct task *task = find(a, output);

	if (!task)
		task = task_new(a, &call_owner, output->id);
	if (task)
		task->call.output = output;
	return task;
}

static const struct job *job_of(const struct task *task)
{
	return TAILQ_FIRST(&task->jobs);
}

/* As an owner --------------------------------------------------------------- */

static enum task_event decide(const struct task *task, int64_t now_ms)
{
	const struct call_order *call = &task->call;
	bool again = task->told == ACTION_FAILED && now_ms >= call->retry_ms;

	if (call->called)
		return call->fresh || again ? TASK_SWITCH : TASK_NOTHING;
	if (!call->ours)
		return TASK_DROP;
	return !task_is_restoring(task) || again ? TASK_RESTORE : TASK_NOTHING;
}

static void begin(struct actuation *a, struct task *task, int64_t now_ms)
{
	struct call_order *call = &task->call;
	struct job *job;

	call->fresh = false;
	task_free_jobs(a, task);
	job = job_new(a, task, call->output);
	if (job)
		job_begin(a, job, task_is_restoring(task) ? 1 - call->on : call->on, now_ms);
	a->ports.called(a->ports.context);
}

static enum action_state outcome(const struct task *task, char note[static NOTE_MAX + 1])
{
	const struct job *job = job_of(task);

	(void)note;
	if (!job || (job->state != JOB_CONFIRMED && job->state != JOB_UNPROVEN))
		return ACTION_FAILED;
	return task_is_restoring(task) ? ACTION_RESTORED : ACTION_DONE;
}

static int64_t retry_after_ms(struct call_order *call)
{
	int64_t ms = RETRY_MS;

	for (unsigned i = 0; i < call->tries && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	call->tries++;
	return ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

static void ended(struct actuation *a, struct task *task, const char *note, int64_t now_ms)
{
	struct call_order *call = &task->call;
	const struct job *job = job_of(task);

	(void)note;
	/* What was found on is somebody else's. */
	if (!task_is_restoring(task))
		call->ours |= job && job->writes > 0;
	else if (task_succeeded(task))
		call->ours = false;
	if (task_succeeded(task))
		call->tries = 0;
	else
		call->retry_ms = now_ms + retry_after_ms(call);
	/* That it may not be switched on is told with the call; that it stays on has to be, too. */
	if (task_is_restoring(task) && job &&
		(job->state == JOB_REFUSED || job->state == JOB_PROTECTED))
		output_trouble(a, call->output, job->error);
	a->again = true;
	a->ports.called(a->ports.context);
}

static void dropped(struct actuation *a, const struct task *task)
{
	output_trouble_end(a, task->call.output);
	a->ports.called(a->ports.context);
}

static int64_t deadline_ms(const struct task *task)
{
	return task->told == ACTION_FAILED ? task->call.retry_ms : CLOCK_NEVER;
}

/* What its read-back says decides whether there is anything to write. */
static bool is_unknown(const struct actuation *a, const struct task *task)
{
	const struct point *readback = task->call.output->readback;

	return readback && readback_seen(a, readback)->quality != QUALITY_GOOD;
}

static void facts(const struct actuation *a, const struct job *job, struct write_facts *facts)
{
	const struct call_order *call = &job->task->call;

	(void)a;
	/* What may not be put off again is not switched on. */
	facts->value = job->point->protected ? 0 : job->value;
	facts->wanted = call->called != facts->restoring;
	facts->still_true = call->called ? TRUTH_TRUE : TRUTH_FALSE;
}

static bool record(struct actuation *a, const struct job *job)
{
	a->ports.record_call(
		a->ports.context, job->task->incident, job->point, job->value, job->ticket);
	return true;
}

/* Until actuation_calls() comes it has no action of the plan, only what is needed to put it off. */
static void detach(const struct actuation *a, struct task *task)
{
	static const struct action put_off; /* no interlock, the usual time */

	task->action = &put_off;
	task->scope = &a->site->zones[0];
}

/* Followed whatever the new plan says of it: to put it off, too. */
static bool adopt(struct actuation *a, const struct actuation *old, struct task *task)
{
	const struct point *was = task->call.output;
	const struct point *output = site_point(a->site, was->id);

	(void)old;
	if (!output || !output->writable) {
		if (task->call.ours)
			log_error("output %s: is gone from the configuration and was left on",
				was->id);
		return false;
	}
	task->call.output = output;
	detach(a, task);
	return true;
}

const struct owner call_owner = {
	.decide = decide,
	.begin = begin,
	.outcome = outcome,
	.ended = ended,
	.dropped = dropped,
	.deadline_ms = deadline_ms,
	.is_unknown = is_unknown,
	.facts = facts,
	.record = record,
	.adopt = adopt,
	/* A switch behind it may hide that it is on: it would sound when that is put back. */
	.restores_unseen = true,
};

/* Who calls ----------------------------------------------------------------- */

static void release(struct task *task)
{
	struct call_order *call = &task->call;

	if (!call->called)
		return;
	call->called = call->fresh = false;
	call->tries = 0;
}

static bool is_called(const struct output_call *calls, size_t count, const struct point *output)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].point == output)
			return true;
	return false;
}

static void take(struct actuation *a, const struct output_call *from)
{
	struct task *task = find_or_make(a, from->point);
	struct call_order *call;

	if (!task)
		return;
	call = &task->call;
	if (!call->called || from->fresh) {
		call->fresh = true;
		call->tries = 0;
	}
	call->called = true;
	task->action = from->action;
	task->scope = action_zone(a->site, from->action, from->point->zone);
	/* What is on already is put off from where it is. */
	if (!call->ours)
		call->on = from->action->value;
	snprintf(task->incident, sizeof(task->incident), "%s", from->incident);
}

void actuation_calls(struct actuation *a, const struct output_call *calls, size_t count)
{
	struct task *task;

	TAILQ_FOREACH (task, &a->tasks, entry)
		if (task->owner == &call_owner && !is_called(calls, count, task->call.output))
			release(task);
	for (size_t i = 0; i < count; i++)
		take(a, &calls[i]);
	a->again = true;
}

void actuation_call_resume(
	struct actuation *a, const struct point *point, double on, const char *caller)
{
	struct task *task = find_or_make(a, point);

	if (!task)
		return;
	task->phase = TASK_PATIENT;
	task->call.on = on;
	task->call.ours = true;
	detach(a, task);
	snprintf(task->incident, sizeof(task->incident), "%s", caller);
	/* Opening its bus must not switch back what was switched. */
	if (point->held)
		*point->held = on;
	a->again = true;
}

/* Recorded, and perhaps written already. */
static bool is_about_to_be_ours(const struct task *task)
{
	const struct job *job = job_of(task);

	return task->phase == TASK_SWITCHING && job &&
	       (job->state == JOB_RECORDING || job->state == JOB_READY || job->writes > 0);
}

bool actuation_called(const struct actuation *a, size_t i, struct called_output *out)
{
	const struct task *task;

	TAILQ_FOREACH (task, &a->tasks, entry) {
		const struct call_order *call = &task->call;
		const struct job *job = job_of(task);

		if (task->owner != &call_owner || i-- > 0)
			continue;
		*out = (struct called_output){ call->output, call->on, task->incident, call->called,
			call->ours || is_about_to_be_ours(task),
			job ? job_output_state(job->state) : OUTPUT_RECORDING,
			job ? job->error : "" };
		return true;
	}
	return false;
}
