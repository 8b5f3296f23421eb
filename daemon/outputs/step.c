/*
 * A step of the plan as an owner of outputs: what is wanted is switched, what
 * a person asks for is put back, and how it ended is reported. Must never call an
 * action done whose outputs are not proven.
 */
#include "daemon/outputs/parts.h"

#include <stdio.h>
#include <string.h>

struct task *step_find(const struct outputs *o, const char *incident, int step)
{
	struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && task->step.index == step &&
			strcmp(task->incident, incident) == 0)
			return task;
	return NULL;
}

struct task *step_find_or_make(struct outputs *o, const struct incident *incident, int step)
{
	struct task *task = step_find(o, incident->id, step);

	if (task)
		return task;
	/* Without room its step stays wanted, and is seen again at the next transition. */
	task = task_new(o, &step_owner, incident->id);
	if (!task)
		return NULL;
	task->step.index = step;
	task->action = incident->type->steps[step].action;
	task->scope = incident_scope(o->site, incident, step);
	memcpy(task->incident, incident->id, sizeof(task->incident));
	return task;
}

bool step_may_claim(const struct outputs *o, const struct task *task, const struct point *point)
{
	const struct incident *incident = engine_find(o->engine, task->incident);

	return o->config->daemon.actions_armed && point->armed &&
	       !action_spares(task->action, point) && incident && !incident->drill;
}

bool step_covers(const struct task *task, const struct point *point)
{
	const struct zone *zone = places_of(&task->scope, point->zone);

	return zone && action_covers(task->action, zone, point);
}

static bool has_job(const struct task *task, const struct point *point)
{
	const struct job *job;

	TAILQ_FOREACH (job, &task->jobs, entry)
		if (job->point == point)
			return true;
	return false;
}

/* What has no job there gets one. */
static void switch_in(
	struct outputs *o, struct task *task, const struct places *where, int64_t now_ms)
{
	const struct point *point;
	size_t i = 0;

	while ((point = reach_next(o, task->action, where, &i))) {
		struct job *job = has_job(task, point) ? NULL : job_new(o, task, point);

		if (!job)
			continue;
		if (!step_may_claim(o, task, point) || claim_make(o, task, point, now_ms)) {
			job_begin(o, job, task->action->value, now_ms);
			continue;
		}
		/* What cannot be remembered is not written. */
		job_free(o, job);
		task_lacks_room(o, task, point);
	}
}

static void switch_all(struct outputs *o, struct task *task, int64_t now_ms)
{
	task_free_jobs(o, task);
	task->too_many = false;
	switch_in(o, task, &task->scope, now_ms);
}

/* The outputs of some places anew; those of others go on, but for what was never written and is
 * not asked for any more. */
static void switch_more(struct outputs *o, struct task *task, int64_t now_ms)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&task->jobs); job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (places_of(&task->step.more, job->point->zone)
				? job_ended(job->state)
				: job_was_barred(job->state) && !step_covers(task, job->point))
			job_free(o, job);
	}
	switch_in(o, task, &task->step.more, now_ms);
}

static void withdraw(struct outputs *o, struct task *task, struct claim *claim, int64_t now_ms)
{
	const struct put_back to = claim_put_back(o, claim);
	struct job *job;

	/* Nothing is switched: whoever reads "put back" is told who holds it still. */
	if (to.verdict == PUT_BACK_HELD) {
		claim_restored(o, claim, to.value, task->step.user);
		return;
	}
	if (claim_stays(claim, &to)) {
		claim_end(o, claim);
		return;
	}
	job = to.verdict == PUT_BACK_UNKNOWN ? NULL : job_new(o, task, claim->point);
	if (!job)
		return;
	claim_withdraw(o, claim);
	job_begin(o, job, to.value, now_ms);
}

static void withdraw_all(struct outputs *o, struct task *task, int64_t now_ms)
{
	struct claim *claim, *next;

	task_free_jobs(o, task);
	task->too_many = false;
	for (claim = TAILQ_FIRST(&o->claims); claim; claim = next) {
		next = TAILQ_NEXT(claim, entry);
		if (claim->point && claim_is_of(claim, o, task))
			withdraw(o, task, claim, now_ms);
	}
}

static void begin(struct outputs *o, struct task *task, int64_t now_ms)
{
	if (task_is_restoring(task))
		withdraw_all(o, task, now_ms);
	else if (task->step.more.count > 0)
		switch_more(o, task, now_ms);
	else
		switch_all(o, task, now_ms);
	task->step.more.count = 0;
}

/* What notes carry; surfaces say it in their language. */
static const char *why(enum word_write_refusal id)
{
	return word_id(WORD_WRITE_REFUSAL, id);
}

/* Appends as much as fits; cut at a whole item, so that no id is half told. */
static void note_add(
	char note[static NOTE_MAX + 1], const char *first, const char *between, const char *second)
{
	size_t used = strlen(note);
	size_t more = strlen(first) + strlen(between) + strlen(second) + (used ? 2 : 0);

	if (used + more > NOTE_MAX) {
		if (used + 4 <= NOTE_MAX && strcmp(note + used - 3, "...") != 0)
			strcpy(note + used, " ...");
		return;
	}
	sprintf(note + used, "%s%s%s%s", used ? "; " : "", first, between, second);
}

/* The first row of which some job has the state decides. */
static enum action_state worst(const struct task *task, const unsigned count[JOB_STATE_COUNT])
{
	if (count[JOB_FAILED] || count[JOB_UNPROVEN])
		return ACTION_FAILED;
	if (count[JOB_OVERTAKEN])
		return ACTION_OVERTAKEN;
	/* Nothing written is a refusal; some written and some not, a failure. */
	if (count[JOB_REFUSED])
		return count[JOB_CONFIRMED] ? ACTION_FAILED : ACTION_REFUSED;
	if (!count[JOB_CONFIRMED] && !TAILQ_EMPTY(&task->jobs))
		return ACTION_REFUSED;
	return task_is_restoring(task) ? ACTION_RESTORED : ACTION_DONE;
}

static enum action_state outcome(const struct task *task, char note[static NOTE_MAX + 1])
{
	unsigned count[JOB_STATE_COUNT] = { 0 };
	char text[OUTPUT_WHY_MAX];
	const struct job *job;

	if (task->too_many) {
		note_add(note, why(WORD_WRITE_REFUSAL_TOO_MANY_OUTPUTS_AT_ONCE), "", "");
		return ACTION_FAILED;
	}
	if (TAILQ_EMPTY(&task->jobs) && !task_is_restoring(task)) {
		const char *class = task->action->class->id, *zone = task->scope.zones[0]->id;
		const struct word_part parts[] = { { "class", { class, class } },
			{ "zone", { zone, zone } }, { NULL } };

		word_fill(note, NOTE_MAX + 1, LANGUAGE_EN,
			why(WORD_WRITE_REFUSAL_NO_OUTPUT_OF_CLASS_CLASS_IN_ZONE_ZONE), parts);
		return ACTION_REFUSED;
	}
	if (task_is_restoring(task))
		note_add(note, why(WORD_WRITE_REFUSAL_PUT_BACK), "", "");
	TAILQ_FOREACH (job, &task->jobs, entry)
		count[job->state]++;
	for (enum job_state state = JOB_CONFIRMED + 1; state < JOB_STATE_COUNT; state++)
		TAILQ_FOREACH (job, &task->jobs, entry)
			if (job->state == state)
				note_add(note, job->point->id, ": ",
					output_why(job->error, job->lock, text));
	return worst(task, count);
}

static void ended(struct outputs *o, struct task *task, const char *note, int64_t now_ms)
{
	(void)now_ms;
	/* A restore that was overtaken by a new order: its end must not take the order away. */
	if (task->next != TASK_NOTHING)
		return;
	o->ports.report(o->ports.context, task->incident, task->step.index, task->told,
		task->step.user, note);
}

static void dropped(struct outputs *o, const struct task *task)
{
	const struct point *point;
	size_t i = 0;

	/* Of the outputs for which there was no room. */
	while (task->too_many && (point = reach_next(o, task->action, &task->scope, &i)))
		output_trouble_end(o, point);
}

static bool is_unknown(const struct outputs *o, const struct task *task)
{
	const struct incident *incident = engine_find(o->engine, task->incident);
	bool unknown;

	if (!incident)
		return false;
	unknown = engine_still_true(o->engine, incident) == TRUTH_UNKNOWN;
	for (size_t i = 0; i < task->scope.count; i++)
		unknown |= task_interlock(o, task, task->scope.zones[i]) == TRUTH_UNKNOWN;
	return unknown;
}

/* Is the value still the one to put it back to? Too early is another answer than "not wanted". */
static bool is_put_back_wanted(const struct outputs *o, const struct job *job)
{
	const struct claim *claim = claim_of_job(o, job);
	const struct put_back to = claim ? claim_put_back(o, claim) : (struct put_back){ 0 };

	return claim && (to.verdict == PUT_BACK_TOO_EARLY ||
				(to.verdict == PUT_BACK_TO && to.value == job->value));
}

/* What has failed is wanted on, unless a person has skipped it or another department has it. */
static bool is_wanted(const struct incident *incident, const struct step_state *state, bool retried)
{
	if (state->action == ACTION_WANTED)
		return true;
	return retried && state->action == ACTION_FAILED && state->status != STEP_SKIPPED &&
	       state->status != STEP_DID_NOT_OCCUR &&
	       (incident_traits(incident->state) & INCIDENT_ACTS);
}

static void facts(const struct outputs *o, const struct job *job, struct write_facts *facts)
{
	const struct task *task = job->task;
	const struct incident *incident = engine_find(o->engine, task->incident);
	const struct claim *claim = claim_of_job(o, job);
	const struct step_state *state;

	if (!incident)
		return;
	state = &incident->steps[task->step.index];
	facts->drill = incident->drill;
	if (facts->restoring)
		facts->wanted = is_put_back_wanted(o, job);
	else
		facts->wanted = is_wanted(incident, state, job->retried) &&
				!(claim && claim_is_outranked(o, claim));
	facts->still_true = engine_still_true(o->engine, incident);
}

static const struct incident *acts_for(const struct outputs *o, const struct task *task)
{
	return task_is_restoring(task) ? NULL : engine_find(o->engine, task->incident);
}

static bool record(struct outputs *o, const struct job *job)
{
	const struct task *task = job->task;
	const struct incident *incident = engine_find(o->engine, task->incident);
	const char *user = task->step.user;

	/* One commit holds the intent and the claim. */
	claims_keep(o, false);
	if (incident) {
		const struct intent intent = { task->incident,
			incident->type->steps[task->step.index].id, incident->drill, job->point,
			job->value, user, people_shown(&o->config->people, user) };

		o->ports.record(o->ports.context, &intent, job->ticket);
	}
	return incident != NULL;
}

static void switched(struct outputs *o, struct job *job, struct claim *claim, int64_t now_ms)
{
	claim->tried |= job->writes > 0 || job->state == JOB_CONFIRMED;
	if (job->state == JOB_CONFIRMED)
		claim_prove(o, claim, now_ms);
	if (job->state == JOB_FAILED && !claim->proved_ms)
		retry_failed(o, job, claim, now_ms);
	/* Where nothing was or will be written, there is nothing to put back. */
	if (job_was_barred(job->state) && !claim->tried && !claim_is_outranked(o, claim) &&
		job->error != WORD_WRITE_REFUSAL_LOCKED_BY_LOCK) /* a lock ends no claim */
		claim_end(o, claim);
}

static void put_back(struct outputs *o, const struct job *job, struct claim *claim)
{
	if (job->state == JOB_CONFIRMED || job->state == JOB_UNPROVEN ||
		job->state == JOB_OVERTAKEN) { /* another claim has it now */
		claim_end(o, claim);
		return;
	}
	/* Refused, it holds on. One that failed is not proved either way: a person asks again. */
	if (job_was_barred(job->state))
		claim_stand(o, claim);
}

static void claim_follows(struct outputs *o, struct job *job, int64_t now_ms)
{
	struct claim *claim = claim_of_job(o, job);

	if (!claim)
		return;
	if (task_is_restoring(job->task))
		put_back(o, job, claim);
	else
		switched(o, job, claim, now_ms);
}

/* The same action, by its class, value and scope, of the step with the same id. */
static bool adopt(struct outputs *o, const struct outputs *old, struct task *task)
{
	const struct incident *before = engine_find(old->engine, task->incident);
	const struct incident *incident = engine_find(o->engine, task->incident);
	const struct action *action = NULL;
	struct places scope;

	if (!before || !incident || task->next == TASK_DROP)
		return false;
	for (size_t i = 0; i < incident->type->step_count && !action; i++) {
		const struct step *step = &incident->type->steps[i];

		if (strcmp(step->id, before->type->steps[task->step.index].id) != 0)
			continue;
		action = step->action;
		task->step.index = (int)i;
	}
	if (!action || strcmp(task->action->class->id, action->class->id) != 0 ||
		task->action->value != action->value)
		return false;
	scope = incident_scope(o->site, incident, task->step.index);
	if (!places_same(&task->scope, &scope))
		return false;
	/* Where more was ordered lies in what it acts on. */
	for (size_t i = 0; i < task->step.more.count; i++)
		task->step.more.zones[i] = site_zone(o->site, task->step.more.zones[i]->id);
	task->action = action;
	task->scope = scope;
	return true;
}

const struct owner step_owner = {
	.begin = begin,
	.outcome = outcome,
	.ended = ended,
	.job_ended = claim_follows,
	.dropped = dropped,
	.again = retry_is_due,
	.is_unknown = is_unknown,
	.facts = facts,
	.acts_for = acts_for,
	.record = record,
	.adopt = adopt,
};
