/*
 * For the tests of the schedule only: it is played in virtual time on a bus
 * whose polls cost time, and whose devices may be dead.
 */
#ifndef TESTS_SCHEDULE_LAB_H
#define TESTS_SCHEDULE_LAB_H

#include "daemon/bus/schedule.h"

#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DEVICES = 20, POINTS_EACH = 3, START_MS = 1000000 };

static struct site_of_test {
	struct adapter adapter;
	struct bus bus;
	struct device devices[DEVICES];
	struct device *device_list[DEVICES];
	struct point points[DEVICES * POINTS_EACH];
	struct point *point_list[DEVICES * POINTS_EACH];
	struct schedule *schedule;
	int64_t now_ms;
	bool dead[DEVICES];
	const struct poll *dead_poll; /* never answered, though its device lives */
	int64_t slow_ms[DEVICES];     /* an answer takes so much longer */
	int64_t dead_cost_ms, live_cost_ms;
	unsigned polls[DEVICES], changes[3], overloads;
	struct overload overload;
	int64_t busy_ms[DEVICES];
	int64_t worst_gap_ms[DEVICES], last_ms[DEVICES];
} t;

static void build(size_t devices)
{
	memset(&t, 0, sizeof(t));
	t.now_ms = START_MS;
	t.live_cost_ms = 5;
	t.dead_cost_ms = 500;
	for (size_t i = 0; i < devices; i++) {
		for (size_t j = 0; j < POINTS_EACH; j++) {
			size_t n = i * POINTS_EACH + j;

			t.points[n] = (struct point){
				.index = (uint32_t)n, .poll_ms = 1000, .device = &t.devices[i]
			};
			t.point_list[n] = &t.points[n];
		}
		t.devices[i] = (struct device){ .bus = &t.bus,
			.index = (uint32_t)i,
			.points = &t.point_list[i * POINTS_EACH],
			.point_count = POINTS_EACH };
		t.device_list[i] = &t.devices[i];
		t.last_ms[i] = START_MS;
	}
	t.bus = (struct bus){ .id = "bus",
		.adapter = &t.adapter,
		.devices = t.device_list,
		.device_count = devices };
}

static void start(void)
{
	int error;

	t.schedule = schedule_new(&t.bus, t.now_ms, 42, &error);
	assert_non_null(t.schedule);
	assert_int_equal(error, 0);
}

static int tear_down(void **state)
{
	(void)state;
	schedule_free(t.schedule);
	t.schedule = NULL;
	return 0;
}

/* How long the answer takes; true: none comes as long as the poll waits. */
static bool wait_for_answer(const struct poll *poll, int64_t *took_ms)
{
	uint32_t device = poll->device->index;
	int64_t answer_ms = t.live_cost_ms + t.slow_ms[device];
	int64_t patience_ms = t.dead_cost_ms;

	if (poll->patience_ms > 0 && poll->patience_ms < patience_ms)
		patience_ms = poll->patience_ms;
	*took_ms = answer_ms;
	if (!t.dead[device] && poll != t.dead_poll && answer_ms <= patience_ms)
		return false;
	*took_ms = patience_ms;
	return true;
}

static void do_poll(const struct poll *poll)
{
	uint32_t device = poll->device->index;
	int64_t started_ms = t.now_ms, took_ms;
	int64_t gap_ms = started_ms - t.last_ms[device];
	bool lost = wait_for_answer(poll, &took_ms);

	t.now_ms += took_ms;
	t.busy_ms[device] += took_ms;
	t.polls[device]++;
	t.last_ms[device] = started_ms;
	if (gap_ms > t.worst_gap_ms[device])
		t.worst_gap_ms[device] = gap_ms;
	t.changes[schedule_done(t.schedule, poll, lost ? -ETIMEDOUT : 0, started_ms, t.now_ms)]++;
	t.overloads += schedule_overload(t.schedule, &t.overload);
}

static void run(int64_t for_ms)
{
	int64_t end_ms = t.now_ms + for_ms;

	while (t.now_ms < end_ms) {
		int64_t due_ms;
		struct poll *poll = schedule_next(t.schedule, t.now_ms, &due_ms);

		if (poll)
			do_poll(poll);
		else if (due_ms < end_ms)
			t.now_ms = due_ms;
		else
			t.now_ms = end_ms;
	}
}

/* The next to go, at its time; not done yet. */
static inline const struct poll *next_poll(void)
{
	const struct poll *poll;
	int64_t due_ms;

	while (!(poll = schedule_next(t.schedule, t.now_ms, &due_ms)))
		t.now_ms = due_ms;
	return poll;
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

#endif
