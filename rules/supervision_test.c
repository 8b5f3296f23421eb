/* Supervision: every state by every event, and whom a loss concerns. */
#include "rules/supervision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_every_state_by_every_event(void **state)
{
	enum {
		N = SUPERVISION_NONE,
		H = SUPERVISION_HOLDS,
		D = SUPERVISION_DOUBT,
		L = SUPERVISION_LOST
	};
	static const int expected[SUPERVISION_COUNT][SUPERVISION_EVENT_COUNT] = {
		{ H, N, N, N, N, N },
		{ H, H, D, H, H, N },
		{ H, H, D, H, L, N },
		{ H, H, L, L, L, N },
	};

	(void)state;
	for (int s = 0; s < SUPERVISION_COUNT; s++)
		for (int e = 0; e < SUPERVISION_EVENT_COUNT; e++)
			assert_int_equal(
				supervision_next((enum supervision)s, (enum supervision_event)e),
				expected[s][e]);
}

/* What nobody proved is never lost, and only time and a good read-back make it so. */
static void test_only_a_doubt_that_lasts_is_a_loss(void **state)
{
	(void)state;
	for (int s = 0; s < SUPERVISION_LOST; s++)
		for (int e = 0; e < SUPERVISION_EVENT_COUNT; e++)
			if (supervision_next((enum supervision)s, (enum supervision_event)e) ==
				SUPERVISION_LOST) {
				assert_int_equal(s, SUPERVISION_DOUBT);
				assert_int_equal(e, SUPERVISION_TIME_OVER);
			}
}

static void test_whom_it_concerns(void **state)
{
	(void)state;
	assert_int_equal(supervision_tells(TRUTH_TRUE, true), SUPERVISION_OPENS_STEP);
	assert_int_equal(supervision_tells(TRUTH_UNKNOWN, true), SUPERVISION_OPENS_STEP);
	assert_int_equal(supervision_tells(TRUTH_FALSE, true), SUPERVISION_ASKS);
	assert_int_equal(supervision_tells(TRUTH_TRUE, false), SUPERVISION_ASKS);
	assert_int_equal(supervision_tells(TRUTH_UNKNOWN, false), SUPERVISION_ASKS);
	assert_int_equal(supervision_tells(TRUTH_FALSE, false), SUPERVISION_ASKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state_by_every_event),
		cmocka_unit_test(test_only_a_doubt_that_lasts_is_a_loss),
		cmocka_unit_test(test_whom_it_concerns),
	};

	return cmocka_run_group_tests_name("supervision", tests, NULL, NULL) ? 1 : 0;
}
