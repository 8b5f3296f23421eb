/* Waiters beside sd-event, in one epoll. Must not know who waits. */
#include "daemon/base/loop.h"

#include "core/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	BATCH = 64,             /* events in one turn before sd-event gets its own */
	PREPARE_EACH_MS = 1000, /* how late a time of sd-event that a waiter's call sets may be */
};

struct times {
	int64_t from_ms, at_ms; /* CLOCK_NEVER: none is set */
};

struct loop {
	sd_event *event;
	bool prepared; /* sd-event's times are set, and its descriptor tells when it is to run */
	int64_t prepared_ms;
	int fd; /* epoll: the waiters' descriptors and sd-event's */
	/* Apart from the waiters, so that a look at all times touches nothing else. */
	struct times *times;
	struct waiter **waiters;
	size_t count;
	int64_t next_ms; /* no time is earlier */
	bool expiring;   /* next_ms is found when all that is due had its turn */
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if (!loop)
		return NULL;
	loop->next_ms = CLOCK_NEVER;
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->fd >= 0 && sd_event_new(&loop->event) >= 0 &&
		epoll_ctl(loop->fd, EPOLL_CTL_ADD, sd_event_get_fd(loop->event), &event) == 0)
		return loop;
	loop_free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	sd_event_unref(loop->event);
	if (loop->fd >= 0)
		close(loop->fd);
	free(loop->times);
	free(loop->waiters);
	free(loop);
}

sd_event *loop_event(struct loop *loop)
{
	return loop->event;
}

/* Until the next time, to the microsecond, but at most limit_ms. NULL: without end. */
static const struct timespec *wait_time(
	const struct loop *loop, int64_t limit_ms, struct timespec *wait)
{
	int64_t wait_us = limit_ms * 1000;

	if (loop->next_ms != CLOCK_NEVER) {
		int64_t until_us = loop->next_ms * 1000 - clock_now_us();

		if (limit_ms < 0 || until_us < wait_us)
			wait_us = until_us > 0 ? until_us : 0;
	}
	*wait = (struct timespec){ wait_us / 1000000, wait_us % 1000000 * 1000 };
	return wait_us < 0 ? NULL : wait;
}

/* Has sd-event something too? */
static bool serve(const struct epoll_event *events, int count)
{
	bool others = false;

	for (int i = 0; i < count; i++) {
		struct waiter *waiter = events[i].data.ptr;

		if (waiter)
			waiter->ready(waiter, events[i].events);
		else
			others = true;
	}
	return others;
}

static void expire(struct loop *loop, int64_t now_ms)
{
	int64_t next_ms = CLOCK_NEVER;

	loop->expiring = true;
	for (size_t i = 0; i < loop->count; i++) {
		if (loop->times[i].from_ms <= now_ms) {
			loop->times[i] = (struct times){ CLOCK_NEVER, CLOCK_NEVER };
			loop->waiters[i]->expired(loop->waiters[i]);
		}
	}
	loop->expiring = false;
	/* Only now: a call may have set the time of a waiter that had its turn before. */
	for (size_t i = 0; i < loop->count; i++)
		if (loop->times[i].at_ms < next_ms)
			next_ms = loop->times[i].at_ms;
	loop->next_ms = next_ms;
}

/* 0: it waits; 1: one of its sources had its turn, and others may be due; -errno. */
static int prepare(struct loop *loop)
{
	int r = sd_event_prepare(loop->event);

	if (r > 0) {
		r = sd_event_dispatch(loop->event);
		return r < 0 ? r : 1;
	}
	if (r == 0) {
		loop->prepared = true;
		loop->prepared_ms = clock_now_ms();
	}
	return r;
}

static int run_others(struct loop *loop)
{
	int r = sd_event_wait(loop->event, 0);

	loop->prepared = false;
	return r > 0 ? sd_event_dispatch(loop->event) : r;
}

int loop_turn(struct loop *loop, int64_t limit_ms)
{
	struct epoll_event events[BATCH];
	struct timespec wait;
	int64_t now_ms;
	bool others;
	int count, r = loop->prepared ? 0 : prepare(loop);

	if (r)
		return r < 0 ? r : 0;
	count = epoll_pwait2(loop->fd, events, BATCH, wait_time(loop, limit_ms, &wait), NULL);
	if (count < 0 && errno != EINTR) /* which a stopped process that goes on gets */
		return -errno;
	others = serve(events, count);
	now_ms = clock_now_ms();
	if (loop->next_ms <= now_ms)
		expire(loop, now_ms);
	if (others || now_ms - loop->prepared_ms >= PREPARE_EACH_MS)
		r = run_others(loop);
	return r < 0 ? r : 0;
}

int loop_run(struct loop *loop)
{
	int r = 0;

	while (r >= 0 && sd_event_get_state(loop->event) != SD_EVENT_FINISHED)
		r = loop_turn(loop, -1);
	if (r >= 0)
		sd_event_get_exit_code(loop->event, &r);
	return r;
}

int waiter_add(struct loop *loop, struct waiter *waiter)
{
	size_t count = loop->count + 1;
	struct times *times = realloc(loop->times, count * sizeof(*times));
	struct waiter **waiters;

	if (!times)
		return -ENOMEM;
	loop->times = times;
	waiters = realloc(loop->waiters, count * sizeof(struct waiter *));
	if (!waiters)
		return -ENOMEM;
	loop->waiters = waiters;
	waiters[loop->count] = waiter;
	times[loop->count] = (struct times){ CLOCK_NEVER, CLOCK_NEVER };
	waiter->loop = loop;
	waiter->index = loop->count++;
	waiter->fd = -1;
	return 0;
}

void waiter_remove(struct waiter *waiter)
{
	struct loop *loop = waiter->loop;
	size_t last;

	if (!loop)
		return;
	waiter_watch(waiter, -1, 0);
	last = --loop->count;
	loop->times[waiter->index] = loop->times[last];
	loop->waiters[waiter->index] = loop->waiters[last];
	loop->waiters[waiter->index]->index = waiter->index;
	waiter->loop = NULL;
}

int waiter_watch(struct waiter *waiter, int fd, uint32_t events)
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

void waiter_arm(struct waiter *waiter, int64_t at_ms)
{
	struct loop *loop = waiter->loop;

	if (at_ms >= loop->times[waiter->index].at_ms)
		return;
	loop->times[waiter->index] = (struct times){ at_ms - waiter->early_ms, at_ms };
	if (!loop->expiring && at_ms < loop->next_ms)
		loop->next_ms = at_ms;
}
