/*
 * What the last run left: actions that were wanted go on, and what was written
 * then can be put back now. Must never take silence after the start, when
 * nothing has been read yet, for a reason to refuse or to fail.
 */
#include "daemon/outputs/task.h"

#include "core/log.h"

#include <string.h>

bool task_waits(struct task *task, bool unknown, int64_t now_ms)
{
	if (task->patience_ms == 0)
		task->patience_ms = now_ms + PATIENCE_MS;
	task->look_ms = now_ms + PATIENT_LOOK_MS;
	task->resumed = unknown && now_ms < task->patience_ms;
	return task->resumed;
}

bool task_is_patient(struct actuation *a, struct task *task, int64_t now_ms)
{
	const struct incident *incident = engine_find(a->engine, task->incident);

	return task->resumed &&
	       task_waits(task,
		       incident && (engine_still_true(a->engine, incident) == TRUTH_UNKNOWN ||
					   task_interlock(a, task) == TRUTH_UNKNOWN),
		       now_ms);
}

static void resume_job(struct job *job, int task, const struct point *point,
	const struct action *action, const struct step_state *state)
{
	bool kept = point->protected && !(action->value > 0),
	     failed = state->action == ACTION_FAILED;

	/* Opening its bus must not switch back what was switched. */
	if (!kept && point->held)
		*point->held = action->value;
	*job = (struct job){ .task = task,
		.point = point,
		.value = action->value,
		.state = kept     ? JOB_PROTECTED
			 : failed ? JOB_FAILED
				  : JOB_CONFIRMED,
		.writes = kept ? 0 : 1,
		.error = kept     ? "protected"
			 : failed ? "not proven before the restart"
				  : "",
		.changed_ms = state->action_ms,
		.asked_ms = state->action_ms,
		.written_ms = state->action_ms };
}

/* Its outputs count as written by us. A read-back may still prove a failed one. */
static void resume_ended(struct actuation *a, const struct incident *incident, int step)
{
	const struct step_state *state = &incident->steps[step];
	struct task *task = task_of(a, incident, step);

	if (!task)
		return;
	task->told = state->action;
	for (size_t i = 0; i < a->site->point_count; i++) {
		const struct point *point = &a->site->points[i];
		struct job *job;

		if (!action_covers(task->action, task->scope, point))
			continue;
		job = job_free_slot(a);
		if (job)
			resume_job(job, (int)(task - a->tasks), point, task->action, state);
		else
			log_error("actuation: %s: %s: no room to remember it", incident->id,
				point->id);
	}
}

static void resume_wanted(struct actuation *a, const struct incident *incident, int step)
{
	struct task *task;

	task_want(a, incident, step, "facilityd");
	task = task_of(a, incident, step);
	if (task)
		task->resumed = true;
}

void actuation_resume(struct actuation *a, const struct incident *incident)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		enum action_state state = incident->steps[i].action;

		if (!incident->type->steps[i].action || task_find(a, incident->id, (int)i))
			continue;
		if (state == ACTION_WANTED)
			resume_wanted(a, incident, (int)i);
		else if (state == ACTION_DONE || state == ACTION_FAILED)
			resume_ended(a, incident, (int)i);
	}
}
