/*
 * Actuation as a whole: its beginning and end, what comes back from its ports, and
 * how it goes over to another configuration. Must not know of buses, files or MQTT:
 * it acts through its ports.
 */
#include "daemon/outputs/task.h"

#include <errno.h>
#include <stdlib.h>

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
	a->site = site;
	a->plan = plan;
	a->engine = engine;
	a->armed = armed;
	a->ports = *ports;
	/* One more than needed, since an empty site is no lack of memory. */
	a->interlocks = calloc(plan->action_count * site->zone_count + 1, sizeof(*a->interlocks));
	a->troubled = calloc(site->point_count + 1, sizeof(bool));
	a->is_readback = calloc(site->point_count + 1, sizeof(bool));
	if (!a->interlocks || !a->troubled || !a->is_readback) {
		actuation_free(a);
		return NULL;
	}
	TAILQ_INIT(&a->tasks);
	TAILQ_INIT(&a->free_tasks);
	TAILQ_INIT(&a->free_jobs);
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		TAILQ_INSERT_TAIL(&a->free_tasks, &a->task_room[i], entry);
		TAILQ_INSERT_TAIL(&a->free_jobs, &a->job_room[i], entry);
	}
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

/* What comes back from the ports -------------------------------------------- */

static struct job *job_of_ticket(const struct actuation *a, uint64_t ticket)
{
	struct task *task;
	struct job *job;

	JOBS_FOREACH (a, task, job)
		if (ticket && job->ticket == ticket)
			return job;
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
	struct task *task;
	struct job *job;

	if (!a->is_readback[reading->point])
		return;
	JOBS_FOREACH (a, task, job)
		if (job->point->readback && job->point->readback->index == reading->point)
			job_look(a, job, reading, now_ms);
	if (a->again)
		actuation_run(a, now_ms);
}

/* From one configuration to the next ---------------------------------------- */

static void adopt_job(struct actuation *a, const struct job *was, struct task *task, int64_t now_ms)
{
	const struct point *point = site_point(a->site, was->point->id);
	struct job *job, made;

	if (!point ||
		(task->owner == &step_owner && !action_covers(task->action, task->scope, point)))
		return;
	job = job_new(a, task, point); /* there is room for as many */
	made = *job;
	*job = *was;
	job->entry = made.entry;
	job->task = task;
	job->point = point;
	/* Its answer never comes: the bus was closed under it. */
	if (job->state == JOB_WRITING)
		job_write_ended(a, job, -EHOSTDOWN, now_ms);
}

static void adopt_task(
	struct actuation *a, const struct actuation *old, const struct task *was, int64_t now_ms)
{
	struct task *task = task_new(a, was->owner, was->incident); /* as many as before */
	struct task made = *task;
	const struct job *job;

	*task = *was;
	task->entry = made.entry;
	TAILQ_INIT(&task->jobs);
	if (!was->owner->adopt(a, old, task)) {
		task_free(a, task);
		return;
	}
	TAILQ_FOREACH (job, &was->jobs, entry)
		adopt_job(a, job, task, now_ms);
}

void actuation_adopt(struct actuation *a, const struct actuation *old, int64_t now_ms)
{
	const struct incident *incident;
	const struct task *was;

	/* Tickets of records that are under way stay theirs. */
	a->last_ticket = old->last_ticket;
	for (size_t i = 0; i < old->site->point_count; i++) {
		const struct point *point =
			old->troubled[i] ? site_point(a->site, old->site->points[i].id) : NULL;

		if (point)
			a->troubled[point->index] = true;
	}
	TAILQ_FOREACH (was, &old->tasks, entry)
		adopt_task(a, old, was, now_ms);
	for (size_t i = 0; (incident = engine_incident(a->engine, i)); i++)
		actuation_resume(a, incident);
	a->again = true;
}
