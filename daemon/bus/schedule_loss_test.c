/* The schedule, played in virtual time, of a bus on which answers get lost and devices die and
 * return. */
#include "tests/schedule_lab.h"

static struct poll *next(void)
{
	struct poll *poll;
	int64_t due_ms;

	while (!(poll = schedule_next(t.schedule, t.now_ms, &due_ms)))
		t.now_ms = due_ms;
	return poll;
}

/* The second try goes before whatever else is due, and is the first that says anything. */
static void test_a_lone_loss_is_asked_again_at_once(void **state)
{
	struct poll *lost;
	int64_t lost_ms;

	(void)state;
	build(4);
	start();
	run(2000);
	t.dead_cost_ms = 1000;
	lost = next();
	t.dead_poll = lost;
	assert_true(schedule_forgives(t.schedule, lost));
	do_poll(lost);
	lost_ms = t.now_ms;
	assert_false(schedule_forgives(t.schedule, lost));
	assert_ptr_equal(next(), lost);
	assert_int_equal(t.now_ms, lost_ms);
	t.dead_poll = NULL;
	do_poll(lost);
	assert_true(schedule_forgives(t.schedule, lost));
	run(5000);
	assert_int_equal(t.changes[SCHEDULE_SILENT], 0);
}

/* S3: some die at once. Whoever lives waits for each of the others once, then for two. */
static void test_those_that_live_go_before_the_suspect(void **state)
{
	enum { ALL = 10, LIVE = 3 };

	(void)state;
	for (size_t live = 0; live <= ALL - LIVE; live++) {
		build(ALL);
		t.dead_cost_ms = 1000;
		start();
		run(3300);
		for (size_t i = 0; i < ALL; i++)
			t.dead[i] = i < live || i >= live + LIVE;
		memset(t.worst_gap_ms, 0, sizeof(t.worst_gap_ms));
		run(12000);
		for (size_t i = live; i < live + LIVE; i++)
			assert_true(t.worst_gap_ms[i] <=
				    1000 + (ALL - LIVE + 1) * t.dead_cost_ms + 100);
		memset(t.worst_gap_ms, 0, sizeof(t.worst_gap_ms));
		run(30000);
		for (size_t i = live; i < live + LIVE; i++)
			assert_true(t.worst_gap_ms[i] <= 1000 + 2 * t.dead_cost_ms + 50);
		assert_int_equal(t.changes[SCHEDULE_SILENT], ALL - LIVE);
		tear_down(state);
	}
}

/* After a loss, who has answered since goes before who has not been asked. */
static void test_who_has_answered_since_the_loss_goes_first(void **state)
{
	struct poll *answered, *lost;

	(void)state;
	build(4);
	t.live_cost_ms = 0;
	t.dead_cost_ms = 1500;
	start();
	run(3000);
	t.dead[next()->device->index] = true;
	do_poll(next());
	do_poll(next()); /* at once */
	answered = next();
	do_poll(answered);
	lost = next();
	t.dead[lost->device->index] = true;
	do_poll(lost); /* not alone: there is no second try now */
	assert_ptr_equal(next(), answered);
	do_poll(answered);
	assert_true(next() != lost); /* the last has not been asked since */
}

/* S5, and with as many dead as 5 % of the bus can probe: whenever it is that one returns. */
static void test_one_that_returns_is_read_within_5_s(void **state)
{
	enum { ALL = 10, DEAD = 7 };

	(void)state;
	for (int64_t at_ms = 0; at_ms < 6000; at_ms += 250) {
		build(ALL);
		t.live_cost_ms = 3;
		t.dead_cost_ms = 1000;
		start();
		run(3000);
		for (size_t i = 0; i < DEAD; i++)
			t.dead[i] = true;
		run(60000 + at_ms);
		assert_int_equal(t.changes[SCHEDULE_SILENT], DEAD);
		t.dead[at_ms / 250 % DEAD] = false;
		run(5000);
		assert_int_equal(t.changes[SCHEDULE_ANSWERS], 1);
		tear_down(state);
	}
}

/* What took them may be over for all: within what a probe of each takes. */
static void test_the_first_that_returns_has_the_others_asked(void **state)
{
	(void)state;
	build(DEVICES);
	t.live_cost_ms = 3;
	t.dead_cost_ms = 1000;
	start();
	run(3000);
	for (size_t i = 1; i < DEVICES; i++)
		t.dead[i] = true;
	run(120000);
	memset(t.dead, 0, sizeof(t.dead));
	while (t.changes[SCHEDULE_ANSWERS] == 0)
		run(1);
	run(200);
	assert_int_equal(t.changes[SCHEDULE_ANSWERS], DEVICES - 1);
}

/* A probe waits what sound answers take; now and then it waits for one that has become slow. */
static void test_probes_are_short_but_not_all(void **state)
{
	(void)state;
	build(3);
	t.dead_cost_ms = 1000;
	start();
	run(3000);
	t.dead[1] = true;
	run(10000);
	t.polls[1] = 0;
	t.busy_ms[1] = 0;
	run(20000);
	assert_true(t.polls[1] >= 5 && t.busy_ms[1] <= 1000 + (int64_t)t.polls[1] * 30);
	t.slow_ms[1] = 800;
	t.dead[1] = false;
	run(25000); /* one whole time-out is 5 % of 20 s */
	assert_int_equal(t.changes[SCHEDULE_ANSWERS], 1);
}

/* It is found by its own failures, and costs no more than a device would. */
static void test_a_poll_that_is_never_answered(void **state)
{
	const struct poll *lost;

	(void)state;
	build(2);
	t.points[0].poll_ms = 2000;
	start();
	while ((lost = next_poll())->period_ms != 2000)
		do_poll(lost);
	assert_ptr_equal(lost->device, &t.devices[0]);
	t.dead_poll = lost;
	run(20000);
	assert_false(schedule_forgives(t.schedule, lost));
	memset(t.polls, 0, sizeof(t.polls));
	memset(t.busy_ms, 0, sizeof(t.busy_ms));
	memset(t.worst_gap_ms, 0, sizeof(t.worst_gap_ms));
	run(600000);
	assert_int_equal(t.changes[SCHEDULE_SILENT], 0);
	assert_in_range(t.polls[1], 595, 601);
	assert_true(t.worst_gap_ms[1] <= 1000 + t.dead_cost_ms + 50);
	assert_true((t.busy_ms[0] - 600 * t.live_cost_ms) * 19 <= 600000);
	t.dead_poll = NULL;
	run(60000);
	assert_true(schedule_forgives(t.schedule, lost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_lone_loss_is_asked_again_at_once),
		TEST(test_those_that_live_go_before_the_suspect),
		TEST(test_who_has_answered_since_the_loss_goes_first),
		TEST(test_one_that_returns_is_read_within_5_s),
		TEST(test_the_first_that_returns_has_the_others_asked),
		TEST(test_probes_are_short_but_not_all),
		TEST(test_a_poll_that_is_never_answered),
	};

	return cmocka_run_group_tests_name("schedule_loss", tests, NULL, NULL) ? 1 : 0;
}
