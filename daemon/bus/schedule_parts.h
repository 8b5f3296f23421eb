/* What a schedule is made of. Private to daemon/schedule*.c. */
#ifndef DAEMON_BUS_SCHEDULE_PARTS_H
#define DAEMON_BUS_SCHEDULE_PARTS_H

#include "daemon/bus/schedule.h"

struct schedule_device {
	unsigned failures;  /* in a row */
	int64_t backoff_ms; /* of the next probe; silent only */
	int64_t tried_ms;   /* start of the last probe */
	int64_t took_ms;    /* it took so long to fail */
};

struct entry {
	struct poll poll; /* first, so that a poll is its entry */
	size_t device;    /* place in bus->devices */
	bool prober;      /* the device's shortest poll, with which it is probed */
	bool wanted;
	unsigned watched;  /* points of it that rules watch */
	int64_t period_ms; /* for now: poll.period_ms, or less while watched */
	int64_t phase_ms;  /* of the regular times, from epoch_ms */
	int64_t due_ms;
	int64_t cost_us; /* average of the last polls */
	const struct point **points;
};

struct schedule {
	const struct bus *bus;
	struct entry *entries;
	size_t count;
	struct schedule_device *devices;
	const struct point **points; /* all entries' points in one piece */
	size_t polled;               /* devices that have points */
	size_t silent;               /* how many devices are */
	int64_t epoch_ms;
	int64_t probe_after_ms; /* no probe before, while something on the bus lives */
	uint64_t random;
	struct schedule_load load;
};

#endif
