#include "daemon/base/wall.h"

int64_t wall_offset_ms(int64_t kept_ms, int64_t measured_ms)
{
	int64_t apart_ms = measured_ms - kept_ms;

	return apart_ms > WALL_SLACK_MS || apart_ms < -WALL_SLACK_MS ? measured_ms : kept_ms;
}
