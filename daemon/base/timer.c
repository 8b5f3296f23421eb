/* One source of sd-event that is armed again and again. Must not know who waits. */
#include "daemon/base/timer.h"

#include "core/clock.h"

static int on_time(sd_event_source *source, uint64_t usec, void *context)
{
	struct timer *timer = context;

	(void)source;
	(void)usec;
	timer->at_ms = CLOCK_NEVER;
	timer->expired(timer);
	return 0;
}

int timer_start(
	struct timer *timer, sd_event *event, int64_t late_ms, void (*expired)(struct timer *))
{
	/* 1 us: sd-event takes 0 for a quarter of a second. */
	uint64_t late_us = late_ms > 0 ? (uint64_t)late_ms * 1000 : 1;
	int r;

	*timer = (struct timer){ .expired = expired, .at_ms = CLOCK_NEVER };
	r = sd_event_add_time(
		event, &timer->source, CLOCK_BOOTTIME, UINT64_MAX, late_us, on_time, timer);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
}

void timer_stop(struct timer *timer)
{
	timer->source = sd_event_source_disable_unref(timer->source);
}

void timer_arm(struct timer *timer, int64_t at_ms)
{
	if (at_ms >= timer->at_ms)
		return;
	timer->at_ms = at_ms;
	sd_event_source_set_time(timer->source, at_ms > 0 ? (uint64_t)at_ms * 1000 : 0);
	sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
}
