/*
 * For the tests of the buses only: a site on the pretended drivers, and the log
 * of what a bus set tells.
 */
#ifndef TESTS_BUS_BENCH_H
#define TESTS_BUS_BENCH_H

#include "daemon/bus/bus.h"
#include "tests/bus_pretend.h"
#include "tests/loop_run.h"

enum { STALE_MS = 900 /* longer than a loaded machine takes to start a thread */ };

static struct bench {
	struct point points[POINTS];
	struct point *point_list[POINTS];
	struct device devices[DEVICES];
	struct device *device_list[DEVICES];
	struct bus bus;
	struct site site;
	const struct bus *bus_now; /* of the set that works */
	sd_event *loop;
	struct bus_set *set;
	struct bus_events events;
	unsigned told[POINTS]; /* readings */
	struct reading last[POINTS];
	int64_t told_ms[POINTS]; /* when */
	unsigned frames;
	unsigned device_events, link_events, written_events;
	int device_error, link_error, written_error;
	uint64_t written_ticket;
	unsigned overloads;
	struct overload overload;
	void (*on_reading)(const struct reading *reading); /* NULL: only logged */
} bench;

/* What the set tells. */

static void on_reading(const struct reading *reading)
{
	bench.told[reading->point]++;
	bench.last[reading->point] = *reading;
	bench.told_ms[reading->point] = clock_now_ms();
	if (bench.on_reading)
		bench.on_reading(reading);
}

static void on_frame(struct bus_events *events, const struct reading *readings, size_t count)
{
	(void)events;
	bench.frames++;
	for (size_t i = 0; i < count; i++)
		on_reading(&readings[i]);
}

static void on_reach(
	struct bus_events *events, const struct bus *bus, const struct device *device, int error)
{
	(void)events;
	assert_ptr_equal(bus, bench.bus_now);
	*(device ? &bench.device_events : &bench.link_events) += 1;
	*(device ? &bench.device_error : &bench.link_error) = error;
}

static void on_overload(
	struct bus_events *events, const struct bus *bus, const struct overload *overload)
{
	(void)events;
	(void)bus;
	bench.overloads++;
	bench.overload = *overload;
}

static void on_written(struct bus_events *events, uint64_t ticket, int error)
{
	(void)events;
	bench.written_events++;
	bench.written_ticket = ticket;
	bench.written_error = error;
}

static void bench_build(struct bench *b, const struct adapter *adapter)
{
	static const struct point_class class = { .id = "level", .kind = POINT_NUMBER };
	static const char *const ids[POINTS] = { "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7" };

	memset(b, 0, sizeof(*b));
	b->bus = (struct bus){
		.id = "bus", .adapter = adapter, .devices = b->device_list, .device_count = DEVICES
	};
	for (uint32_t i = 0; i < POINTS; i++) {
		b->points[i] = (struct point){ .id = ids[i],
			.class = &class,
			.index = i,
			.device = &b->devices[i / EACH],
			.poll_ms = PERIOD_MS,
			.stale_ms = STALE_MS,
			.writable = i % EACH == 0 };
		b->point_list[i] = &b->points[i];
		b->devices[i / EACH] = (struct device){ .bus = &b->bus,
			.index = i / EACH,
			.points = &b->point_list[i / EACH * EACH],
			.point_count = EACH };
		b->device_list[i / EACH] = &b->devices[i / EACH];
	}
	b->site = (struct site){ .points = b->points,
		.point_count = POINTS,
		.buses = &b->bus,
		.bus_count = 1,
		.devices = b->devices,
		.device_count = DEVICES };
	b->events = (struct bus_events){ on_frame, on_reach, on_written, on_overload };
}

static void bench_start(void)
{
	assert_int_equal(sd_event_new(&bench.loop), 0);
	bench.bus_now = &bench.bus;
	bench.set = bus_set_start(&bench.site, bench.loop, &bench.events);
	assert_non_null(bench.set);
}

/* *state is the shape. */
static int set_up(void **state)
{
	memset(&world, 0, sizeof(world));
	bench_build(&bench, *state);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bus_set_stop(bench.set);
	sd_event_unref(bench.loop);
	bench.set = NULL;
	bench.loop = NULL;
	return 0;
}

static void run_ms(int64_t ms)
{
	loop_run(bench.loop, ms);
}

#define run_until(condition) loop_until(bench.loop, condition)

static bool all_told(void)
{
	for (size_t i = 0; i < POINTS; i++)
		if (bench.told[i] == 0)
			return false;
	return true;
}

/* A test on the driver of this shape; on both. */
#define SHAPE(f, shape)                                                                            \
	{                                                                                          \
#f " " #shape, f, set_up, tear_down,                                               \
			(void *)(uintptr_t)(const void *)&shapes[shape]                            \
	}
#define BOTH(f) SHAPE(f, 0), SHAPE(f, 1)

#endif
