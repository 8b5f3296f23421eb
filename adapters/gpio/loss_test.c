/* The gpio adapter when its chip goes away, and what its outputs do when it is back. */
#include "tests/gpio_bench.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/epoll.h>

#include <cmocka.h>

static void assert_every_point_lost(void)
{
	assert_int_equal(reading_count, 3);
	for (size_t i = 0; i < POINTS; i++) {
		assert_told(i, i, QUALITY_BAD, 0);
		assert_int_equal(readings[i].reason, REASON_LINK);
	}
}

static void test_an_output_begins_where_its_last_write_left_it(void **state)
{
	double held = NAN; /* not written */

	(void)state;
	options[RELAY].initial = 1;
	points[RELAY].held = &held;
	open_quietly();
	assert_true(chip.levels[RELAY]);
	event->close(link);
	held = 0;
	open_quietly();
	assert_false(chip.levels[RELAY]);
}

static void test_a_pulled_chip_is_lost_once(void **state)
{
	struct link_wait wait;

	(void)state;
	open_quietly();
	event->ready(link, EPOLLHUP | EPOLLERR, 2000, &sink);
	assert_every_point_lost();
	reading_count = 0;
	assert_int_equal(link_head(link)->state, LINK_LOST);
	assert_int_equal(link_head(link)->result, -ENODEV);
	assert_false(chip.open);
	event->wait(link, &wait);
	assert_int_equal(wait.fd, -1);
	assert_true(wait.deadline_ms == CLOCK_NEVER);
	event->deadline(link, 2001, &sink);
	event->ready(link, EPOLLIN, 2001, &sink);
	assert_int_equal(reading_count, 0);
}

static void test_a_chip_lost_in_a_read_makes_every_point_bad(void **state)
{
	(void)state;
	open_quietly();
	chip.gone = true;
	assert_int_equal(event->start_read(link, &poll, 2000, &sink), 0);
	assert_int_equal(link_head(link)->state, LINK_LOST);
	assert_every_point_lost();
}

static void test_a_chip_that_goes_in_silence_is_missed(void **state)
{
	(void)state;
	open_quietly();
	gpio_fake_move(LEAK, true);
	chip.gone = true; /* and no descriptor wakes */
	event->deadline(link, next_deadline(), &sink);
	assert_int_equal(link_head(link)->state, LINK_LOST);
	assert_every_point_lost();
}

static void test_a_chip_lost_in_a_write_is_lost(void **state)
{
	(void)state;
	open_quietly();
	chip.gone = true;
	event->start_write(link, &points[RELAY], 1, 2000);
	assert_int_equal(link_head(link)->result, -ENODEV);
	assert_true(next_deadline() == 2000);
	event->deadline(link, 2000, &sink);
	assert_int_equal(link_head(link)->state, LINK_LOST);
	assert_every_point_lost();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_output_begins_where_its_last_write_left_it),
		TEST(test_a_pulled_chip_is_lost_once),
		TEST(test_a_chip_lost_in_a_read_makes_every_point_bad),
		TEST(test_a_chip_that_goes_in_silence_is_missed),
		TEST(test_a_chip_lost_in_a_write_is_lost),
	};

	return cmocka_run_group_tests_name("gpio loss", tests, NULL, NULL) ? 1 : 0;
}
