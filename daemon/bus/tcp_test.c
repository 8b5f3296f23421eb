/* The buses with the real modbus-tcp driver: what a dead unit or a broken link does to others. */
#include "tests/bus_tcp_bench.h"

static bool all_good(void)
{
	for (size_t i = 0; i < UNITS; i++)
		if (b.last[i].quality != QUALITY_GOOD)
			return false;
	return true;
}

static void test_reads_every_unit(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNITS; i++)
		gateway.registers[i] = (uint16_t)(100 + i);
	run_until(all_good());
	for (size_t i = 0; i < UNITS; i++)
		assert_true(b.last[i].value == (double)(100 + i));
	run_ms(300);
	for (size_t i = 0; i < UNITS; i++)
		assert_int_equal(b.told[i], 1);
	assert_int_equal(b.link_events, 1);
}

static void test_a_dead_unit_does_not_stall_its_neighbours(void **state)
{
	(void)state;
	run_until(all_good());
	gateway.dead[DEAD] = true;
	run_until(b.device_events == 1);
	assert_int_equal(b.device_error, -ETIMEDOUT);
	assert_int_equal(b.last[DEAD].quality, QUALITY_BAD);
	assert_int_equal(b.last[DEAD].reason, REASON_TIMEOUT);
	memset(gateway.polls, 0, sizeof(gateway.polls));
	run_ms(30 * PERIOD_MS);
	for (size_t i = 0; i < UNITS; i++)
		assert_in_range(gateway.polls[i], i == DEAD ? 0 : 15, i == DEAD ? 2 : 31);
	assert_int_equal(b.link_events, 1);
	gateway.dead[DEAD] = false;
	run_until(b.device_events == 2);
	assert_int_equal(b.device_error, 0);
	assert_int_equal(b.last[DEAD].quality, QUALITY_GOOD);
}

static void test_writes_and_reads_back(void **state)
{
	int64_t start_ms;

	(void)state;
	run_until(all_good());
	start_ms = clock_now_ms();
	assert_int_equal(bus_set_write(b.set, &b.points[4], 7, 1), 0);
	run_until(b.written_events == 1);
	assert_int_equal(b.written_error, 0);
	bus_set_read_now(b.set, &b.points[4]);
	run_until(b.last[4].value == 7);
	assert_true(b.last[4].at_ms >= start_ms);
}

static void test_the_connection_breaks(void **state)
{
	(void)state;
	run_until(all_good());
	/* Where another can be had, nothing is told, and nothing is bad. */
	slave_drop();
	gateway.registers[1] = 54;
	run_until(b.last[1].value == 54);
	assert_int_equal(b.link_events, 1);
	assert_int_equal(b.bad, 0);
	slave_stop_listening();
	slave_drop();
	run_until(b.link_events == 2);
	assert_int_not_equal(b.link_error, 0);
	slave_listen();
	gateway.registers[1] = 55;
	run_until(b.link_events == 3);
	assert_int_equal(b.link_error, 0);
	run_until(b.last[1].value == 55 && all_good());
}

/* A loop that was late for an answer looks for it before it counts as none. */
static void test_an_answer_that_the_loop_was_late_for(void **state)
{
	(void)state;
	run_until(all_good());
	for (unsigned i = 0; i < 6; i++) {
		gateway.nap_ms = TIMEOUT_MS + 50;
		run_until(gateway.nap_ms == 0);
		run_ms(2 * PERIOD_MS);
	}
	assert_int_equal(b.bad, 0);
	assert_int_equal(b.device_events, 0);
	assert_int_equal(b.link_events, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reads_every_unit),
		TEST(test_a_dead_unit_does_not_stall_its_neighbours),
		TEST(test_writes_and_reads_back),
		TEST(test_the_connection_breaks),
		TEST(test_an_answer_that_the_loop_was_late_for),
	};

	return cmocka_run_group_tests_name("bus_tcp", tests, NULL, NULL) ? 1 : 0;
}
