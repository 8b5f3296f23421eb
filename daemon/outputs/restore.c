/*
 * Putting back: an incident's claims are withdrawn, and each output goes to the strongest that
 * is left, else to what it was. Must never put back what another claim holds, nor forget one
 * whose put-back is not proved.
 */
#include "daemon/outputs/parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An order while it is carried out. */
struct restoring {
	struct outputs *o;
	const struct restore_order *order;
	struct output_holders *holders;
	bool unknown, advised, locked; /* some output was left for that reason */
};

static bool is_of_open(const struct incident *incident, const struct claim *claim)
{
	return strcmp(claim->incident, incident->id) == 0 && claim->point &&
	       claim_step(incident, claim) >= 0;
}

static void add_output(struct output_holders *holders, const char *output)
{
	for (size_t i = 0; i < holders->output_count; i++)
		if (strcmp(holders->outputs[i], output) == 0)
			return;
	if (holders->output_count < HOLDER_MAX)
		strcpy(holders->outputs[holders->output_count++], output);
}

/* A person is asked to switch it, or it would be: it claims nothing, and says something. */
static bool is_asked(enum action_state state)
{
	return state == ACTION_ADVISED || state == ACTION_AWAITING || state == ACTION_REFUSED;
}

/* Adds the incidents that would have this output at another value, if they could. */
static bool add_advisers(const struct restoring *r, const struct point *output, double value)
{
	const struct incident *incident;
	bool any = false;

	for (size_t i = 0; (incident = engine_incident(r->o->engine, i)); i++)
		for (size_t s = 0; s < incident->type->step_count; s++) {
			const struct action *action = incident->type->steps[s].action;

			if (!action || !is_asked(incident->steps[s].action) ||
				action->value == value ||
				engine_still_true(r->o->engine, incident) == TRUTH_FALSE ||
				!action_covers(action,
					action_zone(r->o->site, action, incident->zone), output))
				continue;
			holder_add(r->holders, incident->id);
			any = true;
		}
	return any;
}

/* Does a lock forbid the write that this would take? */
static bool is_locked(struct restoring *r, const struct claim *claim, const struct put_back *to)
{
	const struct outputs *o = r->o;
	const struct lock *lock =
		engine_forbids_write(o->engine, claim->point, claim_incident(o, claim));
	const struct reading *seen = &claim->seen;
	char name[LOCK_NAME_MAX + 1];

	if (!lock || claim_stays(claim, to) ||
		(seen->quality == QUALITY_GOOD && seen->value == to->value))
		return false;
	holder_add(r->holders, lock_name(lock, name));
	r->locked = true;
	return true;
}

/* May it be put back now? If not, why is noted. */
static bool is_free(struct restoring *r, const struct claim *claim)
{
	const struct put_back to = claim_put_back(r->o, claim);

	if (to.verdict == PUT_BACK_UNKNOWN) {
		add_output(r->holders, claim->output);
		r->unknown = true;
		return false;
	}
	if (to.verdict == PUT_BACK_TO && !r->order->anyway &&
		add_advisers(r, claim->point, to.value)) {
		r->advised = true;
		return false;
	}
	return !is_locked(r, claim, &to);
}

/* Why nothing of it is put back. */
static int refusal(const struct restoring *r)
{
	return r->advised ? -EAGAIN : r->locked ? -EPERM : -EDOM;
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

static int restore_open(struct restoring *r, const struct incident *incident)
{
	struct outputs *o = r->o;
	const struct claim *claim;
	size_t count = 0, free = 0;

	if (is_busy(o, incident))
		return -EALREADY;
	TAILQ_FOREACH (claim, &o->claims, entry)
		count += is_of_open(incident, claim);
	if (count == 0)
		return -ENOENT;
	if (engine_still_true(o->engine, incident) != TRUTH_FALSE)
		return -EBUSY;
	/* One task puts back all of a step: of what is not free, nothing of it is. */
	TAILQ_FOREACH (claim, &o->claims, entry)
		free += is_of_open(incident, claim) && is_free(r, claim);
	if (r->advised || free == 0)
		return refusal(r);
	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (!is_of_open(incident, claim) || !is_free(r, claim))
			continue;
		claim_holders(o, claim, r->holders);
		order(o, incident, claim_step(incident, claim), r->order->user);
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

/* What one claim says to the order; 0: its output is put back. */
static int restore_claim(struct restoring *r, const struct claim *claim, bool by_output)
{
	struct outputs *o = r->o;

	if (!claim_is_over(o, claim)) {
		holder_add(r->holders, claim->incident);
		return -EBUSY;
	}
	if (!is_free(r, claim))
		return refusal(r);
	if (held_restore(o, by_output ? "" : claim->incident, claim->point, r->order->user) < 0)
		return -EALREADY;
	if (by_output)
		hand_drop(o, claim->point);
	else
		claim_holders(o, claim, r->holders);
	return 0;
}

/* Of a past incident, or all that is over on one output; why nothing of it is, the gravest first.
 */
static int restore_held(struct restoring *r)
{
	const struct point *output = site_point(r->o->site, r->order->id);
	const struct claim *claim;
	int result = -ENOENT;

	TAILQ_FOREACH (claim, &r->o->claims, entry) {
		int one;

		if (!claim->point ||
			(output ? claim->point != output : !is_of_past(claim, r->order->id)))
			continue;
		one = restore_claim(r, claim, output != NULL);
		if (one == 0 || result == -ENOENT)
			result = one;
	}
	return result;
}

/* A person says what nobody knows; what is known, nobody need say. */
static bool take_value(struct outputs *o, const struct restore_order *order)
{
	const struct point *output = site_point(o->site, order->id);
	struct claim *claim;
	bool taken = false;

	if (isnan(order->value))
		return true;
	if (!output || !output_takes(output, order->value))
		return false;
	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (claim->point != output || !isnan(claim->before))
			continue;
		claim->before = order->value;
		claim_moved(o, claim);
		taken = true;
	}
	return taken;
}

int outputs_restore(struct outputs *o, const struct restore_order *order, int64_t now_ms,
	struct output_holders *holders)
{
	const struct incident *incident = engine_find(o->engine, order->id);
	struct restoring r = { .o = o, .order = order, .holders = holders };
	int result;

	*holders = (struct output_holders){ 0 };
	if (!take_value(o, order))
		return -EINVAL;
	result = incident ? restore_open(&r, incident) : restore_held(&r);
	if (result == 0)
		tasks_run(o, now_ms);
	return result;
}

/* What cannot be put back --------------------------------------------------- */

enum word_write_refusal outputs_stuck(const struct outputs *o, const char *output)
{
	const struct point *point = site_point(o->site, output);

	if (!point)
		return WORD_WRITE_REFUSAL_NO_LONGER_IN_THE_CONFIGURATION;
	if (!point->writable)
		return WORD_WRITE_REFUSAL_NOT_AN_OUTPUT;
	if (!o->config->daemon.actions_armed)
		return WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED;
	return point->armed ? WORD_WRITE_REFUSAL_NONE : WORD_WRITE_REFUSAL_NOT_ARMED;
}

int outputs_strike(struct outputs *o, const char *output)
{
	struct claim *claim, *next;
	int result = -ENOENT;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (strcmp(claim->output, output) == 0) {
			if (!claim_is_over(o, claim))
				return -EBUSY;
			result = outputs_stuck(o, output) ? 0 : -EPERM;
		}
	for (claim = TAILQ_FIRST(&o->claims); result == 0 && claim; claim = next) {
		next = TAILQ_NEXT(claim, entry);
		if (strcmp(claim->output, output) != 0)
			continue;
		if (claim->point)
			hand_drop(o, claim->point);
		claim_end(o, claim);
	}
	return result;
}
