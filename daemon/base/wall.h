/*
 * Which wall time an event has: its boot time plus an offset that is taken once
 * and then kept, also by the next run of the same boot. So one event is told
 * with one time, however often it is told.
 */
#ifndef DAEMON_BASE_WALL_H
#define DAEMON_BASE_WALL_H

#include "core/clock.h"

/* The clocks may drift apart by so much; beyond it the wall clock was set, and that counts. */
enum { WALL_SLACK_MS = 50 };

/* The offset (wall - boot) to go on with. Pure. */
int64_t wall_offset_ms(int64_t kept_ms, int64_t measured_ms);

/*
 * The moment of an event that begins now. *offset_ms: as it was left for the event before, and as
 * it is from now on; 0: none yet. That the wall clock was set is logged.
 */
struct moment wall_moment(int64_t *offset_ms);

#endif
