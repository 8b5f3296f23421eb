/* The fallback's trouble in words, also where there are more of them than have room. */
#include "daemon/tell/fallback_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct point siren = { .id = "siren" }, beacon = { .id = "beacon" };
static struct fallback fallback;
static char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

static int set_up(void **state)
{
	(void)state;
	memset(&fallback, 0, sizeof(fallback));
	return 0;
}

static void calls(const char *incident, enum fallback_reason reason)
{
	struct fallback_call *call = &fallback.calls[fallback.call_count++];

	call->reason = reason;
	snprintf(call->incident, sizeof(call->incident), "%s", incident);
}

static struct called_output output(
	const struct point *point, enum output_state state, enum word_write_refusal error)
{
	return (struct called_output){
		.point = point, .on = 1, .called = true, .state = state, .error = error
	};
}

static void test_who_why_and_what(void **state)
{
	struct called_output outputs[] = { output(&siren, OUTPUT_CONFIRMED,
						   WORD_WRITE_REFUSAL_NONE),
		output(&beacon, OUTPUT_REFUSED, WORD_WRITE_REFUSAL_NOT_ARMED) };

	(void)state;
	calls("2-f3-a", FALLBACK_UNACKNOWLEDGED);
	calls("3-f1-b", FALLBACK_UNHEARD);
	calls("4-f1-c", FALLBACK_BROKER_AWAY);
	fallback_words(&fallback, outputs, 2, LANGUAGE_ZH, zh);
	fallback_words(&fallback, outputs, 2, LANGUAGE_EN, en);
	assert_string_equal(en, "nobody answers 2-f3-a (not acknowledged), 3-f1-b (nobody "
				"listens), 4-f1-c (no broker); siren on, beacon not on: not armed");
	assert_string_equal(zh, "无人应答：2-f3-a（无人确认）、3-f1-b（无人接收）、4-f1-c（消息服务"
				"器不可达）；siren 已接通，beacon 未接通（未启用）");
	/* Being put off is no news of those that call. */
	outputs[0].called = false;
	outputs[1] = output(&beacon, OUTPUT_WRITING, WORD_WRITE_REFUSAL_NO_ANSWER);
	fallback_words(&fallback, outputs, 2, LANGUAGE_ZH, zh);
	fallback_words(&fallback, outputs, 2, LANGUAGE_EN, en);
	assert_non_null(strstr(en, "(no broker); beacon being switched on"));
}

static void test_no_output(void **state)
{
	(void)state;
	calls("2-f3-a", FALLBACK_UNACKNOWLEDGED);
	fallback_words(&fallback, NULL, 0, LANGUAGE_ZH, zh);
	fallback_words(&fallback, NULL, 0, LANGUAGE_EN, en);
	assert_string_equal(
		en, "nobody answers 2-f3-a (not acknowledged); there is no output to switch on");
}

/* Whatever the lengths, outputs have room, and no character is cut in two. */
static void test_more_than_has_room(void **state)
{
	struct called_output outputs[40];
	char id[INCIDENT_ID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		outputs[i] = output(
			&siren, OUTPUT_FAILED, WORD_WRITE_REFUSAL_NOT_CONFIRMED_BY_ITS_READ_BACK);
	for (int length = 1; length <= INCIDENT_ID_MAX; length++) {
		memset(&fallback, 0, sizeof(fallback));
		snprintf(id, sizeof(id), "%0*d", length, 7);
		for (size_t i = 0; i < FALLBACK_CALL_MAX; i++)
			calls(id, FALLBACK_BROKER_AWAY);
		fallback_words(&fallback, outputs, 40, LANGUAGE_ZH, zh);
		fallback_words(&fallback, outputs, 40, LANGUAGE_EN, en);
		assert_in_range(strlen(zh), 1, TROUBLE_TEXT_MAX);
		assert_in_range(strlen(en), 1, TROUBLE_TEXT_MAX);
		assert_non_null(strstr(en, " ...; siren not on: not confirmed by its read-back"));
		assert_non_null(strstr(zh, " ...；siren 未接通（回读未证实）"));
		assert_string_equal(en + strlen(en) - 4, " ...");
		assert_string_equal(zh + strlen(zh) - 4, " ...");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_who_why_and_what, set_up),
		cmocka_unit_test_setup(test_no_output, set_up),
		cmocka_unit_test_setup(test_more_than_has_room, set_up),
	};

	return cmocka_run_group_tests_name("fallback words", tests, NULL, NULL) ? 1 : 0;
}
