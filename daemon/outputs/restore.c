/*
 * Putting back: an incident's claims are withdrawn, and each output goes to the strongest that
 * is left, else to what it was. Must never put back what another claim holds, nor forget one
 * whose put-back is not proved.
 */
#include "daemon/outputs/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_restorable(
	const struct outputs *o, const struct incident *incident, const struct claim *claim)
{
	return strcmp(claim->incident, incident->id) == 0 && claim->point &&
	       claim_step(incident, claim) >= 0 &&
	       claim_put_back(o, claim).verdict != PUT_BACK_UNKNOWN;
}

static bool is_busy(const struct outputs *o, const struct incident *incident)
{
	const struct task *task;

	TAILQ_FOREACH (task, &o->tasks, entry)
		if (task->owner == &step_owner && strcmp(task->incident, incident->id) == 0 &&
			(task_is_under_way(task) || task->next != TASK_NOTHING))
			return true;
	return false;
}

static void order(struct outputs *o, const struct incident *incident, int step, const char *user)
{
	struct task *task = step_find_or_make(o, incident, step);

	if (!task)
		return;
	task->next = TASK_RESTORE;
	snprintf(task->step.user, sizeof(task->step.user), "%s", user);
	o->again = true;
}

static int restore_open(struct outputs *o, const struct incident *incident, const char *user,
	struct output_holders *holders)
{
	const struct claim *claim;
	size_t count = 0;

	if (is_busy(o, incident))
		return -EBUSY;
	TAILQ_FOREACH (claim, &o->claims, entry)
		count += is_restorable(o, incident, claim);
	if (count == 0)
		return -ENOENT;
	if (engine_still_true(o->engine, incident) != TRUTH_FALSE)
		return -EBUSY;
	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (!is_restorable(o, incident, claim))
			continue;
		claim_holders(o, claim, holders);
		order(o, incident, claim_step(incident, claim), user);
	}
	return 0;
}

/* An incident that is closed, by its id or without its serial ("2-f3"). */
static bool is_of_past(const struct claim *claim, const char *id)
{
	size_t length = strlen(id);

	return strncmp(claim->incident, id, length) == 0 &&
	       (!claim->incident[length] || (claim->incident[length] == '-' &&
						    !strchr(claim->incident + length + 1, '-')));
}

/* Of a past incident, or all that is over on one output; -EBUSY where nothing of it is. */
static int restore_held(
	struct outputs *o, const char *id, const char *user, struct output_holders *holders)
{
	const struct point *output = site_point(o->site, id);
	const struct claim *claim;
	int result = -ENOENT;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (!claim->point || (output ? claim->point != output : !is_of_past(claim, id)))
			continue;
		if (!claim_is_over(o, claim) ||
			held_restore(o, output ? "" : claim->incident, claim->point, user) < 0) {
			result = result == 0 ? 0 : -EBUSY;
			if (!claim_is_over(o, claim))
				holder_add(holders, claim->incident);
			continue;
		}
		result = 0;
		if (output)
			hand_drop(o, output);
		else
			claim_holders(o, claim, holders);
	}
	return result;
}

int outputs_restore(struct outputs *o, const char *id, const char *user, int64_t now_ms,
	struct output_holders *holders)
{
	const struct incident *incident = engine_find(o->engine, id);
	int result;

	*holders = (struct output_holders){ 0 };
	result = incident ? restore_open(o, incident, user, holders)
			  : restore_held(o, id, user, holders);
	if (result == 0)
		tasks_run(o, now_ms);
	return result;
}
