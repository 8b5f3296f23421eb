/* Time that passes on an event loop. Include cmocka first. Only *_test.c include it. */
#ifndef TESTS_LOOP_RUN_H
#define TESTS_LOOP_RUN_H

#include "core/clock.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

static inline void loop_run(sd_event *loop, int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms;
	int64_t left_ms = ms;

	for (; left_ms > 0; left_ms = end_ms - clock_now_ms())
		assert_true(sd_event_run(loop, (uint64_t)left_ms * 1000) >= 0);
}

/* Until the condition holds, 5 s at most. */
#define loop_until(loop, condition)                                                                \
	do {                                                                                       \
		int64_t end_ms_ = clock_now_ms() + 5000;                                           \
		while (!(condition) && clock_now_ms() < end_ms_)                                   \
			loop_run(loop, 2);                                                         \
		assert_true(condition);                                                            \
	} while (0)

#endif
