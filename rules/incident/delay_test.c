#include "rules/incident/delay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { F = TRUTH_FALSE, T = TRUTH_TRUE, U = TRUTH_UNKNOWN, NEVER = -1 };

struct feed {
	int64_t at_ms;
	int truth;
	bool over;
	int64_t deadline_ms; /* afterwards; NEVER: it does not run */
};

static void play(int64_t total_ms, const struct feed *feeds, size_t count)
{
	struct delay delay;

	delay_reset(&delay, total_ms);
	assert_true(delay_deadline(&delay) == INT64_MAX);
	for (size_t i = 0; i < count; i++) {
		int64_t expected = feeds[i].deadline_ms == NEVER ? INT64_MAX : feeds[i].deadline_ms;

		assert_int_equal(
			delay_feed(&delay, (enum truth)feeds[i].truth, total_ms, feeds[i].at_ms),
			feeds[i].over);
		assert_true(delay_deadline(&delay) == expected);
	}
}

#define PLAY(total_ms, ...)                                                                        \
	do {                                                                                       \
		static const struct feed feeds[] = { __VA_ARGS__ };                                \
		play(total_ms, feeds, sizeof(feeds) / sizeof(feeds[0]));                           \
	} while (0)

static void test_runs_off(void **state)
{
	(void)state;
	PLAY(100, { 0, T, false, 100 }, { 99, T, false, 100 }, { 100, T, true, 100 });
	PLAY(100, { 7, T, false, 107 }, { 500, T, true, 500 });
}

static void test_none_is_at_once(void **state)
{
	(void)state;
	PLAY(0, { 5, F, false, NEVER }, { 6, U, false, NEVER }, { 7, T, true, 7 });
}

static void test_false_starts_anew(void **state)
{
	(void)state;
	PLAY(100, { 0, T, false, 100 }, { 99, F, false, NEVER }, { 150, T, false, 250 },
		{ 249, T, false, 250 }, { 250, T, true, 250 });
	/* Late: it had run off, but nobody looked, and now it is false. */
	PLAY(100, { 0, T, false, 100 }, { 200, F, false, NEVER }, { 201, T, false, 301 });
}

static void test_unknown_holds(void **state)
{
	(void)state;
	PLAY(100, { 0, T, false, 100 }, { 60, U, false, NEVER }, { 1000, U, false, NEVER },
		{ 5000, T, false, 5040 }, { 5039, T, false, 5040 }, { 5040, T, true, 5040 });
	/* Held, then false: anew. */
	PLAY(100, { 0, T, false, 100 }, { 60, U, false, NEVER }, { 70, F, false, NEVER },
		{ 80, T, false, 180 });
	/* Unknown does not end a delay that had run off before. */
	PLAY(100, { 0, T, false, 100 }, { 150, U, false, NEVER }, { 160, T, true, 160 });
	PLAY(100, { 0, U, false, NEVER }, { 500, U, false, NEVER }, { 600, T, false, 700 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_off),
		cmocka_unit_test(test_none_is_at_once),
		cmocka_unit_test(test_false_starts_anew),
		cmocka_unit_test(test_unknown_holds),
	};

	return cmocka_run_group_tests_name("delay", tests, NULL, NULL) ? 1 : 0;
}
