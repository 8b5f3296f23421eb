/*
 * Which points with a poll_watched rules watch now, so that their buses poll them
 * faster. A reading costs one comparison here; only where the engine says that
 * something may have changed are the points looked at. Made anew with the buses, which
 * know of none then. Loop thread.
 */
#ifndef DAEMON_BUS_WATCH_H
#define DAEMON_BUS_WATCH_H

#include "core/site.h"

struct watch;
struct bus_set;

/* NULL: out of memory. */
struct watch *watch_new(const struct site *site);
void watch_free(struct watch *watch);
/* The buses have begun anew, and know of none. */
void watch_forget(struct watch *watch);

/* changes: a number that stays the same while `watches` says the same of every point. */
void watch_look(struct watch *watch, struct bus_set *buses, uint64_t changes,
	bool (*watches)(const void *context, const struct point *point), const void *context);

#endif
