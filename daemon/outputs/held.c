/*
 * Putting back one output whose incidents are over or closed: a person strikes it off the list of
 * what is held. Must never put back what a claim holds whose condition is true or unknown.
 */
#include "daemon/outputs/parts.h"

#include "core/log.h"

#include <stdio.h>
#include <string.h>

static const struct job *job_of(const struct task *task)
{
	return TAILQ_FIRST(&task->jobs);
}

/* Of these, the ones that a person gives up with this order. */
static bool is_meant(const struct claim *claim, const struct task *task)
{
	return claim->point == task->held.output &&
	       (!task->incident[0] || strcmp(claim->incident, task->incident) == 0);
}

static struct claim *first_withdrawn(const struct outputs *o, const struct point *output)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == output && claim->withdrawn)
			return claim;
	return NULL;
}

static void end_withdrawn(struct outputs *o, const struct point *output, const char *user)
{
	struct claim *claim;

	while ((claim = first_withdrawn(o, output)))
		claim_restored(o, claim, claim_put_back(o, claim).value, user);
}

/* Is it where it is to go? Of claims at different values nobody's own says where it is. */
static bool stays(const struct outputs *o, const struct claim *first, const struct put_back *to)
{
	const struct claim *claim;

	if (to->verdict == PUT_BACK_HELD)
		return true;
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == first->point && claim->withdrawn && !claim_stays(claim, to))
			return false;
	return true;
}

static void begin(struct outputs *o, struct task *task, int64_t now_ms)
{
	struct claim *claim;
	struct put_back to;
	struct job *job;

	task_free_jobs(o, task);
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (is_meant(claim, task) && claim_is_over(o, claim))
			claim_withdraw(o, claim);
	claim = first_withdrawn(o, task->held.output);
	if (!claim)
		return;
	to = claim_put_back(o, claim);
	if (stays(o, claim, &to)) {
		end_withdrawn(o, task->held.output, task->held.user);
		return;
	}
	job = to.verdict == PUT_BACK_TO ? job_new(o, task, task->held.output) : NULL;
	if (job)
		job_begin(o, job, to.value, now_ms);
}

static enum task_event decide(const struct task *task, int64_t now_ms)
{
	(void)now_ms;
	/* What failed stays, so that its trouble does, until it is proved or ordered again. */
	return task->next == TASK_NOTHING && task_succeeded(task) ? TASK_DROP : task->next;
}

static enum action_state outcome(const struct task *task, char note[static NOTE_MAX + 1])
{
	const struct job *job = job_of(task);

	(void)note;
	return !job || job->state == JOB_CONFIRMED || job->state == JOB_UNPROVEN ||
			       job->state == JOB_OVERTAKEN
		       ? ACTION_RESTORED
		       : ACTION_FAILED;
}

static void ended(struct outputs *o, struct task *task, const char *note, int64_t now_ms)
{
	(void)note, (void)now_ms;
	o->again = true;
	log_info("output %s: %s by %s", task->held.output->id,
		task_succeeded(task) ? "put back" : "not put back", task->held.user);
}

static void job_over(struct outputs *o, struct job *job, int64_t now_ms)
{
	struct claim *claim;

	(void)now_ms;
	if (job->state == JOB_FAILED)
		return;
	if (!job_was_barred(job->state) || job->state == JOB_OVERTAKEN) {
		end_withdrawn(o, job->point, job->task->held.user);
		return;
	}
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == job->point && claim->withdrawn)
			claim_stand(o, claim);
}

static void facts(const struct outputs *o, const struct job *job, struct write_facts *facts)
{
	const struct claim *claim = first_withdrawn(o, job->point);
	const struct put_back to = claim ? claim_put_back(o, claim) : (struct put_back){ 0 };

	facts->wanted = claim && to.verdict == PUT_BACK_TO && to.value == job->value;
	facts->still_true = TRUTH_FALSE;
}

static bool record(struct outputs *o, const struct job *job)
{
	const struct claim *claim = first_withdrawn(o, job->point);
	const char *user = job->task->held.user;

	claims_keep(o, false);
	if (claim) {
		const struct intent intent = { claim->incident, *claim->step ? claim->step : NULL,
			false, job->point, job->value, user,
			people_shown(&o->config->people, user) };

		o->ports.record(o->ports.context, &intent, job->ticket);
	}
	return claim != NULL;
}

const struct owner held_owner = {
	.decide = decide,
	.begin = begin,
	.outcome = outcome,
	.ended = ended,
	.job_ended = job_over,
	.dropped = task_drop_output,
	.facts = facts,
	.record = record,
	.adopt = task_adopt_output,
};

int held_restore(
	struct outputs *o, const char *incident, const struct point *output, const char *user)
{
	struct task *task = task_of_output(o, &held_owner, output);

	if (task && (task_is_under_way(task) || task->next != TASK_NOTHING))
		return -1;
	if (!task)
		task = task_new(o, &held_owner, output->id);
	if (!task)
		return -1;
	snprintf(task->incident, sizeof(task->incident), "%s", incident);
	snprintf(task->held.user, sizeof(task->held.user), "%s", user);
	task->held.output = output;
	task->next = TASK_RESTORE;
	task_detach(o, task);
	o->again = true;
	return 0;
}
