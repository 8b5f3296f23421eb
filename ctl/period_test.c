/* Times as people type them, in a place with an offset and one with summer time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/period.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define NOW_MS 1795489269250 /* 2026-11-24T03:01:09.250Z */
#define H_MS INT64_C(3600000)

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void test_good(void **state)
{
	static const struct {
		const char *text;
		int64_t begin_ms, end_ms;
	} table[] = {
		/* Midnight in Shanghai is 16:00 UTC of the day before. */
		{ "2026-11-24", 1795449600000, 1795449600000 + 24 * H_MS },
		{ "2026-11-24T03:00", 1795460400000, 1795460400000 },
		{ "2026-11-24 03:00", 1795460400000, 1795460400000 },
		{ "2026-11-24T03:00:05", 1795460405000, 1795460405000 },
		{ "2026-11-24T03:00:05Z", 1795489205000, 1795489205000 },
		{ "2026-11-24T11:00:05.250+08:00", 1795489205250, 1795489205250 },
		{ "7d", NOW_MS - 168 * H_MS, NOW_MS - 168 * H_MS },
		{ "12h", NOW_MS - 12 * H_MS, NOW_MS - 12 * H_MS },
		{ "30m", NOW_MS - H_MS / 2, NOW_MS - H_MS / 2 },
		{ "0d", NOW_MS, NOW_MS },
	};

	(void)state;
	set_zone("Asia/Shanghai");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int64_t begin_ms = 0, end_ms = 0;

		assert_int_equal(period_parse(table[i].text, NOW_MS, false, &begin_ms), 0);
		assert_int_equal(period_parse(table[i].text, NOW_MS, true, &end_ms), 0);
		if (begin_ms != table[i].begin_ms || end_ms != table[i].end_ms)
			fail_msg("%s: %lld to %lld", table[i].text, (long long)begin_ms,
				(long long)end_ms);
	}
}

/* The day on which the clocks go back has 25 hours. */
static void test_long_day(void **state)
{
	int64_t begin_ms, end_ms;

	(void)state;
	set_zone("Europe/Berlin");
	assert_int_equal(period_parse("2026-10-25", NOW_MS, false, &begin_ms), 0);
	assert_int_equal(period_parse("2026-10-25", NOW_MS, true, &end_ms), 0);
	assert_int_equal(end_ms - begin_ms, 25 * H_MS);
}

static void test_bad(void **state)
{
	static const char *const table[] = { "", "d", "7", "-7d", "7days", "7w", "+7d",
		"999999999d", "2026-11", "2026-13-01", "2026-02-30", "2026-11-24T",
		"2026-11-24T25:00", "2026-1-2", "yesterday", "2026-11-24T03:00x", "24.11.2026" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (period_parse(table[i], NOW_MS, false, &ms) != -EINVAL)
			fail_msg("\"%s\" is taken for a time", table[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_long_day),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("period", tests, NULL, NULL) ? 1 : 0;
}
