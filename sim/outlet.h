/*
 * Bytes that leave later: late replies, and such as drip. Bounded: what is
 * beyond OUTLET_MAX parcels is lost, as in a gateway whose buffer is full.
 * Single thread, never blocks.
 */
#ifndef SIM_OUTLET_H
#define SIM_OUTLET_H

#include <stddef.h>
#include <stdint.h>

enum { OUTLET_MAX = 16, PARCEL_MAX = 320 };

struct parcel {
	int64_t due_ms, gap_ms; /* gap 0: all at once, else a byte each gap */
	size_t size, sent;      /* size 0: free */
	uint8_t bytes[PARCEL_MAX];
};

struct outlet {
	struct parcel parcels[OUTLET_MAX];
	/* Give bytes to the peer. */
	void (*send)(struct outlet *outlet, const uint8_t *bytes, size_t size);
};

void outlet_put(
	struct outlet *outlet, const uint8_t *bytes, size_t size, int64_t due_ms, int64_t gap_ms);

/* Send what is due. Returns when to call again; CLOCK_NEVER: nothing waits. */
int64_t outlet_step(struct outlet *outlet, int64_t now_ms);

#endif
