/* Pauses between attempts to connect; see pause.h. */
#include "link/pause.h"

#include <errno.h>
#include <stddef.h>

enum pause_kind pause_kind(uint32_t code, int error)
{
	/* An error of 0 in the table: whatever it is. */
	static const struct {
		uint32_t code;
		int error;
		enum pause_kind kind;
	} table[] = {
		{ 0x00, EPROTO, PAUSE_REFUSED }, /* no certificate, no broker, no packet of MQTT */
		{ 0x00, ENOENT, PAUSE_REFUSED }, /* one of our files */
		{ 0x00, EACCES, PAUSE_REFUSED },
		{ 0x00, ENOMEM, PAUSE_REFUSED },
		{ 0x00, 0, PAUSE_AWAY },
		{ 0x88, 0, PAUSE_AWAY }, /* server unavailable */
		{ 0x89, 0, PAUSE_AWAY }, /* server busy */
		{ 0x8b, 0, PAUSE_AWAY }, /* server shutting down */
		{ 0x8e, 0, PAUSE_TAKEN_OVER },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code && (!table[i].error || table[i].error == error))
			return table[i].kind;
	return PAUSE_REFUSED;
}

static int64_t limit_ms(enum pause_kind kind, unsigned attempts, int64_t outage_ms)
{
	int64_t doubled_ms;

	if (kind == PAUSE_TAKEN_OVER)
		return PAUSE_TAKEN_OVER_MS;
	if (kind == PAUSE_AWAY)
		return outage_ms < PAUSE_YOUNG_MS ? PAUSE_NEAR_MS : PAUSE_FAR_MS;
	doubled_ms =
		attempts > 8 ? PAUSE_DOUBLING_MAX_MS : (int64_t)PAUSE_DOUBLING_MIN_MS << attempts;
	return doubled_ms < PAUSE_DOUBLING_MAX_MS ? doubled_ms : PAUSE_DOUBLING_MAX_MS;
}

int64_t pause_ms(enum pause_kind kind, unsigned attempts, int64_t outage_ms, uint32_t chance)
{
	int64_t half_ms = limit_ms(kind, attempts, outage_ms) / 2;

	return half_ms + chance % (half_ms + 1);
}
