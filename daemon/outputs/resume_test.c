/* A restart in the middle of an action, and after one. */
#include "tests/outputs_bench.h"

#include <math.h>

static void all_unread(void)
{
	for (size_t i = 0; i < POINTS; i++)
		b.values[i].quality = QUALITY_BAD;
	b.still_true = TRUTH_UNKNOWN;
}

static void resume(enum action_state state)
{
	b.incident.steps[0].action = state;
	b.incident.steps[0].action_ms = 5000;
	outputs_resume(b.outputs, &b.incident);
	assert_int_equal(b.records + b.writes, 0);
	tasks_run(b.outputs, b.now_ms);
}

static void test_what_was_wanted_goes_on(void **state)
{
	(void)state;
	all_unread();
	resume(ACTION_WANTED);
	run_until(b.now_ms + 20000); /* far beyond the action's own time */
	assert_int_equal(b.records, 0);
	assert_string_equal(b.log, "");
	b.still_true = TRUTH_TRUE;
	run_until(b.now_ms + 250);
	assert_int_equal(b.records, 2);
	recorded(0);
	recorded(1);
	written(0, 0);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 0);
	seen(1, 0);
	assert_string_equal(b.log, "[done by facilityd: ]");
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
}

static void test_an_interlock_is_waited_for(void **state)
{
	(void)state;
	b.action.interlock = "any(other)";
	start(true);
	all_unread();
	b.still_true = TRUTH_TRUE;
	resume(ACTION_WANTED);
	run_until(b.now_ms + 20000);
	assert_int_equal(b.records, 0);
	assert_string_equal(b.log, "");
	b.points[OTHER].zone = &b.zones[2];
	b.values[OTHER].quality = QUALITY_GOOD;
	b.values[OTHER].value = 0;
	run_until(b.now_ms + 11000); /* the patience is over, and it is as with any action */
	assert_non_null(strstr(b.log, "refused by facilityd"));
	assert_int_equal(b.records, 0);
}

static void test_patience_ends(void **state)
{
	(void)state;
	all_unread();
	resume(ACTION_WANTED);
	run_until(b.now_ms + 29900);
	assert_string_equal(b.log, "");
	run_until(b.now_ms + 4200);
	assert_non_null(strstr(b.log, "failed by facilityd: a: readings not good"));
	assert_int_equal(b.writes, 0);
}

static void test_returned_meanwhile(void **state)
{
	(void)state;
	b.still_true = TRUTH_FALSE;
	resume(ACTION_WANTED);
	assert_non_null(strstr(b.log, "[overtaken by facilityd"));
	assert_int_equal(b.writes, 0);
}

static void test_what_was_done_can_be_put_back(void **state)
{
	double held[2] = { NAN, NAN };

	(void)state;
	play_to_the_end();
	start(true); /* again */
	b.records = b.writes = b.reads = 0;
	b.log[0] = '\0';
	b.points[1].protected = true;
	b.points[0].held = &held[0];
	b.points[1].held = &held[1];
	resume(ACTION_DONE);
	assert_true(held[0] == 0);   /* opening its bus leaves it switched */
	assert_true(isnan(held[1])); /* protected: was never switched */
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	assert_int_equal(state_of(1), OUTPUT_REFUSED);
	run_until(b.now_ms + 5000);
	assert_string_equal(b.log, "");
	assert_int_equal(b.writes + b.reads, 0);
	assert_int_equal(restore(&b.incident, "wu"), -EBUSY);
	b.still_true = TRUTH_FALSE;
	b.values[RELAYS].value = 0;
	/* Nobody knows what it was before; a person says, and is believed in that alone. */
	assert_int_equal(restore(&b.incident, "wu"), -EDOM);
	assert_int_equal(b.holders.output_count, 1);
	assert_string_equal(b.holders.outputs[0], "a");
	assert_int_equal(b.records, 0);
	TAILQ_FIRST(&b.outputs->claims)->before = 1;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	assert_int_equal(b.records, 1);
	recorded(0);
	assert_int_equal(b.writes, 1);
	assert_ptr_equal(b.written[0], &b.points[0]);
	assert_true(b.write_value[0] == 1);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 1);
	assert_string_equal(b.log, "[restored by wu: put back]");
}

static void test_what_had_failed_may_be_proven(void **state)
{
	struct output_status out;

	(void)state;
	resume(ACTION_FAILED);
	assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, &out, 1), 1);
	assert_int_equal(out.state, OUTPUT_FAILED);
	assert_int_equal(out.error, WORD_WRITE_REFUSAL_NOT_PROVEN_BEFORE_THE_RESTART);
	/* Its trouble stands on. */
	assert_string_equal(
		b.log, "{a not proven before the restart}{b not proven before the restart}");
	b.log[0] = '\0';
	seen(0, 0);
	assert_string_equal(b.log, "{a ends}");
	seen(1, 0);
	assert_non_null(strstr(b.log, "[done by"));
	assert_int_equal(b.writes, 0);
}

static void test_the_rest_needs_nothing(void **state)
{
	static const enum action_state others[] = { ACTION_IDLE, ACTION_ADVISED, ACTION_AWAITING,
		ACTION_REFUSED, ACTION_OVERTAKEN, ACTION_RESTORED };

	(void)state;
	b.still_true = TRUTH_FALSE;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		resume(others[i]);
		assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
		assert_int_equal(restore(&b.incident, "wu"), -ENOENT);
	}
	assert_string_equal(b.log, "");
	assert_int_equal(b.records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_wanted_goes_on),
		TEST(test_an_interlock_is_waited_for),
		TEST(test_patience_ends),
		TEST(test_returned_meanwhile),
		TEST(test_what_was_done_can_be_put_back),
		TEST(test_what_had_failed_may_be_proven),
		TEST(test_the_rest_needs_nothing),
	};

	return cmocka_run_group_tests_name("outputs resume", tests, NULL, NULL) ? 1 : 0;
}
