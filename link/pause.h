/*
 * How long to wait before the broker is tried again. Pure.
 *
 * A broker that is not there, or goes down, is tried cheaply and often, so that alerts are out
 * within a second of its return; one that turns us away is tried ever less often; one where
 * another client has taken our session only after a while, so that two do not throw each other
 * out all the time.
 */
#ifndef LINK_PAUSE_H
#define LINK_PAUSE_H

#include <stdint.h>

enum {
	PAUSE_NEAR_MS = 500, /* at most, while the outage is young: */
	PAUSE_YOUNG_MS = 60 * 1000,
	PAUSE_FAR_MS = 1500, /* at most, afterwards */
	PAUSE_DOUBLING_MIN_MS = 500,
	PAUSE_DOUBLING_MAX_MS = 10000,
	PAUSE_TAKEN_OVER_MS = 10000,
};

/* Why it is not connected: away, turning us away, or our session was taken. */
enum pause_kind { PAUSE_AWAY, PAUSE_REFUSED, PAUSE_TAKEN_OVER };

/*
 * By the reason code of MQTT 5 that the broker gave; where that is 0, by the number of errno with
 * which the attempt failed: 0 for no reason at all.
 */
enum pause_kind pause_kind(uint32_t code, int error);

/*
 * `attempts` without success since the outage began, `outage_ms` ago. Half of the pause is by
 * `chance`, so that many sites do not come back at once.
 */
int64_t pause_ms(enum pause_kind kind, unsigned attempts, int64_t outage_ms, uint32_t chance);

#endif
