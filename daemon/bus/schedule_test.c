/* The schedule played in virtual time on a bus whose polls cost time. */
#include "tests/schedule_lab.h"

#include <errno.h>

static void test_groups_by_device_and_period(void **state)
{
	const struct poll *polls[8];
	size_t count = 0, points = 0;

	(void)state;
	build(4);
	t.points[1].poll_ms = 5000; /* the middle one of the first device */
	start();
	while (t.now_ms < START_MS + 10000) {
		const struct poll *poll = next_poll();
		size_t seen = 0;

		do_poll(poll);
		while (seen < count && polls[seen] != poll)
			seen++;
		if (seen < count)
			continue;
		assert_true(count < 8);
		polls[count++] = poll;
		for (size_t i = 0; i < poll->count; i++) {
			assert_ptr_equal(poll->points[i]->device, poll->device);
			assert_int_equal(poll->points[i]->poll_ms, poll->period_ms);
			assert_true(i == 0 || poll->points[i - 1]->index < poll->points[i]->index);
		}
		points += poll->count;
	}
	assert_int_equal(count, 5);
	assert_int_equal(points, 12);
}

static void test_every_period_is_kept(void **state)
{
	(void)state;
	build(DEVICES);
	start();
	run(10000);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_in_range(t.polls[i], 10, 11);
		assert_true(t.worst_gap_ms[i] <= 1000 + 40);
	}
	assert_int_equal(t.changes[SCHEDULE_SILENT], 0);
}

static void test_spread_in_slots(void **state)
{
	unsigned wakes = 0, now = 0;
	int64_t due_ms, last_ms = 0;

	(void)state;
	build(DEVICES);
	t.live_cost_ms = 0;
	start();
	for (unsigned n = 0; n < DEVICES;) {
		struct poll *poll = schedule_next(t.schedule, t.now_ms, &due_ms);

		if (!poll) {
			t.now_ms = due_ms;
			continue;
		}
		do_poll(poll);
		n++;
		now = t.now_ms == last_ms ? now + 1 : 1;
		wakes += now == 1;
		last_ms = t.now_ms;
		assert_true(now <= SCHEDULE_SLOT_POLLS);
	}
	assert_int_equal(wakes, 3);
	assert_true(t.now_ms < START_MS + 1000);
}

/* How many of so many buses, with a device each, are polled in each ms of a period of 100 ms. */
static void count_polls(size_t buses, unsigned polls[static 100])
{
	memset(polls, 0, 100 * sizeof(*polls));
	for (size_t i = 0; i < buses; i++) {
		int64_t due_ms = 0;
		struct poll *poll;

		build(1);
		for (size_t p = 0; p < POINTS_EACH; p++)
			t.points[p].poll_ms = 100;
		t.bus.index = (uint32_t)i;
		start();
		/* The second one: the first may be early. */
		for (int n = 0; n < 2;) {
			poll = schedule_next(t.schedule, t.now_ms, &due_ms);
			t.now_ms = poll ? t.now_ms : due_ms;
			n += poll != NULL;
			due_ms = t.now_ms;
			if (poll)
				schedule_done(t.schedule, poll, 0, t.now_ms, t.now_ms);
		}
		polls[due_ms % 100]++;
		schedule_free(t.schedule);
		t.schedule = NULL;
	}
}

static void test_buses_share_wake_ups(void **state)
{
	unsigned polls[100];

	(void)state;
	for (size_t buses = 80; buses <= 400; buses += 80) {
		count_polls(buses, polls);
		for (size_t i = 0; i < 100; i++)
			assert_int_equal(polls[i], i % 10 == 0 ? buses / 10 : 0);
	}
}

static void test_slow_points_are_known_soon(void **state)
{
	(void)state;
	build(DEVICES);
	for (size_t i = 0; i < DEVICES * POINTS_EACH; i++)
		t.points[i].poll_ms = 60000;
	start();
	run(1000);
	for (size_t i = 0; i < DEVICES; i++)
		assert_int_equal(t.polls[i], 1);
	/* And from there within their period. */
	run(60000);
	for (size_t i = 0; i < DEVICES; i++)
		assert_int_equal(t.polls[i], 2);
}

static void test_a_dead_device_is_silent_and_cheap(void **state)
{
	(void)state;
	build(DEVICES);
	start();
	t.dead[3] = true;
	run(5000);
	assert_int_equal(t.changes[SCHEDULE_SILENT], 1);
	memset(t.busy_ms, 0, sizeof(t.busy_ms));
	memset(t.worst_gap_ms, 0, sizeof(t.worst_gap_ms));
	memset(t.polls, 0, sizeof(t.polls));
	run(600000);
	assert_true(t.busy_ms[3] * 20 <= 600000);
	assert_true(t.polls[3] >= 600 / 40); /* but it is not forgotten */
	for (size_t i = 0; i < DEVICES; i++) {
		if (i == 3)
			continue;
		assert_in_range(t.polls[i], 595, 601);
		assert_true(t.worst_gap_ms[i] <= 1000 + t.dead_cost_ms + DEVICES * t.live_cost_ms);
	}
}

/* A lost answer is no dead device, and three are. */
static void test_silent_after_three_failures_in_a_row(void **state)
{
	(void)state;
	build(1);
	start();
	for (int i = 0; i < 2; i++) {
		t.dead[0] = true;
		run(2000);
		assert_int_equal(t.polls[0], 2);
		assert_int_equal(t.changes[SCHEDULE_SILENT], 0);
		t.dead[0] = false;
		run(1000);
		t.polls[0] = 0;
	}
	t.dead[0] = true;
	run(3000);
	assert_int_equal(t.polls[0], 3);
	assert_int_equal(t.changes[SCHEDULE_SILENT], 1);
}

static void test_many_dead_devices_share_the_same_budget(void **state)
{
	int64_t busy_ms = 0;

	(void)state;
	build(DEVICES);
	start();
	for (size_t i = 0; i < DEVICES; i++)
		t.dead[i] = i % 2 == 0;
	run(60000);
	memset(t.busy_ms, 0, sizeof(t.busy_ms));
	memset(t.polls, 0, sizeof(t.polls));
	run(600000);
	for (size_t i = 0; i < DEVICES; i++) {
		if (t.dead[i]) {
			busy_ms += t.busy_ms[i];
			assert_true(t.polls[i] >= 2);
		} else {
			assert_true(t.polls[i] >= 590);
		}
	}
	assert_true(busy_ms * 19 <= 600000);
}

static void test_it_answers_again(void **state)
{
	(void)state;
	build(3);
	start();
	t.dead[1] = true;
	run(60000);
	t.dead[1] = false;
	run(5000); /* the longest back-off, and its jitter */
	assert_int_equal(t.changes[SCHEDULE_SILENT], 1);
	assert_int_equal(t.changes[SCHEDULE_ANSWERS], 1);
	t.polls[1] = 0;
	run(10000);
	assert_in_range(t.polls[1], 10, 11);
}

/* It is probed with its shortest poll, and when that answers all is asked at once. */
static void test_one_that_answers_is_asked_for_all(void **state)
{
	const struct poll *slow;
	int64_t due_ms;

	(void)state;
	build(2);
	t.points[0].poll_ms = 30000;
	start();
	run(2000);
	for (int round = 0; round < 2; round++) {
		t.dead[0] = true;
		run(10000);
		assert_int_equal(t.changes[SCHEDULE_SILENT], round + 1);
		for (int i = 0; i < 5; i++) {
			const struct poll *poll = next_poll();

			assert_int_not_equal(poll->period_ms, 30000);
			do_poll(poll);
		}
		t.dead[0] = false;
		t.polls[1] = 0;
		while (t.changes[SCHEDULE_ANSWERS] == (unsigned)round)
			run(1);
		slow = schedule_next(t.schedule, t.now_ms, &due_ms);
		assert_non_null(slow);
		assert_int_equal(slow->period_ms, 30000);
		do_poll(slow);
		assert_null(schedule_next(t.schedule, t.now_ms, &due_ms)); /* not the others */
		/* Nothing is tried anew where something lives. */
		schedule_opened(t.schedule, t.now_ms);
		assert_null(schedule_next(t.schedule, t.now_ms, &due_ms));
	}
}

/* Not all of a building's at the same time. */
static void test_buses_probe_at_different_times(void **state)
{
	int64_t due_ms[2];
	int error;

	(void)state;
	for (int i = 0; i < 2; i++) {
		build(1);
		t.schedule = schedule_new(&t.bus, t.now_ms, i == 0 ? 42 : 43, &error);
		t.dead[0] = true;
		run(2600);
		assert_int_equal(t.changes[SCHEDULE_SILENT], 1);
		assert_null(schedule_next(t.schedule, t.now_ms, &due_ms[i]));
		tear_down(state);
	}
	assert_int_not_equal(due_ms[0], due_ms[1]);
}

static void test_a_silent_one_that_is_watched_is_not_asked_more(void **state)
{
	int64_t due_ms[2];

	(void)state;
	build(1);
	for (size_t p = 0; p < POINTS_EACH; p++)
		t.points[p].poll_watched_ms = 20;
	start();
	t.dead[0] = true;
	run(20000);
	while (schedule_next(t.schedule, t.now_ms, &due_ms[0]))
		run(600);
	schedule_watch(t.schedule, &t.points[0], true, t.now_ms);
	assert_null(schedule_next(t.schedule, t.now_ms, &due_ms[1]));
	assert_int_equal(due_ms[0], due_ms[1]);
}

static void test_exceptions_are_answers(void **state)
{
	int64_t due_ms;

	(void)state;
	build(1);
	start();
	for (int i = 0; i < 10; i++) {
		struct poll *poll;

		while (!(poll = schedule_next(t.schedule, t.now_ms, &due_ms)))
			t.now_ms = due_ms;
		assert_int_equal(schedule_done(t.schedule, poll, i % 2 ? -EREMOTEIO : -EINVAL,
					 t.now_ms, t.now_ms),
			SCHEDULE_SAME);
	}
}

static void test_all_dead_are_tried_when_the_link_opens(void **state)
{
	int64_t due_ms;

	(void)state;
	build(2);
	start();
	t.dead[0] = t.dead[1] = true;
	run(120000);
	assert_int_equal(t.changes[SCHEDULE_SILENT], 2);
	/* Also those that stay dead: from there with the first back-off. */
	schedule_opened(t.schedule, t.now_ms);
	t.polls[0] = 0;
	run(2500);
	assert_in_range(t.polls[0], 2, 3);
	run(60000);
	t.dead[0] = t.dead[1] = false;
	schedule_opened(t.schedule, t.now_ms);
	assert_non_null(schedule_next(t.schedule, t.now_ms, &due_ms));
	run(1100);
	assert_int_equal(t.changes[SCHEDULE_ANSWERS], 2);
}

static void test_wanted_first(void **state)
{
	int64_t due_ms;
	struct poll *poll;

	(void)state;
	build(4);
	start();
	run(3000);
	schedule_want(t.schedule, &t.points[3 * POINTS_EACH + 1], t.now_ms);
	poll = schedule_next(t.schedule, t.now_ms, &due_ms);
	assert_non_null(poll);
	assert_int_equal(poll->device->index, 3);
	/* Asked for again while it is under way: what it finds may be too old for that. */
	schedule_want(t.schedule, &t.points[3 * POINTS_EACH + 1], t.now_ms);
	schedule_done(t.schedule, poll, 0, t.now_ms, t.now_ms + 1);
	assert_ptr_equal(schedule_next(t.schedule, t.now_ms + 1, &due_ms), poll);
}

static void test_wanting_a_silent_one_is_bounded(void **state)
{
	(void)state;
	build(2);
	start();
	t.dead[0] = true;
	t.dead_cost_ms = 100;
	run(300000);
	t.polls[0] = 0;
	for (int i = 0; i < 50; i++) {
		schedule_want(t.schedule, &t.points[0], t.now_ms);
		run(200);
	}
	assert_in_range(t.polls[0], 1, 10);
}

static int refuse_plan(struct poll *poll)
{
	(void)poll;
	return -EINVAL;
}

static void test_a_plan_that_fails(void **state)
{
	int error;

	(void)state;
	build(1);
	t.adapter.plan = refuse_plan;
	assert_null(schedule_new(&t.bus, t.now_ms, 1, &error));
	assert_int_equal(error, -EINVAL);
}

static void test_empty_bus(void **state)
{
	int64_t due_ms;

	(void)state;
	build(0);
	start();
	assert_null(schedule_next(t.schedule, t.now_ms, &due_ms));
	assert_int_equal(due_ms, CLOCK_NEVER);
	schedule_opened(t.schedule, t.now_ms);
}

/* Adapters whose readings come by themselves have no polls, and nothing there is silent. */
static void test_nothing_to_ask(void **state)
{
	static const struct adapter_event event = { .start_read = NULL };
	static const struct adapter_blocking blocking = { .read = NULL };
	int64_t due_ms;

	(void)state;
	for (int i = 0; i < 2; i++) {
		build(2);
		t.adapter.event = i == 0 ? &event : NULL;
		t.adapter.blocking = i == 0 ? NULL : &blocking;
		start();
		schedule_want(t.schedule, &t.points[0], t.now_ms);
		schedule_opened(t.schedule, t.now_ms);
		assert_null(schedule_next(t.schedule, t.now_ms + 60000, &due_ms));
		assert_int_equal(due_ms, CLOCK_NEVER);
		tear_down(state);
	}
	t.adapter.event = NULL;
	t.adapter.blocking = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_groups_by_device_and_period),
		TEST(test_every_period_is_kept),
		TEST(test_spread_in_slots),
		TEST(test_buses_share_wake_ups),
		TEST(test_slow_points_are_known_soon),
		TEST(test_a_dead_device_is_silent_and_cheap),
		TEST(test_silent_after_three_failures_in_a_row),
		TEST(test_many_dead_devices_share_the_same_budget),
		TEST(test_it_answers_again),
		TEST(test_one_that_answers_is_asked_for_all),
		TEST(test_buses_probe_at_different_times),
		TEST(test_a_silent_one_that_is_watched_is_not_asked_more),
		TEST(test_exceptions_are_answers),
		TEST(test_all_dead_are_tried_when_the_link_opens),
		TEST(test_wanted_first),
		TEST(test_wanting_a_silent_one_is_bounded),
		TEST(test_a_plan_that_fails),
		TEST(test_empty_bus),
		TEST(test_nothing_to_ask),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL) ? 1 : 0;
}
