/*
 * What one bus has to do next: open its link, a queued write, a poll, or wait.
 * Pure. Not safe for two threads.
 */
#ifndef DAEMON_BUS_WORK_H
#define DAEMON_BUS_WORK_H

#include "daemon/bus/schedule.h"

enum {
	BUS_WRITE_MAX = 64,
	BUS_OPEN_FIRST_MS = 250,
	BUS_OPEN_MAX_MS = 4000,    /* so that one that is there again is found within 5 s */
	BUS_OPEN_SOUND_MS = 10000, /* open this long, a loss starts the back-off anew */
};

struct bus_write {
	const struct point *point;
	double value;
	uint64_t ticket;
	int64_t queued_ms;
};

enum bus_job_kind { BUS_JOB_WAIT, BUS_JOB_OPEN, BUS_JOB_WRITE, BUS_JOB_READ, BUS_JOB_KIND_COUNT };

struct bus_job {
	enum bus_job_kind kind;
	struct bus_write write;
	struct poll *poll;
	int64_t until_ms; /* WAIT: when to ask again; CLOCK_NEVER */
};

struct bus_work {
	const struct bus *bus;
	struct schedule *schedule;
	struct bus_write
		*writes; /* BUS_WRITE_MAX of them, in a ring; NULL: the bus has no output */
	size_t first, count;
	bool open;
	bool told, told_open; /* the last that was told of the link */
	bool renewing; /* opened again because nothing answered; else everything is tried at once */
	int64_t opened_ms, open_at_ms, backoff_ms;
	uint64_t random;
};

/* 0 or -errno. The link is to be opened at once. */
int bus_work_init(struct bus_work *work, const struct bus *bus, int64_t now_ms, uint64_t seed);
void bus_work_free(struct bus_work *work);

/*
 * 0, -EAGAIN when the queue is full, -EHOSTDOWN when the link is not open, -EINVAL: the bus has no
 * output.
 */
int bus_work_push(struct bus_work *work, const struct bus_write *write);

/*
 * Takes out a write that must not be carried out any more, with the reason: -EHOSTDOWN when the
 * link is not open, -ECANCELED when it is too old. Call until false, before bus_work_next().
 */
bool bus_work_drop(struct bus_work *work, int64_t now_ms, struct bus_write *write, int *error);

void bus_work_next(struct bus_work *work, int64_t now_ms, struct bus_job *job);

/* An open ended with 0 or -errno. True when that is news. */
bool bus_work_opened(struct bus_work *work, int error, int64_t now_ms);
/*
 * The open link was lost. True when that is news; for -ETIMEDOUT never: nothing answers on it any
 * more, which another may change, and is news only when that one does not open.
 */
bool bus_work_lost(struct bus_work *work, int error, int64_t now_ms);

#endif
