/* Many descriptors and times behind one of each. Must not know of buses. */
#include "daemon/bus_loop.h"

#include "core/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 64 }; /* events in one turn before others on the loop get theirs */

struct bus_loop {
	int fd; /* epoll */
	sd_event_source *io, *timer;
	/* In two arrays, so that a look at all times touches nothing else. */
	int64_t *times_ms;
	struct bus_waiter **waiters;
	size_t count;
	int64_t armed_ms; /* when the timer fires; CLOCK_NEVER: off */
	bool expiring;    /* the timer is set when all that is due had its turn */
};

static void set_timer(struct bus_loop *loop, int64_t at_ms)
{
	loop->armed_ms = at_ms;
	sd_event_source_set_time(loop->timer, at_ms > 0 ? (uint64_t)at_ms * 1000 : 0);
	sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct epoll_event events[BATCH];
	int count = epoll_wait(fd, events, BATCH, 0);

	(void)source;
	(void)revents;
	(void)context;
	for (int i = 0; i < count; i++) {
		struct bus_waiter *waiter = events[i].data.ptr;

		waiter->ready(waiter, events[i].events);
	}
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct bus_loop *loop = context;
	int64_t now_ms = clock_now_ms(), next_ms = CLOCK_NEVER;

	(void)source;
	(void)usec;
	loop->expiring = true;
	for (size_t i = 0; i < loop->count; i++) {
		if (loop->times_ms[i] <= now_ms) {
			loop->times_ms[i] = CLOCK_NEVER;
			loop->waiters[i]->expired(loop->waiters[i]);
		}
	}
	loop->expiring = false;
	/* Only now: a call may have set the time of a waiter that had its turn before. */
	for (size_t i = 0; i < loop->count; i++)
		if (loop->times_ms[i] < next_ms)
			next_ms = loop->times_ms[i];
	loop->armed_ms = CLOCK_NEVER;
	if (next_ms != CLOCK_NEVER)
		set_timer(loop, next_ms);
	return 0;
}

struct bus_loop *bus_loop_new(sd_event *event)
{
	struct bus_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->armed_ms = CLOCK_NEVER;
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->fd >= 0 &&
		sd_event_add_io(event, &loop->io, loop->fd, EPOLLIN, on_io, loop) >= 0 &&
		sd_event_add_time(event, &loop->timer, CLOCK_BOOTTIME, 0, 1, on_timer, loop) >= 0 &&
		sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF) >= 0)
		return loop;
	bus_loop_free(loop);
	return NULL;
}

void bus_loop_free(struct bus_loop *loop)
{
	if (!loop)
		return;
	sd_event_source_disable_unref(loop->io);
	sd_event_source_disable_unref(loop->timer);
	if (loop->fd >= 0)
		close(loop->fd);
	free(loop->times_ms);
	free(loop->waiters);
	free(loop);
}

int bus_loop_add(struct bus_loop *loop, struct bus_waiter *waiter)
{
	size_t count = loop->count + 1;
	int64_t *times_ms = realloc(loop->times_ms, count * sizeof(*times_ms));
	struct bus_waiter **waiters;

	if (!times_ms)
		return -ENOMEM;
	loop->times_ms = times_ms;
	waiters = realloc(loop->waiters, count * sizeof(struct bus_waiter *));
	if (!waiters)
		return -ENOMEM;
	loop->waiters = waiters;
	waiters[loop->count] = waiter;
	times_ms[loop->count] = CLOCK_NEVER;
	waiter->loop = loop;
	waiter->index = loop->count++;
	waiter->fd = -1;
	return 0;
}

void bus_loop_remove(struct bus_waiter *waiter)
{
	struct bus_loop *loop = waiter->loop;
	size_t last;

	if (!loop)
		return;
	bus_waiter_watch(waiter, -1, 0);
	last = --loop->count;
	loop->times_ms[waiter->index] = loop->times_ms[last];
	loop->waiters[waiter->index] = loop->waiters[last];
	loop->waiters[waiter->index]->index = waiter->index;
	waiter->loop = NULL;
}

int bus_waiter_watch(struct bus_waiter *waiter, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = waiter };
	int operation = EPOLL_CTL_MOD;

	if (fd == waiter->fd && (fd < 0 || events == waiter->events))
		return 0;
	if (fd != waiter->fd && waiter->fd >= 0)
		epoll_ctl(waiter->loop->fd, EPOLL_CTL_DEL, waiter->fd, NULL);
	if (fd != waiter->fd)
		operation = EPOLL_CTL_ADD;
	waiter->fd = -1;
	if (fd < 0)
		return 0;
	if (epoll_ctl(waiter->loop->fd, operation, fd, &event) < 0)
		return -errno;
	waiter->fd = fd;
	waiter->events = events;
	return 0;
}

void bus_waiter_arm(struct bus_waiter *waiter, int64_t at_ms)
{
	struct bus_loop *loop = waiter->loop;

	if (at_ms >= loop->times_ms[waiter->index])
		return;
	loop->times_ms[waiter->index] = at_ms;
	if (!loop->expiring && at_ms < loop->armed_ms)
		set_timer(loop, at_ms);
}
