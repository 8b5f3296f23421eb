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

/* The program's enumerations have the order of the table. */
static void test_the_programs_own_names(void **state)
{
	(void)state;
	assert_string_equal(severity_name(SEVERITY_LOW), "low");
	assert_string_equal(severity_name(SEVERITY_MEDIUM), "medium");
	assert_string_equal(severity_name(SEVERITY_HIGH), "high");
	assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
	assert_string_equal(action_mode_name(ACTION_ADVISE), "advise");
	assert_string_equal(action_mode_name(ACTION_CONFIRM), "confirm");
	assert_string_equal(action_mode_name(ACTION_AUTO), "auto");
	assert_string_equal(quality_name(QUALITY_BAD), "bad");
	assert_string_equal(quality_name(QUALITY_STALE), "stale");
	assert_string_equal(quality_name(QUALITY_GOOD), "good");
	assert_string_equal(reason_name(REASON_AGE), "too old");
	assert_string_equal(reason_name(REASON_COUNT - 1), "line shorted");
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
