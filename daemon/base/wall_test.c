#include "daemon/base/wall.h"

#include "core/clock.h"
#include "tests/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_small_differences_are_not_followed(void **state)
{
	int64_t kept_ms = 1795489269250;

	(void)state;
	for (int64_t apart_ms = -WALL_SLACK_MS; apart_ms <= WALL_SLACK_MS; apart_ms++)
		assert_true(wall_offset_ms(kept_ms, kept_ms + apart_ms) == kept_ms);
}

/* One step after the other, each of them small: they add up, and then count. */
static void test_what_adds_up_is_followed(void **state)
{
	int64_t kept_ms = 1000, changes = 0;

	(void)state;
	for (int64_t measured_ms = 1000; measured_ms <= 1200; measured_ms++) {
		int64_t next_ms = wall_offset_ms(kept_ms, measured_ms);

		changes += next_ms != kept_ms;
		kept_ms = next_ms;
		assert_true(measured_ms - kept_ms <= WALL_SLACK_MS);
	}
	assert_int_equal(changes, 3);
}

static void test_a_jump_is_followed(void **state)
{
	(void)state;
	assert_true(wall_offset_ms(5000, 5000 + 3600000) == 5000 + 3600000);
	assert_true(wall_offset_ms(5000, 5000 - 3600000) == 5000 - 3600000);
	assert_true(wall_offset_ms(5000, 5051) == 5051);
	assert_true(wall_offset_ms(5000, 4949) == 4949);
}

/* Read again and again, also while the machine is busy, it stays within the slack. */
static void test_the_measure_is_narrow(void **state)
{
	int64_t first_ms = clock_wall_offset_ms();

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(wall_offset_ms(first_ms, clock_wall_offset_ms()) == first_ms);
}

/* A moment has one offset, and only a clock that somebody set is worth a line. */
static void test_a_clock_that_was_set_is_said(void **state)
{
	int64_t offset_ms = 0;
	struct moment now;

	(void)state;
	hear();
	now = wall_moment(&offset_ms);
	assert_true(offset_ms > 0);
	assert_true(now.wall_ms == now.now_ms + offset_ms);
	wall_moment(&offset_ms);
	assert_int_equal(heard("wall clock"), 0);
	offset_ms += 3600000;
	now = wall_moment(&offset_ms);
	assert_true(now.wall_ms == now.now_ms + offset_ms);
	assert_int_equal(heard("wall clock: set by -36"), 1);
	offset_ms -= 1800000;
	wall_moment(&offset_ms);
	assert_int_equal(heard("wall clock: set by +1"), 1);
	hear_no_more();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_differences_are_not_followed),
		cmocka_unit_test(test_what_adds_up_is_followed),
		cmocka_unit_test(test_a_jump_is_followed),
		cmocka_unit_test(test_the_measure_is_narrow),
		cmocka_unit_test(test_a_clock_that_was_set_is_said),
	};

	return cmocka_run_group_tests_name("wall", tests, NULL, NULL) ? 1 : 0;
}
