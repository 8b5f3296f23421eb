#include "rules/claims.h"

#include <math.h>

enum hand_state hand_next(enum hand_state state, enum hand_event event)
{
	/* clang-format off */
	static const unsigned char table[HAND_STATE_COUNT][HAND_EVENT_COUNT] = {
		/*                set         warn         told         expires     contradicted put back */
		[HAND_NONE]   = { HAND_HOLDS, HAND_NONE,   HAND_NONE,   HAND_NONE,   HAND_NONE,   HAND_NONE },
		[HAND_HOLDS]  = { HAND_HOLDS, HAND_ENDING, HAND_HOLDS,  HAND_ENDED,  HAND_BEATEN, HAND_NONE },
		[HAND_ENDING] = { HAND_HOLDS, HAND_ENDING, HAND_WARNED, HAND_ENDED,  HAND_BEATEN, HAND_NONE },
		[HAND_WARNED] = { HAND_HOLDS, HAND_WARNED, HAND_WARNED, HAND_ENDED,  HAND_BEATEN, HAND_NONE },
		[HAND_BEATEN] = { HAND_HOLDS, HAND_BEATEN, HAND_ENDED,  HAND_BEATEN, HAND_BEATEN, HAND_NONE },
		[HAND_ENDED]  = { HAND_HOLDS, HAND_ENDED,  HAND_ENDED,  HAND_ENDED,  HAND_ENDED,  HAND_NONE },
	};
	/* clang-format on */

	return (enum hand_state)table[state][event];
}

bool hand_holds(enum hand_state state)
{
	return state == HAND_HOLDS || state == HAND_ENDING || state == HAND_WARNED;
}

int64_t hand_warn_at(int64_t since_ms, int64_t until_ms)
{
	return until_ms - since_ms > HAND_LONG_MS ? until_ms - HAND_WARN_MS : 0;
}

/* [condition][critical]: a full table. */
static const unsigned char strengths[3][2] = {
	[TRUTH_FALSE] = { CLAIM_OVER, CLAIM_OVER },
	[TRUTH_TRUE] = { CLAIM_STANDS, CLAIM_STANDS_CRITICAL },
	[TRUTH_UNKNOWN] = { CLAIM_STANDS, CLAIM_STANDS_CRITICAL },
};

enum claim_strength claim_strength(const struct claim_facts *claim)
{
	if (claim->withdrawn)
		return CLAIM_HOLDS_NOTHING;
	if (claim->hand != HAND_NONE)
		return hand_holds(claim->hand) ? CLAIM_HAND : CLAIM_HOLDS_NOTHING;
	return (enum claim_strength)strengths[claim->still_true][claim->critical];
}

/* Does `a`, which began earlier or later than `b`, beat it? Of equals neither does. */
static bool beats(const struct claim_facts *a, const struct claim_facts *b)
{
	enum claim_strength mine = claim_strength(a), other = claim_strength(b);

	return mine != other ? mine > other : a->rank > b->rank;
}

/* Of all but `own`. */
static size_t strongest_but(const struct claim_facts *claims, size_t count, size_t own)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++)
		if (i != own && claim_strength(&claims[i]) != CLAIM_HOLDS_NOTHING &&
			(found == count || beats(&claims[i], &claims[found])))
			found = i;
	return found;
}

size_t claims_strongest(const struct claim_facts *claims, size_t count)
{
	return strongest_but(claims, count, count);
}

size_t claims_against_hand(const struct claim_facts *claims, size_t count, double value)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++)
		if (claim_strength(&claims[i]) > CLAIM_HAND && claims[i].value != value &&
			(found == count || beats(&claims[i], &claims[found])))
			found = i;
	return found;
}

struct put_back claims_put_back(
	const struct claim_facts *claims, size_t count, size_t own, double before)
{
	size_t other = strongest_but(claims, count, own);

	if (claims[own].still_true != TRUTH_FALSE)
		return (struct put_back){ PUT_BACK_TOO_EARLY, claims[own].value };
	if (other < count)
		return (struct put_back){ claims[other].value == claims[own].value ? PUT_BACK_HELD
										   : PUT_BACK_TO,
			claims[other].value };
	if (!isnan(before))
		return (struct put_back){ PUT_BACK_TO, before };
	return (struct put_back){ PUT_BACK_UNKNOWN, claims[own].value };
}
