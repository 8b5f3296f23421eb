/*
 * A reading: a point's value at a time with its quality.
 *
 * No value is never a number: `value` is meaningful only where quality is
 * QUALITY_GOOD, and readers must look at quality first. Beyond the measuring range, but within what
 * the sensor can say, a value is known to be over or under: an interval, whose end is `value`.
 */
#ifndef CORE_READING_H
#define CORE_READING_H

#include <stdbool.h>
#include <stdint.h>

enum quality {
	QUALITY_BAD, /* zero, so that a point never read is bad (REASON_NEVER) */
	QUALITY_STALE,
	QUALITY_GOOD,
	QUALITY_OVER, /* more than `value`, the end of its point's measuring range */
	QUALITY_UNDER,
};

enum reason {
	REASON_NEVER,     /* not read since start */
	REASON_NONE,      /* good */
	REASON_AGE,       /* stale: no good reading within the point's stale_ms */
	REASON_TIMEOUT,   /* the device did not answer in time */
	REASON_LINK,      /* the bus is not connected or was lost */
	REASON_EXCEPTION, /* the device refused; detail = Modbus exception code */
	REASON_GARBLED,   /* checksum, length or form of the answer wrong */
	REASON_MISMATCH,  /* an answer, but to something else */
	REASON_RANGE,     /* over or under; bad: beyond even what the sensor can say, outside the
			     point's declared range, or not exact in a double */
	REASON_NAN,       /* the device sent a float that is no number */
	REASON_DEVICE,    /* the device itself reports that it cannot measure */
	REASON_OFFLINE, /* what is asked for is not there, says who should know; nobody need wait */
	REASON_LOCAL,   /* this machine could not ask; detail = errno, such as EACCES */
	REASON_OPEN,    /* a supervised line is cut */
	REASON_SHORT,   /* a supervised line is shorted */
	REASON_COUNT,
};

struct reading {
	uint32_t point;  /* index in site.points */
	uint8_t quality; /* enum quality */
	uint8_t reason;  /* enum reason */
	uint16_t detail; /* REASON_EXCEPTION: the code; REASON_LOCAL: errno; over, under: 1 when it
			    has been so for longer than the point's stale_ms; else 0 */
	double value;    /* engineering units; usable ones only */
	int64_t at_ms;   /* boot time; a driver leaves 0 and the daemon stamps it */
};

/* Good, over or under: rules can decide by it. */
static inline bool reading_usable(const struct reading *reading)
{
	return reading->quality >= QUALITY_GOOD;
}

/* "good", "stale", "bad"; "timeout", "link", ... : the words of topics and logs. */
const char *quality_name(enum quality quality);
const char *reason_name(enum reason reason);

#endif
