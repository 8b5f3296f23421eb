#include "daemon/people/holding.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

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
		return word_id(WORD_WRITE_REFUSAL, answer.why);
	default:
		return sentences[answer.verdict];
	}
}

static const char *restore(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	const struct incident *open = engine_find(plant->engine, order->incident);
	const char *id = open ? open->id : order->incident;

	(void)why;
	switch (outputs_restore(plant->outputs, id, order->user, now_ms, holders)) {
	case 0:
		return NULL;
	case -EBUSY:
		return "the condition is still true or not known: nothing is put back";
	case -ENOENT:
		return open ? "this incident has switched nothing"
			    : engine_result_text(ENGINE_NO_INCIDENT);
	default:
		return "cannot be put back now";
	}
}

static const char *(*const orders[ORDER_KIND_COUNT])(const struct plant *plant,
	const struct order *order, int64_t now_ms, struct output_holders *holders,
	char why[static HOLDING_WHY_MAX]) = {
	[ORDER_SET] = set,
	[ORDER_RESTORE] = restore,
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
