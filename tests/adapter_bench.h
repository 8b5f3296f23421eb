/*
 * A small site for tests of an adapter: one bus, one device, points with their readings
 * as the adapter gave them, and what its checks said. Owner: the test. Include cmocka first.
 */
#ifndef TESTS_ADAPTER_BENCH_H
#define TESTS_ADAPTER_BENCH_H

#include "adapters/adapter.h"
#include "core/clock.h"
#include "core/owner.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { BENCH_POINT_MAX = 64 };

struct adapter_bench {
	const struct adapter *adapter;
	struct point_class number, state;
	struct bus bus;
	struct device device, *devices[1];
	struct point points[BENCH_POINT_MAX], *list[BENCH_POINT_MAX];
	const struct point *polled[BENCH_POINT_MAX];
	struct poll poll;
	/* What came out. */
	struct sink sink;
	struct reading last[BENCH_POINT_MAX];
	unsigned readings[BENCH_POINT_MAX];
	struct option_errors errors;
	char told[2048]; /* "[option] message ", one after the other */
	/* An event adapter at work. */
	void *link;
	int64_t now_ms;
};

static inline void bench_reading(struct sink *sink, const struct reading *reading)
{
	struct adapter_bench *b = OWNER_OF(sink, struct adapter_bench, sink);

	b->last[reading->point] = *reading;
	b->readings[reading->point]++;
}

static inline void __attribute__((format(printf, 3, 4)))
bench_error(struct option_errors *errors, const char *option, const char *format, ...)
{
	struct adapter_bench *b = OWNER_OF(errors, struct adapter_bench, errors);
	size_t used = strlen(b->told);
	va_list list;

	assert_true(used + 256 < sizeof(b->told));
	used += (size_t)snprintf(
		b->told + used, sizeof(b->told) - used, "[%s] ", option ? option : "");
	va_start(list, format);
	vsnprintf(b->told + used, sizeof(b->told) - used, format, list);
	va_end(list);
}

static inline void bench_init(struct adapter_bench *b, const struct adapter *adapter,
	void *bus_options, void *device_options)
{
	memset(b, 0, sizeof(*b));
	b->adapter = adapter;
	b->number = (struct point_class){ .id = "number", .kind = POINT_NUMBER };
	b->state = (struct point_class){ .id = "state", .kind = POINT_STATE };
	b->devices[0] = &b->device;
	b->bus = (struct bus){ .id = "bench",
		.adapter = adapter,
		.devices = b->devices,
		.device_count = 1,
		.options = bus_options };
	b->device = (struct device){
		.id = "device", .bus = &b->bus, .points = b->list, .options = device_options
	};
	b->poll = (struct poll){ .device = &b->device, .points = b->polled, .period_ms = 1000 };
	b->sink.reading = bench_reading;
	b->errors.add = bench_error;
	b->now_ms = 1000000;
}

/* A number has the range -1000 to 1000. */
static inline struct point *bench_add(
	struct adapter_bench *b, const char *id, enum point_kind kind, void *options)
{
	uint32_t i = (uint32_t)b->poll.count++;
	struct point *point = &b->points[i];

	*point = (struct point){
		.id = id,
		.class = kind == POINT_STATE ? &b->state : &b->number,
		.device = &b->device,
		.index = i,
		.min = kind == POINT_STATE ? 0 : -1000,
		.max = kind == POINT_STATE ? 1 : 1000,
		.poll_ms = 1000,
		.options = options,
	};
	b->list[i] = point;
	b->polled[i] = point;
	b->device.point_count++;
	return point;
}

/* All of the adapter's checks; what they say is in `told`. */
static inline void bench_check(struct adapter_bench *b)
{
	b->told[0] = '\0';
	if (b->adapter->check_bus)
		b->adapter->check_bus(&b->bus, &b->errors);
	if (b->adapter->check_device)
		b->adapter->check_device(&b->device, &b->errors);
	for (size_t i = 0; i < b->poll.count && b->adapter->check_point; i++)
		b->adapter->check_point(&b->points[i], &b->errors);
}

static inline void bench_forget(struct adapter_bench *b)
{
	memset(b->last, 0, sizeof(b->last));
	memset(b->readings, 0, sizeof(b->readings));
}

#define assert_good(b, i, expected)                                                                \
	do {                                                                                       \
		assert_int_equal((b)->last[i].reason, REASON_NONE);                                \
		assert_int_equal((b)->last[i].quality, QUALITY_GOOD);                              \
		if ((b)->last[i].value != (expected))                                              \
			fail_msg("%g is not %g", (b)->last[i].value, (double)(expected));          \
	} while (0)

#define assert_bad(b, i, why)                                                                      \
	do {                                                                                       \
		assert_true((b)->readings[i] > 0);                                                 \
		assert_int_equal((b)->last[i].quality, QUALITY_BAD);                               \
		assert_int_equal((b)->last[i].reason, why);                                        \
		assert_true((b)->last[i].value == 0);                                              \
	} while (0)

/* Let an event adapter handle what has come within timeout_ms. False: nothing has. */
static inline bool bench_turn(struct adapter_bench *b, int timeout_ms)
{
	const struct adapter_event *verbs = b->adapter->event;
	struct link_wait wait = { .fd = -1, .deadline_ms = CLOCK_NEVER };
	struct pollfd fd = { .events = 0 };

	verbs->wait(b->link, &wait);
	if (wait.fd < 0)
		return false;
	fd.fd = wait.fd;
	fd.events = (short)wait.events; /* EPOLLIN and EPOLLOUT are POLLIN and POLLOUT */
	if (poll(&fd, 1, timeout_ms) != 1)
		return false;
	verbs->ready(b->link, (uint32_t)fd.revents, b->now_ms, &b->sink);
	return true;
}

/* Let time pass up to what the link waits for. */
static inline void bench_deadline(struct adapter_bench *b)
{
	struct link_wait wait = { .fd = -1, .deadline_ms = CLOCK_NEVER };

	b->adapter->event->wait(b->link, &wait);
	assert_true(wait.deadline_ms != CLOCK_NEVER);
	if (wait.deadline_ms > b->now_ms)
		b->now_ms = wait.deadline_ms;
	b->adapter->event->deadline(b->link, b->now_ms, &b->sink);
}

#endif
