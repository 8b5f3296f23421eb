/*
 * UNTIL, as people say it of what always has an end: a lock, a hand, a shelf.
 *
 *   30 min, 30m, 90 s, 2 h, 1d   so long from now; a number alone is minutes
 *   14:30                        the next such time of day, local time
 *   2026-12-01 14:30             then, local time; also as 2026-12-01T14:30:00+08:00
 *
 * Pure but for the local time's rules; any thread.
 */
#ifndef CORE_UNTIL_H
#define CORE_UNTIL_H

#include <stdint.h>

/*
 * How long it is from `wall_ms` until then, for an end on the boot clock, which nobody can set:
 * more than 0, or -EINVAL: not understood; -ETIME: it is past; -ERANGE: longer than max_ms.
 */
int until_parse(const char *text, int64_t wall_ms, int64_t max_ms, int64_t *left_ms);

#endif
