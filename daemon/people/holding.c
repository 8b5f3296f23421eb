#include "daemon/people/holding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of each verdict but those that have more to say. */
static const enum word_refusal sentences[] = {
	[HAND_NO_OUTPUT] = WORD_REFUSAL_THE_BUILDING_HAS_NO_OUTPUT_OF_THIS_ID,
	[HAND_NO_VALUE] = WORD_REFUSAL_THIS_OUTPUT_DOES_NOT_TAKE_THIS_VALUE,
	[HAND_TOO_LONG] = WORD_REFUSAL_A_HAND_LASTS_AT_MOST_24_HOURS,
	[HAND_DRILL] = WORD_REFUSAL_AN_EXERCISE_IS_OPEN_THERE_NOTHING_IS_SWITCHED,
	[HAND_BUSY] = WORD_REFUSAL_THIS_OUTPUT_IS_BEING_SWITCHED_WAIT_FOR_ITS_END,
};

static const char *set(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX])
{
	const struct hand_order hand = { order->output, order->user, order->note, order->value,
		order->for_ms };
	const struct hand_answer answer = outputs_set(plant->outputs, &hand, now_ms);

	(void)holders;
	switch (answer.verdict) {
	case HAND_TAKEN:
		return NULL;
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
		return word_refusal(sentences[answer.verdict]);
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
			return word_refusal(
				WORD_REFUSAL_THE_CONDITION_IS_STILL_TRUE_OR_NOT_KNOWN_NOTHING_IS_PUT_BACK);
		snprintf(why, HOLDING_WHY_MAX,
			"%s holds this output: its condition is true or not known", others);
		return why;
	case -EALREADY:
		return word_refusal(WORD_REFUSAL_THIS_OUTPUT_IS_BEING_SWITCHED_WAIT_FOR_ITS_END);
	case -EPERM:
		snprintf(why, HOLDING_WHY_MAX, "locked by %s", others);
		return why;
	case -ENOENT:
		return open ? word_refusal(WORD_REFUSAL_THIS_INCIDENT_HAS_SWITCHED_NOTHING)
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
		return word_refusal(
			WORD_REFUSAL_A_VALUE_IS_ONLY_FOR_AN_OUTPUT_OF_WHICH_NOBODY_KNOWS_WHAT_IT_WAS);
	default:
		return word_refusal(WORD_REFUSAL_CANNOT_BE_PUT_BACK_NOW);
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
		return word_refusal(WORD_REFUSAL_NOBODY_HOLDS_AN_OUTPUT_OF_THIS_ID);
	case -EPERM:
		return word_refusal(WORD_REFUSAL_IT_CAN_BE_PUT_BACK_RESTORE_IT);
	default:
		return word_refusal(
			WORD_REFUSAL_THE_CONDITION_IS_STILL_TRUE_OR_NOT_KNOWN_NOTHING_IS_PUT_BACK);
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
