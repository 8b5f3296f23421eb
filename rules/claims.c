#include "rules/claims.h"

#include <math.h>

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

struct put_back claims_put_back(
	const struct claim_facts *claims, size_t count, size_t own, double before, bool is_state)
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
	if (is_state)
		return (struct put_back){ PUT_BACK_TO, 1 - claims[own].value };
	return (struct put_back){ PUT_BACK_UNKNOWN, claims[own].value };
}
