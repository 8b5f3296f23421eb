/*
 * One output is written and proved: what each state of its job does when it is
 * entered, and what makes it go on. Must not know of other outputs or of who wants
 * it.
 */
#include "daemon/outputs/task/task.h"

#include "core/clock.h"

#include <errno.h>
#include <math.h>

enum {
	LOOK_MS = 200,          /* between two looks at a read-back or at facts */
	SETTLE_MS = 20,         /* a relay's own time, before the first look */
	CHECK_MS = 1000,        /* for proof that nothing need be written */
	RECORD_GUARD_MS = 5000, /* recorded() follows always; should it not, the job still ends */
	CONFIRM_DEFAULT_MS = 5000,
	WRITE_TRIES = 2, /* a repeated write of the same value is harmless; more is not help */
};

int64_t action_confirm_ms(const struct action *action)
{
	return action && action->confirm_ms > 0 ? action->confirm_ms : CONFIRM_DEFAULT_MS;
}

static int64_t confirm_ms(const struct job *job)
{
	return action_confirm_ms(job->task->action);
}

static const struct lock *job_lock(const struct outputs *o, const struct job *job)
{
	const struct owner *owner = job->task->owner;

	return engine_forbids_write(
		o->engine, job->point, owner->acts_for ? owner->acts_for(o, job->task) : NULL);
}

/* Where it acts that has this output; what its scope has lost is asked about as the first of it. */
static const struct zone *job_scope(const struct job *job)
{
	const struct places *scope = &job->task->scope;
	const struct zone *zone = places_of(scope, job->point->zone);

	return zone ? zone : scope->zones[0];
}

static const struct write_answer *job_check(const struct outputs *o, const struct job *job)
{
	struct write_facts facts = {
		.actions_armed = o->config->daemon.actions_armed,
		.restoring = task_is_restoring(job->task),
		.writable = job->point->writable,
		.armed = job->point->armed,
		.protected = job->point->protected,
		.value = job->value,
		.locked = job_lock(o, job) != NULL,
		.interlock = task_interlock(o, job->task, job_scope(job)),
		.still_true = TRUTH_UNKNOWN,
	};

	job->task->owner->facts(o, job, &facts);
	return write_check(&facts);
}

/* After a write nothing is "refused" or "overtaken" any more: it was done and not proven. */
static enum job_event verdict_event(const struct job *job, enum write_verdict verdict)
{
	static const enum job_event events[] = {
		[WRITE_ALLOWED] = JOB_EVENT_ALLOWED,
		[WRITE_WAIT] = JOB_EVENT_COUNT,
		[WRITE_REFUSED] = JOB_EVENT_REFUSED,
		[WRITE_PROTECTED] = JOB_EVENT_PROTECTED,
		[WRITE_OVERTAKEN] = JOB_EVENT_OVERTAKEN,
	};

	if (verdict > WRITE_WAIT && (job->writes > 0 || job->retried))
		return JOB_EVENT_EXPIRED;
	return events[verdict];
}

static void ask(struct outputs *o, struct job *job, int64_t now_ms)
{
	const struct write_answer *answer = job_check(o, job);
	enum job_event event = verdict_event(job, answer->verdict);

	if (answer->verdict != WRITE_ALLOWED && job->writes == 0)
		job->error = answer->why;
	if (answer->why == WORD_WRITE_REFUSAL_LOCKED_BY_LOCK)
		lock_name(job_lock(o, job), job->lock);
	job->poll_ms = now_ms + LOOK_MS;
	if (event != JOB_EVENT_COUNT)
		job_happens(o, job, event, now_ms);
}

static void look_now(struct outputs *o, struct job *job, int64_t now_ms)
{
	if (job->point->readback && now_ms >= job->poll_ms) {
		o->ports.read_now(o->ports.buses, job->point->readback);
		job->poll_ms = now_ms + LOOK_MS;
	}
}

static void enter_checking(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)o;
	job->try_ms = now_ms + CHECK_MS;
	job->deadline_ms = CLOCK_NEVER;
	job->poll_ms = now_ms;
}

static void enter_waiting(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)o;
	job->try_ms = CLOCK_NEVER;
	if (job->writes == 0)
		job->deadline_ms = now_ms + confirm_ms(job);
	job->poll_ms = now_ms;
}

static void enter_recording(struct outputs *o, struct job *job, int64_t now_ms)
{
	job->error = WORD_WRITE_REFUSAL_NOT_RECORDED_IN_TIME;
	job->poll_ms = CLOCK_NEVER;
	if (job->writes == 0)
		job->deadline_ms = now_ms + RECORD_GUARD_MS;
	job->ticket = ++o->last_ticket;
	if (!job->task->owner->record(o, job))
		job_happens(o, job, JOB_EVENT_NOT_RECORDED, now_ms);
}

static enum word_write_refusal write_error(int error)
{
	static const struct {
		int error;
		enum word_write_refusal why;
	} rows[] = {
		{ -ETIMEDOUT, WORD_WRITE_REFUSAL_NO_ANSWER },
		{ -EBADMSG, WORD_WRITE_REFUSAL_GARBLED_ANSWER },
		{ -EREMOTEIO, WORD_WRITE_REFUSAL_REFUSED_BY_THE_DEVICE },
		{ -EHOSTDOWN, WORD_WRITE_REFUSAL_LINK_DOWN },
		{ -EAGAIN, WORD_WRITE_REFUSAL_TOO_MANY_WRITES_WAITING },
		{ -ENOTSUP, WORD_WRITE_REFUSAL_NOT_AN_OUTPUT },
		{ -EINVAL, WORD_WRITE_REFUSAL_CANNOT_BE_WRITTEN },
		{ -ECANCELED, WORD_WRITE_REFUSAL_WAITED_TOO_LONG_FOR_THE_BUS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return rows[i].why;
	return WORD_WRITE_REFUSAL_LINK_LOST;
}

bool job_goes_out(const struct outputs *o, struct job *job)
{
	if (job_check(o, job)->verdict != WRITE_ALLOWED)
		return false;
	job->sent = true;
	job->error = WORD_WRITE_REFUSAL_NO_ANSWER;
	return true;
}

void job_write_ended(struct outputs *o, struct job *job, int error, int64_t now_ms)
{
	/* It was not written, and is asked for the reason. */
	if (error == -ESTALE) {
		job->ticket = 0;
		job->writes--;
		job_happens(o, job, JOB_EVENT_CALLED_OFF, now_ms);
		return;
	}
	job->written_ms = now_ms;
	job->answered = !error || error == -EREMOTEIO;
	if (error)
		job->error = write_error(error);
	else if (job->point->readback)
		job->error = WORD_WRITE_REFUSAL_NOT_CONFIRMED_BY_ITS_READ_BACK;
	else
		job->error = WORD_WRITE_REFUSAL_NO_READ_BACK;
	if (error)
		job_happens(o, job, JOB_EVENT_NOT_WRITTEN, now_ms);
	else if (job->point->readback)
		job_happens(o, job, JOB_EVENT_WRITTEN, now_ms);
	else
		job_happens(o, job, JOB_EVENT_WRITTEN_BLIND, now_ms);
}

static void enter_writing(struct outputs *o, struct job *job, int64_t now_ms)
{
	int error;

	job->error = WORD_WRITE_REFUSAL_WAITED_TOO_LONG_FOR_THE_BUS;
	job->sent = job->answered = false;
	job->poll_ms = CLOCK_NEVER;
	job->try_ms = CLOCK_NEVER;
	if (job->writes++ == 0)
		job->deadline_ms = now_ms + confirm_ms(job);
	job->ticket = ++o->last_ticket;
	error = o->ports.write(o->ports.buses, job->point, job->value, job->ticket);
	if (error && job->state == JOB_WRITING)
		job_write_ended(o, job, error, now_ms);
}

static void enter_confirming(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)o;
	job->ticket = 0;
	job->poll_ms = now_ms + SETTLE_MS;
	/* The first try gets half of the time, so that a second can still be proven in time. */
	job->try_ms = CLOCK_NEVER;
	if (job->writes < WRITE_TRIES)
		job->try_ms = job->deadline_ms - confirm_ms(job) / 2;
}

static void enter_confirmed(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)now_ms;
	job->error = WORD_WRITE_REFUSAL_NONE;
	job->ticket = 0;
	output_trouble_end(o, job->point);
}

static void enter_failed(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)now_ms;
	job->ticket = 0;
	output_trouble(o, job->point, job->error);
}

static void enter_refused(struct outputs *o, struct job *job, int64_t now_ms)
{
	(void)o;
	(void)now_ms;
	job->ticket = 0;
}

static void (*const enter[JOB_STATE_COUNT])(struct outputs *, struct job *, int64_t) = {
	[JOB_CHECKING] = enter_checking,
	[JOB_WAITING] = enter_waiting,
	[JOB_RECORDING] = enter_recording,
	[JOB_READY] = enter_waiting,
	[JOB_WRITING] = enter_writing,
	[JOB_CONFIRMING] = enter_confirming,
	[JOB_CONFIRMED] = enter_confirmed,
	[JOB_UNPROVEN] = enter_failed,
	[JOB_FAILED] = enter_failed,
	[JOB_REFUSED] = enter_refused,
	[JOB_PROTECTED] = enter_refused,
	[JOB_OVERTAKEN] = enter_refused,
};

static void become(struct outputs *o, struct job *job, enum job_state state, int64_t now_ms)
{
	job->state = state;
	job->changed_ms = now_ms;
	o->again = true;
	enter[state](o, job, now_ms);
	if (job_ended(state) && job->task->owner->job_ended)
		job->task->owner->job_ended(o, job, now_ms);
}

void job_happens(struct outputs *o, struct job *job, enum job_event event, int64_t now_ms)
{
	enum job_state next = job_next(job->state, event);

	if (next != job->state)
		become(o, job, next, now_ms);
}

/* To be written whatever a read-back says, until it is. */
static bool is_blind(const struct job *job)
{
	return task_is_restoring(job->task) && job->task->owner->restores_unseen;
}

/* Is the output there already, by what is known? It is checked before that is believed. */
static enum job_state first_state(const struct outputs *o, const struct job *job)
{
	const struct reading *seen =
		job->point->readback ? readback_seen(o, job->point->readback) : NULL;

	if (!seen || is_blind(job))
		return JOB_WAITING;
	/* Right after a start: what is back already, by hand, needs no write. No cut waits for it.
	 */
	if (seen->quality != QUALITY_GOOD && task_is_restoring(job->task) && o->ports.reading)
		return JOB_CHECKING;
	if (seen->quality != QUALITY_GOOD || seen->value != job->value)
		return JOB_WAITING;
	if (job->point->echoes)
		return JOB_WAITING;
	if (job->point->protected && !(job->value > 0))
		return JOB_WAITING;
	/* Without the time of its refresh, good itself is the only freshness there is. */
	return o->ports.reading ? JOB_CHECKING : JOB_CONFIRMED;
}

void job_begin(struct outputs *o, struct job *job, double value, int64_t now_ms)
{
	job->value = value;
	job->ticket = 0;
	job->writes = 0;
	job->error = WORD_WRITE_REFUSAL_NONE;
	job->lock[0] = '\0';
	job->asked_ms = now_ms;
	job->written_ms = 0;
	job->try_ms = job->deadline_ms = job->again_ms = CLOCK_NEVER;
	job->poll_ms = now_ms;
	job->retried = false;
	become(o, job, first_state(o, job), now_ms);
}

bool readback_agrees(const struct point *readback, const struct reading *reading, double value)
{
	if (readback->class->kind == POINT_STATE)
		return reading->value == value;
	return fabs(reading->value - value) <= fmax(readback->deadband, 1e-6 * fabs(value));
}

/* What the module says of itself ends the waiting, but is no proof. */
static void job_hears(struct outputs *o, struct job *job, int64_t now_ms)
{
	if (job->state != JOB_CONFIRMING)
		return;
	job->error = WORD_WRITE_REFUSAL_THE_DEVICE_SAYS_SO;
	if (job->point->class->kind == POINT_STATE)
		job->error = job->value > 0 ? WORD_WRITE_REFUSAL_THE_RELAY_SAYS_ON
					    : WORD_WRITE_REFUSAL_THE_RELAY_SAYS_OFF;
	job_happens(o, job, JOB_EVENT_WRITTEN_BLIND, now_ms);
}

void job_look(struct outputs *o, struct job *job, const struct reading *reading, int64_t now_ms)
{
	int64_t after_ms = job->written_ms > job->asked_ms ? job->written_ms : job->asked_ms;
	bool agrees;

	if (reading->quality != QUALITY_GOOD || reading->at_ms <= after_ms)
		return;
	if (is_blind(job) && job->writes == 0)
		return;
	agrees = readback_agrees(job->point->readback, reading, job->value);
	if (job->point->echoes && agrees)
		job_hears(o, job, now_ms);
	else
		job_happens(o, job, agrees ? JOB_EVENT_AGREES : JOB_EVENT_DIFFERS, now_ms);
}

static void job_expire(struct outputs *o, struct job *job, int64_t now_ms)
{
	if (now_ms >= job->deadline_ms)
		job_happens(o, job, JOB_EVENT_EXPIRED, now_ms);
	else if (now_ms >= job->try_ms)
		job_happens(o, job, JOB_EVENT_TRY_OVER, now_ms);
}

/* As from the beginning, but that nothing ends it as "not needed" any more. */
static void job_retry(struct outputs *o, struct job *job, int64_t now_ms)
{
	const struct write_answer *answer;

	job->retried = true;
	answer = job_check(o, job);
	/* The end of a lock writes nothing by itself: from here on a person orders it. */
	if (answer->why == WORD_WRITE_REFUSAL_LOCKED_BY_LOCK)
		job->again_ms = CLOCK_NEVER;
	if (answer->verdict != WRITE_ALLOWED)
		return;
	job->task->retried = true;
	job->writes = 0;
	job->asked_ms = now_ms;
	job_happens(o, job, JOB_EVENT_AGAIN, now_ms);
}

void job_run(struct outputs *o, struct job *job, int64_t now_ms)
{
	const struct owner *owner = job->task->owner;

	if (job->point->readback && o->ports.reading)
		job_look(o, job, o->ports.reading(o->ports.buses, job->point->readback), now_ms);
	if (job->state == JOB_FAILED && now_ms >= job->again_ms && owner->again &&
		owner->again(o, job, now_ms))
		job_retry(o, job, now_ms);
	if ((job->state == JOB_WAITING || job->state == JOB_READY) && now_ms >= job->poll_ms)
		ask(o, job, now_ms);
	if (job->state == JOB_CHECKING || job->state == JOB_CONFIRMING)
		look_now(o, job, now_ms);
	if (!job_ended(job->state))
		job_expire(o, job, now_ms);
}

int64_t job_deadline(const struct job *job)
{
	int64_t at_ms = job->deadline_ms;

	if (job->state == JOB_FAILED && job->task->owner->again)
		return job->again_ms;
	if (job_ended(job->state))
		return CLOCK_NEVER;
	if (job->try_ms < at_ms)
		at_ms = job->try_ms;
	return job->poll_ms < at_ms ? job->poll_ms : at_ms;
}
