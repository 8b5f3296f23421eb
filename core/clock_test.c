#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void test_format_has_offset(void **state)
{
	char text[CLOCK_TEXT_MAX];

	(void)state;
	setenv("TZ", "CST-8", 1);
	tzset();
	assert_string_equal(clock_format(1795489269250, text), "2026-11-24T11:01:09.250+08:00");
}

static void test_parse_reverses_format(void **state)
{
	char text[CLOCK_TEXT_MAX];
	int64_t wall_ms;

	(void)state;
	assert_int_equal(clock_parse(clock_format(1795489269250, text), &wall_ms), 0);
	assert_true(wall_ms == 1795489269250);
	assert_int_equal(clock_parse("2026-11-24T03:01:09Z", &wall_ms), 0);
	assert_true(wall_ms == 1795489269000);
	assert_int_equal(clock_parse("2026-11-24T06:21:09", &wall_ms), -EINVAL);
	assert_int_equal(clock_parse("2026-11-24T06:21:09Zx", &wall_ms), -EINVAL);
	assert_int_equal(clock_parse("tomorrow", &wall_ms), -EINVAL);
}

static void test_monotonic_stamp_in_boot_time(void **state)
{
	int64_t before_ms = clock_now_ms(), seen_ms;
	struct timespec now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seen_ms = clock_ms_of_monotonic((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	assert_in_range(seen_ms, before_ms - 1, clock_now_ms());
	/* A second before. */
	assert_in_range(seen_ms - clock_ms_of_monotonic(
					  ((int64_t)now.tv_sec - 1) * 1000000000 + now.tv_nsec),
		980, 1020);
}

static void test_boot_time_goes_on(void **state)
{
	int64_t before_ms = clock_now_ms();

	(void)state;
	assert_true(clock_now_ms() >= before_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_has_offset),
		cmocka_unit_test(test_parse_reverses_format),
		cmocka_unit_test(test_monotonic_stamp_in_boot_time),
		cmocka_unit_test(test_boot_time_goes_on),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL) ? 1 : 0;
}
