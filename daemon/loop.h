/*
 * What the event lines wait for: descriptors and times, all of them behind one
 * descriptor and one timer of the daemon's loop. The loop hands out one event per
 * turn, and looks at every descriptor that is ready in each; with hundreds of
 * devices that would cost more than all else. Here one turn serves whatever is
 * ready.
 *
 * Loop thread only; never blocks. A waiter belongs to its line and must be
 * removed before its memory goes, which no waiter's call may do to another.
 */
#ifndef DAEMON_BUS_LOOP_H
#define DAEMON_BUS_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct bus_loop;

struct bus_waiter {
	void (*ready)(struct bus_waiter *waiter, uint32_t events); /* of its descriptor */
	void (*expired)(struct bus_waiter *waiter);
	/* The loop's own: */
	struct bus_loop *loop;
	size_t index;
	int fd;
	uint32_t events;
};

/* NULL: out of memory or descriptors. */
struct bus_loop *bus_loop_new(sd_event *event);
void bus_loop_free(struct bus_loop *loop);

/* 0 or -ENOMEM. Removing one that is not there does nothing. */
int bus_loop_add(struct bus_loop *loop, struct bus_waiter *waiter);
void bus_loop_remove(struct bus_waiter *waiter);

/* Wait for EPOLLIN or EPOLLOUT of `fd` and of no other; -1: of none. 0 or -errno. */
int bus_waiter_watch(struct bus_waiter *waiter, int fd, uint32_t events);

/*
 * Call expired() at at_ms, or earlier: a later time than the one that is set changes nothing, so
 * that a deadline which each answer moves on costs no system call.
 */
void bus_waiter_arm(struct bus_waiter *waiter, int64_t at_ms);

#endif
