/*
 * How the outputs of an action add up to one result and one sentence for
 * people. Pure. Must never call an action done whose outputs are not proven.
 */
#include "daemon/outputs/task.h"

#include <stdio.h>
#include <string.h>

struct tally {
	unsigned count[JOB_STATE_COUNT];
	unsigned all;
};

static void tally_jobs(const struct actuation *a, int task, struct tally *tally)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		if (a->jobs[i].task != task)
			continue;
		tally->count[a->jobs[i].state]++;
		tally->all++;
	}
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

static void note_jobs(
	const struct actuation *a, int task, enum job_state state, char note[static NOTE_MAX + 1])
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		const struct job *job = &a->jobs[i];

		if (job->task == task && job->state == state)
			note_add(note, job->point->id, ": ", job->error);
	}
}

/* The first row of which some job has the state decides. */
static const struct {
	enum job_state state;
	enum action_state outcome;
} verdicts[] = {
	{ JOB_FAILED, ACTION_FAILED },
	{ JOB_UNPROVEN, ACTION_FAILED },
	{ JOB_OVERTAKEN, ACTION_OVERTAKEN },
};

/* Refused ones: nothing written is a refusal; some written and some not, a failure. */
static enum action_state refused_outcome(const struct tally *tally)
{
	return tally->count[JOB_CONFIRMED] ? ACTION_FAILED : ACTION_REFUSED;
}

enum action_state task_outcome(const struct actuation *a, int task, char note[static NOTE_MAX + 1])
{
	const struct task *t = &a->tasks[task];
	struct tally tally = { 0 };

	note[0] = '\0';
	tally_jobs(a, task, &tally);
	if (t->too_many) {
		note_add(note, "too many outputs at once", "", "");
		return ACTION_FAILED;
	}
	if (tally.all == 0) {
		snprintf(note, NOTE_MAX + 1, "no output of class %s in zone %s",
			t->action->class->id, t->scope->id);
		return ACTION_REFUSED;
	}
	if (t->restoring)
		note_add(note, "put back", "", "");
	for (enum job_state s = JOB_CONFIRMED + 1; s < JOB_STATE_COUNT; s++)
		note_jobs(a, task, s, note);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (tally.count[verdicts[i].state])
			return verdicts[i].outcome;
	if (tally.count[JOB_REFUSED])
		return refused_outcome(&tally);
	if (tally.count[JOB_CONFIRMED] == 0)
		return ACTION_REFUSED;
	return t->restoring ? ACTION_RESTORED : ACTION_DONE;
}
