/* Tasks and jobs: where they are kept, and the phases of a task as a full table. */
#include "daemon/outputs/task/task.h"

#include "core/log.h"

#include <stdlib.h>

enum task_phase task_next(enum task_phase phase, enum task_event event)
{
	static const unsigned char table[TASK_PHASE_COUNT][TASK_EVENT_COUNT] = {
		/* nothing, known, switch, more, restore, ended */
		[TASK_PATIENT] = { TASK_PATIENT, TASK_IDLE, TASK_PATIENT, TASK_PATIENT,
			TASK_PATIENT, TASK_PATIENT },
		[TASK_IDLE] = { TASK_IDLE, TASK_IDLE, TASK_SWITCHING, TASK_SWITCHING,
			TASK_RESTORING, TASK_IDLE },
		[TASK_SWITCHING] = { TASK_SWITCHING, TASK_SWITCHING, TASK_SWITCHING, TASK_SWITCHING,
			TASK_SWITCHING, TASK_SWITCHED },
		[TASK_SWITCHED] = { TASK_SWITCHED, TASK_SWITCHED, TASK_SWITCHING, TASK_SWITCHING,
			TASK_RESTORING, TASK_SWITCHED },
		[TASK_RESTORING] = { TASK_RESTORING, TASK_RESTORING, TASK_RESTORING, TASK_RESTORING,
			TASK_RESTORING, TASK_RESTORED },
		[TASK_RESTORED] = { TASK_RESTORED, TASK_RESTORED, TASK_SWITCHING, TASK_SWITCHING,
			TASK_RESTORING, TASK_RESTORED },
	};

	return (enum task_phase)table[phase][event];
}

bool task_is_restoring(const struct task *task)
{
	return task->phase == TASK_RESTORING || task->phase == TASK_RESTORED;
}

bool task_is_under_way(const struct task *task)
{
	return task->phase == TASK_SWITCHING || task->phase == TASK_RESTORING;
}

bool task_succeeded(const struct task *task)
{
	return task->told == ACTION_DONE || task->told == ACTION_RESTORED;
}

struct task *task_new(struct outputs *o, const struct owner *owner, const char *what)
{
	struct task *task = TAILQ_FIRST(&o->free_tasks);

	if (!task) {
		log_error("outputs: %s: no room for another action", what);
		return NULL;
	}
	TAILQ_REMOVE(&o->free_tasks, task, entry);
	*task = (struct task){ .owner = owner, .phase = TASK_IDLE };
	TAILQ_INIT(&task->jobs);
	TAILQ_INSERT_TAIL(&o->tasks, task, entry);
	return task;
}

void task_free(struct outputs *o, struct task *task)
{
	TAILQ_REMOVE(&o->tasks, task, entry);
	TAILQ_INSERT_TAIL(&o->free_tasks, task, entry);
}

enum truth task_interlock(const struct outputs *o, const struct task *task, const struct zone *zone)
{
	const struct incident *incident;
	const struct expr *expr;
	size_t action;

	if (!task->action->interlock)
		return TRUTH_TRUE;
	action = (size_t)(task->action - o->plan->actions);
	expr = o->interlocks[action * o->site->zone_count + zone->index];
	/* One that makes no sense in this zone is unknown, and unknown forbids. */
	if (!expr)
		return TRUTH_UNKNOWN;
	incident = *task->incident ? engine_find(o->engine, task->incident) : NULL;
	return engine_eval(o->engine, expr, incident ? incident->type : NULL);
}

void task_lacks_room(struct outputs *o, struct task *task, const struct point *point)
{
	task->too_many = true;
	output_trouble(o, point, WORD_WRITE_REFUSAL_TOO_MANY_OUTPUTS_AT_ONCE);
}

struct job *job_new(struct outputs *o, struct task *task, const struct point *point)
{
	struct job *job = TAILQ_FIRST(&o->free_jobs);

	if (!job) {
		task_lacks_room(o, task, point);
		return NULL;
	}
	TAILQ_REMOVE(&o->free_jobs, job, entry);
	*job = (struct job){ .task = task, .point = point };
	TAILQ_INSERT_TAIL(&task->jobs, job, entry);
	return job;
}

void job_free(struct outputs *o, struct job *job)
{
	TAILQ_REMOVE(&job->task->jobs, job, entry);
	TAILQ_INSERT_TAIL(&o->free_jobs, job, entry);
}

void task_free_jobs(struct outputs *o, struct task *task)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&task->jobs)))
		job_free(o, job);
}

void output_trouble(struct outputs *o, const struct point *point, enum word_write_refusal why)
{
	o->troubled[point->index] = true;
	o->ports.trouble(o->ports.context, point, why);
}

void output_trouble_end(struct outputs *o, const struct point *point)
{
	const struct claim *claim;
	const struct task *task;
	const struct job *job;

	if (!o->troubled[point->index])
		return;
	JOBS_FOREACH (o, task, job)
		if (job->point == point &&
			(job->state == JOB_FAILED || job->state == JOB_UNPROVEN ||
				(job->retried && job->state != JOB_CONFIRMED)))
			return;
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == point && claim->supervision == SUPERVISION_LOST)
			return;
	o->troubled[point->index] = false;
	o->ports.trouble(o->ports.context, point, WORD_WRITE_REFUSAL_NONE);
}

const struct reading *readback_seen(const struct outputs *o, const struct point *readback)
{
	if (o->ports.reading)
		return o->ports.reading(o->ports.buses, readback);
	return &engine_values(o->engine)[readback->index];
}

struct task *task_of_output(
	const struct outputs *o, const struct owner *owner, const struct point *output)
{
	struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == owner && task->held.output == output)
			return task;
	return NULL;
}

void task_detach(const struct outputs *o, struct task *task)
{
	static const struct action none;

	task->action = &none;
	task->scope = (struct places){ { &o->site->zones[0] }, 1 };
}

bool task_adopt_output(struct outputs *o, const struct outputs *old, struct task *task)
{
	(void)old;
	task->held.output = site_point(o->site, task->held.output->id);
	task_detach(o, task);
	return task->held.output && task->held.output->writable;
}

void task_drop_output(struct outputs *o, const struct task *task)
{
	output_trouble_end(o, task->held.output);
}
