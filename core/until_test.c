#include "core/until.h"

#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define MIN (INT64_C(60) * 1000)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

/* A Sunday; at 03:00 of the 29th of March the clocks of Berlin go on to 04:00. */
static int64_t wall(const char *text)
{
	int64_t ms = 0;

	assert_int_equal(clock_parse(text, &ms), 0);
	return ms;
}

static int at(const char *now, const char *text, int64_t *left_ms)
{
	*left_ms = -1;
	return until_parse(text, wall(now), 30 * DAY, left_ms);
}

static void test_understood(void **state)
{
	static const struct {
		const char *text;
		int64_t left_ms;
	} rows[] = {
		{ "30", 30 * MIN },
		{ "30m", 30 * MIN },
		{ "30 min", 30 * MIN },
		{ "1min", MIN },
		{ "90 s", 90 * 1000 },
		{ "2h", 2 * HOUR },
		{ "2 h", 2 * HOUR },
		{ "30d", 30 * DAY },
		{ "14:30", 4 * HOUR + 30 * MIN },
		{ "10:00", DAY }, /* now: the next one */
		{ "09:59", DAY - MIN },
		{ "2026-12-01 14:30", DAY + 4 * HOUR + 30 * MIN },
		{ "2026-12-01T14:30", DAY + 4 * HOUR + 30 * MIN },
		{ "2026-12-01 14:30:10", DAY + 4 * HOUR + 30 * MIN + 10000 },
		{ "2026-11-30T11:00:00+00:00", HOUR },
		{ "2026-11-30T11:00:00Z", HOUR },
	};
	int64_t left_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(at("2026-11-30T10:00:00+00:00", rows[i].text, &left_ms), 0);
		assert_int_equal(left_ms, rows[i].left_ms);
	}
}

static void test_not_understood(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{ "", -EINVAL },
		{ "soon", -EINVAL },
		{ "min", -EINVAL },
		{ "-5 min", -EINVAL },
		{ "5 weeks", -EINVAL },
		{ "1.5h", -EINVAL },
		{ "25:00", -EINVAL },
		{ "14:30 tomorrow", -EINVAL },
		{ "14:30:99", -EINVAL },
		{ "2026-13-01 14:30", -EINVAL },
		{ "9999999999", -EINVAL }, /* more digits than anybody means */
		{ "0", -ETIME },
		{ "0 min", -ETIME },
		{ "2026-11-30 10:00", -ETIME },
		{ "2025-11-30 10:00", -ETIME },
		{ "721h", -ERANGE },
		{ "31d", -ERANGE },
		{ "999999999d", -ERANGE },
		{ "2027-11-30 10:00", -ERANGE },
	};
	int64_t left_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			at("2026-11-30T10:00:00+00:00", rows[i].text, &left_ms), rows[i].error);
}

/* The day is an hour shorter; and what the clock passes over is no end for ever. */
static void test_a_day_that_is_no_24_hours(void **state)
{
	int64_t left_ms;

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(at("2026-03-28T12:00:00+01:00", "12:00", &left_ms), 0);
	assert_int_equal(left_ms, 23 * HOUR);
	assert_int_equal(at("2026-03-28T12:00:01+01:00", "12:00", &left_ms), 0);
	assert_int_equal(left_ms, 23 * HOUR - 1000);
	assert_int_equal(at("2026-03-29T01:00:00+01:00", "02:30", &left_ms), 0);
	assert_true(left_ms > 0 && left_ms <= 2 * HOUR);
	setenv("TZ", "UTC", 1);
	tzset();
}

/* Off for an hour, and what was left goes on from there; then the clock takes the hour off. */
static void test_over_a_reboot(void **state)
{
	/* Kept at 50 s, wall 1050 s; begun again at 2 s of the next boot. */
	const struct reboot reboot = {
		.rebooted = true, .still_ms = 2000 - 50000, .offset_ms = 1000000
	};
	const struct moment right = { 5000, 1050000 + HOUR + 3000 };
	int64_t end_ms = 50000 + 2 * HOUR, owed_ms = 0;

	(void)state;
	until_reboot(&end_ms, &owed_ms, &reboot);
	assert_int_equal(end_ms, 2000 + 2 * HOUR);
	assert_true(until_clock(&end_ms, &owed_ms, &right));
	assert_int_equal(end_ms, 2000 + HOUR);
	assert_false(until_clock(&end_ms, &owed_ms, &right)); /* once */
	assert_int_equal(end_ms, 2000 + HOUR);
}

/* Nobody knew the time in between: off for an hour each time. */
static void test_over_two_reboots(void **state)
{
	const struct reboot first = {
		.rebooted = true, .still_ms = 2000 - 50000, .offset_ms = 1000000
	};
	/* Kept at 62 s, the wall clock was wrong; begun again at 1 s. */
	const struct reboot second = { .rebooted = true, .still_ms = 1000 - 62000, .offset_ms = 7 };
	const struct moment right = { 1000, 1050000 + HOUR + 60000 + HOUR };
	int64_t end_ms = 50000 + 4 * HOUR, owed_ms = 0;

	(void)state;
	until_reboot(&end_ms, &owed_ms, &first);
	until_reboot(&end_ms, &owed_ms, &second);
	assert_int_equal(end_ms, 1000 + 4 * HOUR - 60000);
	assert_true(until_clock(&end_ms, &owed_ms, &right));
	assert_int_equal(end_ms, 1000 + 2 * HOUR - 60000);
}

static void test_nothing_is_added_nor_owed_in_the_same_boot(void **state)
{
	const struct reboot reboot = { .rebooted = true,
		.still_ms = 2000 - 50000,
		.offset_ms = 1000000 },
			    same = { .offset_ms = 1000000 };
	const struct moment behind = { 5000, 900000 };
	int64_t end_ms = 50000 + HOUR, owed_ms = 0;

	(void)state;
	until_reboot(&end_ms, &owed_ms, &same);
	assert_int_equal(end_ms, 50000 + HOUR);
	assert_int_equal(owed_ms, 0);
	until_reboot(&end_ms, &owed_ms, &reboot);
	assert_true(until_clock(&end_ms, &owed_ms, &behind));
	assert_int_equal(end_ms, 2000 + HOUR);
	end_ms = owed_ms = 0; /* no end: an incident that is not shelved */
	until_reboot(&end_ms, &owed_ms, &reboot);
	assert_int_equal(end_ms, 0);
	assert_int_equal(owed_ms, 0);
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_understood),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_a_day_that_is_no_24_hours),
		cmocka_unit_test(test_over_a_reboot),
		cmocka_unit_test(test_over_two_reboots),
		cmocka_unit_test(test_nothing_is_added_nor_owed_in_the_same_boot),
	};

	return cmocka_run_group_tests_name("until", tests, set_up, NULL) ? 1 : 0;
}
