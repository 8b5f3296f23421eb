/* What the drivers' shared sink makes of a value. */
#include "adapters/sink.h"
#include "core/bands.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct reading given;

static void take(struct sink *sink, const struct reading *reading)
{
	(void)sink;
	given = *reading;
}

static struct sink sink = { .reading = take };
static const struct point_class state_class = { .id = "smoke", .kind = POINT_STATE };

static enum reason reason_of(const struct point *point, double value)
{
	sink_value(&sink, point, value);
	assert_int_equal(given.quality, given.reason == REASON_NONE ? QUALITY_GOOD : QUALITY_BAD);
	return given.reason;
}

static void test_a_state_is_0_or_1(void **state)
{
	const struct point point = { .class = &state_class, .max = 1 };

	(void)state;
	assert_int_equal(reason_of(&point, 1), REASON_NONE);
	assert_int_equal(reason_of(&point, 0.5), REASON_RANGE);
	assert_int_equal(reason_of(&point, 2), REASON_RANGE);
}

static void test_a_supervised_state_is_any_number(void **state)
{
	struct bands bands;
	const struct point point = { .class = &state_class, .max = 1, .bands = &bands };

	(void)state;
	assert_null(bands_parse("normal 300 alarm", &bands));
	assert_int_equal(reason_of(&point, 1234.5), REASON_NONE);
	assert_true(given.value == 1234.5);
	assert_int_equal(reason_of(&point, NAN), REASON_NAN);
	assert_int_equal(reason_of(&point, INFINITY), REASON_NAN);
}

static const struct point_class number_class = { .id = "heat", .kind = POINT_NUMBER };

static void assert_judged(
	const struct point *point, double value, enum quality quality, double expected)
{
	sink_value(&sink, point, value);
	assert_int_equal(given.quality, quality);
	assert_true(given.value == expected);
	assert_int_equal(given.reason, quality == QUALITY_GOOD ? REASON_NONE : REASON_RANGE);
}

/* R1: only where it is stated that the sensor can say so. */
static void test_beyond_the_range(void **state)
{
	const struct point silent = { .class = &number_class, .min = -10, .max = 150 };
	struct point point = silent;

	(void)state;
	assert_judged(&silent, 150, QUALITY_GOOD, 150);
	assert_judged(&silent, 150.5, QUALITY_BAD, 0);
	assert_judged(&silent, -10.5, QUALITY_BAD, 0);
	point.over = 250;
	point.under = 5;
	assert_judged(&point, 150, QUALITY_GOOD, 150);
	assert_judged(&point, 150.5, QUALITY_OVER, 150);
	assert_judged(&point, 400, QUALITY_OVER, 150);
	assert_judged(&point, 400.5, QUALITY_BAD, 0);
	assert_judged(&point, -10.5, QUALITY_UNDER, -10);
	assert_judged(&point, -15, QUALITY_UNDER, -10);
	assert_judged(&point, -15.5, QUALITY_BAD, 0);
	assert_int_equal(reason_of(&point, NAN), REASON_NAN);
	assert_int_equal(reason_of(&point, 1e-310), REASON_NAN); /* subnormal */
	assert_int_equal(reason_of(&point, 0), REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_state_is_0_or_1),
		cmocka_unit_test(test_beyond_the_range),
		cmocka_unit_test(test_a_supervised_state_is_any_number),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL) ? 1 : 0;
}
