/*
 * The schedule of one bus: which poll is next. Pure: time is an argument,
 * jitter comes from a seed; nothing is allocated after schedule_new().
 *
 * The points of a device with the same periods make one poll; polls are spread
 * over their period in slots, a few per slot, because each wake-up costs.
 *
 * A poll that is lost is asked once more at once, where nothing else was lost since the last
 * answer; until it answers its device is suspect, and goes in the pauses of the living or, after a
 * while, one between two of their turns. After a loss those that have answered since go first, then
 * those not asked since. A device that fails SCHEDULE_FAILURES times in a row is silent: it leaves
 * the schedule and is probed alone, with back-off, waiting as long as sound answers take; so is a
 * poll that fails so often beside others of its device. All probes of a bus together may take only
 * a small share of its time as long as anything else on it lives; but when one comes back, the
 * others are probed at once. Not safe for two threads.
 */
#ifndef DAEMON_BUS_SCHEDULE_H
#define DAEMON_BUS_SCHEDULE_H

#include "adapters/adapter.h"
#include "daemon/bus/schedule_load.h"

#include <stdbool.h>

enum {
	SCHEDULE_FAILURES = 3,
	SCHEDULE_PROBE_FIRST_MS = 1000,
	SCHEDULE_PROBE_MAX_MS = 3000,      /* so that one that answers again is found within 5 s */
	SCHEDULE_PROBE_PATIENCE_MS = 1000, /* the dead wait no longer for a pause of the living */
	SCHEDULE_PROBE_SHARE = 20,         /* a probe of t ms is paid for by 20 * t ms of the bus */
	SCHEDULE_PROBE_SAVED_MS = 3000,    /* of probes that were not needed may be made up for */
	SCHEDULE_SLOT_MS = 10,
	SCHEDULE_SLOT_POLLS = 8,
};

struct schedule;

/* Plans every poll with the bus's adapter. NULL and *error (-ENOMEM or plan()'s) on failure. */
struct schedule *schedule_new(const struct bus *bus, int64_t now_ms, uint64_t seed, int *error);
void schedule_free(struct schedule *schedule);

/*
 * The poll to do now, or NULL and *due_ms, when to ask again (CLOCK_NEVER: never). Wanted points
 * first, then as above, by due time. Its patience_ms says for how long. Each poll that is given
 * out is followed by schedule_done().
 */
struct poll *schedule_next(struct schedule *schedule, int64_t now_ms, int64_t *due_ms);

enum schedule_change {
	SCHEDULE_SAME,
	SCHEDULE_SILENT,  /* the poll's device has become silent */
	SCHEDULE_ANSWERS, /* it answers again */
};

/* It took from started_ms to now_ms and ended with `error` (0 or -errno as in adapter.h). */
enum schedule_change schedule_done(struct schedule *schedule, const struct poll *poll, int error,
	int64_t started_ms, int64_t now_ms);

/*
 * A rule that looks at this point is pending, or its incident open (true), or no longer (false):
 * the point's poll_watched_ms is its poll's period meanwhile. Tell changes only.
 */
void schedule_watch(
	struct schedule *schedule, const struct point *point, bool watched, int64_t now_ms);

/* True once after schedule_done() found that the periods cannot be met any more, or can again. */
bool schedule_overload(struct schedule *schedule, struct overload *overload);

/* Read this point's poll first. A silent device is probed for it at most once a second. */
void schedule_want(struct schedule *schedule, const struct point *point, int64_t now_ms);

/* The poll's device has lost nothing: one loss says nothing yet, and is asked again. */
bool schedule_forgives(const struct schedule *schedule, const struct poll *poll);

/* The link was opened: where nothing on the bus lived, everything is tried at once. */
void schedule_opened(struct schedule *schedule, int64_t now_ms);

#endif
