/*
 * When time does something to an open incident next: a shelf ends, a step begins
 * to apply or is overdue, people are reminded, the chain is called.
 */
#include "rules/incident/state.h"

#include "core/until.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When the chain is called next for what has gone on since then. */
static int64_t next_call(const struct plan *plan, unsigned level, int64_t since_ms)
{
	if (since_ms == INT64_MAX || level >= plan->chain_count)
		return INT64_MAX;
	return since_ms + plan->chain[level].after_ms;
}

/*
 * Since when a mandatory step presses: one that is overdue or has failed calls the first level at
 * once. What has failed is told as that, however late it is.
 */
static int64_t step_presses(const struct plan *plan, const struct incident *incident, size_t step)
{
	const struct step_state *state = &incident->steps[step];
	int64_t first_ms = plan->chain[0].after_ms;

	if (!incident->type->steps[step].mandatory || !step_expected(state))
		return INT64_MAX;
	if (step_has_failed(incident, (int)step))
		return (state->status == STEP_FAILED ? state->status_ms : state->action_ms) -
		       first_ms;
	return state->overdue ? state->due_ms - first_ms : INT64_MAX;
}

/* So does a question that nobody answers. */
static int64_t fact_presses(const struct plan *plan, const struct fact_state *state)
{
	return state->overdue ? state->due_ms - plan->chain[0].after_ms : INT64_MAX;
}

/* Each failing to act has a call of its own, from the first level on. */
int64_t due_level(
	const struct engine *engine, const struct incident *incident, struct failing_to_act *who)
{
	const struct plan *plan = engine->plan;
	unsigned traits = incident_traits(incident->state);
	int64_t next_ms = INT64_MAX;

	*who = (struct failing_to_act){ -1, -1 };
	if (!plan || plan->chain_count == 0 || !(traits & INCIDENT_IS_FOLLOWED))
		return INT64_MAX;
	if (traits & INCIDENT_IS_UNACKED)
		next_ms = next_call(plan, incident->level, incident->unacked_ms);
	for (size_t i = 0; i < incident->type->step_count; i++) {
		int64_t at_ms = next_call(
			plan, incident_level(incident, (int)i), step_presses(plan, incident, i));

		if (at_ms >= next_ms)
			continue;
		next_ms = at_ms;
		who->step = (int)i;
	}
	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact_state *state = &incident->facts[i];
		int64_t at_ms = next_call(plan, state->level, fact_presses(plan, state));

		if (at_ms >= next_ms)
			continue;
		next_ms = at_ms;
		*who = (struct failing_to_act){ -1, (int)i };
	}
	return next_ms;
}

/* Of all that is still expected: what has been done is nobody's failing any more. */
static unsigned highest_level(const struct incident *incident)
{
	unsigned highest = incident->level;

	for (size_t i = 0; i < incident->type->step_count; i++) {
		unsigned level = incident_level(incident, (int)i);

		if (step_expected(&incident->steps[i]) && level > highest)
			highest = level;
	}
	for (size_t i = 0; i < incident->type->fact_count; i++)
		if (incident->facts[i].level > highest)
			highest = incident->facts[i].level;
	return highest;
}

void due_show_level(const struct engine *engine, struct incident *incident)
{
	struct failing_to_act who;
	int64_t at_ms = due_level(engine, incident, &who);

	incident->called = highest_level(incident);
	incident->levels = engine->plan ? (unsigned)engine->plan->chain_count : 0;
	incident->next_level_ms = at_ms == INT64_MAX ? 0 : at_ms;
}

int64_t due_of_step(const struct incident *incident, size_t step)
{
	const struct step_state *state = &incident->steps[step];
	int64_t next_ms = INT64_MAX;

	if (!(incident_traits(incident->state) & INCIDENT_IS_FOLLOWED) || !step_expected(state))
		return next_ms;
	if (state->due_ms && !state->overdue)
		next_ms = least(next_ms, state->due_ms);
	if (state->overdue && state->remind_ms)
		next_ms = least(next_ms, state->remind_ms);
	return next_ms;
}

/* What turns to yes by itself does so only while the incident lasts. No shelf stops the time of a
 * first stage. */
int64_t due_of_fact(const struct incident *incident, size_t fact)
{
	const struct fact_state *state = &incident->facts[fact];
	unsigned traits = incident_traits(incident->state), followed = INCIDENT_IS_FOLLOWED;

	if (&incident->type->facts[fact] == incident->type->stage && !incident->full)
		followed |= INCIDENT_IS_SHELVED;
	if (!(traits & followed))
		return INT64_MAX;
	if (state->overdue)
		return state->remind_ms ? state->remind_ms : INT64_MAX;
	if (!state->due_ms ||
		(incident->type->facts[fact].after_ms && !(traits & INCIDENT_IS_TRUE)))
		return INT64_MAX;
	return state->due_ms;
}

/* CLOCK_NEVER is INT64_MAX. */
int64_t due_next(const struct engine *engine, const struct incident *incident)
{
	int64_t next_ms = INT64_MAX;
	struct failing_to_act who;

	if (incident_traits(incident->state) & INCIDENT_IS_SHELVED)
		next_ms = incident->hold.until_ms;
	if (incident->unsuppress_ms)
		next_ms = least(next_ms, incident->unsuppress_ms);
	for (size_t i = 0; i < incident->type->step_count; i++)
		next_ms = least(next_ms, due_of_step(incident, i));
	for (size_t i = 0; i < incident->type->fact_count; i++)
		next_ms = least(next_ms, due_of_fact(incident, i));
	return least(next_ms, due_level(engine, incident, &who));
}

/* Over a reboot --------------------------------------------------------------- */

static void run_on(int64_t *at_ms, int64_t by_ms)
{
	if (*at_ms)
		*at_ms += by_ms;
}

/* A reminder goes with its deadline. What has failed presses since then. */
static void steps_run_on(struct incident *incident, int64_t by_ms)
{
	for (size_t i = 0; i < incident->type->step_count; i++) {
		struct step_state *state = &incident->steps[i];
		int64_t set_ms = state->due_ms - incident->type->steps[i].deadline_ms;
		int64_t *failed_ms =
			state->status == STEP_FAILED ? &state->status_ms : &state->action_ms;

		if (step_has_failed(incident, (int)i) && *failed_ms <= incident->owed_until_ms)
			run_on(failed_ms, by_ms);
		if (set_ms > incident->owed_until_ms)
			continue;
		run_on(&state->due_ms, by_ms);
		run_on(&state->remind_ms, by_ms);
	}
}

static void facts_run_on(struct incident *incident, int64_t by_ms)
{
	for (size_t i = 0; i < incident->type->fact_count; i++) {
		struct fact_state *state = &incident->facts[i];

		if (state->due_ms - incident->type->facts[i].deadline_ms > incident->owed_until_ms)
			continue;
		run_on(&state->due_ms, by_ms);
		run_on(&state->remind_ms, by_ms);
	}
}

bool due_clock(struct incident *incident, const struct moment *right)
{
	int64_t by_ms = 0;

	if (!until_clock(&by_ms, &incident->owed_ms, right))
		return false;
	steps_run_on(incident, by_ms);
	facts_run_on(incident, by_ms);
	if (incident->unacked_ms <= incident->owed_until_ms)
		run_on(&incident->unacked_ms, by_ms);
	if (incident->hold.at_ms > incident->owed_until_ms)
		return true;
	run_on(&incident->hold.at_ms, by_ms);
	run_on(&incident->hold.until_ms, by_ms);
	return true;
}
