/*
 * The outputs of the fallback: on while called, off again, and whose they are.
 */
#include "tests/outputs_call_bench.h"

static void test_on_and_off_again(void **state)
{
	(void)state;
	sound();
	assert_string_equal(b.caller, "1-f1-a");
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
	nobody_calls();
	assert_true(is_called() && last.ours);
	obey(1, 0);
	assert_string_equal(b.caller, "1-f1-a");
	assert_false(is_called());
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
	assert_string_equal(b.log, "");
	assert_true(b.outputs->outlook.moved);
}

static void test_ours_once_it_is_recorded(void **state)
{
	(void)state;
	call_by("1-f1-a", true);
	assert_int_equal(b.writes, 0);
	assert_true(is_called() && last.ours);
	/* Answered before the write: then it is nobody's. */
	nobody_calls();
	recorded(0);
	assert_int_equal(b.writes, 0);
	assert_false(is_called());
}

/* A kill from here on may leave it on. */
static void test_ours_while_it_is_written(void **state)
{
	(void)state;
	call_by("1-f1-a", true);
	recorded(0);
	assert_int_equal(b.writes, 1);
	assert_true(is_called() && last.ours);
	written(0, 0);
	assert_true(is_called() && last.ours);
	assert_int_equal(last.state, OUTPUT_CONFIRMING);
	/* Not proved in the end: it may be on all the same. */
	run_until(b.now_ms + 3000);
	assert_true(is_called() && last.ours);
}

/* Each of several, once. */
static void test_several_outputs(void **state)
{
	struct called_output first, second, third;

	(void)state;
	call_take(b.outputs, &b.points[SIREN], &b.action, "1-f1-a", true);
	call_take(b.outputs, &b.points[0], &b.action, "2-f1-b", true);
	tasks_run(b.outputs, b.now_ms);
	assert_true(call_at(b.outputs, 0, &first));
	assert_true(call_at(b.outputs, 1, &second));
	assert_false(call_at(b.outputs, 2, &third));
	assert_ptr_equal(first.point, &b.points[SIREN]);
	assert_ptr_equal(second.point, &b.points[0]);
	assert_string_equal(second.caller, "2-f1-b");
}

/* A step and the fallback failed at the same output: the trouble lasts as long as either. */
static void test_a_trouble_of_two(void **state)
{
	(void)state;
	strcpy(b.incident.id, "16-f1.tea-1");
	b.action.scope = ACTION_ZONE;
	b.points[1].zone = &b.zones[0]; /* the incident's is relay 0 alone */
	b.values[RELAYS].value = 0;
	transition(TRANSITION_RAISED);
	call_take(b.outputs, &b.points[0], &b.action, b.incident.id, true);
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(b.records, 2);
	outputs_recorded(b.outputs, b.record_ticket[0], false, b.now_ms);
	outputs_recorded(b.outputs, b.record_ticket[1], false, b.now_ms);
	assert_non_null(strstr(b.log, "{a intent not recorded}"));
	b.log[0] = '\0';
	nobody_calls();
	assert_false(is_called());
	assert_string_equal(b.log, "");
	transition(TRANSITION_CLOSED);
	tasks_run(b.outputs, b.now_ms);
	assert_string_equal(b.log, "{a ends}");
}

static void test_stays_on_for_the_last_caller(void **state)
{
	(void)state;
	sound();
	call_by("2-f1-b", true);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	call_by("2-f1-b", false);
	run_until(b.now_ms + 60000);
	assert_int_equal(b.writes, 1);
	assert_int_equal(b.records, 1);
	assert_true(is_called() && last.ours);
}

static void test_found_on_is_not_ours(void **state)
{
	(void)state;
	b.values[RELAYS + SIREN].value = 1;
	call_by("1-f1-a", true);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	assert_true(is_called() && !last.ours);
	assert_int_equal(last.state, OUTPUT_CONFIRMED);
	nobody_calls();
	run_until(b.now_ms + 60000);
	assert_int_equal(b.records + b.writes, 0);
	assert_false(is_called());
}

static void test_put_off_by_hand_stays_off(void **state)
{
	(void)state;
	sound();
	b.now_ms += 100;
	seen(SIREN, 0);
	call_by("1-f1-a", false);
	run_until(b.now_ms + 600000);
	assert_int_equal(b.writes, 1);
	/* But a further incident sounds it anew. */
	call_by("2-f1-b", true);
	obey(1, 1);
}

/* The switch may only hide it: it must not sound again when that is put back. */
static void test_put_off_by_hand_and_answered(void **state)
{
	(void)state;
	sound();
	b.now_ms += 100;
	seen(SIREN, 0);
	nobody_calls();
	b.now_ms += 100;
	seen(SIREN, 0);
	assert_true(is_called());
	obey(1, 0);
	assert_false(is_called());
}

static void test_answered_while_it_is_written(void **state)
{
	(void)state;
	call_by("1-f1-a", true);
	recorded(0);
	nobody_calls();
	/* What is out is followed to its end, and then put off. */
	assert_int_equal(b.records, 1);
	written(0, 0);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	obey(1, 0);
	assert_false(is_called());
}

static void test_called_again_while_it_is_put_off(void **state)
{
	(void)state;
	sound();
	nobody_calls();
	call_by("2-f1-b", true);
	recorded(1);
	assert_int_equal(b.writes, 1);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	run_until(b.now_ms + 60000);
	assert_int_equal(b.writes, 1);
	assert_true(is_called() && last.called && last.ours);
}

static void test_not_armed(void **state)
{
	(void)state;
	b.points[SIREN].armed = false;
	call_by("1-f1-a", true);
	assert_true(is_called() && !last.ours);
	assert_int_equal(last.state, OUTPUT_REFUSED);
	assert_int_equal(last.error, WORD_WRITE_REFUSAL_NOT_ARMED);
	run_until(b.now_ms + 3600000);
	assert_int_equal(b.records + b.writes, 0);
	nobody_calls();
	assert_false(is_called());
}

static void test_actions_not_armed(void **state)
{
	(void)state;
	start(false);
	call_by("1-f1-a", true);
	assert_true(is_called());
	assert_int_equal(last.error, WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED);
	assert_int_equal(b.records + b.writes, 0);
}

static void test_protected_is_left_alone(void **state)
{
	(void)state;
	b.points[SIREN].protected = true;
	call_by("1-f1-a", true);
	assert_true(is_called());
	assert_int_equal(last.error, WORD_WRITE_REFUSAL_PROTECTED);
	assert_int_equal(b.records + b.writes, 0);
}

static void test_interlock(void **state)
{
	(void)state;
	b.action.interlock = "other";
	start(true);
	b.values[OTHER].value = 0;
	call_by("1-f1-a", true);
	assert_true(is_called());
	assert_int_equal(last.error, WORD_WRITE_REFUSAL_INTERLOCK_FORBIDS);
	assert_int_equal(b.records + b.writes, 0);
	/* Asked again later. */
	b.values[OTHER].value = 1;
	run_until(b.now_ms + 11000);
	assert_int_equal(b.records, 1);
	/* It does not keep it on. */
	recorded(0);
	written(0, 0);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	b.values[OTHER].value = 0;
	nobody_calls();
	obey(1, 0);
}

static void test_what_fails_is_tried_again_ever_more_seldom(void **state)
{
	(void)state;
	call_by("1-f1-a", true);
	for (unsigned i = 0; i < 2; i++) {
		int64_t from_ms = b.now_ms;

		outputs_recorded(b.outputs, b.record_ticket[i], false, b.now_ms);
		assert_true(is_called() && !last.ours);
		assert_int_equal(last.state, OUTPUT_FAILED);
		run_until(from_ms + (10000 << i) - 1);
		assert_int_equal(b.records, i + 1);
		run_until(from_ms + (10000 << i));
		assert_int_equal(b.records, i + 2);
	}
	assert_int_equal(b.writes, 0);
	assert_non_null(strstr(b.log, "{c intent not recorded}"));
	recorded(2);
	written(0, 0);
	run_until(b.now_ms + 50);
	seen(SIREN, 1);
	assert_non_null(strstr(b.log, "{c ends}"));
}

static void test_one_that_stays_on_is_a_trouble(void **state)
{
	(void)state;
	sound();
	b.points[SIREN].armed = false;
	nobody_calls();
	assert_string_equal(b.log, "{c not armed}");
	assert_true(is_called() && last.ours && !last.called);
	b.points[SIREN].armed = true;
	run_until(b.now_ms + 10000);
	obey(1, 0);
	assert_string_equal(b.log, "{c not armed}{c ends}");
	assert_false(is_called());
}

static void test_proved_late(void **state)
{
	(void)state;
	sound();
	nobody_calls();
	recorded(1);
	written(1, 0);
	run_until(b.now_ms + 2500);
	recorded(2);
	written(2, 0);
	run_until(b.now_ms + 2500);
	assert_string_equal(b.log, "{c not confirmed by its read-back}");
	seen(SIREN, 0);
	assert_false(is_called());
	assert_string_equal(b.log, "{c not confirmed by its read-back}{c ends}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIREN_TEST(test_on_and_off_again),
		SIREN_TEST(test_ours_once_it_is_recorded),
		SIREN_TEST(test_ours_while_it_is_written),
		SIREN_TEST(test_several_outputs),
		SIREN_TEST(test_a_trouble_of_two),
		SIREN_TEST(test_stays_on_for_the_last_caller),
		SIREN_TEST(test_found_on_is_not_ours),
		SIREN_TEST(test_put_off_by_hand_stays_off),
		SIREN_TEST(test_put_off_by_hand_and_answered),
		SIREN_TEST(test_answered_while_it_is_written),
		SIREN_TEST(test_called_again_while_it_is_put_off),
		SIREN_TEST(test_not_armed),
		SIREN_TEST(test_actions_not_armed),
		SIREN_TEST(test_protected_is_left_alone),
		SIREN_TEST(test_interlock),
		SIREN_TEST(test_what_fails_is_tried_again_ever_more_seldom),
		SIREN_TEST(test_one_that_stays_on_is_a_trouble),
		SIREN_TEST(test_proved_late),
	};

	return cmocka_run_group_tests_name("fallback outputs", tests, NULL, NULL) ? 1 : 0;
}
