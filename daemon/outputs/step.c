/*
 * A step of the plan as an owner of outputs: what the engine wants is switched, what
 * a person asks for is put back, and how it ended is reported. Must never call an
 * action done whose outputs are not proven, nor take silence after the start, when
 * nothing has been read yet, for a reason to refuse or to fail.
 */
#include "daemon/outputs/parts.h"

#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone)
{
	if (action->scope == ACTION_SITE)
		return &site->zones[0];
	return action->scope == ACTION_FLOOR ? zone_floor(zone) : zone;
}

bool action_covers(const struct action *action, const struct zone *scope, const struct point *point)
{
	return point->writable && point->class == action->class &&
	       zone_contains(scope, point->zone);
}

/* The next output of the action from *i on; NULL: no more. */
static const struct point *next_output(
	const struct outputs *o, const struct action *action, const struct zone *scope, size_t *i)
{
	while (*i < o->site->point_count) {
		const struct point *point = &o->site->points[(*i)++];

		if (action_covers(action, scope, point))
			return point;
	}
	return NULL;
}

/* Protected outputs are never switched off. */
static bool is_kept(const struct point *point, const struct action *action)
{
	return point->protected && !(action->value > 0);
}

static struct task *find(const struct outputs *o, const char *incident, int step)
{
	struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && task->step.index == step &&
			strcmp(task->incident, incident) == 0)
			return task;
	return NULL;
}

static struct task *find_or_make(struct outputs *o, const struct incident *incident, int step)
{
	struct task *task = find(o, incident->id, step);

	if (task)
		return task;
	/* Without room its step stays wanted, and is seen again at the next transition. */
	task = task_new(o, &step_owner, incident->id);
	if (!task)
		return NULL;
	task->step.index = step;
	task->action = incident->type->steps[step].action;
	task->scope = action_zone(o->site, task->action, incident->zone);
	memcpy(task->incident, incident->id, sizeof(task->incident));
	return task;
}

/* What is wanted ------------------------------------------------------------ */

static void want(struct outputs *o, const struct incident *incident, int step, const char *user)
{
	struct task *task = find(o, incident->id, step);

	if (incident->steps[step].action != ACTION_WANTED) {
		if (task)
			task->step.served = false;
		return;
	}
	task = find_or_make(o, incident, step);
	if (!task || task->step.served)
		return;
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
	if (transition->kind != TRANSITION_CLOSED) {
		for (size_t i = 0; i < incident->type->step_count; i++)
			if (incident->type->steps[i].action)
				want(o, incident, (int)i, transition->user);
		return;
	}
	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && strcmp(task->incident, incident->id) == 0) {
			task->next = TASK_DROP;
			o->again = true;
		}
}

/* Only a state has an opposite to be put back to, and only what was written is put back. */
static bool is_restorable(const struct job *job)
{
	return (job->writes > 0 || job->ours) && job->point->class->kind == POINT_STATE;
}

/* Not yet put back, or without success. */
static size_t count_restorable(const struct task *task)
{
	const struct job *job;
	size_t count = 0;

	if (task_is_restoring(task) && task->told != ACTION_FAILED)
		return 0;
	TAILQ_FOREACH (job, &task->jobs, entry)
		count += is_restorable(job);
	return count;
}

int outputs_restore(struct outputs *o, const char *incident_id, const char *user, int64_t now_ms)
{
	const struct incident *incident = engine_find(o->engine, incident_id);
	struct task *task;
	size_t written = 0;

	if (!incident)
		return -ENOENT;
	TAILQ_FOREACH (task, &o->tasks, entry) {
		if (task->owner != &step_owner || strcmp(task->incident, incident->id) != 0)
			continue;
		if (task_is_under_way(task) || task->next != TASK_NOTHING)
			return -EBUSY;
		written += count_restorable(task);
	}
	if (written == 0)
		return -ENOENT;
	if (engine_still_true(o->engine, incident) != TRUTH_FALSE)
		return -EBUSY;
	TAILQ_FOREACH (task, &o->tasks, entry) {
		if (task->owner != &step_owner || strcmp(task->incident, incident->id) != 0 ||
			count_restorable(task) == 0)
			continue;
		task->next = TASK_RESTORE;
		snprintf(task->step.user, sizeof(task->step.user), "%s", user);
		o->again = true;
	}
	tasks_run(o, now_ms);
	return 0;
}

/* As an owner --------------------------------------------------------------- */

static void switch_all(struct outputs *o, struct task *task, int64_t now_ms)
{
	const struct point *point;
	size_t i = 0;

	task_free_jobs(o, task);
	task->too_many = false;
	while ((point = next_output(o, task->action, task->scope, &i))) {
		struct job *job = job_new(o, task, point);

		if (job)
			job_begin(o, job, task->action->value, now_ms);
	}
}

static void restore_all(struct outputs *o, struct task *task, int64_t now_ms)
{
	struct job *next;

	for (struct job *job = TAILQ_FIRST(&task->jobs); job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (is_restorable(job))
			job_begin(o, job, 1 - task->action->value, now_ms);
		else
			job_free(o, job);
	}
}

static void begin(struct outputs *o, struct task *task, int64_t now_ms)
{
	if (task_is_restoring(task))
		restore_all(o, task, now_ms);
	else
		switch_all(o, task, now_ms);
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
	if (!count[JOB_CONFIRMED])
		return ACTION_REFUSED;
	return task_is_restoring(task) ? ACTION_RESTORED : ACTION_DONE;
}

static enum action_state outcome(const struct task *task, char note[static NOTE_MAX + 1])
{
	unsigned count[JOB_STATE_COUNT] = { 0 };
	const struct job *job;

	if (task->too_many) {
		note_add(note, why(WORD_WRITE_REFUSAL_TOO_MANY_OUTPUTS_AT_ONCE), "", "");
		return ACTION_FAILED;
	}
	if (TAILQ_EMPTY(&task->jobs)) {
		const char *class = task->action->class->id, *zone = task->scope->id;
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
				note_add(note, job->point->id, ": ", why(job->error));
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
	while (task->too_many && (point = next_output(o, task->action, task->scope, &i)))
		output_trouble_end(o, point);
}

static bool is_unknown(const struct outputs *o, const struct task *task)
{
	const struct incident *incident = engine_find(o->engine, task->incident);

	return incident && (engine_still_true(o->engine, incident) == TRUTH_UNKNOWN ||
				   task_interlock(o, task) == TRUTH_UNKNOWN);
}

static void facts(const struct outputs *o, const struct job *job, struct write_facts *facts)
{
	const struct task *task = job->task;
	const struct incident *incident = engine_find(o->engine, task->incident);

	if (!incident)
		return;
	facts->drill = incident->drill;
	facts->wanted =
		facts->restoring || incident->steps[task->step.index].action == ACTION_WANTED;
	facts->still_true = engine_still_true(o->engine, incident);
}

static bool record(struct outputs *o, const struct job *job)
{
	const struct task *task = job->task;
	const struct incident *incident = engine_find(o->engine, task->incident);
	const char *user = task->step.user;

	if (incident) {
		const struct intent intent = { task->incident,
			incident->type->steps[task->step.index].id, incident->drill, job->point,
			job->value, user, people_shown(&o->config->people, user) };

		o->ports.record(o->ports.context, &intent, job->ticket);
	}
	return incident != NULL;
}

/* The same action, by its class, value and scope, of the step with the same id. */
static bool adopt(struct outputs *o, const struct outputs *old, struct task *task)
{
	const struct incident *before = engine_find(old->engine, task->incident);
	const struct incident *incident = engine_find(o->engine, task->incident);
	const struct action *action = NULL;
	const struct zone *scope;

	if (!before || !incident || task->next == TASK_DROP)
		return false;
	for (size_t i = 0; i < incident->type->step_count && !action; i++) {
		const struct step *step = &incident->type->steps[i];

		if (strcmp(step->id, before->type->steps[task->step.index].id) != 0)
			continue;
		action = step->action;
		task->step.index = (int)i;
	}
	scope = action ? action_zone(o->site, action, incident->zone) : NULL;
	if (!action || strcmp(task->action->class->id, action->class->id) != 0 ||
		task->action->value != action->value || strcmp(task->scope->id, scope->id) != 0)
		return false;
	task->action = action;
	task->scope = scope;
	return true;
}

const struct owner step_owner = {
	.begin = begin,
	.outcome = outcome,
	.ended = ended,
	.dropped = dropped,
	.is_unknown = is_unknown,
	.facts = facts,
	.record = record,
	.adopt = adopt,
};

/* What the last run left ---------------------------------------------------- */

static void resume_job(struct job *job, const struct action *action, const struct step_state *state)
{
	const struct point *point = job->point;

	job->value = action->value;
	job->changed_ms = job->asked_ms = job->written_ms = state->action_ms;
	if (is_kept(point, action)) {
		job->state = JOB_PROTECTED;
		job->error = WORD_WRITE_REFUSAL_PROTECTED;
		return;
	}
	job->state = state->action == ACTION_FAILED ? JOB_FAILED : JOB_CONFIRMED;
	if (state->action == ACTION_FAILED)
		job->error = WORD_WRITE_REFUSAL_NOT_PROVEN_BEFORE_THE_RESTART;
	job->writes = 1;
	/* Opening its bus must not switch back what was switched. */
	if (point->held)
		*point->held = action->value;
}

/* Its outputs count as written by us. A read-back may still prove a failed one. */
static void resume_ended(struct outputs *o, const struct incident *incident, int step)
{
	const struct step_state *state = &incident->steps[step];
	struct task *task = find_or_make(o, incident, step);
	const struct point *point;
	size_t i = 0;

	if (!task)
		return;
	task->phase = TASK_SWITCHED;
	task->told = state->action;
	while ((point = next_output(o, task->action, task->scope, &i))) {
		struct job *job = job_new(o, task, point);

		if (job)
			resume_job(job, task->action, state);
		else
			log_error(
				"outputs: %s: %s: no room to remember it", incident->id, point->id);
	}
}

static void resume_wanted(struct outputs *o, const struct incident *incident, int step)
{
	struct task *task;

	want(o, incident, step, "facilityd");
	task = find(o, incident->id, step);
	if (task)
		task->phase = TASK_PATIENT;
}

void outputs_resume(struct outputs *o, const struct incident *incident)
{
	for (int i = 0; i < (int)incident->type->step_count; i++) {
		enum action_state state = incident->steps[i].action;

		if (!incident->type->steps[i].action || find(o, incident->id, i))
			continue;
		if (state == ACTION_WANTED)
			resume_wanted(o, incident, i);
		else if (state == ACTION_DONE || state == ACTION_FAILED)
			resume_ended(o, incident, i);
	}
}

/* For documents ------------------------------------------------------------- */

/* What would be written, where a person must switch or release. */
static size_t outputs_advised(const struct outputs *o, const struct incident *incident, int step,
	struct output_status *out, size_t max)
{
	const struct action *action = incident->type->steps[step].action;
	const struct zone *scope = action_zone(o->site, action, incident->zone);
	const struct point *point;
	size_t count = 0, i = 0;

	while (count < max && (point = next_output(o, action, scope, &i))) {
		bool kept = is_kept(point, action);

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
	task = find(o, incident->id, step);
	if (!task)
		return 0;
	TAILQ_FOREACH (job, &task->jobs, entry)
		if (count < max)
			out[count++] = (struct output_status){ job->point, job->value,
				job_output_state(job->state), job->changed_ms, job->error };
	return count;
}
