/*
 * The one place that reads clocks.
 *
 * Two times exist and never share a field: boot time (CLOCK_BOOTTIME, ms since
 * boot, goes on in suspend, never jumps) for rules and deadlines, named `..._ms`;
 * wall time (ms since 1970, UTC) for people and records, named `wall_..._ms`.
 * Any thread; never blocks.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

enum { CLOCK_TEXT_MAX = 40 };

/* The time of one event on both clocks: taken where the event begins, then passed down. */
struct moment {
	int64_t now_ms, wall_ms;
};

int64_t clock_now_ms(void);
int64_t clock_wall_ms(void);
/* Wall time minus boot time at one instant, as near as it can be read. */
int64_t clock_wall_offset_ms(void);

/* Does the kernel say that the wall clock is set by one that is right? */
_Bool clock_is_right(void);

/* Boot time of a time stamp of CLOCK_MONOTONIC, as the kernel puts on events; ms are cut off. */
int64_t clock_ms_of_monotonic(int64_t monotonic_ns);

/* ISO 8601 with milliseconds and the local offset: 2026-11-24T03:01:09.250+08:00. */
const char *clock_format(int64_t wall_ms, char text[static CLOCK_TEXT_MAX]);

/* The reverse, for an expiry that a person or program sends: 0, or -EINVAL. */
int clock_parse(const char *text, int64_t *wall_ms);

#endif
