#include "core/bands.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct bands parsed(const char *text)
{
	struct bands bands;
	const char *why = bands_parse(text, &bands);

	if (why)
		fail_msg("\"%s\": %s", text, why);
	return bands;
}

static struct reading judged(const struct bands *bands, double value)
{
	struct reading reading = {
		.point = 3, .quality = QUALITY_GOOD, .reason = REASON_NONE, .value = value
	};

	bands_judge(bands, &reading);
	return reading;
}

enum { NORMAL, ALARM, OPEN, SHORT, FAULT };

static void assert_band(const struct bands *bands, double value, int band)
{
	static const enum reason reasons[] = { REASON_NONE, REASON_NONE, REASON_OPEN, REASON_SHORT,
		REASON_DEVICE };
	struct reading reading = judged(bands, value);

	assert_int_equal(reading.point, 3);
	assert_int_equal(reading.reason, reasons[band]);
	assert_int_equal(reading.quality, band <= ALARM ? QUALITY_GOOD : QUALITY_BAD);
	assert_true(reading.value == (band == ALARM));
}

static void test_a_limit_belongs_to_the_band_above(void **state)
{
	const struct bands bands = parsed("short 300 alarm 900 normal 1500 open");

	(void)state;
	assert_band(&bands, -1e300, SHORT);
	assert_band(&bands, 0, SHORT);
	assert_band(&bands, 300 - 1e-9, SHORT);
	assert_band(&bands, 300, ALARM);
	assert_band(&bands, 900 - 1e-9, ALARM);
	assert_band(&bands, 900, NORMAL);
	assert_band(&bands, 1500 - 1e-9, NORMAL);
	assert_band(&bands, 1500, OPEN);
	assert_band(&bands, INFINITY, OPEN);
	assert_band(&bands, -INFINITY, SHORT);
}

static void test_bands_stand_in_any_order(void **state)
{
	const struct bands current = parsed("open 0.5 normal 4.25 fault 5 alarm 12 short"),
			   pair = parsed("open 1 alarm 2 normal 3 short"),
			   below_zero = parsed(" alarm  -2.5e1 normal "),
			   twice = parsed("alarm 10 normal 20 alarm");

	(void)state;
	assert_band(&current, 0.1, OPEN);
	assert_band(&current, 2, NORMAL);
	assert_band(&current, 4.5, FAULT);
	assert_band(&current, 8, ALARM);
	assert_band(&current, 20, SHORT);
	assert_band(&pair, 0, OPEN);
	assert_band(&pair, 1, ALARM);
	assert_band(&pair, 2, NORMAL);
	assert_band(&pair, 3, SHORT);
	assert_band(&below_zero, -26, ALARM);
	assert_band(&below_zero, -25, NORMAL);
	assert_band(&twice, 9, ALARM);
	assert_band(&twice, 15, NORMAL);
	assert_band(&twice, 20, ALARM);
}

static void test_what_is_no_number_is_never_a_state(void **state)
{
	const struct bands bands = parsed("normal 1 alarm");
	struct reading reading = judged(&bands, NAN);

	(void)state;
	assert_int_equal(reading.quality, QUALITY_BAD);
	assert_int_equal(reading.reason, REASON_NAN);
	reading = (struct reading){ .quality = QUALITY_BAD, .reason = REASON_TIMEOUT, .value = 0 };
	bands_judge(&bands, &reading);
	assert_int_equal(reading.quality, QUALITY_BAD);
	assert_int_equal(reading.reason, REASON_TIMEOUT);
}

/* Without libm, which this room does not link. */
static double rounded(double number)
{
	return (double)(long)(number < 0 ? number - 0.5 : number + 0.5);
}

static void test_a_number_for_each_state(void **state)
{
	static const char *const texts[] = { "short 300 alarm 900 normal 1500 open",
		"normal 1 alarm", "open 1 alarm 2 normal 3 short", "alarm 3 normal",
		"normal -4 alarm 0 fault 7 short" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct bands bands = parsed(texts[i]);

		assert_band(&bands, bands_number(&bands, 0), NORMAL);
		assert_band(&bands, rounded(bands_number(&bands, 0)), NORMAL);
		assert_band(&bands, bands_number(&bands, 1), ALARM);
		assert_band(&bands, rounded(bands_number(&bands, 1)), ALARM);
	}
}

static void test_mistakes_are_explained(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "is empty" },
		{ "  ", "is empty" },
		{ "normal", "needs a band normal and" },
		{ "open 1 alarm", "needs a band normal and" },
		{ "normal 1", "ends with a limit" },
		{ "normal 1 alarm 2", "ends with a limit" },
		{ "1 normal 2 alarm", "needs normal, alarm, open" },
		{ "normal 1 alert", "needs normal, alarm, open" },
		{ "norm 1 alarm", "needs normal, alarm, open" },
		{ "normal alarm", "needs a number between" },
		{ "normal 1x alarm", "needs a number between" },
		{ "normal 0x10 alarm", "needs a number between" },
		{ "normal nan alarm", "needs a number between" },
		{ "normal inf alarm", "needs a number between" },
		{ "normal 1e999 alarm", "needs a number between" },
		{ "normal - alarm", "needs a number between" },
		{ "normal 2 alarm 2 open", "needs limits that rise" },
		{ "normal 2 alarm 1 open", "needs limits that rise" },
		{ "normal 1 alarm 2 open 3 open 4 open 5 open 6 open 7 open 8 open 9 open",
			"has too many bands" },
	};
	struct bands bands;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = bands_parse(cases[i].text, &bands);

		if (!why || strncmp(why, cases[i].why, strlen(cases[i].why)) != 0)
			fail_msg("\"%s\": %s", cases[i].text, why ? why : "(no mistake)");
	}
	assert_null(bands_parse(
		"normal 1 alarm 2 open 3 open 4 open 5 open 6 open 7 open 8 open", &bands));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_limit_belongs_to_the_band_above),
		cmocka_unit_test(test_bands_stand_in_any_order),
		cmocka_unit_test(test_what_is_no_number_is_never_a_state),
		cmocka_unit_test(test_a_number_for_each_state),
		cmocka_unit_test(test_mistakes_are_explained),
	};

	return cmocka_run_group_tests_name("bands", tests, NULL, NULL) ? 1 : 0;
}
