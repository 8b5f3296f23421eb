/* What others are told of claims: all of them, each that a put-back has ended, and what a person is
 * to be asked about. Must not change what is held. */
#include "daemon/outputs/task/task.h"

#include <string.h>

static struct output_claim shown(const struct claim *claim)
{
	return (struct output_claim){ claim->output, claim->incident, claim->step, claim->point,
		claim->value, claim->before, claim->since_ms, claim->proved_ms, claim->withdrawn,
		claim->supervision == SUPERVISION_LOST, claim->said && !claim->proved_ms,
		claim->hand.state != HAND_NONE ? &claim->hand : NULL };
}

bool outputs_ask_restored(
	struct outputs *o, struct output_claim *out, struct output_holders *holders)
{
	struct claim *claim = TAILQ_FIRST(&o->ended);

	if (!claim)
		return false;
	TAILQ_REMOVE(&o->ended, claim, entry);
	TAILQ_INSERT_TAIL(&o->free_claims, claim, entry);
	*holders = (struct output_holders){ 0 };
	claim_holders(o, claim, holders);
	*out = shown(claim);
	out->ended_by = claim->ended_by;
	return true;
}

bool outputs_claim(const struct outputs *o, size_t i, struct output_claim *out)
{
	const struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (i-- > 0)
			continue;
		*out = shown(claim);
		return true;
	}
	return false;
}

/* Somebody still wants it: an incident that is not over, a hand that has not ended, a put-back. */
static bool is_wanted(const struct outputs *o, const char *output)
{
	const struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (strcmp(claim->output, output) == 0 &&
			(claim->withdrawn || hand_holds(claim->hand.state) ||
				!claim_is_over(o, claim)))
			return true;
	return false;
}

bool outputs_ask_held(
	struct outputs *o, int64_t period_ms, int64_t now_ms, struct output_claim *out)
{
	struct claim *claim, *same;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		int64_t from_ms = claim->asked_ms ? claim->asked_ms : claim->since_ms;

		if (now_ms - from_ms < period_ms || is_wanted(o, claim->output))
			continue;
		TAILQ_FOREACH (same, &o->claims, entry)
			if (strcmp(same->output, claim->output) == 0)
				same->asked_ms = now_ms;
		*out = shown(claim);
		return true;
	}
	return false;
}

bool outputs_ask_lost(struct outputs *o, struct output_claim *out)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (!claim->asks)
			continue;
		claim->asks = false;
		o->claims_moved = true;
		*out = shown(claim);
		if (out->lost)
			return true;
	}
	return false;
}

bool outputs_wanted(const struct outputs *o, const char *output, double *value)
{
	struct claim_facts facts[CLAIM_MAX];
	const struct claim *claim;
	size_t own = 0, count, first;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		if (strcmp(claim->output, output) != 0)
			continue;
		count = claim_facts_of(o, claim, facts, &own);
		first = claims_strongest(facts, count);
		*value = first < count ? facts[first].value : claim_put_back(o, claim).value;
		return true;
	}
	return false;
}
