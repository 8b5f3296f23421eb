/*
 * What persons order of outputs: set by hand, put back, or struck off the
 * list of what is held. Loop thread; never blocks; what it has
 * moved is its caller's to settle.
 */
#ifndef DAEMON_PEOPLE_HOLDING_H
#define DAEMON_PEOPLE_HOLDING_H

#include "core/order.h"
#include "daemon/outputs/plant.h"

/* Is it one of these? */
bool holding_takes(enum order_kind kind);
/*
 * NULL, or a sentence why not, perhaps in `why`. holders: who else holds what was to be put back.
 */
enum { HOLDING_WHY_MAX = 240 };
const char *holding_order(const struct plant *plant, const struct order *order, int64_t now_ms,
	struct output_holders *holders, char why[static HOLDING_WHY_MAX]);

/* What an incident that is closed or handed over by now leaves held, in `holders`. */
void holding_left(const struct plant *plant, const char *incident, struct output_holders *holders);

#endif
