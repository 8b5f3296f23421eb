/*
 * A person's hand on an output: set until a stated end, or until a claim that stands contradicts
 * it. At its end nothing is written: the output stays as it is, and on the list, until a person
 * puts it back. Must never write against a claim whose condition is true or unknown.
 */
#include "daemon/outputs/parts.h"

#include "core/clock.h"
#include "core/log.h"

#include <string.h>

static const struct owner hand_owner;

struct claim *hand_of(const struct outputs *o, const struct point *output)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == output && claim->hand.state != HAND_NONE)
			return claim;
	return NULL;
}

void hand_drop(struct outputs *o, const struct point *output)
{
	struct task *task = task_of_output(o, &hand_owner, output);

	if (!task)
		return;
	task->next = TASK_DROP;
	o->again = true;
}

static void happens(struct outputs *o, struct claim *claim, enum hand_event event)
{
	enum hand_state next = hand_next(claim->hand.state, event);

	if (next == claim->hand.state)
		return;
	claim->hand.state = next;
	claim_moved(o, claim);
}

/* What it may do -------------------------------------------------------------- */

/* Every interlock that the plan has for this: the worst of them. */
static enum truth interlock(const struct outputs *o, const struct point *point, double value)
{
	enum truth worst = TRUTH_TRUE;

	for (size_t i = 0; i < o->plan->action_count; i++) {
		const struct action *action = &o->plan->actions[i];
		const struct task asked = { .action = action };
		enum truth truth;

		if (action->class != point->class || action->value != value)
			continue;
		truth = task_interlock(o, &asked, action_zone(o->site, action, point->zone));
		if (truth == TRUTH_FALSE || worst == TRUTH_TRUE)
			worst = truth;
	}
	return worst;
}

static void fill_facts(
	const struct outputs *o, const struct point *point, double value, struct write_facts *facts)
{
	facts->interlock = interlock(o, point, value);
	facts->still_true = TRUTH_TRUE;
}

static bool is_in_drill(const struct outputs *o, const struct point *point)
{
	const struct incident *incident;

	for (size_t i = 0; (incident = engine_incident(o->engine, i)); i++)
		if (incident->drill && (zone_contains(incident->zone, point->zone) ||
					       zone_contains(point->zone, incident->zone)))
			return true;
	return false;
}

bool output_takes(const struct point *point, double value)
{
	if (point->class->kind == POINT_STATE)
		return value == 0 || value == 1;
	return value >= point->min && value <= point->max;
}

/* The claim that stands against this value; NULL: none. */
static const struct claim *against(const struct outputs *o, const struct point *point, double value)
{
	struct claim_facts facts[CLAIM_MAX];
	const struct claim *claim, *of[CLAIM_MAX];
	size_t count = 0, own, found;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == point)
			of[count++] = claim;
	if (count == 0)
		return NULL;
	claim_facts_of(o, of[0], facts, &own);
	found = claims_against_hand(facts, count, value);
	return found < count ? of[found] : NULL;
}

static struct hand_answer judge(
	const struct outputs *o, const struct point *point, const struct hand_order *order)
{
	struct hand_answer answer = { HAND_TAKEN };
	const struct claim *claim;
	const struct lock *lock;
	struct write_facts facts;
	const struct write_answer *check;

	if (!point || !point->writable)
		return (struct hand_answer){ HAND_NO_OUTPUT };
	if (!output_takes(point, order->value))
		return (struct hand_answer){ HAND_NO_VALUE };
	if (order->for_ms > HAND_LONGEST_MS)
		return (struct hand_answer){ HAND_TOO_LONG };
	if (!is_reason(order->reason))
		return (struct hand_answer){ HAND_NO_REASON };
	if (is_in_drill(o, point))
		return (struct hand_answer){ HAND_DRILL };
	claim = against(o, point, order->value);
	if (claim) {
		answer.verdict = HAND_CLAIMED;
		strcpy(answer.incident, claim->incident);
		return answer;
	}
	lock = engine_forbids_write(o->engine, point, NULL);
	facts = (struct write_facts){ .actions_armed = o->config->daemon.actions_armed,
		.wanted = true,
		.writable = true,
		.armed = point->armed,
		.protected = point->protected,
		.locked = lock != NULL,
		.value = order->value };
	fill_facts(o, point, order->value, &facts);
	check = write_check(&facts);
	if (check->verdict != WRITE_ALLOWED) {
		answer.verdict = HAND_REFUSED;
		answer.why = check->why;
		if (lock && check->why == WORD_WRITE_REFUSAL_LOCKED_BY_LOCK)
			lock_name(lock, answer.lock);
	}
	return answer;
}

static bool is_busy(const struct outputs *o, const struct point *point)
{
	const struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if ((task->owner == &hand_owner || task->owner == &held_owner) &&
			task->held.output == point &&
			(task_is_under_way(task) || task->next != TASK_NOTHING))
			return true;
	return false;
}

static void fill(struct claim *claim, const struct point *point, const struct hand_order *order,
	int64_t now_ms)
{
	struct hand *hand = &claim->hand;

	snprintf(claim->output, sizeof(claim->output), "%s", point->id);
	claim->point = point;
	claim->value = order->value;
	claim->since_ms = now_ms;
	claim->proved_ms = 0;
	claim->tried = claim->withdrawn = false;
	claim->supervision = SUPERVISION_NONE;
	snprintf(hand->by, sizeof(hand->by), "%s", order->user);
	snprintf(hand->reason, sizeof(hand->reason), "%s", order->reason);
	/* A row is a line. */
	for (char *at = hand->reason; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
	hand->until_ms = now_ms + (order->for_ms > 0 ? order->for_ms : HAND_DEFAULT_MS);
	claim->owed_ms = hand->owed_ms = 0;
	hand->beaten_by[0] = '\0';
}

struct hand_answer outputs_set(struct outputs *o, const struct hand_order *order, int64_t now_ms)
{
	const struct point *point = site_point(o->site, order->output);
	struct hand_answer answer = judge(o, point, order);
	struct claim *claim;
	struct task *task;
	double before;

	if (answer.verdict != HAND_TAKEN)
		return answer;
	task = is_busy(o, point) ? NULL : task_of_output(o, &hand_owner, point);
	if (!task && !is_busy(o, point))
		task = task_new(o, &hand_owner, point->id);
	before = claim_value_before(o, point);
	claim = task ? hand_of(o, point) : NULL;
	if (task && !claim) {
		claim = claim_new(o);
		if (claim)
			claim->before = before;
		o->hands += claim != NULL;
	}
	if (!claim) {
		if (task)
			task_free(o, task);
		answer.verdict = HAND_BUSY;
		return answer;
	}
	fill(claim, point, order, now_ms);
	happens(o, claim, HAND_SET);
	claim_moved(o, claim);
	task->held.output = point;
	snprintf(task->held.user, sizeof(task->held.user), "%s", order->user);
	task->next = TASK_SWITCH;
	task_detach(o, task);
	o->again = true;
	o->hands_ms = 0;
	log_info("output %s: set to %g by %s: %s", point->id, order->value, order->user,
		order->reason);
	tasks_run(o, now_ms);
	return answer;
}

void outputs_hand_told(struct outputs *o, const char *output)
{
	struct claim *claim;

	/* Also of one that the configuration has no more. */
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (strcmp(claim->output, output) == 0)
			happens(o, claim, HAND_WAS_TOLD);
}

/* Its end ---------------------------------------------------------------------- */

static void look(struct outputs *o, struct claim *claim, int64_t now_ms)
{
	const struct claim *stronger = against(o, claim->point, claim->value);
	int64_t warn_ms;

	if (stronger) {
		strcpy(claim->hand.beaten_by, stronger->incident);
		happens(o, claim, HAND_CONTRADICTED);
		hand_drop(o, claim->point);
		return;
	}
	if (now_ms >= claim->hand.until_ms) {
		happens(o, claim, HAND_EXPIRES);
		return;
	}
	warn_ms = hand_warn_at(claim->since_ms, claim->hand.until_ms);
	if (warn_ms && now_ms >= warn_ms)
		happens(o, claim, HAND_WARN);
	else if (warn_ms && warn_ms < o->hands_ms)
		o->hands_ms = warn_ms;
	if (claim->hand.until_ms < o->hands_ms)
		o->hands_ms = claim->hand.until_ms;
}

void outputs_clock(struct outputs *o, const struct moment *moment)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		bool since = until_clock(&claim->since_ms, &claim->owed_ms, moment);

		if (!until_clock(&claim->hand.until_ms, &claim->hand.owed_ms, moment) && !since)
			continue;
		claim_moved(o, claim);
		o->hands_ms = 0;
	}
}

void hands_run(struct outputs *o, int64_t now_ms)
{
	struct claim *claim;

	o->hands_ms = CLOCK_NEVER;
	if (o->hands == 0)
		return;
	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point && hand_holds(claim->hand.state) && !claim->withdrawn)
			look(o, claim, now_ms);
}

/* As an owner -------------------------------------------------------------------- */

static void begin(struct outputs *o, struct task *task, int64_t now_ms)
{
	const struct claim *claim = hand_of(o, task->held.output);
	struct job *job;

	task_free_jobs(o, task);
	job = claim ? job_new(o, task, task->held.output) : NULL;
	if (job)
		job_begin(o, job, claim->value, now_ms);
}

static enum task_event decide(const struct task *task, int64_t now_ms)
{
	(void)now_ms;
	/* What failed stays, so that its trouble does, until it is proved, put back or set anew. */
	return task->next == TASK_NOTHING && (task_succeeded(task) || TAILQ_EMPTY(&task->jobs))
		       ? TASK_DROP
		       : task->next;
}

static enum action_state outcome(const struct task *task, char note[static NOTE_MAX + 1])
{
	const struct job *job = TAILQ_FIRST(&task->jobs);

	(void)note;
	return !job || job->state == JOB_CONFIRMED || job_was_barred(job->state) ? ACTION_DONE
										 : ACTION_FAILED;
}

static void ended(struct outputs *o, struct task *task, const char *note, int64_t now_ms)
{
	(void)task, (void)note, (void)now_ms;
	o->again = true;
}

static void job_over(struct outputs *o, struct job *job, int64_t now_ms)
{
	struct claim *claim = hand_of(o, job->point);

	if (!claim)
		return;
	claim->tried |= job->writes > 0 || job->state == JOB_CONFIRMED;
	if (job->state == JOB_CONFIRMED)
		claim_prove(o, claim, now_ms);
	/* Forbidden meanwhile: where nothing was written, there is nothing to hold. */
	if (job_was_barred(job->state) && !claim->tried && hand_holds(claim->hand.state))
		claim_end(o, claim);
}

static void facts(const struct outputs *o, const struct job *job, struct write_facts *facts)
{
	const struct claim *claim = hand_of(o, job->point);

	facts->wanted = claim && hand_holds(claim->hand.state) && !claim->withdrawn &&
			claim->value == job->value && !against(o, job->point, job->value);
	facts->drill = is_in_drill(o, job->point);
	fill_facts(o, job->point, job->value, facts);
}

static bool record(struct outputs *o, const struct job *job)
{
	const char *user = job->task->held.user;
	const struct intent intent = { "", NULL, false, job->point, job->value, user,
		people_shown(&o->config->people, user) };

	claims_keep(o, false);
	o->ports.record(o->ports.context, &intent, job->ticket);
	return true;
}

static const struct owner hand_owner = {
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

void hands_resume(struct outputs *o)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		struct task *task;
		struct job *job;

		if (claim->hand.state == HAND_NONE || claim->proved_ms || claim->withdrawn ||
			!claim->point || task_of_output(o, &hand_owner, claim->point))
			continue;
		task = task_new(o, &hand_owner, claim->output);
		job = task ? job_new(o, task, claim->point) : NULL;
		if (!job)
			continue;
		task->held.output = claim->point;
		task->phase = TASK_SWITCHED;
		task->told = ACTION_FAILED;
		task_detach(o, task);
		job_resume(o, job, claim->value, claim, claim->since_ms);
	}
}
