/* The policy of writes: every combination of facts has the answer of its weightiest one. */
#include "daemon/outputs/task/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

static const struct write_facts GOOD = { .actions_armed = true,
	.wanted = true,
	.writable = true,
	.armed = true,
	.value = 0,
	.interlock = TRUTH_TRUE,
	.still_true = TRUTH_TRUE };

static void expect(
	struct write_facts facts, enum write_verdict verdict, enum word_write_refusal why)
{
	const struct write_answer *answer = write_check(&facts);

	assert_int_equal(answer->verdict, verdict);
	assert_int_equal(answer->why, why);
}

static void test_each_fact_alone(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	expect(f, WRITE_ALLOWED, WORD_WRITE_REFUSAL_NONE);
	f = GOOD, f.drill = true;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_DRILL);
	f = GOOD, f.writable = false;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_NOT_AN_OUTPUT);
	f = GOOD, f.protected = true;
	expect(f, WRITE_PROTECTED, WORD_WRITE_REFUSAL_PROTECTED);
	f = GOOD, f.actions_armed = false;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED);
	f = GOOD, f.armed = false;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_NOT_ARMED);
	f = GOOD, f.wanted = false;
	expect(f, WRITE_OVERTAKEN, WORD_WRITE_REFUSAL_NO_LONGER_WANTED);
	f = GOOD, f.locked = true;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_LOCKED_BY_LOCK);
	f.restoring = true, f.still_true = TRUTH_FALSE;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_LOCKED_BY_LOCK);
	f = GOOD, f.interlock = TRUTH_FALSE;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_INTERLOCK_FORBIDS);
	f = GOOD, f.interlock = TRUTH_UNKNOWN;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_INTERLOCK_UNKNOWN);
	f = GOOD, f.still_true = TRUTH_FALSE;
	expect(f, WRITE_OVERTAKEN, WORD_WRITE_REFUSAL_CONDITION_RETURNED);
	f = GOOD, f.still_true = TRUTH_UNKNOWN;
	expect(f, WRITE_WAIT, WORD_WRITE_REFUSAL_READINGS_NOT_GOOD);
}

static void test_protected_is_never_cut(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	f.protected = true;
	f.value = 1;
	expect(f, WRITE_ALLOWED, WORD_WRITE_REFUSAL_NONE);
	f.value = -1;
	expect(f, WRITE_PROTECTED, WORD_WRITE_REFUSAL_PROTECTED);
	f.value = NAN;
	expect(f, WRITE_PROTECTED, WORD_WRITE_REFUSAL_PROTECTED);
	f.value = 0;
	f.restoring = true;
	f.still_true = TRUTH_FALSE;
	expect(f, WRITE_PROTECTED, WORD_WRITE_REFUSAL_PROTECTED);
}

static void test_restore(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	f.restoring = true;
	f.value = 1;
	f.still_true = TRUTH_FALSE;
	expect(f, WRITE_ALLOWED, WORD_WRITE_REFUSAL_NONE);
	f.interlock = TRUTH_FALSE;
	expect(f, WRITE_ALLOWED, WORD_WRITE_REFUSAL_NONE);
	f.still_true = TRUTH_TRUE;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_CONDITION_IS_TRUE_OR_UNKNOWN_AGAIN);
	f.still_true = TRUTH_UNKNOWN;
	expect(f, WRITE_REFUSED, WORD_WRITE_REFUSAL_CONDITION_IS_TRUE_OR_UNKNOWN_AGAIN);
}

/* Said a second time and otherwise: when is a write allowed at all? */
static bool may_write(const struct write_facts *f)
{
	bool needed = f->restoring ? f->still_true == TRUTH_FALSE
				   : f->still_true == TRUTH_TRUE && f->interlock == TRUTH_TRUE;

	return needed && f->actions_armed && f->armed && f->writable && f->wanted && !f->drill &&
	       !f->locked && (!f->protected || f->value == 1);
}

static void test_every_combination(void **state)
{
	unsigned allowed = 0, all = 0;

	(void)state;
	for (unsigned bits = 0; bits < 512; bits++) {
		for (unsigned truths = 0; truths < 9; truths++) {
			struct write_facts f = { .actions_armed = bits & 1,
				.drill = bits & 2,
				.restoring = bits & 4,
				.wanted = bits & 8,
				.writable = bits & 16,
				.armed = bits & 32,
				.protected = bits & 64,
				.value = bits & 128 ? 1 : 0,
				.locked = bits & 256,
				.interlock = (enum truth)(truths % 3),
				.still_true = (enum truth)(truths / 3) };
			const struct write_answer *answer = write_check(&f);

			assert_int_equal(answer->verdict == WRITE_ALLOWED, may_write(&f));
			assert_int_equal(answer->why == WORD_WRITE_REFUSAL_NONE, may_write(&f));
			allowed += may_write(&f);
			all++;
		}
	}
	assert_int_equal(all, 4608);
	assert_int_equal(
		allowed, 3 + 3 * 3); /* 3 of value and protection; 1 to act, 3 to restore */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fact_alone),
		cmocka_unit_test(test_protected_is_never_cut),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_every_combination),
	};

	return cmocka_run_group_tests_name("outputs check", tests, NULL, NULL) ? 1 : 0;
}
