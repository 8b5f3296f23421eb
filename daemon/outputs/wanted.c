/* What the engine wants becomes an order to the step's task; a closed incident ends them. Must not
 * switch anything yet. */
#include "daemon/outputs/parts.h"

#include <string.h>

/* What a person has released in one place touches no other: there a hand may have the last word. */
static void order(struct task *task, const struct zone *place)
{
	bool has_begun = task->phase == TASK_SWITCHING || task->phase == TASK_SWITCHED;

	if (task->next != TASK_MORE)
		task->step.more.count = 0;
	if (place && has_begun && (task->next == TASK_NOTHING || task->next == TASK_MORE) &&
		places_add(&task->step.more, place)) {
		task->next = TASK_MORE;
		return;
	}
	task->step.more.count = 0;
	task->next = TASK_SWITCH;
}

void step_want(struct outputs *o, const struct incident *incident, int step, const char *user,
	const struct zone *place)
{
	const struct action *action = incident->type->steps[step].action;
	struct task *task = step_find(o, incident->id, step);
	struct places scope;

	if (incident->steps[step].action != ACTION_WANTED) {
		if (task)
			task->step.served = false;
		return;
	}
	task = step_find_or_make(o, incident, step);
	scope = incident_scope(o->site, incident, step);
	if (!task || (task->step.served && !place && places_same(&task->scope, &scope)))
		return;
	task->scope = scope;
	task->step.served = true;
	order(task, place ? action_zone(o->site, action, place) : NULL);
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
				step_want(o, incident, (int)i, transition->user,
					transition->step == (int)i ? transition->place : NULL);
		return;
	}
	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && strcmp(task->incident, incident->id) == 0) {
			task->next = TASK_DROP;
			o->again = true;
		}
}
