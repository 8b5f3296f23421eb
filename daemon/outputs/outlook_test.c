/*
 * Who calls by which outputs, what outlives the process, and the question whether anybody
 * listens again. The engine is the bench's stand-in.
 */
#include "tests/outputs_call_bench.h"

enum { T0 = 1000000, WITHIN = 600000, UNHEARD = 20000 };

static int set_up_fallback(void **state)
{
	struct fallback_settings *fallback = &b.config.fallback;

	set_up_siren(state);
	strcpy(b.incident.id, "2-f0-x");
	b.incident.steps[0].action = ACTION_IDLE;
	b.incident.state = INCIDENT_ACTIVE_UNACKED;
	b.incident.unacked_ms = T0;
	b.type.severity = SEVERITY_HIGH;
	b.action.class = &b.classes[2];
	b.points[SIREN].class = &b.classes[2];
	b.points[OTHER].writable = false;
	b.can_ask = true;
	b.now_ms = T0;
	fallback->actions[0] = &b.action;
	fallback->action_count = 1;
	fallback->severity = SEVERITY_HIGH;
	fallback->acknowledge_within_ms = WITHIN;
	fallback->unheard_after_ms = UNHEARD;
	fallback->broker_away_after_ms = WITHIN * 2;
	start(true);
	outputs_link(b.outputs, true, T0);
	return 0;
}

static void settle(int64_t now_ms)
{
	b.now_ms = now_ms;
	outputs_run(b.outputs, now_ms);
}

#define CALLS "fallback 1\ncall 2-f0-x unacknowledged\n"
#define OURS "output c 1 2-f0-x\n"

static void test_calls_until_it_is_answered(void **state)
{
	(void)state;
	settle(T0);
	assert_false(is_called());
	assert_int_equal(outputs_deadline(b.outputs), T0 + WITHIN);
	settle(T0 + WITHIN);
	assert_true(is_called() && last.called);
	assert_ptr_equal(last.point, &b.points[SIREN]);
	assert_string_equal(last.caller, "2-f0-x");
	obey(0, 1);
	b.incident.state = INCIDENT_ACTIVE_ACKED;
	transition(TRANSITION_ACKNOWLEDGED);
	assert_int_equal(outputs_deadline(b.outputs), 0);
	settle(b.now_ms + 1);
	assert_true(is_called() && !last.called);
	assert_string_equal(b.row, "fallback 1\n" OURS);
	obey(1, 0);
	settle(b.now_ms + 1);
	assert_false(is_called());
	assert_string_equal(b.row, "");
}

/* In the commit of the intent: what a kill may leave on is known. */
static void test_a_row_is_kept_when_it_changes(void **state)
{
	unsigned kept, told;

	(void)state;
	b.points[SIREN].armed = false;
	settle(T0 + WITHIN);
	assert_string_equal(b.row, CALLS);
	kept = b.kept;
	told = b.told;
	settle(T0 + WITHIN + 1);
	call_keep(b.outputs, false);
	assert_int_equal(b.kept, kept);
	assert_int_equal(b.told, told);
	b.points[SIREN].armed = true;
	settle(T0 + WITHIN + 10000); /* tried again */
	assert_int_equal(b.records, 1);
	assert_int_equal(b.kept, kept + 1);
	assert_int_equal(b.told, told + 1);
	assert_string_equal(b.row, CALLS OURS);
	call_keep(b.outputs, true);
	assert_int_equal(b.kept, kept + 2);
}

static void test_goes_on_after_a_restart(void **state)
{
	(void)state;
	b.values[RELAYS + SIREN].quality = QUALITY_BAD;
	outputs_load(b.outputs, CALL_ROW, CALLS OURS "output gone 1 x\n", &same_boot);
	/* It called before; it calls still. What was on stays on, and nothing is written twice. */
	settle(T0 + 1);
	assert_true(is_called() && last.called && last.ours);
	seen(SIREN, 1);
	settle(T0 + 300);
	b.now_ms++;
	seen(SIREN, 1);
	settle(T0 + 60000);
	assert_int_equal(b.records, 0);
	/* Put off by hand: it does not call freshly. */
	b.now_ms++;
	seen(SIREN, 0);
	outputs_link(b.outputs, true, b.now_ms);
	settle(b.now_ms + 60000);
	assert_int_equal(b.records, 0);
}

static void test_what_is_not_understood_calls_nobody(void **state)
{
	(void)state;
	outputs_load(b.outputs, CALL_ROW, "fallback 2\ncall 2-f0-x unacknowledged\n", &same_boot);
	settle(T0 + 1);
	assert_false(is_called());
}

/* That nobody listened some time ago does not say that nobody does now: it is asked. */
static void test_asks_whether_anybody_listens(void **state)
{
	(void)state;
	outputs_heard(b.outputs, false, false, T0 + 1);
	settle(T0 + UNHEARD);
	assert_int_equal(b.asked, 0);
	settle(T0 + UNHEARD + 1);
	assert_int_equal(b.asked, 1);
	assert_false(is_called());
	settle(T0 + UNHEARD + 2);
	assert_int_equal(b.asked, 1); /* the answer is awaited */
	outputs_heard(b.outputs, false, false, T0 + UNHEARD + 3);
	settle(T0 + UNHEARD + 3);
	assert_true(is_called());
}

static void test_somebody_listens_again(void **state)
{
	(void)state;
	outputs_heard(b.outputs, false, false, T0 + 1);
	settle(T0 + UNHEARD + 1);
	outputs_heard(b.outputs, false, true, T0 + UNHEARD + 2);
	settle(T0 + UNHEARD + 3);
	assert_false(is_called());
}

static void test_what_cannot_be_asked_is_answered(void **state)
{
	(void)state;
	b.can_ask = false;
	outputs_heard(b.outputs, false, false, T0 + 1);
	settle(T0 + UNHEARD + 1);
	assert_int_equal(b.asked, 1);
	assert_true(is_called());
}

/* A reload has other outputs: what is called is said to them, and what is ours put off. */
static void test_a_reload_says_it_again(void **state)
{
	struct outputs *old;

	(void)state;
	settle(T0 + WITHIN);
	obey(0, 1);
	b.config.fallback.action_count = 0;
	old = b.outputs;
	b.outputs = outputs_new(&b.config, NULL, &b.ports, b.now_ms);
	outputs_adopt(b.outputs, old, b.now_ms);
	outputs_free(old);
	settle(b.now_ms + 1);
	assert_true(is_called() && last.ours && !last.called);
	assert_string_equal(b.row, "fallback 1\n" OURS);
	obey(1, 0);
}

int main(void)
{
#define FALLBACK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_fallback, tear_down)
	const struct CMUnitTest tests[] = {
		FALLBACK_TEST(test_calls_until_it_is_answered),
		FALLBACK_TEST(test_a_row_is_kept_when_it_changes),
		FALLBACK_TEST(test_goes_on_after_a_restart),
		FALLBACK_TEST(test_what_is_not_understood_calls_nobody),
		FALLBACK_TEST(test_asks_whether_anybody_listens),
		FALLBACK_TEST(test_somebody_listens_again),
		FALLBACK_TEST(test_what_cannot_be_asked_is_answered),
		FALLBACK_TEST(test_a_reload_says_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
