/*
 * When time does something to an open incident next: a shelf ends, a step begins
 * to apply or is overdue, people are reminded, the chain is called.
 */
#include "rules/engine/state.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Since when the chain is under pressure: unacknowledged since its raise; a mandatory step that
 * is overdue or has failed reaches the first level at once. INT64_MAX: it is not.
 */
static int64_t pressed_since(const struct plan *plan, const struct incident *incident, int *step)
{
	int64_t first_ms = plan->chain[0].after_ms, since_ms = INT64_MAX;

	*step = -1;
	if (incident_traits(incident->state) & INCIDENT_IS_UNACKED)
		since_ms = incident->unacked_ms;
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];
		int64_t at_ms = INT64_MAX;

		if (!incident->type->steps[i].mandatory || !step_expected(state))
			continue;
		if (state->overdue)
			at_ms = state->due_ms - first_ms;
		if (state->status == STEP_FAILED)
			at_ms = least(at_ms, state->status_ms - first_ms);
		if (at_ms >= since_ms)
			continue;
		since_ms = at_ms;
		*step = (int)i;
	}
	return since_ms;
}

int64_t due_level(const struct engine *engine, const struct incident *incident, int *step)
{
	const struct plan *plan = engine->plan;
	int64_t since_ms;

	if (!plan || incident->level >= plan->chain_count ||
		!(incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		return INT64_MAX;
	since_ms = pressed_since(plan, incident, step);
	return since_ms == INT64_MAX ? INT64_MAX : since_ms + plan->chain[incident->level].after_ms;
}

void due_show_level(const struct engine *engine, struct incident *incident)
{
	int step;
	int64_t at_ms = due_level(engine, incident, &step);

	incident->levels = engine->plan ? (unsigned)engine->plan->chain_count : 0;
	incident->next_level_ms = at_ms == INT64_MAX ? 0 : at_ms;
}

int64_t due_of_step(const struct incident *incident, size_t step)
{
	const struct step_state *state = &incident->steps[step];
	unsigned traits = incident_traits(incident->state);
	int64_t next_ms = INT64_MAX;

	if (!(traits & INCIDENT_IS_FOLLOWED))
		return next_ms;
	if (state->begins_ms && (traits & INCIDENT_IS_TRUE))
		next_ms = state->begins_ms;
	if (!step_expected(state))
		return next_ms;
	if (state->due_ms && !state->overdue)
		next_ms = least(next_ms, state->due_ms);
	if (state->overdue && state->remind_ms)
		next_ms = least(next_ms, state->remind_ms);
	return next_ms;
}

/* CLOCK_NEVER is INT64_MAX. */
int64_t due_next(const struct engine *engine, const struct incident *incident)
{
	int64_t next_ms = INT64_MAX;
	int step;

	if (incident_traits(incident->state) & INCIDENT_IS_SHELVED)
		next_ms = incident->hold.until_ms;
	if (incident->unsuppress_ms)
		next_ms = least(next_ms, incident->unsuppress_ms);
	for (size_t i = 0; i < incident->type->step_count; i++)
		next_ms = least(next_ms, due_of_step(incident, i));
	return least(next_ms, due_level(engine, incident, &step));
}
