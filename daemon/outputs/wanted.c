/* What the engine wants becomes an order to the step's task; a closed incident ends them. Must not
 * switch anything yet. */
#include "daemon/outputs/parts.h"

#include <string.h>

void step_want(struct outputs *o, const struct incident *incident, int step, const char *user)
{
	struct task *task = step_find(o, incident->id, step);
	const struct zone *scope;

	if (incident->steps[step].action != ACTION_WANTED) {
		if (task)
			task->step.served = false;
		return;
	}
	task = step_find_or_make(o, incident, step);
	scope = incident_scope(o->site, incident, step);
	if (!task || (task->step.served && task->scope == scope))
		return;
	task->scope = scope;
	task->step.served = true;
	task->next = TASK_SWITCH;
	strncpy(task->step.user, user ? user : "", USER_MAX);
	o->again = true;
}

void outputs_transition(struct outputs *o, const struct transition *transition)
{
	const struct incident *incident = transition->incident;
	struct task *task;

	o->outlook.due = true;
	if (transition->kind == TRANSITION_LOCK)
		retry_meets_lock(o, incident);
	if (transition->kind != TRANSITION_CLOSED) {
		for (size_t i = 0; i < incident->type->step_count; i++)
			if (incident->type->steps[i].action)
				step_want(o, incident, (int)i, transition->user);
		return;
	}
	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && strcmp(task->incident, incident->id) == 0) {
			task->next = TASK_DROP;
			o->again = true;
		}
}
