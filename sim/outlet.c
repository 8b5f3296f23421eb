/* Parcels of bytes and their time. Must not know what they mean. */
#include "sim/outlet.h"

#include "core/clock.h"

#include <string.h>

void outlet_put(
	struct outlet *outlet, const uint8_t *bytes, size_t size, int64_t due_ms, int64_t gap_ms)
{
	for (size_t i = 0; i < OUTLET_MAX; i++) {
		struct parcel *parcel = &outlet->parcels[i];

		if (parcel->size || size > PARCEL_MAX)
			continue;
		parcel->due_ms = due_ms;
		parcel->gap_ms = gap_ms;
		parcel->size = size;
		parcel->sent = 0;
		memcpy(parcel->bytes, bytes, size);
		return;
	}
}

static int64_t parcel_step(struct outlet *outlet, struct parcel *parcel, int64_t now_ms)
{
	while (parcel->sent < parcel->size && now_ms >= parcel->due_ms) {
		size_t size = parcel->gap_ms ? 1 : parcel->size;

		outlet->send(outlet, parcel->bytes + parcel->sent, size);
		parcel->sent += size;
		parcel->due_ms += parcel->gap_ms;
	}
	if (parcel->sent < parcel->size)
		return parcel->due_ms;
	parcel->size = 0;
	return CLOCK_NEVER;
}

int64_t outlet_step(struct outlet *outlet, int64_t now_ms)
{
	int64_t next_ms = CLOCK_NEVER;

	for (size_t i = 0; i < OUTLET_MAX; i++) {
		int64_t parcel_ms = outlet->parcels[i].size
					    ? parcel_step(outlet, &outlet->parcels[i], now_ms)
					    : CLOCK_NEVER;

		if (parcel_ms < next_ms)
			next_ms = parcel_ms;
	}
	return next_ms;
}
