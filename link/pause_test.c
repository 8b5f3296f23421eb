/* How long is waited before the broker is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/pause.h"

#include <errno.h>

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(pause_kind(0, ECONNREFUSED), PAUSE_AWAY);
	assert_int_equal(pause_kind(0, ECONNRESET), PAUSE_AWAY);
	assert_int_equal(pause_kind(0, ETIMEDOUT), PAUSE_AWAY);
	assert_int_equal(pause_kind(0, 0), PAUSE_AWAY);
	assert_int_equal(pause_kind(0, EPROTO), PAUSE_REFUSED);
	assert_int_equal(pause_kind(0, ENOENT), PAUSE_REFUSED);
	assert_int_equal(pause_kind(0x8b, 0), PAUSE_AWAY); /* it goes down, and comes again */
	assert_int_equal(pause_kind(0x87, 0), PAUSE_REFUSED);
	assert_int_equal(pause_kind(0x8e, 0), PAUSE_TAKEN_OVER);
}

/* One that is away is tried so often that its return is seen within a second, or two. */
static void test_away(void **state)
{
	(void)state;
	for (unsigned attempts = 0; attempts < 100; attempts++) {
		assert_in_range(pause_ms(PAUSE_AWAY, attempts, 0, 0), 200, 500);
		assert_in_range(pause_ms(PAUSE_AWAY, attempts, 59999, UINT32_MAX), 200, 500);
		assert_in_range(pause_ms(PAUSE_AWAY, attempts, 60000, 0), 700, 1500);
		assert_in_range(pause_ms(PAUSE_AWAY, attempts, INT64_MAX, 750), 1500, 1500);
	}
}

static void test_refused(void **state)
{
	(void)state;
	assert_in_range(pause_ms(PAUSE_REFUSED, 0, 0, 250), 500, 500);
	assert_in_range(pause_ms(PAUSE_REFUSED, 1, 0, 500), 1000, 1000);
	assert_in_range(pause_ms(PAUSE_REFUSED, 4, 0, 0), 4000, 4000);
	for (unsigned attempts = 5; attempts < 200; attempts++)
		assert_in_range(pause_ms(PAUSE_REFUSED, attempts, 0, attempts), 5000, 10000);
	assert_in_range(pause_ms(PAUSE_TAKEN_OVER, 0, 0, 0), 5000, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("link pause", tests, NULL, NULL) ? 1 : 0;
}
