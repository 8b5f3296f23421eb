/* What a bus does when it is short of time, and when rules want to see more of it. */
#include "tests/schedule_lab.h"

/* A probe fits between the slots of the others, and then makes none of them late. */
static void test_a_probe_waits_for_a_pause(void **state)
{
	(void)state;
	build(10);
	start();
	t.dead_cost_ms = 90;
	t.dead[4] = true;
	run(10000);
	memset(t.worst_gap_ms, 0, sizeof(t.worst_gap_ms));
	memset(t.polls, 0, sizeof(t.polls));
	run(60000);
	assert_true(t.polls[4] >= 60 / 5);
	for (size_t i = 0; i < 10; i++)
		assert_true(i == 4 || t.worst_gap_ms[i] <= 1000 + 10);
	t.changes[SCHEDULE_ANSWERS] = 0;
	t.dead[4] = false;
	run(5000);
	assert_int_equal(t.changes[SCHEDULE_ANSWERS], 1);
}

/* Where there is no pause it goes all the same. */
static void test_a_busy_bus_is_probed_too(void **state)
{
	(void)state;
	build(10);
	t.live_cost_ms = 95;
	t.dead_cost_ms = 200;
	start();
	t.dead[4] = true;
	run(10000);
	t.polls[4] = 0;
	run(60000);
	assert_true(t.polls[4] >= 60 / 6);
	assert_int_equal(t.overloads, 0);
}

static void test_overload_is_told_with_figures(void **state)
{
	(void)state;
	build(10);
	t.live_cost_ms = 90; /* just enough */
	start();
	run(60000);
	assert_int_equal(t.overloads, 0);
	t.live_cost_ms = 150;
	run(30000);
	assert_int_equal(t.overloads, 1);
	assert_true(t.overload.lasting);
	assert_in_range(t.overload.needed_ms, 1250, 1500);
	assert_int_equal(t.overload.available_ms, 1000);
	assert_in_range(t.overload.missed_percent, 10, 60);
	run(60000);
	assert_int_equal(t.overloads, 1);
	t.live_cost_ms = 50;
	run(30000);
	assert_int_equal(t.overloads, 2);
	assert_false(t.overload.lasting);
}

/* What a device costs before it is silent is its own trouble. */
static void test_failures_are_no_overload(void **state)
{
	(void)state;
	build(10);
	start();
	run(20000);
	t.dead_cost_ms = 1000;
	for (int i = 0; i < 20; i++) {
		t.dead[3] = t.dead[5] = i % 2 == 0;
		run(7000);
	}
	assert_int_equal(t.overloads, 0);
}

static void test_watched_points_are_polled_faster(void **state)
{
	(void)state;
	build(3);
	t.points[4].poll_watched_ms = 200; /* of the second device: a poll of its own */
	start();
	run(5000);
	t.polls[1] = 0;
	run(10000);
	assert_in_range(t.polls[1], 19, 21); /* both of its polls */
	schedule_watch(t.schedule, &t.points[4], true, t.now_ms);
	t.polls[1] = t.polls[0] = 0;
	run(10000);
	assert_in_range(t.polls[1], 58, 62);
	assert_in_range(t.polls[0], 9, 11);
	schedule_watch(t.schedule, &t.points[4], false, t.now_ms);
	t.polls[1] = 0;
	run(10000);
	assert_in_range(t.polls[1], 19, 21);
	assert_int_equal(t.overloads, 0);
	schedule_watch(t.schedule, &t.points[0], true, t.now_ms); /* has no faster period */
	t.polls[0] = 0;
	run(10000);
	assert_in_range(t.polls[0], 9, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_probe_waits_for_a_pause),
		TEST(test_a_busy_bus_is_probed_too),
		TEST(test_overload_is_told_with_figures),
		TEST(test_failures_are_no_overload),
		TEST(test_watched_points_are_polled_faster),
	};

	return cmocka_run_group_tests_name("schedule_load", tests, NULL, NULL) ? 1 : 0;
}
