/* A person's hand on an output: what it may, what it may not, and how it ends. */
#include "tests/outputs_bench.h"

#include <math.h>

enum { MINUTE = 60 * 1000 };

static struct hand_answer set_for(const char *output, double value, int64_t for_ms)
{
	const struct hand_order order = { output, "wang", "trying the pump", value, for_ms };

	return outputs_set(b.outputs, &order, b.now_ms);
}

static enum hand_verdict set(const char *output, double value)
{
	return set_for(output, value, 0).verdict;
}

/* Until then, as the loop does. */
static void pass(int64_t ms)
{
	int64_t end_ms = b.now_ms + ms;

	while (b.now_ms < end_ms) {
		int64_t next_ms = outputs_deadline(b.outputs);

		b.now_ms = next_ms > end_ms ? end_ms : next_ms > b.now_ms ? next_ms : b.now_ms + 1;
		outputs_run(b.outputs, b.now_ms);
	}
}

static void play_set(void)
{
	assert_int_equal(set("a", 0), HAND_TAKEN);
	assert_int_equal(b.records, 1);
	assert_int_equal(b.writes, 0); /* recorded first */
	recorded(0);
	assert_int_equal(b.writes, 1);
	assert_true(b.write_value[0] == 0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	outputs_run(b.outputs, b.now_ms);
}

static struct output_claim the_claim(void)
{
	struct output_claim claim = { 0 };

	assert_true(outputs_claim(b.outputs, 0, &claim));
	assert_false(outputs_claim(b.outputs, 1, &(struct output_claim){ 0 }));
	return claim;
}

static enum hand_state hand_state(void)
{
	const struct hand *hand = the_claim().hand;

	assert_non_null(hand);
	return hand->state;
}

static void test_set_and_proved(void **state)
{
	struct output_claim claim;

	(void)state;
	play_set();
	claim = the_claim();
	assert_string_equal(claim.output, "a");
	assert_string_equal(claim.incident, "");
	assert_true(claim.value == 0 && claim.before == 1);
	assert_int_equal(claim.proved_ms, b.now_ms);
	assert_string_equal(claim.hand->by, "wang");
	assert_string_equal(claim.hand->reason, "trying the pump");
	assert_int_equal(claim.hand->until_ms, claim.since_ms + 10 * MINUTE);
	assert_string_equal(b.log, "");
}

/* At its end nothing is written: it is held until a person puts it back. */
static void test_its_end_switches_nothing(void **state)
{
	(void)state;
	play_set();
	pass(10 * MINUTE);
	assert_int_equal(hand_state(), HAND_ENDED);
	pass(24 * 60 * MINUTE);
	assert_int_equal(b.writes, 1);
	assert_int_equal(hand_state(), HAND_ENDED);
	assert_int_equal(restore_id("a", "li"), 0);
	recorded(1);
	assert_true(b.write_value[1] == 1);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 1);
	assert_false(outputs_claim(b.outputs, 0, &(struct output_claim){ 0 }));
}

static void test_put_back_before_its_end(void **state)
{
	(void)state;
	play_set();
	assert_int_equal(restore_id("a", "li"), 0);
	recorded(1);
	assert_true(b.write_value[1] == 1);
}

static void test_told_before_a_long_one_ends(void **state)
{
	(void)state;
	assert_int_equal(set_for("a", 0, 31 * MINUTE).verdict, HAND_TAKEN);
	pass(16 * MINUTE - 1);
	assert_int_equal(hand_state(), HAND_HOLDS);
	pass(1);
	assert_int_equal(hand_state(), HAND_ENDING);
	outputs_hand_told(b.outputs, "a");
	pass(MINUTE);
	assert_int_equal(hand_state(), HAND_WARNED);
	pass(14 * MINUTE);
	assert_int_equal(hand_state(), HAND_ENDED);
}

static void test_a_short_one_ends_untold(void **state)
{
	(void)state;
	assert_int_equal(set_for("a", 0, 30 * MINUTE).verdict, HAND_TAKEN);
	pass(30 * MINUTE - 1);
	assert_int_equal(hand_state(), HAND_HOLDS);
}

static void test_what_is_refused(void **state)
{
	struct hand_answer answer;

	(void)state;
	assert_int_equal(set("nothing", 0), HAND_NO_OUTPUT);
	assert_int_equal(set("a-rb", 0), HAND_NO_OUTPUT);
	assert_int_equal(set("a", 0.5), HAND_NO_VALUE);
	assert_int_equal(set("a", NAN), HAND_NO_VALUE);
	assert_int_equal(set_for("a", 0, 24 * 60 * MINUTE + 1).verdict, HAND_TOO_LONG);
	b.points[0].armed = false;
	answer = set_for("a", 0, 0);
	assert_int_equal(answer.verdict, HAND_REFUSED);
	assert_int_equal(answer.why, WORD_WRITE_REFUSAL_NOT_ARMED);
	b.points[0].armed = b.points[0].protected = true;
	assert_int_equal(set_for("a", 0, 0).why, WORD_WRITE_REFUSAL_PROTECTED);
	assert_int_equal(set("a", 1), HAND_TAKEN);
	start(false);
	assert_int_equal(set_for("b", 0, 0).why, WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED);
	assert_false(outputs_claim(b.outputs, 0, &(struct output_claim){ 0 }));
	assert_int_equal(b.writes, 0);
}

static void test_a_reason_and_no_exercise(void **state)
{
	const struct hand_order without = { "a", "wang", " \t", 0, 0 };

	(void)state;
	assert_int_equal(outputs_set(b.outputs, &without, b.now_ms).verdict, HAND_NO_REASON);
	b.incident.drill = true;
	assert_int_equal(set("a", 0), HAND_DRILL);
	b.incident.zone = &b.zones[1]; /* around it */
	assert_int_equal(set("a", 0), HAND_DRILL);
	assert_int_equal(set("c", 0), HAND_DRILL); /* the whole site is around that */
	assert_int_equal(b.records, 0);
}

static void test_an_interlock_of_the_plan_holds(void **state)
{
	(void)state;
	b.action.interlock = "any(other)";
	b.values[OTHER].value = 0;
	start(true);
	assert_int_equal(set_for("a", 0, 0).why, WORD_WRITE_REFUSAL_INTERLOCK_FORBIDS);
	b.values[OTHER].quality = QUALITY_BAD;
	assert_int_equal(set_for("a", 0, 0).why, WORD_WRITE_REFUSAL_INTERLOCK_UNKNOWN);
	assert_int_equal(set("a", 1), HAND_TAKEN); /* the action is about 0 */
}

/* Never against an incident whose condition is true or unknown; its name is said. */
static void test_a_claim_that_stands_refuses(void **state)
{
	struct hand_answer answer;

	(void)state;
	play_to_the_end();
	answer = set_for("a", 1, 0);
	assert_int_equal(answer.verdict, HAND_CLAIMED);
	assert_string_equal(answer.incident, "16-f1.tea-1");
	b.still_true = TRUTH_UNKNOWN;
	assert_int_equal(set("a", 1), HAND_CLAIMED);
	assert_int_equal(set("a", 0), HAND_TAKEN); /* that is no contradiction */
	b.now_ms += 10;
	seen(0, 0);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(b.records, 2);
	assert_int_equal(set("a", 1), HAND_TAKEN);
	assert_int_equal(b.records, 3);
}

/* One that begins later, or comes back, ends it; its setter is to be told. */
static void test_a_claim_that_begins_ends_it(void **state)
{
	struct claim *claim;

	(void)state;
	assert_int_equal(set("a", 1), HAND_TAKEN); /* it is 1 already */
	b.now_ms += 10;
	seen(0, 1);
	transition(TRANSITION_RAISED);
	outputs_run(b.outputs, b.now_ms);
	claim = TAILQ_FIRST(&b.outputs->claims);
	assert_int_equal(claim->hand.state, HAND_BEATEN);
	assert_string_equal(claim->hand.beaten_by, "16-f1.tea-1");
	recorded(0);
	assert_int_equal(b.writes, 1);
	assert_true(b.write_value[0] == 0);
	outputs_hand_told(b.outputs, "a");
	assert_int_equal(claim->hand.state, HAND_ENDED);
	/* Nor does it come back when that is over. */
	b.still_true = TRUTH_FALSE;
	pass(MINUTE);
	assert_int_equal(claim->hand.state, HAND_ENDED);
}

/* The hand that it ended wanted it on, as it was before: it is off all the same, and is put back.
 */
static void test_put_back_past_an_ended_hand(void **state)
{
	struct output_holders holders;
	struct output_claim claim;

	(void)state;
	assert_int_equal(set("a", 1), HAND_TAKEN);
	b.now_ms += 10;
	seen(0, 1);
	transition(TRANSITION_RAISED);
	outputs_run(b.outputs, b.now_ms);
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore_id("a", "li"), 0);
	recorded(b.records - 1);
	assert_int_equal(b.writes, 2);
	assert_true(b.written[1] == &b.points[0] && b.write_value[1] == 1);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 1);
	assert_null(hand_of(b.outputs, &b.points[0]));
	assert_string_equal(the_claim().output, "b");
	/* Told once, of each claim that ended so. */
	assert_true(outputs_ask_restored(b.outputs, &claim, &holders));
	assert_string_equal(claim.incident, "");
	assert_true(outputs_ask_restored(b.outputs, &claim, &holders));
	assert_string_equal(claim.incident, "16-f1.tea-1");
	assert_string_equal(claim.ended_by, "li");
	assert_true(claim.value == 1);
	assert_int_equal(holders.count, 0);
	assert_false(outputs_ask_restored(b.outputs, &claim, &holders));
}

static void test_unknown_ends_it_too(void **state)
{
	(void)state;
	play_to_the_end();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(set("a", 1), HAND_TAKEN);
	recorded(2);
	written(2, 0);
	b.still_true = TRUTH_UNKNOWN;
	outputs_run(b.outputs, b.now_ms);
	assert_int_equal(hand_of(b.outputs, &b.points[0])->hand.state, HAND_BEATEN);
}

/* What was recorded, and not written yet, is not written against it. */
static void test_a_claim_stops_its_write(void **state)
{
	(void)state;
	play_to_the_end();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(set("a", 1), HAND_TAKEN);
	b.still_true = TRUTH_TRUE;
	recorded(2);
	assert_int_equal(b.writes, 2);
}

static void test_a_hand_is_above_what_is_over(void **state)
{
	double wanted = 7;

	(void)state;
	play_to_the_end();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(set("a", 1), HAND_TAKEN);
	assert_true(outputs_wanted(b.outputs, "a", &wanted));
	assert_true(wanted == 1);
	pass(11 * MINUTE);
	assert_true(outputs_wanted(b.outputs, "a", &wanted));
	assert_true(wanted == 0); /* shown, and not written */
	assert_int_equal(b.writes, 2);
}

static void test_set_anew(void **state)
{
	(void)state;
	play_set();
	assert_int_equal(set_for("a", 1, 20 * MINUTE).verdict, HAND_TAKEN);
	assert_true(the_claim().value == 1);
	assert_true(the_claim().before == 1);
	assert_int_equal(the_claim().hand->until_ms, b.now_ms + 20 * MINUTE);
	assert_int_equal(set("a", 0), HAND_BUSY); /* one after the other */
}

static void test_what_is_not_proved_is_a_trouble(void **state)
{
	(void)state;
	assert_int_equal(set("a", 0), HAND_TAKEN);
	recorded(0);
	written(0, -ETIMEDOUT);
	pass(3000);
	recorded(1);
	written(1, -ETIMEDOUT);
	pass(20000);
	assert_string_equal(b.log, "{a no answer}");
	assert_int_equal(hand_state(), HAND_HOLDS);
	assert_int_equal(the_claim().proved_ms, 0);
	seen(0, 0); /* late */
	outputs_run(b.outputs, b.now_ms);
	assert_string_equal(b.log, "{a no answer}{a ends}");
	assert_int_equal(the_claim().proved_ms, b.now_ms);
}

/* Over a restart, with what is left of it. */
static void restart(const struct reboot *reboot)
{
	char row[1000];

	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	b.log[0] = '\0';
	start(true);
	assert_true(outputs_load(b.outputs, CLAIMS_ROW, row, reboot));
	outputs_run(b.outputs, b.now_ms);
}

static void test_kept_over_a_restart(void **state)
{
	(void)state;
	assert_int_equal(set_for("a", 0, 31 * MINUTE).verdict, HAND_TAKEN);
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	pass(16 * MINUTE);
	outputs_hand_told(b.outputs, "a");
	restart(&same_boot);
	assert_string_equal(b.log, "");
	assert_int_equal(hand_state(), HAND_WARNED);
	assert_string_equal(the_claim().hand->reason, "trying the pump");
	assert_string_equal(the_claim().hand->by, "wang");
	pass(15 * MINUTE);
	assert_int_equal(hand_state(), HAND_ENDED);
	assert_int_equal(b.writes, 1);
	restart(&same_boot);
	assert_int_equal(hand_state(), HAND_ENDED);
	assert_int_equal(restore_id("a", "li"), 0);
}

static void test_killed_before_it_was_proved(void **state)
{
	(void)state;
	assert_int_equal(set("a", 0), HAND_TAKEN);
	recorded(0);
	restart(&same_boot);
	assert_string_equal(b.log, "{a not proven before the restart}");
	assert_int_equal(b.writes, 1);
	b.now_ms += 10;
	seen(0, 0);
	outputs_run(b.outputs, b.now_ms);
	assert_string_equal(b.log, "{a not proven before the restart}{a ends}");
}

/* Over a reboot what was left goes on, whatever the wall clock says; and once that is right, the
 * time that the machine was off is taken from it. */
static void test_over_a_reboot(void **state)
{
	const int64_t hour_ms = 60 * MINUTE;
	const struct reboot wrong = {
		.rebooted = true, .shift_ms = 1000 * hour_ms, .offset_ms = 5 * hour_ms
	};
	struct moment right;

	(void)state;
	play_set();
	restart(&wrong);
	pass(4 * MINUTE);
	assert_int_equal(hand_state(), HAND_HOLDS);
	restart(&same_boot); /* what is owed is kept */
	right = (struct moment){ b.now_ms, b.now_ms + 5 * hour_ms + 4 * MINUTE };
	outputs_clock(b.outputs, &right); /* off for 4 minutes */
	pass(MINUTE);
	assert_int_equal(hand_state(), HAND_HOLDS);
	outputs_clock(b.outputs, &right);
	pass(MINUTE);
	assert_int_equal(hand_state(), HAND_ENDED);
}

static void test_beaten_is_told_after_a_restart(void **state)
{
	(void)state;
	assert_int_equal(set("a", 1), HAND_TAKEN);
	b.now_ms += 10;
	seen(0, 1);
	transition(TRANSITION_RAISED);
	outputs_run(b.outputs, b.now_ms);
	restart(&same_boot);
	assert_int_equal(hand_of(b.outputs, &b.points[0])->hand.state, HAND_BEATEN);
	assert_string_equal(hand_of(b.outputs, &b.points[0])->hand.beaten_by, "16-f1.tea-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_set_and_proved),
		TEST(test_its_end_switches_nothing),
		TEST(test_put_back_before_its_end),
		TEST(test_told_before_a_long_one_ends),
		TEST(test_a_short_one_ends_untold),
		TEST(test_what_is_refused),
		TEST(test_a_reason_and_no_exercise),
		TEST(test_an_interlock_of_the_plan_holds),
		TEST(test_a_claim_that_stands_refuses),
		TEST(test_a_claim_that_begins_ends_it),
		TEST(test_put_back_past_an_ended_hand),
		TEST(test_unknown_ends_it_too),
		TEST(test_a_claim_stops_its_write),
		TEST(test_a_hand_is_above_what_is_over),
		TEST(test_set_anew),
		TEST(test_what_is_not_proved_is_a_trouble),
		TEST(test_kept_over_a_restart),
		TEST(test_killed_before_it_was_proved),
		TEST(test_over_a_reboot),
		TEST(test_beaten_is_told_after_a_restart),
	};

	return cmocka_run_group_tests_name("hand", tests, NULL, NULL) ? 1 : 0;
}
