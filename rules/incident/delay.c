#include "rules/incident/delay.h"

void delay_reset(struct delay *delay, int64_t total_ms)
{
	*delay = (struct delay){ .left_ms = total_ms };
}

bool delay_feed(struct delay *delay, enum truth truth, int64_t total_ms, int64_t now_ms)
{
	if (delay->running)
		delay->left_ms -= now_ms - delay->since_ms;
	delay->since_ms = now_ms;
	delay->running = truth == TRUTH_TRUE;
	if (truth == TRUTH_FALSE)
		delay->left_ms = total_ms;
	return delay->running && delay->left_ms <= 0;
}

int64_t delay_deadline(const struct delay *delay)
{
	if (!delay->running)
		return INT64_MAX;
	return delay->left_ms > 0 ? delay->since_ms + delay->left_ms : delay->since_ms;
}
