/*
 * The gpio adapter on a chip that lives in the test, so that its edges, bounces and
 * losses come when they are wanted. What libgpiod and a chip of the kernel do is shown
 * in tests/vm, and by gpio_backend_test.c as far as it shows without a chip.
 */
#include "tests/gpio_bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/epoll.h>

#include <cmocka.h>

static void test_first_levels_are_told_without_an_edge(void **state)
{
	struct link_wait wait;

	(void)state;
	chip.levels[LEAK] = true;
	assert_int_equal(event->open(&bus, 1000, &link), 0);
	assert_string_equal(chip.name, "inputs");
	assert_int_equal(link_head(link)->state, LINK_IDLE);
	event->wait(link, &wait);
	assert_int_equal(wait.fd, GPIO_FAKE_FD);
	assert_int_equal(wait.events, EPOLLIN);
	assert_true(wait.deadline_ms == 1000);
	event->deadline(link, 1000, &sink);
	assert_int_equal(reading_count, 3);
	assert_told(0, LEAK, QUALITY_GOOD, 1);
	assert_told(1, SMOKE, QUALITY_GOOD, 0);
	assert_told(2, RELAY, QUALITY_GOOD, 0);
	assert_true(next_deadline() == 3000); /* a look of its own */
}

static int64_t kernel_ns(int64_t boot_ms)
{
	return (boot_ms - clock_ms_of_monotonic(0)) * 1000000;
}

/* The loop was held up; the kernel knows when it was. */
static void test_an_edge_has_the_kernels_time(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	open_quietly();
	chip.clock_ns = kernel_ns(now_ms - 2000);
	gpio_fake_move(LEAK, true);
	chip.clock_ns += 500000000;
	gpio_fake_move(LEAK, false);
	event->ready(link, EPOLLIN, now_ms, &sink);
	assert_int_equal(reading_count, 2);
	assert_in_range(now_ms - readings[0].at_ms, 1990, 2010);
	/* Each is told in boot time by a look at both clocks, whose microseconds may round. */
	assert_in_range(readings[1].at_ms - readings[0].at_ms, 499, 501);
	event->start_read(link, &poll, now_ms, &sink);
	assert_true(readings[2].at_ms == 0); /* read now: the daemon's stamp */
}

/* Unrest counts from the edge on, not from when we came to look. */
static void test_debounce_runs_from_the_edge(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	open_quietly();
	chip.clock_ns = kernel_ns(now_ms - 30);
	gpio_fake_move(SMOKE, false);
	event->ready(link, EPOLLIN, now_ms, &sink);
	assert_in_range(next_deadline() - now_ms, 10, 30); /* 50 ms after an edge 30 ms ago */
}

static void test_a_read_before_that_does_not_spare_it(void **state)
{
	struct poll one = poll;

	(void)state;
	one.count = 1;
	assert_int_equal(event->open(&bus, 1000, &link), 0);
	event->start_read(link, &one, 1000, &sink);
	assert_int_equal(reading_count, 1);
	assert_true(next_deadline() == 1000);
	event->deadline(link, 1000, &sink);
	assert_int_equal(reading_count, 4);
}

static void test_a_pulse_counts_without_debounce(void **state)
{
	(void)state;
	open_quietly();
	gpio_fake_move(LEAK, true);
	gpio_fake_move(LEAK, false);
	event->ready(link, EPOLLIN, 2000, &sink);
	assert_int_equal(reading_count, 2);
	assert_told(0, LEAK, QUALITY_GOOD, 1);
	assert_told(1, LEAK, QUALITY_GOOD, 0);
	/* A stamp that makes no sense, of an old kernel perhaps: the edge is as of now. */
	assert_true(readings[0].at_ms == 2000);
}

static void overflow(bool drops_oldest)
{
	open_quietly();
	chip.drops_oldest = drops_oldest;
	for (int i = 0; i < 50; i++)
		gpio_fake_move(LEAK, i % 2 == 0); /* ends low; both kinds of queue keep 16 */
	gpio_fake_move(LEAK, true);
	gpio_fake_move(LEAK, false);
	gpio_fake_move(LEAK, true); /* and high */
	event->ready(link, EPOLLIN, 2000, &sink);
	assert_true(reading_count > 0 && reading_count <= GPIO_FAKE_QUEUE_MAX + 1);
	assert_told(reading_count - 1, LEAK, QUALITY_GOOD, 1);
}

static void test_level_is_right_after_the_newest_edges_were_dropped(void **state)
{
	(void)state;
	overflow(false);
}

static void test_level_is_right_after_the_oldest_edges_were_dropped(void **state)
{
	(void)state;
	overflow(true);
}

static void test_a_poll_finds_what_no_edge_told(void **state)
{
	(void)state;
	open_quietly();
	chip.levels[LEAK] = true;
	assert_int_equal(event->start_read(link, &poll, 2000, &sink), 0);
	assert_int_equal(link_head(link)->state, LINK_IDLE);
	assert_int_equal(link_head(link)->result, 0);
	assert_told(reading_count - 3, LEAK, QUALITY_GOOD, 1);
	assert_told(reading_count - 2, SMOKE, QUALITY_GOOD, 0);
	assert_told(reading_count - 1, RELAY, QUALITY_GOOD, 0);
}

static void test_debounce_waits_for_quiet(void **state)
{
	(void)state;
	open_quietly();
	for (int64_t at_ms = 2000; at_ms < 2040; at_ms += 10) {
		gpio_fake_move(SMOKE, false);
		gpio_fake_move(SMOKE, true);
		gpio_fake_move(SMOKE, false);
		event->ready(link, EPOLLIN, at_ms, &sink);
	}
	assert_int_equal(reading_count, 0);
	assert_true(next_deadline() == 2080);
	event->deadline(link, 2079, &sink);
	assert_int_equal(reading_count, 0);
	event->deadline(link, 2080, &sink);
	assert_int_equal(reading_count, 1);
	assert_told(0, SMOKE, QUALITY_GOOD, 1);
	assert_true(next_deadline() == 4080);
}

static void test_debounce_swallows_a_glitch(void **state)
{
	(void)state;
	open_quietly();
	gpio_fake_move(SMOKE, false);
	event->ready(link, EPOLLIN, 2000, &sink);
	gpio_fake_move(SMOKE, true);
	event->ready(link, EPOLLIN, 2020, &sink);
	assert_true(next_deadline() == 2070);
	event->deadline(link, 2070, &sink);
	assert_int_equal(reading_count, 1);
	assert_told(0, SMOKE, QUALITY_GOOD, 0);
}

static void test_an_edge_just_before_the_deadline_starts_it_anew(void **state)
{
	(void)state;
	open_quietly();
	gpio_fake_move(SMOKE, false);
	event->ready(link, EPOLLIN, 2000, &sink);
	gpio_fake_move(SMOKE, true);
	event->deadline(link, 2050, &sink);
	assert_int_equal(reading_count, 0);
	assert_true(next_deadline() == 2100);
}

static void test_a_polled_line_that_settles_keeps_its_old_value(void **state)
{
	(void)state;
	open_quietly();
	chip.levels[SMOKE] = false;
	event->start_read(link, &poll, 2000, &sink);
	assert_told(1, SMOKE, QUALITY_GOOD, 0);
	assert_true(next_deadline() == 2050);
	event->deadline(link, 2050, &sink);
	assert_told(reading_count - 1, SMOKE, QUALITY_GOOD, 1);
}

static void test_a_contact_that_never_rests_is_bad(void **state)
{
	int64_t at_ms;

	(void)state;
	open_quietly();
	for (at_ms = 2000; at_ms <= 3000; at_ms += 20) {
		gpio_fake_move(SMOKE, !chip.levels[SMOKE]);
		event->ready(link, EPOLLIN, at_ms, &sink);
	}
	event->start_read(link, &poll, 3001, &sink);
	assert_told(1, SMOKE, QUALITY_BAD, 0);
	assert_int_equal(readings[1].reason, REASON_DEVICE);
	event->deadline(link, at_ms + 50, &sink);
	assert_told(reading_count - 1, SMOKE, QUALITY_GOOD, !chip.levels[SMOKE]);
}

static void test_relay_obeys_and_tells_its_real_level(void **state)
{
	(void)state;
	open_quietly();
	assert_int_equal(event->start_write(link, &points[RELAY], 1, 2000), 0);
	assert_int_equal(link_head(link)->state, LINK_IDLE);
	assert_int_equal(link_head(link)->result, 0);
	assert_true(chip.levels[RELAY]);
	event->start_read(link, &poll, 2001, &sink);
	assert_told(reading_count - 1, RELAY, QUALITY_GOOD, 1);
	chip.stuck[RELAY] = true;
	event->start_write(link, &points[RELAY], 0, 2002);
	event->start_read(link, &poll, 2003, &sink);
	assert_told(reading_count - 1, RELAY, QUALITY_GOOD, 1);
	assert_int_equal(event->start_write(link, &points[RELAY], 0.5, 2004), -EINVAL);
	assert_int_equal(event->start_write(link, &points[LEAK], 1, 2004), -EINVAL);
}

static void test_active_low_relay_starts_at_its_initial_value(void **state)
{
	(void)state;
	options[RELAY].active_low = true;
	open_quietly();
	assert_true(chip.requests[RELAY].output);
	assert_true(chip.levels[RELAY]); /* off */
	event->start_write(link, &points[RELAY], 1, 2000);
	assert_false(chip.levels[RELAY]);
	event->close(link);
	options[RELAY].initial = 1;
	open_quietly();
	assert_false(chip.levels[RELAY]);
}

static void test_what_open_says_is_passed_on(void **state)
{
	static struct point many[GPIO_LINES_MAX + 1];
	static struct point *listed[GPIO_LINES_MAX + 1];
	struct device wide = { .bus = &bus, .points = listed, .point_count = GPIO_LINES_MAX + 1 };
	struct device *wide_list[] = { &wide };

	(void)state;
	chip.open_error = -EBUSY;
	assert_int_equal(event->open(&bus, 1000, &link), -EBUSY);
	assert_null(link);
	for (size_t i = 0; i <= GPIO_LINES_MAX; i++) {
		many[i] = points[LEAK];
		listed[i] = &many[i];
	}
	bus.devices = wide_list;
	assert_int_equal(event->open(&bus, 1000, &link), -E2BIG);
	bus.device_count = 0;
	assert_int_equal(event->open(&bus, 1000, &link), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_levels_are_told_without_an_edge),
		TEST(test_a_read_before_that_does_not_spare_it),
		TEST(test_a_pulse_counts_without_debounce),
		TEST(test_an_edge_has_the_kernels_time),
		TEST(test_debounce_runs_from_the_edge),
		TEST(test_level_is_right_after_the_newest_edges_were_dropped),
		TEST(test_level_is_right_after_the_oldest_edges_were_dropped),
		TEST(test_a_poll_finds_what_no_edge_told),
		TEST(test_debounce_waits_for_quiet),
		TEST(test_debounce_swallows_a_glitch),
		TEST(test_an_edge_just_before_the_deadline_starts_it_anew),
		TEST(test_a_polled_line_that_settles_keeps_its_old_value),
		TEST(test_a_contact_that_never_rests_is_bad),
		TEST(test_relay_obeys_and_tells_its_real_level),
		TEST(test_active_low_relay_starts_at_its_initial_value),
		TEST(test_what_open_says_is_passed_on),
	};

	return cmocka_run_group_tests_name("gpio", tests, NULL, NULL) ? 1 : 0;
}
