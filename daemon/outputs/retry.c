/*
 * A write of a step that was never proved is tried again for a while (rules/retry.h), as any write:
 * all is asked again, and an intent of its own recorded first. Must not touch what was proved once,
 * what a person has put back, nor what nobody wants any more.
 */
#include "daemon/outputs/parts.h"

#include "core/clock.h"
#include "core/log.h"

#include <string.h>

enum {
	LOOK_MS = 1000,
	LATE_MS = 5000, /* a delay that ended so long ago ran while nobody looked */
};

static bool is_reachable(const struct outputs *o, const struct job *job)
{
	const struct device *device = job->point->device;

	return !o->silent[device->index] && !o->down[device->bus->index];
}

static struct retry_facts facts_of(
	const struct outputs *o, const struct job *job, const struct claim *claim)
{
	const struct incident *incident = engine_find(o->engine, claim->incident);

	return (struct retry_facts){
		.proved = claim->proved_ms != 0,
		.by_plan = job->task->owner->again && !claim->withdrawn && !claim->locked,
		.still_true = incident ? engine_still_true(o->engine, incident) : TRUTH_FALSE,
		.reachable = is_reachable(o, job),
		.tries = claim->tries,
		.reached_ms = claim->reached_ms,
	};
}

/* Time in which its device could be reached is used up. */
static void count(struct claim *claim, bool reachable, int64_t now_ms)
{
	if (reachable && claim->counted_ms)
		claim->reached_ms += now_ms - claim->counted_ms;
	claim->counted_ms = now_ms;
}

/* From now on. */
static void begin_wait(struct outputs *o, struct job *job, struct claim *claim, int64_t now_ms)
{
	struct retry_facts facts = facts_of(o, job, claim);
	struct retry retry;

	facts.still_true = TRUTH_TRUE;
	facts.reachable = true;
	retry = retry_when(&facts);
	job->again_ms = retry.verdict == RETRY_AFTER ? now_ms + retry.after_ms : CLOCK_NEVER;
}

void retry_failed(struct outputs *o, struct job *job, struct claim *claim, int64_t now_ms)
{
	count(claim, is_reachable(o, job), now_ms);
	/* Whoever answered was reached. What was not even sent, or to nobody, is no try. */
	if (job->sent && job->answered)
		claim->tries++;
	begin_wait(o, job, claim, now_ms);
	o->claims_moved = true;
}

int64_t retry_shown_ms(const struct outputs *o, const struct job *job)
{
	const struct claim *claim = claim_of_job(o, job);

	return job->state == JOB_FAILED && job->again_ms != CLOCK_NEVER && is_reachable(o, job) &&
			       !(claim && claim->locked)
		       ? job->again_ms
		       : 0;
}

bool retry_is_due(struct outputs *o, struct job *job, int64_t now_ms)
{
	struct claim *claim = claim_of_job(o, job);
	struct retry_facts facts;
	bool late = job->again_ms && now_ms - job->again_ms > LATE_MS;

	if (!claim) {
		job->again_ms = CLOCK_NEVER;
		return false;
	}
	facts = facts_of(o, job, claim);
	count(claim, facts.reachable && !late, now_ms);
	facts.reached_ms = claim->reached_ms;
	/* Of the last run: the delay begins anew. */
	if (!job->again_ms || late) {
		begin_wait(o, job, claim, now_ms);
		return false;
	}
	/* Others of its action have not ended yet. */
	if (task_is_under_way(job->task))
		facts.still_true = TRUTH_UNKNOWN;
	switch (retry_when(&facts).verdict) {
	case RETRY_AFTER:
		job->again_ms = now_ms + LOOK_MS; /* where a check still forbids it */
		return true;
	case RETRY_WAITS:
		job->again_ms = now_ms + LOOK_MS;
		return false;
	default:
		job->again_ms = CLOCK_NEVER;
		log_info("output %s: not tried again: a person may release it", job->point->id);
		return false;
	}
}

void retry_meets_lock(struct outputs *o, const struct incident *incident)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (!claim->point || claim->proved_ms || claim->locked ||
			strcmp(claim->incident, incident->id) != 0 ||
			!engine_forbids_write(o->engine, claim->point, incident))
			continue;
		claim->locked = true;
		o->claims_moved = true;
	}
}

void retry_let_go(struct outputs *o)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (claim->proved_ms || claim->locked)
			continue;
		claim->locked = true;
		o->claims_moved = true;
	}
}

void outputs_reach(struct outputs *o, const struct bus *bus, const struct device *device,
	bool reachable, int64_t now_ms)
{
	struct task *task;
	struct job *job;

	JOBS_FOREACH (o, task, job) {
		const struct device *its = job->point->device;
		struct claim *claim;

		if (job->state != JOB_FAILED || its->bus != bus || (device && its != device))
			continue;
		claim = claim_of_job(o, job);
		if (claim)
			count(claim, is_reachable(o, job), now_ms);
		/* Back: what could not be sent goes out now. */
		if (claim && reachable && job->again_ms && job->again_ms != CLOCK_NEVER &&
			!(job->sent && job->answered))
			job->again_ms = now_ms;
	}
	if (device)
		o->silent[device->index] = !reachable;
	else
		o->down[bus->index] = !reachable;
	o->again = true;
}
