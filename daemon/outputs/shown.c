/* The outputs of a step, as documents show them. Must not decide anything. */
#include "daemon/outputs/parts.h"

#include <string.h>

/* Why this output would be left alone; NONE: it would not. */
static enum word_write_refusal spared(
	const struct outputs *o, const struct action *action, const struct point *point)
{
	if (action_spares(action, point))
		return WORD_WRITE_REFUSAL_PROTECTED;
	if (action->mode == ACTION_ADVISE)
		return WORD_WRITE_REFUSAL_NONE; /* a person switches it */
	if (!o->config->daemon.actions_armed)
		return WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED;
	return point->armed ? WORD_WRITE_REFUSAL_NONE : WORD_WRITE_REFUSAL_NOT_ARMED;
}

size_t outputs_reached(const struct outputs *o, const struct incident *incident, int step,
	const struct zone *place, struct output_status *out, size_t max)
{
	const struct action *action = incident->type->steps[step].action;
	const struct places scope =
		place ? (struct places){ { action_zone(o->site, action, place) }, 1 }
		      : incident_scope(o->site, incident, step);
	const struct point *point;
	size_t count = 0, i = 0;

	if (!place && incident_asks_place(o->site, incident, step))
		return 0;
	while (count < max && (point = reach_next(o, action, &scope, &i))) {
		enum word_write_refusal why = spared(o, action, point);

		out[count++] = (struct output_status){ point, action->value,
			why ? OUTPUT_REFUSED : OUTPUT_ADVISED, incident->steps[step].action_ms,
			why };
	}
	return count;
}

bool outputs_locked(const struct outputs *o, const struct incident *incident, int step,
	const struct zone *place, struct output_holders *holders)
{
	struct output_status reached[OUTPUTS_MAX];
	size_t count = outputs_reached(o, incident, step, place, reached, OUTPUTS_MAX);
	size_t written = 0, locked = 0;

	for (size_t i = 0; i < count; i++) {
		const struct lock *lock =
			engine_forbids_write(o->engine, reached[i].point, incident);
		char name[LOCK_NAME_MAX + 1];

		written += reached[i].state == OUTPUT_ADVISED;
		if (reached[i].state != OUTPUT_ADVISED || !lock)
			continue;
		locked++;
		holder_add(holders, lock_name(lock, name));
	}
	return locked > 0 && locked == written;
}

size_t outputs_of_step(const struct outputs *o, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	const struct task *task;
	const struct job *job;
	enum action_state state;
	size_t count = 0;

	if (step < 0 || (size_t)step >= incident->type->step_count ||
		!incident->type->steps[step].action)
		return 0;
	state = incident->steps[step].action;
	if (state == ACTION_ADVISED || state == ACTION_AWAITING)
		return outputs_reached(o, incident, step, NULL, out, max);
	task = step_find(o, incident->id, step);
	if (!task)
		return 0;
	TAILQ_FOREACH (job, &task->jobs, entry) {
		if (count == max)
			break;
		out[count] = (struct output_status){ job->point, job->value,
			job_output_state(job->state), job->changed_ms, job->error, "",
			retry_shown_ms(o, job) };
		strcpy(out[count++].lock, job->lock);
	}
	return count;
}
