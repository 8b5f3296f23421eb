/* Local time: minutes of the week, and the days on which the clocks change. */
#include "daemon/documents/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/clock.h"

enum { HOUR = 60, DAY = 24 * HOUR };

static int64_t wall(const char *text)
{
	int64_t wall_ms = 0;

	assert_int_equal(clock_parse(text, &wall_ms), 0);
	return wall_ms;
}

static void zone(const char *rules)
{
	setenv("TZ", rules, 1);
	tzset();
}

static void assert_change(const struct person *person, const char *now, const char *change)
{
	char text[CLOCK_TEXT_MAX];

	assert_string_equal(clock_format(duty_change_ms(person, wall(now)), text), change);
}

static void test_minute(void **state)
{
	(void)state;
	zone("CST-8");
	assert_int_equal(duty_minute(wall("2026-11-23T00:00:00+08:00")), 0);
	assert_int_equal(duty_minute(wall("2026-11-22T23:59:59.999+08:00")), WEEK_MIN - 1);
	assert_int_equal(duty_minute(wall("2026-11-25T18:30:00Z")), 3 * DAY + 2 * HOUR + 30);
}

static void test_change(void **state)
{
	static const struct duty hours[] = { { 8 * HOUR + 30, 17 * HOUR } };
	const struct person person = { .duty = hours, .duty_count = 1 }, always = { 0 };

	(void)state;
	zone("CST-8");
	assert_change(&person, "2026-11-23T09:00:30.500+08:00", "2026-11-23T17:00:00.000+08:00");
	assert_change(&person, "2026-11-23T17:00:00+08:00", "2026-11-30T08:30:00.000+08:00");
	assert_int_equal(duty_change_ms(&always, wall("2026-11-23T09:00:00+08:00")), 0);
}

/* The night of the last Sunday in March has 23 hours, that in October 25. */
static void test_summer_time(void **state)
{
	static const struct duty night[] = { { 5 * DAY + 20 * HOUR, 6 * DAY + 8 * HOUR } };
	const struct person person = { .duty = night, .duty_count = 1 };

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_change(&person, "2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00.000+02:00");
	assert_change(&person, "2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00.000+01:00");
	assert_change(&person, "2026-10-25T08:00:00+01:00", "2026-10-31T20:00:00.000+01:00");
	assert_true(person_on_duty(&person, duty_minute(wall("2026-10-25T07:59:00+01:00"))));
	assert_false(
		person_on_duty(&person, duty_minute(wall("2026-10-25T08:59:00+02:00")) + HOUR));
}

/* 02:30 comes twice; the end is never told as past. */
static void test_hour_that_comes_twice(void **state)
{
	static const struct duty early[] = { { 6 * DAY, 6 * DAY + 2 * HOUR + 30 } };
	const struct person person = { .duty = early, .duty_count = 1 };

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_change(&person, "2026-10-25T02:15:00+01:00", "2026-10-25T02:30:00.000+01:00");
	/* Also where the C library has just looked at a day of summer. */
	assert_change(&person, "2026-07-19T00:30:10+02:00", "2026-07-19T02:30:00.000+02:00");
	assert_change(&person, "2026-10-25T02:15:10+01:00", "2026-10-25T02:30:00.000+01:00");
	assert_true(duty_change_ms(&person, wall("2026-10-25T02:15:00+02:00")) >
		    wall("2026-10-25T02:15:00+02:00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minute),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_summer_time),
		cmocka_unit_test(test_hour_that_comes_twice),
	};

	return cmocka_run_group_tests_name("local duty", tests, NULL, NULL) ? 1 : 0;
}
