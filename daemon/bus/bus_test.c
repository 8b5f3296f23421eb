/* Buses in both shapes on a real loop: what is told, what goes first, what a failure costs. */
#include "core/bands.h"
#include "tests/bus_bench.h"
#include "tests/heard.h"

#include <math.h>

static void test_only_changes_are_told(void **state)
{
	int64_t at_ms;

	(void)state;
	world.value[3] = 7;
	bench_start();
	run_until(all_told());
	assert_int_equal(bench.link_events, 1);
	assert_int_equal(bench.link_error, 0);
	assert_true(bench.last[3].value == 7);
	assert_int_equal(bench.last[3].quality, QUALITY_GOOD);
	run_ms(STALE_MS + 100); /* refreshed all the same */
	at_ms = bus_set_reading(bench.set, &bench.points[3])->at_ms;
	assert_true(clock_now_ms() - at_ms < 200);
	for (size_t i = 0; i < POINTS; i++)
		assert_int_equal(bench.told[i], 1);
	world.value[3] = 8;
	run_until(bench.told[3] == 2);
	assert_true(bench.last[3].value == 8);
	assert_int_equal(bench.device_events, 0);
}

/* Rules look at what was read together when all of it is there. */
static void test_an_answer_is_one_frame(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	assert_int_equal(bench.frames, DEVICES);
	/* And so is each that follows. */
	for (size_t i = 0; i < EACH; i++)
		world.value[i] = 5;
	run_until(bench.told[EACH - 1] == 2);
	run_ms(2 * PERIOD_MS);
	assert_int_equal(bench.frames, DEVICES + 1);
}

/* What is asked too seldom ages again and again, and what came late ages too. */
static void test_what_came_ages(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++)
		bench.points[i].poll_ms = 60000;
	bench.points[3].poll_ms = STALE_MS + 400;
	world.wont_open = true;
	bench_start();
	run_until(all_told());
	world.wont_open = false;
	run_until(bench.told[5] == 2);
	assert_int_equal(bench.last[5].quality, QUALITY_GOOD);
	run_until(bench.told[5] == 3 && bench.told[3] >= 5);
	assert_int_equal(bench.last[5].quality, QUALITY_STALE);
}

static void test_a_supervised_input_is_judged(void **state)
{
	struct bands bands;

	(void)state;
	assert_null(bands_parse("short 10 alarm 20 normal 30 open", &bands));
	bench.points[3].bands = &bands;
	world.value[3] = 25;
	bench_start();
	run_until(all_told());
	assert_int_equal(bench.last[3].quality, QUALITY_GOOD);
	assert_true(bench.last[3].value == 0);
	world.value[3] = 26; /* the same band: no news */
	run_ms(3 * PERIOD_MS);
	assert_int_equal(bench.told[3], 1);
	world.value[3] = 10;
	run_until(bench.told[3] == 2);
	assert_true(bench.last[3].value == 1);
	world.value[3] = 30;
	run_until(bench.told[3] == 3);
	assert_int_equal(bench.last[3].quality, QUALITY_BAD);
	assert_int_equal(bench.last[3].reason, REASON_OPEN);
	run_ms(STALE_MS + 100); /* it stays bad, for its own reason */
	assert_int_equal(bus_set_reading(bench.set, &bench.points[3])->reason, REASON_OPEN);
}

static void test_period_is_kept(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	for (size_t i = 0; i < DEVICES; i++)
		world.polls[i] = 0;
	run_ms(20 * PERIOD_MS);
	for (size_t i = 0; i < DEVICES; i++)
		assert_in_range(world.polls[i], 10, 21);
}

static void test_a_dead_device_harms_no_neighbour(void **state)
{
	(void)state;
	world.dead[1] = true;
	bench_start();
	run_until(bench.device_events == 1);
	assert_int_equal(bench.device_error, -ETIMEDOUT);
	assert_int_equal(bench.last[2].quality, QUALITY_BAD);
	assert_int_equal(bench.last[2].reason, REASON_TIMEOUT);
	/* What a poll finds is as old as its begin. */
	assert_true(bench.told_ms[2] - bench.last[2].at_ms >= DEAD_MS - 5);
	for (size_t i = 0; i < DEVICES; i++)
		world.polls[i] = 0;
	run_ms(25 * PERIOD_MS);
	for (size_t i = 0; i < DEVICES; i++)
		assert_in_range(world.polls[i], i == 1 ? 0 : 12, i == 1 ? 2 : 26);
	world.dead[1] = false;
	run_until(bench.device_events == 2);
	assert_int_equal(bench.device_error, 0);
	run_until(bench.last[2].quality == QUALITY_GOOD);
}

/* A poll that a driver does not even begin spoils its points, and says by what. */
/* One lost answer is asked for again, and nobody is told; two are told with their reason. */
static void test_a_lone_loss_is_no_bad(void **state)
{
	unsigned told;

	(void)state;
	bench_start();
	run_until(all_told());
	told = bench.told[0];
	world.lost[0] = 1;
	run_until(world.lost[0] == 0);
	world.value[0] = 5;
	run_until(bench.told[0] > told);
	assert_int_equal(bench.told[0], told + 1);
	assert_int_equal(bench.last[0].quality, QUALITY_GOOD);
	assert_true(bench.last[0].value == 5);
	world.lost[0] = 2;
	run_until(bench.told[0] > told + 1);
	assert_int_equal(bench.last[0].quality, QUALITY_BAD);
	assert_int_equal(bench.last[0].reason, REASON_TIMEOUT);
	run_until(bench.last[0].quality == QUALITY_GOOD);
	assert_int_equal(bench.device_events, 0);
}

static void test_polls_that_cannot_be_begun(void **state)
{
	static const struct {
		int error;
		enum reason reason;
	} cases[] = { { -ETIMEDOUT, REASON_TIMEOUT }, { -EBADMSG, REASON_GARBLED },
		{ -EREMOTEIO, REASON_EXCEPTION }, { -EINVAL, REASON_DEVICE },
		{ -EIO, REASON_LINK } };

	(void)state;
	bench_start();
	run_until(all_told());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world.begin_error = cases[i].error;
		run_until(bench.last[3].quality == QUALITY_BAD &&
			  bench.last[3].reason == cases[i].reason);
		world.begin_error = 0;
		run_until(bench.last[3].quality == QUALITY_GOOD);
	}
	assert_int_equal(bench.link_events, 1);
}

/* Many jobs that end at once leave no other behind, and nothing waits for the next frame. */
static void test_jobs_that_end_at_once(void **state)
{
	unsigned taken = 0;

	(void)state;
	world.at_once = true;
	for (size_t i = 0; i < POINTS; i++)
		bench.points[i].poll_ms = 60000;
	bench_start();
	run_until(all_told());
	while (taken < 100 && bus_set_write(bench.set, &bench.points[2], 1, taken + 1) == 0)
		taken++;
	assert_int_equal(taken, 64);
	run_until(bench.written_events == taken);
}

static void test_a_link_may_have_another_descriptor(void **state)
{
	(void)state;
	world.moves = true;
	bench_start();
	run_until(all_told());
	world.value[3] = 5;
	run_until(bench.last[3].value == 5);
	assert_int_equal(bench.link_events, 1);
}

static void test_read_now(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++)
		bench.points[i].poll_ms = 60000;
	for (size_t i = 0; i < POINTS; i++)
		bench.points[i].stale_ms = 180000;
	bench_start();
	run_until(all_told());
	world.value[5] = 3;
	run_ms(50);
	assert_int_equal(bench.told[5], 1);
	bus_set_read_now(bench.set, &bench.points[5]);
	run_until(bench.told[5] == 2);
	assert_true(bench.last[5].value == 3);
}

static bool watches(const void *context, const struct point *point)
{
	return ((const bool *)context)[point->index];
}

static void test_a_watched_point_is_polled_faster(void **state)
{
	bool watched[POINTS] = { [2] = true, [3] = true }; /* of the same device */
	uint64_t changes = 0;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		bench.points[i].poll_ms = 60000;
		bench.points[i].stale_ms = 180000;
		bench.points[i].poll_watched_ms = PERIOD_MS;
	}
	bench_start();
	run_until(all_told());
	bus_set_look(bench.set, changes, watches, watched);
	watched[2] = false;
	bus_set_look(bench.set, ++changes, watches, watched);
	run_ms(10 * PERIOD_MS);
	assert_in_range(world.polls[1], 5, 13);
	assert_int_equal(world.polls[0], 1);
	watched[3] = false;
	bus_set_look(bench.set, changes, watches, watched); /* nothing has changed, they say */
	world.polls[1] = 0;
	run_ms(10 * PERIOD_MS);
	assert_in_range(world.polls[1], 5, 13);
	bus_set_look(bench.set, ++changes, watches, watched);
	run_ms(2 * PERIOD_MS);
	world.polls[1] = 0;
	run_ms(4 * PERIOD_MS);
	assert_int_equal(world.polls[1], 0);
}

static struct bench next;

static void build_next(const struct adapter *adapter)
{
	bench_build(&next, adapter);
	for (size_t i = 0; i < POINTS; i++) {
		next.points[i].poll_ms = bench.points[i].poll_ms;
		next.points[i].stale_ms = bench.points[i].stale_ms;
		next.points[i].poll_watched_ms = bench.points[i].poll_watched_ms;
	}
}

/* The successor's buses know nothing of what those before were told, though nothing changed. */
static void test_successors_learn_what_is_watched(void **state)
{
	const bool watched[POINTS] = { [2] = true };

	for (size_t i = 0; i < POINTS; i++) {
		bench.points[i].poll_ms = 60000;
		bench.points[i].stale_ms = 180000;
		bench.points[i].poll_watched_ms = PERIOD_MS;
	}
	bench_start();
	run_until(all_told());
	bus_set_look(bench.set, 0, watches, watched);
	build_next(*state);
	bench.bus_now = &next.bus;
	assert_int_equal(bus_set_succeed(&bench.set, &next.site, bench.loop, &bench.events), 0);
	bus_set_look(bench.set, 0, watches, watched);
	run_ms(300);
	world.polls[1] = 0;
	run_ms(10 * PERIOD_MS);
	assert_in_range(world.polls[1], 5, 13);
}

static void test_successors_go_on_from_what_was(void **state)
{
	double held = 1, held_next = 0;

	bench.points[0].held = &held;
	world.value[3] = 7;
	bench_start();
	run_until(all_told());
	build_next(*state);
	next.points[0].held = &held_next;
	next.points[5].id = "new";
	bench.bus_now = &next.bus;
	world.wont_open = true;
	memset(bench.told, 0, sizeof(bench.told));
	assert_int_equal(bus_set_succeed(&bench.set, &next.site, bench.loop, &bench.events), 0);
	assert_true(held_next == 1);
	assert_true(bus_set_reading(bench.set, &next.points[3])->value == 7);
	assert_int_equal(bus_set_reading(bench.set, &next.points[3])->quality, QUALITY_GOOD);
	assert_int_equal(bus_set_reading(bench.set, &next.points[5])->reason, REASON_NEVER);
	world.wont_open = false;
	run_ms(STALE_MS + 100); /* longer than the first back-off, too */
	run_until(bench.told[5] > 0 && bench.last[5].quality == QUALITY_GOOD);
	assert_int_equal(bus_set_reading(bench.set, &next.points[3])->quality, QUALITY_GOOD);
}

/* They are as old as they were. */
static void test_successors_age_what_was(void **state)
{
	for (size_t i = 0; i < POINTS; i++)
		bench.points[i].poll_ms = 60000;
	bench_start();
	run_until(all_told());
	run_ms(STALE_MS - 200);
	build_next(*state);
	bench.bus_now = &next.bus;
	world.wont_open = true;
	assert_int_equal(bus_set_succeed(&bench.set, &next.site, bench.loop, &bench.events), 0);
	run_ms(STALE_MS / 2);
	assert_int_equal(bus_set_reading(bench.set, &next.points[3])->quality, QUALITY_STALE);
}

static int plan_nothing(struct poll *poll)
{
	(void)poll;
	return -EINVAL;
}

/* What cannot begin leaves what was, begun anew. */
static void test_successors_that_cannot_begin(void **state)
{
	struct adapter refuses = *(const struct adapter *)*state;

	refuses.plan = plan_nothing;
	bench_start();
	run_until(all_told());
	build_next(&refuses);
	memset(bench.told, 0, sizeof(bench.told));
	hear();
	assert_int_equal(
		bus_set_succeed(&bench.set, &next.site, bench.loop, &bench.events), -ENOMEM);
	assert_int_equal(heard("bus: cannot be started: Invalid argument"), 1);
	hear_no_more();
	world.value[3] = 9;
	run_until(bench.told[3] == 1 && bench.last[3].value == 9);
}

/* An adapter without writes has no outputs, whatever the configuration says. */
static void test_what_cannot_write_takes_no_write(void **state)
{
	static struct adapter_event event;
	static struct adapter_blocking blocking;
	static struct adapter reads;

	event = fake_event;
	event.start_write = NULL;
	blocking = fake_blocking;
	blocking.write = NULL;
	reads = *(const struct adapter *)*state;
	if (reads.event)
		reads.event = &event;
	else
		reads.blocking = &blocking;
	bench.bus.adapter = &reads;
	bench_start();
	run_until(all_told());
	assert_int_equal(bus_set_write(bench.set, &bench.points[0], 1, 5), -ENOTSUP);
}

static void test_link_lost_and_found(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	world.link_down = true;
	run_until(bench.link_events == 2);
	assert_int_equal(bench.link_error, -ECONNRESET);
	for (size_t i = 0; i < POINTS; i++) /* what the driver said of its last poll stands */
		if (bench.last[i].quality == QUALITY_BAD)
			assert_int_equal(bench.last[i].reason, REASON_TIMEOUT);
	assert_int_equal(bus_set_write(bench.set, &bench.points[0], 1, 5), -EHOSTDOWN);
	world.wont_open = true;
	run_ms(STALE_MS + 400);
	for (size_t i = 0; i < POINTS; i++)
		assert_int_not_equal(
			bus_set_reading(bench.set, &bench.points[i])->quality, QUALITY_GOOD);
	/* Those that nobody asked for while the link was down have aged. */
	assert_int_equal(bench.last[POINTS - 1].quality, QUALITY_STALE);
	assert_int_equal(bench.last[POINTS - 1].reason, REASON_AGE);
	assert_int_equal(bench.link_events, 2);
	world.link_down = world.wont_open = false;
	run_until(bench.link_events == 3);
	assert_int_equal(bench.link_error, 0);
	run_until(bench.last[POINTS - 1].quality == QUALITY_GOOD &&
		  bench.last[0].quality == QUALITY_GOOD);
}

static void test_never_opened(void **state)
{
	(void)state;
	world.wont_open = true;
	bench_start();
	run_until(bench.link_events == 1);
	assert_int_equal(bench.link_error, -ECONNREFUSED);
	run_until(all_told()); /* that they are stale */
	for (size_t i = 0; i < POINTS; i++)
		assert_int_equal(bench.last[i].quality, QUALITY_STALE);
	assert_int_equal(bus_set_write(bench.set, &bench.points[0], 1, 5), -EHOSTDOWN);
	world.wont_open = false;
	run_until(bench.link_events == 2);
	run_until(bench.last[0].quality == QUALITY_GOOD);
}

/* Writes queued when the link is lost are ended, not carried out later. */
static void test_a_lost_link_ends_writes(void **state)
{
	unsigned taken = 0;

	(void)state;
	bench_start();
	run_until(all_told());
	world.link_down = true;
	/* A thread may have noticed in between. */
	while (taken < 10 && bus_set_write(bench.set, &bench.points[0], 1, taken + 1) == 0)
		taken++;
	run_until(bench.written_events == taken);
	assert_true(taken == 0 || bench.written_error != 0);
	world.link_down = false;
	run_until(bench.link_events == 3);
	run_ms(100);
	assert_int_equal(bench.written_events, taken);
	assert_int_equal(world.value[0], 0);
	assert_true(world.writes <= 1);
}

static void write_from_within(const struct reading *reading)
{
	if (reading->point == 1 && reading->value == 9) {
		assert_int_equal(bus_set_write(bench.set, &bench.points[0], 4, 99), 0);
		bus_set_read_now(bench.set, &bench.points[0]);
	}
}

static void test_writing_from_within_a_reading(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	bench.on_reading = write_from_within;
	world.value[1] = 9;
	run_until(bench.written_events == 1 && bench.last[0].value == 4);
	assert_int_equal(bench.written_ticket, 99);
}

static void test_stop_at_once(void **state)
{
	(void)state;
	bench_start();
}

static void test_stop_in_the_middle(void **state)
{
	(void)state;
	world.dead[0] = true;
	bench_start();
	run_ms(60);
	bus_set_write(bench.set, &bench.points[2], 1, 1);
}

static void test_heartbeat(void **state)
{
	const struct adapter *shape = *state;

	bench_start();
	run_until(all_told());
	if (shape->event)
		assert_int_equal(bus_set_heartbeat_ms(bench.set), CLOCK_NEVER);
	else
		assert_true(clock_now_ms() - bus_set_heartbeat_ms(bench.set) < 1500);
}

static unsigned flood_seen;

static void count_flood(const struct reading *reading)
{
	if (reading->point != POINTS - 1 || reading->value <= 1000)
		return;
	/* In order, and none is missing. */
	assert_true(reading->value == 1000 + ++flood_seen);
}

static void test_a_full_queue_makes_the_thread_wait(void **state)
{
	(void)state;
	flood_seen = 0;
	world.dead[POINTS / EACH - 1] = true; /* so that only the flood is about this point */
	bench.on_reading = count_flood;
	bench_start();
	run_until(bench.device_events == 1);
	world.flood = true;
	nap_ms(300); /* the loop hangs; the thread fills the queue and stays alive */
	assert_true(clock_now_ms() - bus_set_heartbeat_ms(bench.set) < 1000);
	run_until(flood_seen == FLOOD);
}

static void test_stop_with_a_full_queue(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	world.flood = true;
	nap_ms(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_only_changes_are_told),
		BOTH(test_an_answer_is_one_frame),
		BOTH(test_what_came_ages),
		BOTH(test_a_supervised_input_is_judged),
		BOTH(test_period_is_kept),
		BOTH(test_a_dead_device_harms_no_neighbour),
		SHAPE(test_polls_that_cannot_be_begun, 0),
		SHAPE(test_jobs_that_end_at_once, 0),
		SHAPE(test_a_link_may_have_another_descriptor, 0),
		BOTH(test_a_lone_loss_is_no_bad),
		BOTH(test_read_now),
		BOTH(test_a_watched_point_is_polled_faster),
		BOTH(test_successors_learn_what_is_watched),
		BOTH(test_successors_go_on_from_what_was),
		BOTH(test_successors_age_what_was),
		BOTH(test_successors_that_cannot_begin),
		BOTH(test_what_cannot_write_takes_no_write),
		BOTH(test_link_lost_and_found),
		BOTH(test_never_opened),
		BOTH(test_a_lost_link_ends_writes),
		BOTH(test_writing_from_within_a_reading),
		BOTH(test_stop_at_once),
		BOTH(test_stop_in_the_middle),
		BOTH(test_heartbeat),
		SHAPE(test_a_full_queue_makes_the_thread_wait, 2),
		SHAPE(test_stop_with_a_full_queue, 2),
	};

	return cmocka_run_group_tests_name("bus", tests, NULL, NULL) ? 1 : 0;
}
