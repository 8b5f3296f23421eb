/*
 * Does a bus keep its periods? Counts those that were due and those that were
 * missed, and tells when they cannot be met, and when they can again. Pure, in
 * bounded memory; what a device's failures cost is not held against the bus.
 */
#ifndef DAEMON_BUS_SCHEDULE_LOAD_H
#define DAEMON_BUS_SCHEDULE_LOAD_H

#include "core/site.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SCHEDULE_WINDOW_MS = 10000,     /* judged this often */
	SCHEDULE_WINDOW_MAX_MS = 60000, /* with fewer periods than these, that often: */
	SCHEDULE_WINDOW_DUE = 10,
	SCHEDULE_MISSED_BEGIN = 10, /* per cent of periods missed: it is overloaded */
	SCHEDULE_MISSED_END = 2,    /* it no longer is */
};

struct schedule_load {
	int64_t since_ms, failed_ms;
	int64_t due, missed;
	struct overload overload;
	bool news;
};

void schedule_load_start(struct schedule_load *load, int64_t now_ms);

/* A poll ended: `periods` have passed since the one before (1: none was missed). */
void schedule_load_met(struct schedule_load *load, int64_t periods);

/* A poll failed and took so long. */
void schedule_load_failed(struct schedule_load *load, int64_t took_ms);

/* After each of these two: judges when a window is over. needed_ms: as in the struct. */
void schedule_load_judge(struct schedule_load *load, int64_t needed_ms, int64_t now_ms);

#endif
