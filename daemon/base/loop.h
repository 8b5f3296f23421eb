/*
 * The daemon's loop: sd-event for what comes now and then, and waiters for what
 * comes all the time. sd-event hands out one event per turn and looks at every
 * descriptor and clock in each, which with paced polls would cost more than all
 * else; here one turn serves every waiter that is ready or due, and sd-event only
 * when its own descriptor says so.
 *
 * Loop thread only; nothing but the wait itself blocks. A waiter belongs to its
 * user and must be removed before its memory goes, which no waiter's call may do
 * to another. A time of sd-event that a waiter's call sets may come up to a second
 * late; so whatever readings decide is timed by a waiter.
 */
#ifndef DAEMON_BASE_LOOP_H
#define DAEMON_BASE_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct loop;

struct waiter {
	void (*ready)(struct waiter *waiter, uint32_t events); /* its descriptor; NULL: has none */
	void (*expired)(struct waiter *waiter);                /* its time; NULL: has none */
	/* How much earlier its time may come, where the loop is awake for another's: no wake-up. */
	int64_t early_ms;
	/* The loop's own: */
	struct loop *loop;
	size_t index;
	int fd;
	uint32_t events;
};

/* NULL: out of memory or descriptors. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* For signals, rare descriptors and sd_event_exit(); the loop's, and valid as long as it is. */
sd_event *loop_event(struct loop *loop);

/* Until sd_event_exit(): the code given there, or -errno. */
int loop_run(struct loop *loop);

/* One turn, which waits limit_ms at most; -1: without end. 0 or -errno. */
int loop_turn(struct loop *loop, int64_t limit_ms);

/* 0 or -ENOMEM. Removing one that is not there does nothing. */
int waiter_add(struct loop *loop, struct waiter *waiter);
void waiter_remove(struct waiter *waiter);

/* Wait for EPOLLIN or EPOLLOUT of `fd` and of no other; -1: of none. 0 or -errno. */
int waiter_watch(struct waiter *waiter, int fd, uint32_t events);

/*
 * Call expired() once at at_ms, boot time, or earlier: a later time than the one that is set
 * changes nothing, so that a deadline which each answer moves on costs nothing.
 */
void waiter_arm(struct waiter *waiter, int64_t at_ms);

#endif
