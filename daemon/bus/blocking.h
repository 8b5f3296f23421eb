/*
 * A blocking driver in the shape of an event driver: a thread of its own makes every call while
 * the link is open. To the loop it is a link like others, whose descriptor says that the thread
 * has found something.
 */
#ifndef DAEMON_BUS_BLOCKING_H
#define DAEMON_BUS_BLOCKING_H

#include "adapters/adapter.h"

/* close() waits for the call that is under way. */
extern const struct adapter_event blocking_shape;

/* The call that is under way is the last: so that close() need not wait for it as long. */
void blocking_ask_stop(void *link);

/* At most about a second old, but during a driver's call it is the begin of the call. Boot time. */
int64_t blocking_heartbeat_ms(const void *link);

#endif
