/*
 * The buses of another configuration follow these. A line can be open once only: the
 * old ones end before the new ones begin, which blocks for at most the longest call that
 * a blocking driver has under way. Loop thread.
 */
#ifndef DAEMON_BUS_SUCCEED_H
#define DAEMON_BUS_SUCCEED_H

#include "daemon/bus/bus.h"

/*
 * Readings of points that stay go over, and each output is opened as its last write left it, not as
 * at the first start. 0; -ENOMEM: *set are the old buses, begun anew; -ENOTRECOVERABLE: there are
 * none any more, and *set is NULL.
 */
int bus_set_succeed(struct bus_set **set, const struct site *old, const struct site *site,
	sd_event *event, struct bus_events *events);

#endif
