/*
 * From the actuation of one configuration to that of the next: tasks and jobs by
 * the ids of incident, step and output. Must not lose an order, nor take a write
 * that was under way for one that has not happened.
 */
#include "daemon/outputs/task.h"

#include "core/log.h"

#include <errno.h>
#include <string.h>

static int step_by_id(const struct incident_type *type, const char *id)
{
	for (size_t i = 0; i < type->step_count; i++)
		if (strcmp(type->steps[i].id, id) == 0)
			return (int)i;
	return -1;
}

static bool same_action(
	const struct task *old, const struct action *action, const struct zone *scope)
{
	return strcmp(old->action->class->id, action->class->id) == 0 &&
	       old->action->value == action->value && strcmp(old->scope->id, scope->id) == 0;
}

/* An output of the fallback is followed whatever the new plan says of it: to put it off, too. */
static void adopt_call(struct actuation *a, const struct task *was, struct task *task)
{
	const struct point *output = site_point(a->site, was->output->id);

	if (output && output->writable) {
		*task = *was;
		task->output = output;
		call_detach(a, task);
	} else if (was->ours) {
		log_error("output %s: is gone from the configuration and was left on",
			was->output->id);
	}
}

/* The same place in the list: there is room for as many. */
static void adopt_task(struct actuation *a, const struct actuation *old, size_t i)
{
	const struct task *was = &old->tasks[i];
	const struct incident *before = engine_find(old->engine, was->incident);
	const struct incident *incident = engine_find(a->engine, was->incident);
	const struct action *action;
	const struct zone *scope;
	int step;

	if (was->phase != TASK_FREE && was->output)
		adopt_call(a, was, &a->tasks[i]);
	if (was->phase == TASK_FREE || was->closed || was->output || !before || !incident)
		return;
	step = step_by_id(incident->type, before->type->steps[was->step].id);
	action = step < 0 ? NULL : incident->type->steps[step].action;
	scope = action ? action_zone(a->site, action, incident->zone) : NULL;
	if (!action || !same_action(was, action, scope))
		return;
	a->tasks[i] = *was;
	a->tasks[i].step = step;
	a->tasks[i].action = action;
	a->tasks[i].scope = scope;
}

static void adopt_job(struct actuation *a, const struct job *was, struct job *job, int64_t now_ms)
{
	const struct task *task = &a->tasks[was->task];
	const struct point *point = site_point(a->site, was->point->id);

	if (!point || (!task->output && !action_covers(task->action, task->scope, point)))
		return;
	*job = *was;
	job->point = point;
	/* Its answer never comes: the bus was closed under it. */
	if (job->state == JOB_WRITING && !job->entered)
		job_write_ended(a, job, -EHOSTDOWN, now_ms);
}

static void adopt_troubles(struct actuation *a, const struct actuation *old)
{
	for (size_t i = 0; i < old->site->point_count; i++) {
		const struct point *point =
			old->troubled[i] ? site_point(a->site, old->site->points[i].id) : NULL;

		if (point)
			a->troubled[point->index] = true;
	}
}

void actuation_adopt(struct actuation *a, const struct actuation *old, int64_t now_ms)
{
	const struct incident *incident;

	/* Tickets of records that are under way stay theirs. */
	a->last_ticket = old->last_ticket;
	adopt_troubles(a, old);
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		adopt_task(a, old, i);
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct job *was = &old->jobs[i];

		if (was->task != TASK_NONE && a->tasks[was->task].phase != TASK_FREE)
			adopt_job(a, was, &a->jobs[i], now_ms);
	}
	for (size_t i = 0; (incident = engine_incident(a->engine, i)); i++)
		actuation_resume(a, incident);
	a->again = true;
}
