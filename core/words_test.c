#include "core/words.h"

#include "core/plan.h"
#include "core/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_words_by_place_and_by_id(void **state)
{
	(void)state;
	assert_string_equal(word(LANGUAGE_EN, WORD_EVENT, TRANSITION_HANDED_OVER), "handed over");
	assert_string_equal(word_text(WORD_EVENT, TRANSITION_CLOSED).zh, "已结束");
	assert_string_equal(word_text(WORD_EVENT, TRANSITION_CLOSED).en, "closed");
	assert_string_equal(word_id(WORD_EVENT, TRANSITION_HANDED_OVER), "handed-over");
	assert_int_equal(word_find(WORD_EVENT, "handed-over"), TRANSITION_HANDED_OVER);
	assert_int_equal(word_find(WORD_EVENT, "handed"), -1);
	assert_string_equal(word_of(LANGUAGE_ZH, WORD_SEVERITY, "critical"), "紧急");
	assert_string_equal(word_of(LANGUAGE_ZH, WORD_SEVERITY, "unheard of"), "unheard of");
}

/* What the program calls them is what the table calls them, in the same order. */
static void test_the_programs_own_names(void **state)
{
	(void)state;
	assert_int_equal(WORD_SEVERITY_COUNT, SEVERITY_CRITICAL + 1);
	for (int i = 0; i < WORD_SEVERITY_COUNT; i++)
		assert_string_equal(
			word_id(WORD_SEVERITY, (size_t)i), severity_name((enum severity)i));
	for (int i = 0; i < WORD_MODE_COUNT; i++)
		assert_int_equal(word_find(WORD_MODE, action_mode_name((enum action_mode)i)), i);
	for (int i = 0; i < WORD_QUALITY_COUNT; i++)
		assert_true(word_find(WORD_QUALITY, quality_name((enum quality)i)) >= 0);
	for (int i = 0; i < WORD_REASON_COUNT; i++)
		assert_int_equal(word_find(WORD_REASON, reason_name((enum reason)i)), i);
}

static void test_filling_in(void **state)
{
	const struct word_part parts[] = { { "name", { "水表", "Meter" } },
		{ "id", { "m1", "m1" } }, { NULL } };
	char out[64];

	(void)state;
	assert_string_equal(word_fill(out, sizeof(out), LANGUAGE_ZH, "“{name}”（{id}）", parts),
		"“水表”（m1）");
	assert_string_equal(
		word_fill(out, sizeof(out), LANGUAGE_EN, "{name} {id}{id}.", parts), "Meter m1m1.");
	assert_string_equal(
		word_fill(out, sizeof(out), LANGUAGE_EN, "{nobody} {id", parts), "{nobody} {id");
	assert_string_equal(word_fill(out, sizeof(out), LANGUAGE_EN, "plain", NULL), "plain");
	/* Cut between characters, never within one. */
	assert_string_equal(word_fill(out, 8, LANGUAGE_ZH, "a{name}水", parts), "a水表");
	assert_string_equal(word_fill(out, 7, LANGUAGE_ZH, "a{name}水", parts), "a水");
	assert_string_equal(word_fill(out, 1, LANGUAGE_ZH, "水", parts), "");
}

static void expect_failure(const struct failure *failure, const char *zh, const char *en)
{
	char out[200];

	failure_words(failure, LANGUAGE_ZH, out, sizeof(out));
	assert_string_equal(out, zh);
	failure_words(failure, LANGUAGE_EN, out, sizeof(out));
	assert_string_equal(out, en);
	failure_words(failure, LANGUAGE_EN, out, 8);
	assert_int_equal(strlen(out), 7);
}

/* What somebody else said in English stands in no other language's sentence. */
static void test_failures(void **state)
{
	struct failure failure = { WORD_CAUSE_THE_CONNECTION_WAS_LOST };

	(void)state;
	expect_failure(&failure, "连接中断", "the connection was lost");
	strcpy(failure.detail, "no answer");
	expect_failure(&failure, "连接中断", "the connection was lost: no answer");
	failure.cause = WORD_CAUSE_CONNECTION_REFUSED;
	expect_failure(&failure, "no answer：连接被拒绝", "no answer: connection refused");
	failure.cause = WORD_CAUSE_LOG;
	expect_failure(&failure, "原因见系统日志", "no answer");
	failure = (struct failure){ WORD_CAUSE_ERRORS, 3, "a.conf:7" };
	expect_failure(&failure, "3 处错误，第一处在 a.conf:7", "3 errors, the first: a.conf:7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_by_place_and_by_id),
		cmocka_unit_test(test_the_programs_own_names),
		cmocka_unit_test(test_filling_in),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL) ? 1 : 0;
}
