/* The policy of writes: every combination of facts has the answer of its weightiest one. */
#include "daemon/outputs/check.h"

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

static void expect(struct write_facts facts, enum write_verdict verdict, const char *text)
{
	const struct write_answer *answer = write_check(&facts);

	assert_int_equal(answer->verdict, verdict);
	assert_string_equal(answer->text, text);
}

static void test_each_fact_alone(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	expect(f, WRITE_ALLOWED, "");
	f = GOOD, f.drill = true;
	expect(f, WRITE_REFUSED, "drill");
	f = GOOD, f.writable = false;
	expect(f, WRITE_REFUSED, "not an output");
	f = GOOD, f.protected = true;
	expect(f, WRITE_PROTECTED, "protected");
	f = GOOD, f.actions_armed = false;
	expect(f, WRITE_REFUSED, "actions are not armed");
	f = GOOD, f.armed = false;
	expect(f, WRITE_REFUSED, "not armed");
	f = GOOD, f.wanted = false;
	expect(f, WRITE_OVERTAKEN, "no longer wanted");
	f = GOOD, f.interlock = TRUTH_FALSE;
	expect(f, WRITE_REFUSED, "interlock forbids");
	f = GOOD, f.interlock = TRUTH_UNKNOWN;
	expect(f, WRITE_REFUSED, "interlock unknown");
	f = GOOD, f.still_true = TRUTH_FALSE;
	expect(f, WRITE_OVERTAKEN, "condition returned");
	f = GOOD, f.still_true = TRUTH_UNKNOWN;
	expect(f, WRITE_WAIT, "readings not good");
}

static void test_protected_is_never_cut(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	f.protected = true;
	f.value = 1;
	expect(f, WRITE_ALLOWED, "");
	f.value = -1;
	expect(f, WRITE_PROTECTED, "protected");
	f.value = NAN;
	expect(f, WRITE_PROTECTED, "protected");
	f.value = 0;
	f.restoring = true;
	f.still_true = TRUTH_FALSE;
	expect(f, WRITE_PROTECTED, "protected");
}

static void test_restore(void **state)
{
	struct write_facts f = GOOD;

	(void)state;
	f.restoring = true;
	f.value = 1;
	f.still_true = TRUTH_FALSE;
	expect(f, WRITE_ALLOWED, "");
	f.interlock = TRUTH_FALSE;
	expect(f, WRITE_ALLOWED, "");
	f.still_true = TRUTH_TRUE;
	expect(f, WRITE_REFUSED, "condition is true or unknown again");
	f.still_true = TRUTH_UNKNOWN;
	expect(f, WRITE_REFUSED, "condition is true or unknown again");
}

/* Said a second time and otherwise: when is a write allowed at all? */
static bool may_write(const struct write_facts *f)
{
	bool needed = f->restoring ? f->still_true == TRUTH_FALSE
				   : f->still_true == TRUTH_TRUE && f->interlock == TRUTH_TRUE;

	return needed && f->actions_armed && f->armed && f->writable && f->wanted && !f->drill &&
	       (!f->protected || f->value == 1);
}

static void test_every_combination(void **state)
{
	unsigned allowed = 0, all = 0;

	(void)state;
	for (unsigned bits = 0; bits < 256; bits++) {
		for (unsigned truths = 0; truths < 9; truths++) {
			struct write_facts f = { .actions_armed = bits & 1,
				.drill = bits & 2,
				.restoring = bits & 4,
				.wanted = bits & 8,
				.writable = bits & 16,
				.armed = bits & 32,
				.protected = bits & 64,
				.value = bits & 128 ? 1 : 0,
				.interlock = (enum truth)(truths % 3),
				.still_true = (enum truth)(truths / 3) };
			const struct write_answer *answer = write_check(&f);

			assert_int_equal(answer->verdict == WRITE_ALLOWED, may_write(&f));
			assert_int_equal(answer->text[0] == '\0', may_write(&f));
			allowed += may_write(&f);
			all++;
		}
	}
	assert_int_equal(all, 2304);
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
