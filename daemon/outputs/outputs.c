/*
 * The outputs as a whole: its beginning and end, what comes back from its ports, and
 * how it goes over to another configuration. Must not know of buses, files or MQTT:
 * it acts through its ports.
 */
#include "daemon/outputs/parts.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void compile_interlocks(struct outputs *o)
{
	struct expr_error error;

	for (size_t i = 0; i < o->plan->action_count; i++) {
		const struct action *action = &o->plan->actions[i];

		for (size_t z = 0; action->interlock && z < o->site->zone_count; z++)
			o->interlocks[i * o->site->zone_count + z] = expr_compile(
				action->interlock, o->site, &o->site->zones[z], &error);
	}
}

struct outputs *outputs_new(const struct config *config, const struct engine *engine,
	const struct outputs_ports *ports, int64_t now_ms)
{
	const struct site *site = &config->site;
	const struct plan *plan = &config->plan;
	struct outputs *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->config = config;
	o->site = site;
	o->plan = plan;
	o->engine = engine;
	o->ports = *ports;
	o->doubt_ms = CLOCK_NEVER;
	o->outlook.due = o->outlook.anew = true;
	o->hands_ms = CLOCK_NEVER;
	fallback_link(&o->outlook.decided, false, now_ms);
	/* One more than needed, since an empty site is no lack of memory. */
	o->interlocks = calloc(plan->action_count * site->zone_count + 1, sizeof(*o->interlocks));
	o->troubled = calloc(site->point_count + 1, sizeof(bool));
	o->is_readback = calloc(site->point_count + 1, sizeof(bool));
	o->silent = calloc(site->device_count + 1, sizeof(bool));
	o->down = calloc(site->bus_count + 1, sizeof(bool));
	if (!o->interlocks || !o->troubled || !o->is_readback || !o->silent || !o->down) {
		outputs_free(o);
		return NULL;
	}
	TAILQ_INIT(&o->tasks);
	TAILQ_INIT(&o->free_tasks);
	TAILQ_INIT(&o->free_jobs);
	TAILQ_INIT(&o->claims);
	TAILQ_INIT(&o->free_claims);
	TAILQ_INIT(&o->ended);
	for (size_t i = 0; i < CLAIM_MAX; i++)
		TAILQ_INSERT_TAIL(&o->free_claims, &o->claim_room[i], entry);
	for (size_t i = 0; i < OUTPUTS_MAX; i++) {
		TAILQ_INSERT_TAIL(&o->free_tasks, &o->task_room[i], entry);
		TAILQ_INSERT_TAIL(&o->free_jobs, &o->job_room[i], entry);
	}
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].readback)
			o->is_readback[site->points[i].readback->index] = true;
	compile_interlocks(o);
	return o;
}

void outputs_free(struct outputs *o)
{
	if (!o)
		return;
	for (size_t i = 0; o->interlocks && i < o->plan->action_count * o->site->zone_count; i++)
		expr_free(o->interlocks[i]);
	free(o->interlocks);
	free(o->troubled);
	free(o->is_readback);
	free(o->silent);
	free(o->down);
	free(o->outlook.row);
	free(o);
}

/*
 * Another run tells: what is under way here ends, and nothing of it goes on by itself should this
 * one tell again. What was ordered, an action or a put-back, a person orders again.
 */
static void let_go(struct outputs *o, int64_t now_ms)
{
	struct task *task;
	struct job *job;

	o->lets_go = false;
	JOBS_FOREACH (o, task, job)
		while (!job_ended(job->state)) {
			if (job->writes == 0)
				job->error = WORD_WRITE_REFUSAL_LEFT_TO_ANOTHER_FACILITYD;
			job_happens(o, job, JOB_EVENT_EXPIRED, now_ms);
		}
	TAILQ_FOREACH (task, &o->tasks, entry) {
		if (task->next != TASK_DROP && task->phase != TASK_PATIENT)
			task->next = TASK_NOTHING;
		if (task->owner == &step_owner)
			task->step.served = false;
	}
	retry_let_go(o);
}

void outputs_run(struct outputs *o, int64_t now_ms)
{
	if (o->lets_go)
		let_go(o, now_ms);
	if (tasks_may_run(o)) {
		outlook_judge(o, now_ms);
		supervise_run(o, now_ms);
		tasks_run(o, now_ms);
		hands_run(o, now_ms);
		tasks_run(o, now_ms);
	}
	outlook_tell(o);
	claims_keep(o, false);
}

void outputs_set_grant(struct outputs *o, enum outputs_grant grant)
{
	o->lets_go |= grant == GRANT_NONE && o->grant != GRANT_NONE;
	o->grant = grant;
	o->again = true;
}

enum outputs_row outputs_load(
	struct outputs *o, const char *id, const char *row, const struct reboot *reboot)
{
	bool understood = true;

	if (strcmp(id, CLAIMS_ROW) == 0) {
		understood = claims_load(o, row, reboot);
		hands_resume(o);
	} else if (strcmp(id, CALL_ROW) == 0) {
		outlook_load(o, row);
	} else {
		return OUTPUTS_ROW_OTHERS;
	}
	return understood ? OUTPUTS_ROW_LOADED : OUTPUTS_ROW_DAMAGED;
}

void outputs_keep(struct outputs *o)
{
	call_keep(o, true);
	claims_keep(o, true);
}

int64_t outputs_deadline(const struct outputs *o)
{
	int64_t tasks_ms = tasks_deadline(o);

	if (!tasks_may_run(o))
		return CLOCK_NEVER;
	if (o->outlook.due)
		return 0;
	tasks_ms = tasks_ms < o->doubt_ms ? tasks_ms : o->doubt_ms;
	if (o->hands_ms < tasks_ms)
		tasks_ms = o->hands_ms;
	return tasks_ms < o->outlook.next_ms ? tasks_ms : o->outlook.next_ms;
}

/* What comes back from the ports -------------------------------------------- */

static struct job *job_of_ticket(const struct outputs *o, uint64_t ticket)
{
	struct task *task;
	struct job *job;

	JOBS_FOREACH (o, task, job)
		if (ticket && job->ticket == ticket)
			return job;
	return NULL;
}

void outputs_recorded(struct outputs *o, uint64_t ticket, bool recorded, int64_t now_ms)
{
	struct job *job = job_of_ticket(o, ticket);

	if (!job)
		return;
	if (!recorded && job->state == JOB_RECORDING)
		job->error = WORD_WRITE_REFUSAL_INTENT_NOT_RECORDED;
	job_happens(o, job, recorded ? JOB_EVENT_RECORDED : JOB_EVENT_NOT_RECORDED, now_ms);
	tasks_run(o, now_ms);
}

bool outputs_may_write(struct outputs *o, uint64_t ticket)
{
	struct job *job = job_of_ticket(o, ticket);

	/* What was reported as failed meanwhile is nobody's write any more. */
	return job && job->state == JOB_WRITING && job_goes_out(o, job);
}

void outputs_written(struct outputs *o, uint64_t ticket, int error, int64_t now_ms)
{
	struct job *job = job_of_ticket(o, ticket);

	if (!job || job->state != JOB_WRITING)
		return;
	job_write_ended(o, job, error, now_ms);
	tasks_run(o, now_ms);
}

static void look_at(struct outputs *o, const struct reading *reading, int64_t now_ms)
{
	struct task *task;
	struct job *job;

	JOBS_FOREACH (o, task, job)
		if (job->point->readback && job->point->readback->index == reading->point)
			job_look(o, job, reading, now_ms);
}

void outputs_frame(struct outputs *o, const struct reading *readings, size_t count, int64_t now_ms)
{
	for (size_t i = 0; i < count; i++)
		if (o->is_readback[readings[i].point]) {
			look_at(o, &readings[i], now_ms);
			claims_see(o, &readings[i]);
			supervise_see(o, &readings[i], now_ms);
		}
	if (o->again)
		tasks_run(o, now_ms);
}

/* From one configuration to the next ---------------------------------------- */

static void adopt_job(struct outputs *o, const struct job *was, struct task *task, int64_t now_ms)
{
	const struct point *point = site_point(o->site, was->point->id);
	struct job *job, made;

	if (!point || (task->owner == &step_owner && !step_covers(task, point)))
		return;
	job = job_new(o, task, point); /* there is room for as many */
	made = *job;
	*job = *was;
	job->entry = made.entry;
	job->task = task;
	job->point = point;
	/* Its answer never comes: the bus was closed under it. */
	if (job->state == JOB_WRITING)
		job_write_ended(o, job, -EHOSTDOWN, now_ms);
}

static void adopt_task(
	struct outputs *o, const struct outputs *old, const struct task *was, int64_t now_ms)
{
	struct task *task = task_new(o, was->owner, was->incident); /* as many as before */
	struct task made = *task;
	const struct job *job;

	*task = *was;
	task->entry = made.entry;
	TAILQ_INIT(&task->jobs);
	if (!was->owner->adopt(o, old, task)) {
		task_free(o, task);
		return;
	}
	TAILQ_FOREACH (job, &was->jobs, entry)
		adopt_job(o, job, task, now_ms);
}

void outputs_adopt(struct outputs *o, struct outputs *old, int64_t now_ms)
{
	const struct incident *incident;
	const struct task *was;

	/* What is called is said again to the outputs that are now. */
	o->outlook = old->outlook;
	o->outlook.due = o->outlook.anew = true;
	old->outlook.row = NULL;
	o->grant = old->grant;
	/* Tickets of records that are under way stay theirs. */
	o->last_ticket = old->last_ticket;
	o->doubt_ms = old->doubt_ms;
	for (size_t i = 0; i < old->site->point_count; i++) {
		const struct point *point =
			old->troubled[i] ? site_point(o->site, old->site->points[i].id) : NULL;

		if (point)
			o->troubled[point->index] = true;
	}
	claims_adopt(o, old);
	TAILQ_FOREACH (was, &old->tasks, entry)
		adopt_task(o, old, was, now_ms);
	for (size_t i = 0; (incident = engine_incident(o->engine, i)); i++)
		outputs_resume(o, incident);
	o->again = true;
}
