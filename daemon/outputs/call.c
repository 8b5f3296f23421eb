/*
 * The fallback as an owner of outputs: each is on while some incident calls it, then
 * off again, over a restart too. Must never leave on what we have switched on, nor put off
 * what somebody else has, nor name that as ours, nor struggle with a person at the switch.
 */
#include "daemon/outputs/parts.h"

#include "core/clock.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MS = 10000, /* then twice as long each time, */
	RETRY_MAX_MS = 300000,
};

static const struct owner call_owner;

static struct task *find(const struct outputs *o, const struct point *output)
{
	struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &call_owner && task->call.output == output)
			return task;
	return NULL;
}

static struct task *find_or_make(struct outputs *o, const struct point *output)
{
	struct task *task = find(o, output);

	if (!task)
		task = task_new(o, &call_owner, output->id);
	if (task)
		task->call.output = output;
	return task;
}

static const struct job *job_of(const struct task *task)
{
	return TAILQ_FIRST(&task->jobs);
}

/* What has become of them, and what is kept of it ------------------------------- */

/* Recorded, and perhaps written already. */
static bool is_about_to_be_ours(const struct task *task)
{
	const struct job *job = job_of(task);

	return task->phase == TASK_SWITCHING && job &&
	       (job->state == JOB_RECORDING || job->state == JOB_READY || job->writes > 0);
}

bool call_at(const struct outputs *o, size_t i, struct called_output *out)
{
	const struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry) {
		const struct call_order *call = &task->call;
		const struct job *job = job_of(task);

		if (task->owner != &call_owner || i-- > 0)
			continue;
		*out = (struct called_output){ call->output, call->on, task->incident, call->called,
			call->ours || is_about_to_be_ours(task),
			job ? job_output_state(job->state) : OUTPUT_RECORDING,
			job ? job->error : WORD_WRITE_REFUSAL_NONE };
		return true;
	}
	return false;
}

/* free() it; NULL: there is nothing to be kept, or no memory. */
static char *row_text(const struct outputs *o)
{
	const struct fallback *fallback = &o->outlook.decided;
	struct called_output output;
	char *text = NULL;
	size_t length = 0, lines = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fputs(CALL_ROW_HEAD, out);
	for (size_t i = 0; i < fallback->call_count; i++, lines++)
		fprintf(out, "call %s %s\n", fallback->calls[i].incident,
			word_id(WORD_FALLBACK_REASON, fallback->calls[i].reason));
	for (size_t i = 0; call_at(o, i, &output); i++) {
		if (!output.ours)
			continue;
		fprintf(out, "output %s %d %s\n", output.point->id, output.on > 0, output.caller);
		lines++;
	}
	if (fclose(out) == 0 && lines > 0)
		return text;
	free(text);
	return NULL;
}

void call_keep(struct outputs *o, bool again)
{
	char *text = row_text(o);
	const char *before = o->outlook.row;

	if (!again && (text ? before && strcmp(text, before) == 0 : !before)) {
		free(text);
		return;
	}
	o->ports.keep(o->ports.context, CALL_ROW, text);
	free(o->outlook.row);
	o->outlook.row = text;
}

/* As an owner --------------------------------------------------------------- */

static enum task_event decide(const struct task *task, int64_t now_ms)
{
	const struct call_order *call = &task->call;
	bool again = task->told == ACTION_FAILED && now_ms >= call->retry_ms;

	if (call->called)
		return task->next == TASK_SWITCH || again ? TASK_SWITCH : TASK_NOTHING;
	if (!call->ours)
		return TASK_DROP;
	return !task_is_restoring(task) || again ? TASK_RESTORE : TASK_NOTHING;
}

static void begin(struct outputs *o, struct task *task, int64_t now_ms)
{
	struct call_order *call = &task->call;
	struct job *job;

	task_free_jobs(o, task);
	job = job_new(o, task, call->output);
	if (job)
		job_begin(o, job, task_is_restoring(task) ? 1 - call->on : call->on, now_ms);
	o->outlook.moved = true;
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

static void ended(struct outputs *o, struct task *task, const char *note, int64_t now_ms)
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
		output_trouble(o, call->output, job->error);
	o->again = true;
	o->outlook.moved = true;
}

static void dropped(struct outputs *o, const struct task *task)
{
	output_trouble_end(o, task->call.output);
	o->outlook.moved = true;
}

static int64_t deadline_ms(const struct task *task)
{
	return task->told == ACTION_FAILED ? task->call.retry_ms : CLOCK_NEVER;
}

/* What its read-back says decides whether there is anything to write. */
static bool is_unknown(const struct outputs *o, const struct task *task)
{
	const struct point *readback = task->call.output->readback;

	return readback && readback_seen(o, readback)->quality != QUALITY_GOOD;
}

static void facts(const struct outputs *o, const struct job *job, struct write_facts *facts)
{
	const struct call_order *call = &job->task->call;

	(void)o;
	/* What may not be put off again is not switched on. */
	facts->value = job->point->protected ? 0 : job->value;
	facts->wanted = call->called != facts->restoring;
	facts->still_true = call->called ? TRUTH_TRUE : TRUTH_FALSE;
}

static bool record(struct outputs *o, const struct job *job)
{
	const struct intent intent = { job->task->incident, NULL, false, job->point, job->value,
		"facilityd", "facilityd" };

	call_keep(o, false);
	o->ports.record(o->ports.context, &intent, job->ticket);
	return true;
}

/* Until it is called or released it has no action of the plan, only what is needed to put it off.
 */
static void detach(const struct outputs *o, struct task *task)
{
	static const struct action put_off; /* no interlock, the usual time */

	task->action = &put_off;
	task->scope = (struct places){ { &o->site->zones[0] }, 1 };
}

/* Followed whatever the new plan says of it: to put it off, too. */
static bool adopt(struct outputs *o, const struct outputs *old, struct task *task)
{
	const struct point *was = task->call.output;
	const struct point *output = site_point(o->site, was->id);

	(void)old;
	if (!output || !output->writable) {
		if (task->call.ours)
			log_error("output %s: is gone from the configuration and was left on",
				was->id);
		return false;
	}
	task->call.output = output;
	detach(o, task);
	return true;
}

static const struct owner call_owner = {
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
	.acts_unasked = true,
	/* A switch behind it may hide that it is on: it would sound when that is put back. */
	.restores_unseen = true,
};

/* Who calls ----------------------------------------------------------------- */

void call_release(struct outputs *o, const struct point *point)
{
	struct task *task = find(o, point);

	if (!task || !task->call.called)
		return;
	task->call.called = false;
	task->call.tries = 0;
	task->next = TASK_NOTHING;
	o->again = true;
}

void call_take(struct outputs *o, const struct point *point, const struct action *action,
	const char *incident, bool fresh)
{
	struct task *task = find_or_make(o, point);
	struct call_order *call;

	if (!task)
		return;
	call = &task->call;
	if (!call->called || fresh) {
		task->next = TASK_SWITCH;
		call->tries = 0;
	}
	call->called = true;
	task->action = action;
	task->scope = (struct places){ { action_zone(o->site, action, point->zone) }, 1 };
	/* What is on already is put off from where it is. */
	if (!call->ours)
		call->on = action->value;
	snprintf(task->incident, sizeof(task->incident), "%s", incident);
	o->again = true;
}

void call_resume(struct outputs *o, const struct point *point, double on, const char *caller)
{
	struct task *task = find_or_make(o, point);

	if (!task)
		return;
	task->phase = TASK_PATIENT;
	task->call.on = on;
	task->call.ours = true;
	detach(o, task);
	snprintf(task->incident, sizeof(task->incident), "%s", caller);
	/* Opening its bus must not switch back what was switched. */
	if (point->held)
		*point->held = on;
	o->again = true;
}
