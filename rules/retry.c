#include "rules/retry.h"

/* 10 s, and twice as long each time, up to 5 min. */
static int64_t back_off_ms(unsigned tries)
{
	int64_t after_ms = RETRY_BEGIN_MS;

	for (unsigned i = 1; i < tries && after_ms < RETRY_LONGEST_MS; i++)
		after_ms *= 2;
	return after_ms < RETRY_LONGEST_MS ? after_ms : RETRY_LONGEST_MS;
}

struct retry retry_when(const struct retry_facts *facts)
{
	if (facts->proved || !facts->by_plan)
		return (struct retry){ RETRY_NEVER, 0 };
	if (facts->reached_ms >= RETRY_FOR_MS)
		return (struct retry){ RETRY_OVER, 0 };
	if (facts->still_true != TRUTH_TRUE || !facts->reachable)
		return (struct retry){ RETRY_WAITS, 0 };
	return (struct retry){ RETRY_AFTER, back_off_ms(facts->tries) };
}
