/*
 * UNTIL, as people say it of what always has an end: a lock, a hand, a shelf.
 *
 *   30 min, 30m, 90 s, 2 h, 1d   so long from now; a number alone is minutes
 *   14:30                        the next such time of day, local time
 *   2026-12-01 14:30             then, local time; also as 2026-12-01T14:30:00+08:00
 *
 * What is left of it runs on the boot clock, which nobody can set. Over a reboot the time that the
 * machine was off is taken from the wall clock once that is known to be right; until then nothing
 * is taken off.
 *
 * Pure but for the local time's rules; any thread.
 */
#ifndef CORE_UNTIL_H
#define CORE_UNTIL_H

#include "core/clock.h"

/*
 * How long it is from `wall_ms` until then, for an end on the boot clock, which nobody can set:
 * more than 0, or -EINVAL: not understood; -ETIME: it is past; -ERANGE: longer than max_ms.
 */
int until_parse(const char *text, int64_t wall_ms, int64_t max_ms, int64_t *left_ms);

/* How the last run's boot times become this one's. In the same boot they are the same. */
struct reboot {
	_Bool rebooted;
	int64_t shift_ms;  /* by the wall clock, whether it is right or not */
	int64_t still_ms;  /* as if no time had passed while nobody ran; in the same boot, too */
	int64_t offset_ms; /* wall minus boot time, of the last run */
	int64_t newest_ms; /* wall time: the newest that it has kept; 0: none */
};

/*
 * The end of what the last run had. *owed_ms: 0 in a run whose boot has set it; from a reboot until
 * the wall clock is right, wall minus boot time as if the machine had never been off.
 */
void until_reboot(int64_t *end_ms, int64_t *owed_ms, const struct reboot *reboot);
/* The wall clock is known to be right: takes off what is owed, and never adds. True: it was owed.
 */
_Bool until_clock(int64_t *end_ms, int64_t *owed_ms, const struct moment *right);

#endif
