/* What makes tasks go on: orders are begun, their ends told, and each job is carried as far as it
 * goes. Must not know who wants what. */
#include "daemon/outputs/task/task.h"

#include "core/clock.h"

enum {
	PATIENCE_MS = 30000, /* for the first readings; then the usual time to act begins */
	PATIENT_LOOK_MS = 200,
};

static void happens(struct outputs *o, struct task *task, enum task_event event, int64_t now_ms)
{
	enum task_phase before = task->phase;

	task->phase = task_next(before, event);
	/* More of what is being switched need not wait for its end. */
	if (task->phase == before && !(event == TASK_MORE && before == TASK_SWITCHING))
		return;
	o->again = true;
	if (!task_is_under_way(task))
		return;
	task->next = TASK_NOTHING;
	task->told = ACTION_IDLE;
	task->retried = false;
	task->owner->begin(o, task, now_ms);
}

static void drop(struct outputs *o, struct task *task)
{
	struct task was = *task; /* its jobs first: theirs is the trouble that may end */
	struct job *job;

	while ((job = TAILQ_FIRST(&task->jobs))) {
		const struct point *point = job->point;

		job_free(o, job);
		/* Nobody waits for the proof any more. */
		output_trouble_end(o, point);
	}
	task_free(o, task);
	was.owner->dropped(o, &was);
}

static bool jobs_ended(const struct task *task)
{
	const struct job *job;

	TAILQ_FOREACH (job, &task->jobs, entry)
		if (!job_ended(job->state))
			return false;
	return true;
}

/* An order ends with its jobs; after that a late proof is news, and a try that failed again. */
static void tell_end(struct outputs *o, struct task *task, int64_t now_ms)
{
	const bool under_way = task_is_under_way(task);
	char note[NOTE_MAX + 1] = "";
	enum action_state before = task->told;
	bool retried = task->retried;

	if ((!under_way && before != ACTION_FAILED) || !jobs_ended(task))
		return;
	task->retried = false;
	task->told = task->owner->outcome(task, note);
	if (!under_way && !task_succeeded(task)) {
		task->told = before;
		if (!retried)
			return;
	}
	happens(o, task, TASK_ENDED, now_ms);
	task->owner->ended(o, task, note, now_ms);
}

/* Until its facts are known, but not for ever. */
static void be_patient(struct outputs *o, struct task *task, int64_t now_ms)
{
	if (task->patience_ms == 0)
		task->patience_ms = now_ms + PATIENCE_MS;
	task->look_ms = now_ms + PATIENT_LOOK_MS;
	if (now_ms >= task->patience_ms || !task->owner->is_unknown(o, task))
		happens(o, task, TASK_KNOWN, now_ms);
}

static void task_run(struct outputs *o, struct task *task, int64_t now_ms)
{
	if (o->grant == GRANT_ASK && task->owner->acts_unasked)
		return;
	if (task->next != TASK_DROP && task->phase == TASK_PATIENT)
		be_patient(o, task, now_ms);
	if (task->next != TASK_DROP)
		tell_end(o, task, now_ms);
	/* One under way is finished first: a write that is out must be followed to its end. */
	if (task->owner->decide && !task_is_under_way(task) && task->phase != TASK_PATIENT)
		task->next = task->owner->decide(task, now_ms);
	if (task->next == TASK_DROP)
		drop(o, task);
	else
		happens(o, task, task->next, now_ms);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t earliest_ms(const struct outputs *o)
{
	int64_t first_ms = CLOCK_NEVER;
	const struct task *task;
	const struct job *job;

	TAILQ_FOREACH (task, &o->tasks, entry) {
		if (o->grant == GRANT_ASK && task->owner->acts_unasked)
			continue;
		if (task->phase == TASK_PATIENT)
			first_ms = sooner(first_ms, task->look_ms);
		else if (task->owner->deadline_ms && !task_is_under_way(task))
			first_ms = sooner(first_ms, task->owner->deadline_ms(task));
		TAILQ_FOREACH (job, &task->jobs, entry)
			first_ms = sooner(first_ms, job_deadline(job));
	}
	return first_ms;
}

bool tasks_may_run(const struct outputs *o)
{
	return o->grant == GRANT_FREE || o->grant == GRANT_ASK;
}

void tasks_run(struct outputs *o, int64_t now_ms)
{
	struct task *task, *next;
	struct job *job;

	/* Called after every reading, almost always with nothing to do. */
	if (o->busy || !tasks_may_run(o) || (!o->again && now_ms < o->deadline_ms))
		return;
	o->busy = true;
	do {
		o->again = false;
		for (task = TAILQ_FIRST(&o->tasks); task; task = next) {
			next = TAILQ_NEXT(task, entry); /* it may go */
			task_run(o, task, now_ms);
		}
		JOBS_FOREACH (o, task, job)
			job_run(o, job, now_ms);
	} while (o->again);
	o->deadline_ms = earliest_ms(o);
	o->busy = false;
}

int64_t tasks_deadline(const struct outputs *o)
{
	return o->again ? 0 : o->deadline_ms;
}
