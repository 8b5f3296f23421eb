/* Inside the schedule only: what its two files, the one that makes it and the one that plays it,
 * share. */
#ifndef DAEMON_BUS_SCHEDULE_INSIDE_H
#define DAEMON_BUS_SCHEDULE_INSIDE_H

#include "daemon/bus/schedule.h"

struct schedule_device {
	unsigned failures;   /* in a row, of whichever of its polls */
	int64_t answered_ms; /* start of the last poll that it answered */
	int64_t took_ms;     /* it took so long to fail, waited for as long as it may */
};

struct entry {
	struct poll poll; /* first, so that a poll is its entry */
	size_t device;    /* place in bus->devices */
	bool prober;      /* the device's shortest poll, with which it is probed */
	bool wanted;
	bool again;         /* the second try, at once */
	bool called;        /* another of the link has come back: to be probed whatever it costs */
	unsigned failures;  /* in a row */
	unsigned shorts;    /* probes in a row that did not wait the whole time-out */
	unsigned watched;   /* points of it that rules watch */
	int64_t backoff_ms; /* of the next probe; 0: it is not silent */
	int64_t tried_ms;   /* start of the last probe */
	int64_t period_ms;  /* for now: poll.period_ms, or less while watched */
	int64_t phase_ms;   /* of the regular times, from epoch_ms */
	int64_t due_ms;
	int64_t cost_us; /* average of the last polls */
};

struct schedule {
	const struct bus *bus;
	struct entry *entries;
	size_t count;
	struct schedule_device *devices;
	const struct point **points; /* all entries' points in one piece */
	size_t polled;               /* devices that have points */
	size_t silent;               /* how many devices are */
	size_t missing;              /* have lost an answer, and are not silent yet */
	int64_t lost_ms; /* start of the poll that was lost first: who has answered since, lives */
	int64_t answer_ms; /* the longest of the sound answers of late */
	int64_t spent_ms;  /* end of the last that failed: who was due by then goes before others */
	int64_t epoch_ms;
	int64_t paid_ms; /* up to then the share of the probes is spent, while something lives */
	uint64_t random;
	struct schedule_load load;
};

#endif
