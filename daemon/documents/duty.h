/*
 * Duty hours in local time: the only place that turns wall time into the minute
 * of a week, and back. Right over the change to and from summer time, because
 * each is asked of the C library. Any thread; no I/O after the first call.
 */
#ifndef DAEMON_DOCUMENTS_DUTY_H
#define DAEMON_DOCUMENTS_DUTY_H

#include "core/people.h"

#include <stdint.h>

/* Minutes since Monday 00:00, local time. */
int duty_minute(int64_t wall_ms);

/* When a person's duty begins or ends next, wall time; 0: never. */
int64_t duty_change_ms(const struct person *person, int64_t wall_ms);

#endif
