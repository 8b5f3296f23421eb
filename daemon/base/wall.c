#include "daemon/base/wall.h"

#include "core/log.h"

int64_t wall_offset_ms(int64_t kept_ms, int64_t measured_ms)
{
	int64_t apart_ms = measured_ms - kept_ms;

	return apart_ms > WALL_SLACK_MS || apart_ms < -WALL_SLACK_MS ? measured_ms : kept_ms;
}

struct moment wall_moment(int64_t *offset_ms)
{
	int64_t before_ms = *offset_ms, now_ms = clock_now_ms();

	*offset_ms = wall_offset_ms(before_ms, clock_wall_offset_ms());
	if (before_ms && *offset_ms != before_ms)
		log_info("wall clock: set by %+lld ms", (long long)(*offset_ms - before_ms));
	return (struct moment){ now_ms, now_ms + *offset_ms };
}
