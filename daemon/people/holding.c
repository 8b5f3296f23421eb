#include "daemon/people/holding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of each verdict but those that have more to say; as [refusal] of the table of words has them. */
static const char *const sentences[] = {
	[HAND_TAKEN] = NULL,
	[HAND_NO_OUTPUT] = "the building has no output of this id",
	[HAND_NO_VALUE] = "this output does not take this value",
	[HAND_TOO_LONG] = "a hand lasts at most 24 hours",
	[HAND_DRILL] = "an exercise is open there: nothing is switched",
	[HAND_BUSY] = "this output is being switched: wait for its end",
};

static const char *set(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	const struct hand_order hand = { order->output, order->user, order->note, order->value,
		order->for_ms };
	const struct hand_answer answer = outputs_set(plant->outputs, &hand, now_ms);

	(void)holders;
	switch (answer.verdict) {
	case HAND_NO_REASON:
		return engine_result_text(ENGINE_NO_REASON);
	case HAND_CLAIMED:
		snprintf(why, HOLDING_WHY_MAX,
			"%s holds this output: its condition is true or not known",
			answer.incident);
		return why;
	case HAND_REFUSED:
		if (*answer.lock) {
			snprintf(why, HOLDING_WHY_MAX, "locked by %s", answer.lock);
			return why;
		}
		return word_id(WORD_WRITE_REFUSAL, answer.why);
	default:
		return sentences[answer.verdict];
	}
}

/* "a, b" of what `holders` has, as far as it fits. */
static const char *listed(size_t count, const char *names, size_t step, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && used + strlen(names + i * step) + 3 < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", used ? ", " : "", names + i * step);
	return text;
}

static const char *restore(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	const struct incident *open = engine_find(plant->engine, order->incident);
	const struct restore_order restore = { open ? open->id : order->incident, order->user,
		order->value, order->anyway };
	char names[HOLDING_WHY_MAX - 100];
	int result = outputs_restore(plant->outputs, &restore, now_ms, holders);
	const char *others = listed(holders->count, holders->incidents[0],
		sizeof(holders->incidents[0]), names, sizeof(names));

	switch (result) {
	case 0:
		return NULL;
	case -EBUSY:
		if (!*others)
			return "the condition is still true or not known: nothing is put back";
		snprintf(why, HOLDING_WHY_MAX,
			"%s holds this output: its condition is true or not known", others);
		return why;
	case -EALREADY:
		return sentences[HAND_BUSY];
	case -EPERM:
		snprintf(why, HOLDING_WHY_MAX, "locked by %s", others);
		return why;
	case -ENOENT:
		return open ? "this incident has switched nothing"
			    : engine_result_text(ENGINE_NO_INCIDENT);
	case -EAGAIN:
		snprintf(why, HOLDING_WHY_MAX,
			"%s would have it as it is: say anyway, if it is to be put back", others);
		return why;
	case -EDOM:
		snprintf(why, HOLDING_WHY_MAX,
			"nobody knows what it was before: say a value for each of %s",
			listed(holders->output_count, holders->outputs[0],
				sizeof(holders->outputs[0]), names, sizeof(names)));
		return why;
	case -EINVAL:
		return "a value is only for an output of which nobody knows what it was";
	default:
		return "cannot be put back now";
	}
}

static const char *strike(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	(void)now_ms, (void)holders, (void)why;
	if (!is_reason(order->note))
		return engine_result_text(ENGINE_NO_REASON);
	switch (outputs_strike(plant->outputs, order->output)) {
	case 0:
		return NULL;
	case -ENOENT:
		return "nobody holds an output of this id";
	case -EPERM:
		return "it can be put back: restore it";
	default:
		return "the condition is still true or not known: nothing is put back";
	}
}

static const char *(*const orders[ORDER_KIND_COUNT])(const struct plant *plant,
	const struct order *order, int64_t now_ms, struct output_holders *holders,
	char why[static HOLDING_WHY_MAX]) = {
	[ORDER_SET] = set,
	[ORDER_RESTORE] = restore,
	[ORDER_STRIKE] = strike,
};

bool holding_takes(enum order_kind kind)
{
	return orders[kind] != NULL;
}

const char *holding_order(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	return orders[order->kind](plant, order, now_ms, holders, why);
}

void holding_left(const struct plant *plant, const char *incident, struct output_holders *holders)
{
	const struct incident *left = engine_find(plant->engine, incident);
	struct output_claim claim;

	if (left && left->state != INCIDENT_HANDED_OVER)
		return;
	for (size_t i = 0; outputs_claim(plant->outputs, i, &claim); i++)
		if (strcmp(claim.incident, incident) == 0 && holders->output_count < HOLDER_MAX)
			strcpy(holders->outputs[holders->output_count++], claim.output);
}
