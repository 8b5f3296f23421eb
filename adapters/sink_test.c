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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_state_is_0_or_1),
		cmocka_unit_test(test_a_supervised_state_is_any_number),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL) ? 1 : 0;
}
