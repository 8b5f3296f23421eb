/*
 * A time on the daemon's loop: sd-event's, in ms of boot time, for deadlines that most events move
 * on. Loop thread only; never blocks. A timer belongs to its user, who stops it before its memory
 * goes.
 */
#ifndef DAEMON_BASE_TIMER_H
#define DAEMON_BASE_TIMER_H

#include <stdint.h>
#include <systemd/sd-event.h>

struct timer {
	void (*expired)(struct timer *timer);
	/* The timer's own: */
	sd_event_source *source;
	int64_t at_ms; /* CLOCK_NEVER: not armed */
};

/*
 * Not armed yet. It may expire late_ms later than asked, together with something else, which saves
 * a wake-up. 0 or -errno.
 */
int timer_start(
	struct timer *timer, sd_event *event, int64_t late_ms, void (*expired)(struct timer *));
/* One that was never started (all zeros) too. */
void timer_stop(struct timer *timer);

/*
 * Call expired() once at at_ms, or earlier: a later time than the one that is set changes nothing,
 * so that a deadline which each answer moves on costs nothing.
 */
void timer_arm(struct timer *timer, int64_t at_ms);

#endif
