/*
 * What people's orders do: to the engine and the actuation. Loop thread; whatever they
 * have moved is its owner's to settle.
 */
#ifndef DAEMON_PEOPLE_ORDERS_H
#define DAEMON_PEOPLE_ORDERS_H

#include "daemon/outputs/actuation.h"
#include "daemon/people/command.h"

struct orders {
	struct engine *engine;
	struct actuation *actuation;
	struct engine_sink *sink;
	int64_t now_ms;
};

/* NULL for success, or a sentence why not. */
const char *order_run(const struct orders *to, const struct order *order);

#endif
