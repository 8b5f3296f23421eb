#include "core/reading.h"

const char *quality_name(enum quality quality)
{
	static const char *const names[] = {
		[QUALITY_BAD] = "bad",
		[QUALITY_STALE] = "stale",
		[QUALITY_GOOD] = "good",
	};

	return names[quality];
}

const char *reason_name(enum reason reason)
{
	static const char *const names[] = {
		[REASON_NEVER] = "never read",
		[REASON_NONE] = "none",
		[REASON_AGE] = "too old",
		[REASON_TIMEOUT] = "timeout",
		[REASON_LINK] = "link down",
		[REASON_EXCEPTION] = "exception",
		[REASON_GARBLED] = "garbled answer",
		[REASON_MISMATCH] = "mismatched answer",
		[REASON_RANGE] = "out of range",
		[REASON_NAN] = "not a number",
		[REASON_DEVICE] = "device fault",
		[REASON_OFFLINE] = "offline",
		[REASON_LOCAL] = "not possible from this machine",
		[REASON_OPEN] = "line open",
		[REASON_SHORT] = "line shorted",
	};

	return names[reason];
}
