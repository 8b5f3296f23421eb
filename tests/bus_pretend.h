/*
 * For the tests of the buses only: a world of points behind a pretended driver
 * in both shapes. The real drivers have tests of their own.
 */
#ifndef TESTS_BUS_PRETEND_H
#define TESTS_BUS_PRETEND_H

#include "adapters/adapter.h"
#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	DEVICES = 4,
	EACH = 2,
	POINTS = DEVICES * EACH,
	PERIOD_MS = 40,
	DEAD_MS = 150,
	FLOOD = 5000
};

/* What the pretended hardware is like; bus threads look at it too. */
static struct world {
	atomic_int value[POINTS];
	atomic_bool dead[DEVICES];
	atomic_uint lost[DEVICES]; /* so many answers get lost */
	atomic_bool link_down, wont_open, flood;
	atomic_bool at_once, moves; /* jobs end where they begin; each has another descriptor */
	atomic_uint polls[DEVICES], opens, closes, writes;
	atomic_int write_error, begin_error; /* of a write; of beginning a poll */
} world;

/* The link of both shapes. */
struct fake {
	struct link_head head;
	int fd, other_fd;
	struct poll *poll;
	const struct point *point;
	double value;
	int64_t deadline_ms;
	int given[POINTS]; /* value + 1 as given last; 0: none */
	unsigned flooded;
};

static void fake_emit(struct fake *f, const struct poll *poll, struct sink *sink, int error)
{
	bool same = true;

	for (size_t i = 0; i < poll->count; i++)
		same = same && !error &&
		       f->given[poll->points[i]->index] == world.value[poll->points[i]->index] + 1;
	if (same) {
		sink->unchanged(sink, poll->points, poll->count);
		return;
	}
	for (size_t i = 0; i < poll->count; i++) {
		uint32_t index = poll->points[i]->index;
		int value = world.value[index];
		struct reading r = { .point = index,
			.quality = QUALITY_GOOD,
			.reason = REASON_NONE,
			.value = value };

		if (error)
			r = (struct reading){
				.point = index, .quality = QUALITY_BAD, .reason = REASON_TIMEOUT
			};
		f->given[index] = error ? 0 : value + 1;
		sink->reading(sink, &r);
	}
}

static int fake_new(void **link)
{
	struct fake *f;

	world.opens++;
	if (world.wont_open)
		return -ECONNREFUSED;
	f = calloc(1, sizeof(*f));
	f->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->other_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->deadline_ms = CLOCK_NEVER;
	*link = f;
	return 0;
}

static void fake_close(void *link)
{
	struct fake *f = link;

	world.closes++;
	close(f->fd);
	close(f->other_fd);
	free(f);
}

static int fake_outcome(const struct poll *poll)
{
	world.polls[poll->device->index]++;
	if (world.link_down)
		return -ECONNRESET;
	if (world.lost[poll->device->index] > 0) {
		world.lost[poll->device->index]--;
		return -ETIMEDOUT;
	}
	return world.dead[poll->device->index] ? -ETIMEDOUT : 0;
}

static int fake_do_write(const struct point *point, double value)
{
	world.writes++;
	if (world.link_down)
		return -ECONNRESET;
	if (world.write_error)
		return world.write_error;
	world.value[point->index] = (int)value;
	return 0;
}

/* Event shape: answers come through the descriptor, or the deadline passes. */

static int event_open(const struct bus *bus, int64_t now_ms, void **link)
{
	int error = fake_new(link);

	(void)bus;
	(void)now_ms;
	if (error)
		return error;
	((struct fake *)*link)->head.state = LINK_BUSY;
	eventfd_write(((struct fake *)*link)->fd, 1);
	return 0;
}

static void event_end(struct fake *f, struct sink *sink)
{
	struct poll *poll = f->poll;
	const struct point *point = f->point;

	f->poll = NULL;
	f->point = NULL;
	f->deadline_ms = CLOCK_NEVER;
	if (point)
		f->head.result = fake_do_write(point, f->value);
	f->head.state = f->head.result == -ECONNRESET ? LINK_LOST : LINK_IDLE;
	if (poll)
		fake_emit(f, poll, sink, f->head.result);
}

static int event_start_read(void *link, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct fake *f = link;
	int fd = f->fd;

	if (world.begin_error)
		return world.begin_error;
	if (world.moves) {
		f->fd = f->other_fd;
		f->other_fd = fd;
	}
	f->poll = poll;
	f->head.state = LINK_BUSY;
	f->head.result = fake_outcome(poll);
	if (world.at_once) {
		event_end(f, sink);
		return 0;
	}
	if (f->head.result == -ETIMEDOUT)
		f->deadline_ms = now_ms + DEAD_MS;
	else
		eventfd_write(f->fd, 1);
	return 0;
}

static int event_start_write(void *link, const struct point *point, double value, int64_t now_ms)
{
	struct fake *f = link;

	(void)now_ms;
	f->point = point;
	f->value = value;
	f->head.state = LINK_BUSY;
	f->head.result = 0;
	if (world.at_once)
		event_end(f, NULL);
	else
		eventfd_write(f->fd, 1);
	return 0;
}

static void event_wait(const void *link, struct link_wait *wait)
{
	const struct fake *f = link;

	*wait = (struct link_wait){ f->fd, EPOLLIN, f->deadline_ms };
}

static void event_ready(void *link, uint32_t events, int64_t now_ms, struct sink *sink)
{
	eventfd_t ignored;

	(void)now_ms;
	assert_true(events & EPOLLIN);
	eventfd_read(((struct fake *)link)->fd, &ignored);
	event_end(link, sink);
}

static void event_deadline(void *link, int64_t now_ms, struct sink *sink)
{
	struct fake *f = link;

	assert_true(now_ms >= f->deadline_ms);
	event_end(f, sink);
}

static const struct adapter_event fake_event = { event_open, event_start_read, event_start_write,
	event_wait, event_ready, event_deadline, fake_close };

/* Blocking shape. */

static void nap_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int blocking_open(const struct bus *bus, void **link)
{
	(void)bus;
	return fake_new(link);
}

static int blocking_read(void *link, struct poll *poll, struct sink *sink)
{
	int error = fake_outcome(poll);

	if (error == -ETIMEDOUT)
		nap_ms(DEAD_MS);
	fake_emit(link, poll, sink, error);
	return error;
}

/* Spontaneous readings, many more than the queue holds, each different from the last. */
static int blocking_wait(void *link, int timeout_ms, struct sink *sink)
{
	struct fake *f = link;

	if (!world.flood || f->flooded == FLOOD) {
		nap_ms(timeout_ms < 5 ? timeout_ms : 5);
		return 0;
	}
	while (f->flooded < FLOOD) {
		struct reading r = { .point = POINTS - 1,
			.quality = QUALITY_GOOD,
			.reason = REASON_NONE,
			.value = 1000 + ++f->flooded };

		sink->reading(sink, &r);
	}
	return 0;
}

static int blocking_write(void *link, const struct point *point, double value)
{
	(void)link;
	return fake_do_write(point, value);
}

static const struct adapter_blocking fake_blocking = { blocking_open, blocking_read, NULL,
	blocking_write, fake_close };
static const struct adapter_blocking fake_blocking_wait = { blocking_open, blocking_read,
	blocking_wait, blocking_write, fake_close };
static const struct adapter shapes[] = {
	{ .name = "event", .event = &fake_event },
	{ .name = "blocking", .blocking = &fake_blocking },
	{ .name = "spontaneous", .blocking = &fake_blocking_wait },
};

#endif
