/*
 * A port that writes down what it was ordered: "shelve 2-f3 30 min by li: why".
 * Only *_test.c of the daemon's commands include it.
 */
#ifndef TESTS_COMMAND_BENCH_H
#define TESTS_COMMAND_BENCH_H

#include "daemon/people/command.h"

#include <stdio.h>

static char did[512];
static const char *port_error;

static inline const char *port_order(void *context, const struct order *order)
{
	static const char *const words[ORDER_KIND_COUNT] = {
		[ORDER_ACK] = "ack",
		[ORDER_ACCEPT] = "accept",
		[ORDER_DONE] = "done",
		[ORDER_FAIL] = "fail",
		[ORDER_SKIP] = "skip",
		[ORDER_REOPEN] = "reopen",
		[ORDER_RELEASE] = "release",
		[ORDER_RESTORE] = "restore",
		[ORDER_REPORT] = "report",
		[ORDER_OVER] = "over",
		[ORDER_SHELVE] = "shelve",
		[ORDER_UNSHELVE] = "unshelve",
		[ORDER_OUT_OF_SERVICE] = "out-of-service",
		[ORDER_IN_SERVICE] = "in-service",
		[ORDER_HAND_OVER] = "hand-over",
		[ORDER_DRILL] = "drill",
		[ORDER_DRILL_END] = "drill-end",
	};
	const char *const texts[] = { words[order->kind], order->incident, order->step, order->zone,
		order->to };
	size_t used = 0;

	(void)context;
	did[0] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i])
			used += (size_t)snprintf(did + used, sizeof(did) - used, "%s ", texts[i]);
	if (order->type)
		used += (size_t)snprintf(
			did + used, sizeof(did) - used, "of type %d ", order->type);
	if (order->minutes)
		used += (size_t)snprintf(did + used, sizeof(did) - used, "%d min ", order->minutes);
	snprintf(did + used, sizeof(did) - used, "by %s: %s", order->user, order->note);
	return port_error;
}

#endif
