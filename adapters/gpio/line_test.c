/* Pairs of lines: what they say together, and that no mixture of two states is told. */
#include "adapters/gpio/line.h"
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OPEN, ALARM, NORMAL, SHORT }; /* line + 2 x second line, of a changeover contact */

static struct gpio_point options;
static const struct point point = { .index = 7, .options = &options };
static struct gpio_line first, second;
static struct reading told;
static int count;

static void take(struct sink *sink, const struct reading *reading)
{
	(void)sink;
	told = *reading;
	count++;
}

static struct sink sink = { .reading = take };

static void wire(int64_t debounce_ms)
{
	options = (struct gpio_point){ .debounce_ms = debounce_ms };
	first = (struct gpio_line){ .point = &point, .options = &options, .first = &first };
	second = first;
	first.second = &second;
	gpio_line_begin(&first, 0);
	gpio_line_begin(&second, 1);
	count = 0;
}

static void assert_told(int times, int value)
{
	assert_int_equal(count, times);
	assert_int_equal(told.point, 7);
	assert_int_equal(told.quality, QUALITY_GOOD);
	assert_true(told.value == value);
}

static void test_both_lines_make_the_value(void **state)
{
	(void)state;
	wire(0);
	gpio_line_tell(&first, &sink, 0);
	assert_told(1, NORMAL);
	gpio_line_look(&second, 0, &sink, 10);
	assert_told(2, OPEN);
	gpio_line_edge(&first, 1, &sink, 20);
	assert_told(3, ALARM);
	gpio_line_edge(&second, 1, &sink, 30);
	assert_told(4, SHORT);
}

static void test_active_low_is_of_both_lines(void **state)
{
	(void)state;
	wire(0);
	options.active_low = true;
	gpio_line_begin(&first, 1);
	gpio_line_begin(&second, 0);
	gpio_line_tell(&second, &sink, 0);
	assert_told(1, NORMAL);
}

static void test_a_pair_settles_together(void **state)
{
	(void)state;
	wire(50);
	gpio_line_edge(&second, 0, &sink, 100); /* it breaks */
	assert_true(gpio_line_settles_ms(&first) == 150);
	assert_true(gpio_line_settles_ms(&second) == CLOCK_NEVER);
	gpio_line_edge(&first, 1, &sink, 140); /* before it makes */
	assert_true(gpio_line_settles_ms(&first) == 190);
	gpio_line_tell(&first, &sink, 170); /* a poll meanwhile */
	assert_told(1, NORMAL);
	gpio_line_settle(&first, &sink, 190);
	assert_told(2, ALARM);
	assert_true(gpio_line_settles_ms(&first) == CLOCK_NEVER);
}

static void test_a_pair_of_which_one_never_rests_is_bad(void **state)
{
	(void)state;
	wire(50);
	for (int64_t at_ms = 100; at_ms <= 1200; at_ms += 40)
		gpio_line_edge(&second, at_ms / 40 % 2, &sink, at_ms);
	gpio_line_tell(&first, &sink, 1201);
	assert_int_equal(told.quality, QUALITY_BAD);
	assert_int_equal(told.reason, REASON_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_lines_make_the_value),
		cmocka_unit_test(test_active_low_is_of_both_lines),
		cmocka_unit_test(test_a_pair_settles_together),
		cmocka_unit_test(test_a_pair_of_which_one_never_rests_is_bad),
	};

	return cmocka_run_group_tests_name("gpio_line", tests, NULL, NULL) ? 1 : 0;
}
