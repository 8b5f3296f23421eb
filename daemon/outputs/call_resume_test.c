/*
 * The outputs of the fallback over a restart and a reload: nothing is written twice,
 * and nothing is left on.
 */
#include "tests/outputs_call_bench.h"

static void resume(void)
{
	b.values[RELAYS + SIREN].quality = QUALITY_BAD;
	call_resume(b.outputs, &b.points[SIREN], 1, "1-f1-a");
}

static void test_still_sounding_and_still_needed(void **state)
{
	(void)state;
	resume();
	call_by("1-f1-a", false);
	run_until(b.now_ms + 5000);
	assert_int_equal(b.records + b.writes, 0);
	assert_true(is_called() && last.ours);
	seen(SIREN, 1);
	run_until(b.now_ms + 300);
	seen(SIREN, 1);
	run_until(b.now_ms + 60000);
	assert_int_equal(b.records + b.writes, 0);
	assert_true(is_called() && last.ours);
	assert_int_equal(last.state, OUTPUT_CONFIRMED);
}

/* Opening its bus must not switch it back: a line of a gpiochip is driven as it was left. */
static void test_is_opened_as_it_was_left(void **state)
{
	double held = 0;

	(void)state;
	b.points[SIREN].held = &held;
	resume();
	assert_true(held == 1);
}

static void test_no_more_needed_after_the_restart(void **state)
{
	(void)state;
	resume();
	nobody_calls();
	assert_int_equal(b.records, 0);
	seen(SIREN, 1);
	run_until(b.now_ms + 300);
	obey(0, 0);
	assert_string_equal(b.caller, "1-f1-a");
	assert_false(is_called());
}

/* Or its contact was too slow for us. */
static void test_seen_off_after_the_restart(void **state)
{
	(void)state;
	resume();
	nobody_calls();
	seen(SIREN, 0);
	run_until(b.now_ms + 300);
	seen(SIREN, 0);
	obey(0, 0);
	assert_false(is_called());
}

static void test_off_without_a_reading_in_the_end(void **state)
{
	(void)state;
	resume();
	nobody_calls();
	run_until(b.now_ms + 29000);
	assert_int_equal(b.records, 0);
	run_until(b.now_ms + 2000);
	assert_int_equal(b.records, 1);
	assert_true(b.record_value[0] == 0);
}

/* After a reload ----------------------------------------------------------- */

static void reload(void)
{
	struct outputs *old = b.outputs;

	b.outputs = outputs_new(&b.config, NULL, &b.ports, b.now_ms);
	assert_non_null(b.outputs);
	outputs_adopt(b.outputs, old, b.now_ms);
	outputs_free(old);
}

static void test_a_reload_goes_on(void **state)
{
	(void)state;
	sound();
	reload();
	call_by("1-f1-a", false);
	run_until(b.now_ms + 60000);
	assert_int_equal(b.writes, 1);
	nobody_calls();
	obey(1, 0);
	assert_false(is_called());
}

static void test_a_reload_without_fallback_puts_off(void **state)
{
	(void)state;
	sound();
	b.config.plan.action_count = 0;
	reload();
	nobody_calls();
	obey(1, 0);
	assert_false(is_called());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIREN_TEST(test_still_sounding_and_still_needed),
		SIREN_TEST(test_is_opened_as_it_was_left),
		SIREN_TEST(test_no_more_needed_after_the_restart),
		SIREN_TEST(test_seen_off_after_the_restart),
		SIREN_TEST(test_off_without_a_reading_in_the_end),
		SIREN_TEST(test_a_reload_goes_on),
		SIREN_TEST(test_a_reload_without_fallback_puts_off),
	};

	return cmocka_run_group_tests_name("fallback outputs resumed", tests, NULL, NULL) ? 1 : 0;
}
