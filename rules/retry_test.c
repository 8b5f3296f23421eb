/* When a write that was never proved is tried again. */
#include "rules/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct retry_facts plain = {
	.by_plan = true, .still_true = TRUTH_TRUE, .reachable = true, .tries = 1
};

static void expect(struct retry_facts facts, enum retry_verdict verdict, int64_t after_ms)
{
	const struct retry retry = retry_when(&facts);

	assert_int_equal(retry.verdict, verdict);
	assert_int_equal(retry.after_ms, after_ms);
}

static void test_it_doubles_up_to_five_minutes(void **state)
{
	static const int64_t after_s[] = { 10, 10, 20, 40, 80, 160, 300, 300 };
	struct retry_facts facts = plain;

	(void)state;
	for (facts.tries = 0; facts.tries < sizeof(after_s) / sizeof(after_s[0]); facts.tries++)
		expect(facts, RETRY_AFTER, after_s[facts.tries] * 1000);
	facts.tries = UINT32_MAX;
	expect(facts, RETRY_AFTER, RETRY_LONGEST_MS);
}

/* Each fact by itself, over all others: nothing else begins a write. */
static void test_every_combination(void **state)
{
	(void)state;
	for (int bits = 0; bits < 16; bits++)
		for (int truth = 0; truth < 3; truth++) {
			const struct retry_facts facts = { .proved = bits & 1,
				.by_plan = bits & 2,
				.reachable = bits & 4,
				.still_true = (enum truth)truth,
				.tries = 1,
				.reached_ms = bits & 8 ? RETRY_FOR_MS : RETRY_FOR_MS - 1 };
			const struct retry retry = retry_when(&facts);

			if (facts.proved || !facts.by_plan)
				assert_int_equal(retry.verdict, RETRY_NEVER);
			else if (bits & 8)
				assert_int_equal(retry.verdict, RETRY_OVER);
			else if (facts.reachable && facts.still_true == TRUTH_TRUE)
				assert_int_equal(retry.verdict, RETRY_AFTER);
			else
				assert_int_equal(retry.verdict, RETRY_WAITS);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_doubles_up_to_five_minutes),
		cmocka_unit_test(test_every_combination),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL) ? 1 : 0;
}
