/* The outputs of a step, as documents show them. Must not decide anything. */
#include "daemon/outputs/parts.h"

#include <string.h>

/* What would be written, where a person must switch or release. */
static size_t outputs_advised(const struct outputs *o, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	const struct action *action = incident->type->steps[step].action;
	const struct zone *scope = action_zone(o->site, action, incident->zone);
	const struct point *point;
	size_t count = 0, i = 0;

	while (count < max && (point = reach_next(o, action, scope, &i))) {
		bool kept = reach_spares(point, action);

		out[count++] = (struct output_status){ point, action->value,
			kept ? OUTPUT_REFUSED : OUTPUT_ADVISED, incident->steps[step].action_ms,
			kept ? WORD_WRITE_REFUSAL_PROTECTED : WORD_WRITE_REFUSAL_NONE };
	}
	return count;
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
		return outputs_advised(o, incident, step, out, max);
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
