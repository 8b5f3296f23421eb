/*
 * Actuation: which actions are wanted, their tasks, and what is reported.
 * Must not know of buses, files or MQTT: it acts through its ports.
 */
#include "daemon/outputs/task.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone)
{
	if (action->scope == ACTION_SITE)
		return &site->zones[0];
	return action->scope == ACTION_FLOOR ? zone_floor(zone) : zone;
}

bool action_covers(const struct action *action, const struct zone *scope, const struct point *point)
{
	return point->writable && point->class == action->class &&
	       zone_contains(scope, point->zone);
}

static void compile_interlocks(struct actuation *a)
{
	struct expr_error error;

	for (size_t i = 0; i < a->plan->action_count; i++) {
		const struct action *action = &a->plan->actions[i];

		for (size_t z = 0; action->interlock && z < a->site->zone_count; z++)
			a->interlocks[i * a->site->zone_count + z] = expr_compile(
				action->interlock, a->site, &a->site->zones[z], &error);
	}
}

struct actuation *actuation_new(const struct site *site, const struct plan *plan,
	const struct engine *engine, bool armed, const struct actuation_ports *ports)
{
	struct actuation *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct actuation){
		.site = site, .plan = plan, .engine = engine, .armed = armed, .ports = *ports
	};
	/* One more than needed, since an empty site is no lack of memory. */
	a->interlocks = calloc(plan->action_count * site->zone_count + 1, sizeof(*a->interlocks));
	a->troubled = calloc(site->point_count + 1, sizeof(bool));
	a->is_readback = calloc(site->point_count + 1, sizeof(bool));
	if (!a->interlocks || !a->troubled || !a->is_readback) {
		actuation_free(a);
		return NULL;
	}
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		a->jobs[i].task = TASK_NONE;
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].readback)
			a->is_readback[site->points[i].readback->index] = true;
	compile_interlocks(a);
	return a;
}

void actuation_free(struct actuation *a)
{
	if (!a)
		return;
	for (size_t i = 0; a->interlocks && i < a->plan->action_count * a->site->zone_count; i++)
		expr_free(a->interlocks[i]);
	free(a->interlocks);
	free(a->troubled);
	free(a->is_readback);
	free(a);
}

struct task *task_find(struct actuation *a, const char *incident, int step)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct task *task = &a->tasks[i];

		if (task->phase != TASK_FREE && task->step == step &&
			strcmp(task->incident, incident) == 0)
			return task;
	}
	return NULL;
}

static struct task *task_new(struct actuation *a, const struct incident *incident, int step)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct task *task = &a->tasks[i];
		const struct action *action = incident->type->steps[step].action;

		if (task->phase != TASK_FREE)
			continue;
		*task = (struct task){ .phase = TASK_ENDED,
			.step = step,
			.action = action,
			.scope = action_zone(a->site, action, incident->zone) };
		memcpy(task->incident, incident->id, sizeof(task->incident));
		return task;
	}
	/* Its step stays wanted, and is seen again at the incident's next transition. */
	log_error("actuation: %s: no room for another action", incident->id);
	return NULL;
}

struct task *task_of(struct actuation *a, const struct incident *incident, int step)
{
	struct task *task = task_find(a, incident->id, step);

	return task ? task : task_new(a, incident, step);
}

void task_want(struct actuation *a, const struct incident *incident, int step, const char *user)
{
	struct task *task = task_find(a, incident->id, step);

	if (incident->steps[step].action != ACTION_WANTED) {
		if (task)
			task->served = false;
		return;
	}
	task = task_of(a, incident, step);
	if (!task || task->served)
		return;
	task->served = true;
	task->wanted = true;
	strncpy(task->user, user ? user : "", USER_MAX);
	a->again = true;
}

static void tasks_close(struct actuation *a, const char *incident)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->tasks[i].phase != TASK_FREE && strcmp(a->tasks[i].incident, incident) == 0)
			a->tasks[i].closed = a->again = true;
}

void actuation_transition(struct actuation *a, const struct transition *transition)
{
	const struct incident *incident = transition->incident;

	if (transition->kind == TRANSITION_CLOSED) {
		tasks_close(a, incident->id);
		return;
	}
	for (size_t i = 0; i < incident->type->step_count; i++)
		if (incident->type->steps[i].action)
			task_want(a, incident, (int)i, transition->user);
}

void job_trouble_end(struct actuation *a, const struct point *point)
{
	if (!a->troubled[point->index])
		return;
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct job *job = &a->jobs[i];

		if (job->task != TASK_NONE && job->point == point &&
			(job->state == JOB_FAILED || job->state == JOB_UNPROVEN))
			return;
	}
	a->troubled[point->index] = false;
	a->ports.trouble(a->ports.context, point, NULL);
}

void task_release_jobs(struct actuation *a, int task, bool closed)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct job *job = &a->jobs[i];

		if (job->task != task)
			continue;
		job->task = TASK_NONE;
		/* With its incident closed nobody waits for the proof any more. */
		if (closed)
			job_trouble_end(a, job->point);
	}
}

const struct reading *readback_seen(const struct actuation *a, const struct point *readback)
{
	if (a->ports.reading)
		return a->ports.reading(a->ports.context, readback);
	return &engine_values(a->engine)[readback->index];
}

void job_begin(struct actuation *a, struct job *job, int task, const struct point *point,
	double value, int64_t now_ms)
{
	const struct reading *seen = NULL;

	*job = (struct job){ .task = task,
		.point = point,
		.value = value,
		.state = JOB_WAITING,
		.entered = true,
		.error = "",
		.changed_ms = now_ms,
		.asked_ms = now_ms,
		.try_ms = CLOCK_NEVER,
		.deadline_ms = CLOCK_NEVER,
		.poll_ms = now_ms };
	a->again = true;
	if (point->readback)
		seen = readback_seen(a, point->readback);
	if (!seen || seen->quality != QUALITY_GOOD || seen->value != value)
		return;
	if (point->protected && !(value > 0))
		return;
	/* Without the time of its refresh, good itself is the only freshness there is. */
	job->state = a->ports.reading ? JOB_CHECKING : JOB_CONFIRMED;
}

struct job *job_free_slot(struct actuation *a)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->jobs[i].task == TASK_NONE)
			return &a->jobs[i];
	return NULL;
}

static void task_start(struct actuation *a, int index, int64_t now_ms)
{
	struct task *task = &a->tasks[index];

	task->wanted = false;
	task->restoring = false;
	task->too_many = false;
	task->phase = TASK_RUNNING;
	a->again = true;
	task_release_jobs(a, index, false);
	for (size_t i = 0; i < a->site->point_count; i++) {
		const struct point *point = &a->site->points[i];
		struct job *job;

		if (!action_covers(task->action, task->scope, point))
			continue;
		job = job_free_slot(a);
		if (!job) {
			task->too_many = true;
			a->troubled[point->index] = true;
			a->ports.trouble(a->ports.context, point, "too many outputs at once");
			continue;
		}
		job_begin(a, job, index, point, task->action->value, now_ms);
	}
}

bool task_jobs_ended(const struct actuation *a, int task)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (a->jobs[i].task == task && (a->jobs[i].entered || !job_ended(a->jobs[i].state)))
			return false;
	return true;
}

static void task_report(struct actuation *a, int index)
{
	struct task *task = &a->tasks[index];
	char note[NOTE_MAX + 1];
	enum action_state outcome = task_outcome(a, index, note);

	/* After the end only a late proof is news. */
	if (task->phase == TASK_ENDED &&
		(task->told != ACTION_FAILED ||
			(outcome != ACTION_DONE && outcome != ACTION_RESTORED)))
		return;
	task->phase = TASK_ENDED;
	task->told = outcome;
	/* A restore that was overtaken by a new order: its end must not take the order away. */
	if (task->wanted) {
		a->again = true;
		return;
	}
	a->ports.report(a->ports.context, task->incident, task->step, outcome, task->user, note);
}

/* Of the outputs for which there was no room. */
static void end_troubles(struct actuation *a, const struct task *task)
{
	for (size_t i = 0; i < a->site->point_count; i++)
		if (action_covers(task->action, task->scope, &a->site->points[i]))
			job_trouble_end(a, &a->site->points[i]);
}

static void task_run(struct actuation *a, int index, int64_t now_ms)
{
	struct task *task = &a->tasks[index];

	if (task->phase == TASK_FREE)
		return;
	if (task->closed) {
		task_release_jobs(a, index, true);
		if (task->too_many)
			end_troubles(a, task);
		task->phase = TASK_FREE;
		return;
	}
	if (task->output) {
		call_run(a, index, now_ms);
		return;
	}
	/* One under way is finished first: a write that is out must be followed to its end. */
	if (task->wanted && task->phase == TASK_ENDED && task_is_patient(a, task, now_ms))
		return;
	if (task->wanted && task->phase == TASK_ENDED)
		task_start(a, index, now_ms);
	else if (task_jobs_ended(a, index))
		task_report(a, index);
}

static int64_t earliest_ms(const struct actuation *a)
{
	int64_t first_ms = CLOCK_NEVER;

	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct job *job = &a->jobs[i];
		int64_t at_ms = job->task == TASK_NONE ? CLOCK_NEVER : job_deadline(job);

		if (at_ms < first_ms)
			first_ms = at_ms;
		if (a->tasks[i].resumed && a->tasks[i].look_ms < first_ms)
			first_ms = a->tasks[i].look_ms;
		at_ms = call_deadline(&a->tasks[i]);
		if (at_ms < first_ms)
			first_ms = at_ms;
	}
	return first_ms;
}

void actuation_run(struct actuation *a, int64_t now_ms)
{
	/* Called after every reading, almost always with nothing to do. */
	if (a->busy || (!a->again && now_ms < a->deadline_ms))
		return;
	a->busy = true;
	do {
		a->again = false;
		for (int i = 0; i < ACTUATION_JOB_MAX; i++)
			task_run(a, i, now_ms);
		for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
			if (a->jobs[i].task != TASK_NONE && job_run(a, &a->jobs[i], now_ms))
				a->again = true;
	} while (a->again);
	a->deadline_ms = earliest_ms(a);
	a->busy = false;
}

int64_t actuation_deadline(const struct actuation *a)
{
	return a->again ? 0 : a->deadline_ms;
}
