/*
 * Buses: every link of the site, its polls, its writes, and the quality of what
 * comes in.
 *
 * Event adapters run on the loop; blocking adapters have one thread per bus,
 * which talks to the loop through bounded queues. All functions
 * here are called on the loop and never block, except bus_set_stop() and
 * bus_set_succeed(), which wait at most as long as the longest call of a blocking
 * driver states.
 */
#ifndef DAEMON_BUS_BUS_H
#define DAEMON_BUS_BUS_H

#include "core/reading.h"
#include "core/site.h"
#include "daemon/bus/schedule_load.h"

#include <systemd/sd-event.h>

struct bus_set;

/* Called on the loop. `error` is 0 or -errno as in adapters/adapter.h. */
struct bus_events {
	/*
	 * A frame: what was read together, at most one of a point, each different from the last one
	 * in value, quality or reason. Stamped with the begin of the poll, so no value is older. A
	 * good one that is not refreshed within its point's stale_ms, and a point never read so
	 * long, give one of QUALITY_STALE (REASON_AGE), and at bad_ms one of QUALITY_BAD; a bad one
	 * stays bad, with its reason. The readings are valid in the call only.
	 */
	void (*frame)(struct bus_events *events, const struct reading *readings, size_t count);
	/*
	 * A device stopped answering (error), or answers again (0); without one (NULL) the bus's
	 * link was lost or could not be opened, or is open. On change only.
	 */
	void (*reach)(struct bus_events *events, const struct bus *bus, const struct device *device,
		int error);
	/* The write with this ticket ended. */
	void (*written)(struct bus_events *events, uint64_t ticket, int error);
	/* The bus cannot keep the periods of its points, or can again. On change only. */
	void (*overload)(
		struct bus_events *events, const struct bus *bus, const struct overload *overload);
	/*
	 * A queued write is about to be handed to its link: may it still go? False: it does not,
	 * and ends with -ESTALE. NULL: all may. Must not call the buses.
	 */
	bool (*may_write)(struct bus_events *events, uint64_t ticket);
};

/* Opens every bus and starts polling; a bus that cannot be opened is tried again. NULL: out of
 * memory. */
struct bus_set *bus_set_start(const struct site *site, sd_event *event, struct bus_events *events);
void bus_set_stop(struct bus_set *set);
/*
 * The buses of another configuration follow these. A line can be open once only: the old ones end
 * before the new ones begin. Readings of points that stay go over untold, and age from when they
 * were read; each output is opened as its last write left it, not as at the first start. 0;
 * -ENOMEM: *set are the old buses, begun anew; -ENOTRECOVERABLE: there are none any more, and *set
 * is NULL.
 */
int bus_set_succeed(
	struct bus_set **set, const struct site *site, sd_event *event, struct bus_events *events);

/*
 * Queue a write; it goes before polls, and written() follows always: -EHOSTDOWN when the link is
 * lost before it, -ECANCELED when it waited for the bus longer than 3 s, -ESTALE
 * when may_write() said no. 0, or -EAGAIN when the
 * bus's queue of writes is full, -ENOTSUP for an input, -EHOSTDOWN when the link is down.
 */
int bus_set_write(struct bus_set *set, const struct point *point, double value, uint64_t ticket);

/* Poll this point as soon as possible, after queued writes and before other polls. */
void bus_set_read_now(struct bus_set *set, const struct point *point);

/*
 * Points with a poll_watched_ms that rules watch now are polled at that. A look costs one
 * comparison where `changes`, a number that stays the same while `watches` says the same of every
 * point, is as at the last look; a new set has not looked.
 */
void bus_set_look(struct bus_set *set, uint64_t changes,
	bool (*watches)(const void *context, const struct point *point), const void *context);

/* The last good, stale or bad reading of a point, as the events told it; at_ms is of its last
 * refresh. */
const struct reading *bus_set_reading(const struct bus_set *set, const struct point *point);

/*
 * Three of these as ports, whose context is a `struct bus_set **`: known before the buses are
 * begun, and followed through bus_set_succeed().
 */
int bus_port_write(void *set, const struct point *point, double value, uint64_t ticket);
void bus_port_read_now(void *set, const struct point *point);
const struct reading *bus_port_reading(void *set, const struct point *point);

/*
 * The oldest heartbeat of the workers, boot time in ms; CLOCK_NEVER where there are no workers. At
 * most about a second old, but during a driver's call it is the begin of the call: its age is what
 * the call takes.
 */
int64_t bus_set_heartbeat_ms(const struct bus_set *set);

#endif
