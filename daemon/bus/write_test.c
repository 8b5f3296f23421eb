/* Writes of buses in both shapes: what goes out, what does not, and what that costs. */
#include "tests/bus_bench.h"

#include <math.h>

static void test_writes(void **state)
{
	static const int sound[] = { -ETIMEDOUT, -EBADMSG, -EREMOTEIO, -EINVAL };
	double held = NAN;

	(void)state;
	bench.points[0].held = &held;
	bench_start();
	run_until(all_told());
	assert_int_equal(bus_set_write(bench.set, &bench.points[1], 1, 6), -ENOTSUP);
	assert_int_equal(bus_set_write(bench.set, &bench.points[0], 1, 7), 0);
	run_until(bench.written_events == 1);
	assert_int_equal(bench.written_ticket, 7);
	assert_int_equal(bench.written_error, 0);
	run_until(bench.last[0].value == 1);
	assert_true(held == 1);
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		world.write_error = sound[i];
		assert_int_equal(bus_set_write(bench.set, &bench.points[0], 0, 8), 0);
		run_until(bench.written_events == i + 2);
		assert_int_equal(bench.written_error, sound[i]);
	}
	assert_true(held == 1); /* not what was not written */
	run_ms(PERIOD_MS);
	assert_int_equal(bench.link_events, 1);
}

static uint64_t asked_ticket;

static bool forbid_odd(struct bus_events *events, uint64_t ticket)
{
	(void)events;
	asked_ticket = ticket;
	return ticket % 2 == 0;
}

/* Promise 5: a write that waited is asked again when its turn comes, and may be called off. */
static void test_a_write_is_asked_for_as_it_goes_out(void **state)
{
	(void)state;
	bench.events.may_write = forbid_odd;
	bench_start();
	run_until(all_told());
	world.dead[0] = true;
	run_ms(2 * PERIOD_MS); /* the bus waits for that one: both writes stand in the queue */
	asked_ticket = 0;
	assert_int_equal(bus_set_write(bench.set, &bench.points[2], 1, 7), 0);
	assert_int_equal(asked_ticket, 0);
	run_until(bench.written_events == 1);
	assert_int_equal(asked_ticket, 7);
	assert_int_equal(bench.written_error, -ESTALE);
	run_ms(3 * PERIOD_MS);
	assert_true(bench.last[2].value != 1);
	assert_int_equal(bus_set_write(bench.set, &bench.points[2], 1, 8), 0);
	run_until(bench.written_events == 2);
	assert_int_equal(bench.written_error, 0);
	run_until(bench.last[2].value == 1);
	assert_int_equal(bench.link_events, 1);
}

static void test_any_other_error_of_a_write_loses_the_link(void **state)
{
	(void)state;
	bench_start();
	run_until(all_told());
	world.write_error = -EIO;
	assert_int_equal(bus_set_write(bench.set, &bench.points[0], 0, 8), 0);
	run_until(bench.link_events == 2);
	assert_int_equal(bench.link_error, -EIO);
	assert_int_equal(bench.written_error, -EIO);
	run_until(bench.link_events == 3);
	assert_int_equal(bench.link_error, 0);
}

static void test_a_full_queue_of_writes(void **state)
{
	unsigned taken = 0;

	(void)state;
	bench_start();
	run_until(all_told());
	world.dead[0] = true;
	run_ms(2 * PERIOD_MS);
	while (taken < 1000 && bus_set_write(bench.set, &bench.points[2], 1, taken + 1) == 0)
		taken++;
	assert_true(taken >= 64);
	run_until(bench.written_events == taken);
	assert_int_equal(bench.written_ticket, taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_writes),
		BOTH(test_a_write_is_asked_for_as_it_goes_out),
		SHAPE(test_any_other_error_of_a_write_loses_the_link, 1),
		BOTH(test_a_full_queue_of_writes),
	};

	return cmocka_run_group_tests_name("bus write", tests, NULL, NULL) ? 1 : 0;
}
