/* Two incidents that want one output, and what each may put back. */
#include "tests/outputs_bench.h"

/* Relay 0 alone; the second incident wants it, too, and finds it off. */
static void two_claim_it(void)
{
	cut_one();
	assert_string_equal(b.log, "[done by li: ]");
	b.second = b.incident;
	strcpy(b.second.id, "18-f1.tea-2");
	b.second.steps[0].action = ACTION_WANTED;
	b.second_true = TRUTH_TRUE;
	transition_of(&b.second, TRANSITION_RAISED);
	tasks_run(b.outputs, b.now_ms);
	b.now_ms += 50;
	seen(0, 0);
	assert_string_equal(b.log, "[done by li: ][second done by li: ]");
	assert_int_equal(b.writes, 1);
	b.log[0] = '\0';
}

static void put_back_by_the_last(const struct incident *incident)
{
	unsigned n = b.writes;

	assert_int_equal(restore(incident, "wu"), 0);
	assert_int_equal(b.holders.count, 0);
	recorded(b.records - 1);
	assert_int_equal(b.writes, n + 1);
	assert_ptr_equal(b.written[n], &b.points[0]);
	assert_true(b.write_value[n] == 1);
	written(n, 0);
	b.now_ms += 50;
	seen(0, 1);
	assert_int_equal(restore(incident, "wu"), -ENOENT);
}

static void test_what_another_claims_stays(void **state)
{
	struct output_holders holders;
	struct output_claim claim;

	(void)state;
	two_claim_it();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	assert_int_equal(b.holders.count, 1);
	assert_string_equal(b.holders.incidents[0], "18-f1.tea-2");
	run_until(b.now_ms + 10000);
	assert_int_equal(b.records, 1); /* nothing was written */
	assert_string_equal(b.log, "[restored by wu: put back]");
	assert_true(outputs_ask_restored(b.outputs, &claim, &holders));
	assert_true(claim.value == 0);
	assert_string_equal(holders.incidents[0], "18-f1.tea-2");
	assert_int_equal(restore(&b.incident, "wu"), -ENOENT);
	/* It has written nothing, and puts back all the same. */
	assert_int_equal(restore(&b.second, "wu"), -EBUSY);
	b.second_true = TRUTH_UNKNOWN;
	assert_int_equal(restore(&b.second, "wu"), -EBUSY);
	b.second_true = TRUTH_FALSE;
	put_back_by_the_last(&b.second);
}

/* The one that found it off is over first. */
static void test_the_other_way_round(void **state)
{
	(void)state;
	two_claim_it();
	b.second_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.second, "wu"), 0);
	assert_string_equal(b.holders.incidents[0], "16-f1.tea-1");
	assert_int_equal(b.records, 1);
	b.still_true = TRUTH_FALSE;
	put_back_by_the_last(&b.incident);
}

/* Somebody had switched it off before: that is how it is left. */
static void test_it_was_off_before(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	b.values[RELAYS].value = 0;
	want();
	b.now_ms += 50;
	seen(0, 0);
	assert_string_equal(b.log, "[done by li: ]");
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	run_until(b.now_ms + 10000);
	assert_int_equal(b.records, 0);
	assert_string_equal(b.log, "[done by li: ][restored by wu: put back]");
}

/* By hand, meanwhile. */
static void test_it_is_back_already(void **state)
{
	(void)state;
	cut_one();
	b.still_true = TRUTH_FALSE;
	b.now_ms += 50;
	seen(0, 1);
	assert_int_equal(restore(&b.incident, "wu"), 0);
	b.now_ms += 50;
	seen(0, 1);
	run_until(b.now_ms + 10000);
	assert_int_equal(b.records, 1);
	assert_non_null(strstr(b.log, "[restored by wu: put back]"));
}

/* It begins while the put-back is on its way: that is not written any more. */
static void test_a_new_claim_before_the_write(void **state)
{
	(void)state;
	cut_one();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	assert_int_equal(b.records, 2);
	b.second = b.incident;
	strcpy(b.second.id, "18-f1.tea-2");
	b.second.steps[0].action = ACTION_WANTED;
	b.second_true = TRUTH_TRUE;
	transition_of(&b.second, TRANSITION_RAISED);
	tasks_run(b.outputs, b.now_ms);
	recorded(1);
	run_until(b.now_ms + 100);
	assert_int_equal(b.writes, 1);
	b.now_ms += 50;
	seen(0, 0);
	b.second_true = TRUTH_FALSE;
	put_back_by_the_last(&b.second);
}

/* Killed between write and proof; the relay obeyed. */
static void test_killed_before_the_proof(void **state)
{
	char row[sizeof(b.claims)];

	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	/* With the intent, or before it. */
	assert_int_equal(b.records, 1);
	assert_non_null(strstr(b.claims, "a 16-f1.tea-1 cut 0 1 10000 0 0 0 0 0 0\n"));
	recorded(0);
	strcpy(row, b.claims);
	start(true);
	b.values[RELAYS].value = 0;
	outputs_load(b.outputs, CLAIMS_ROW, row,
		&(struct reboot){ .rebooted = true, .shift_ms = 7, .still_ms = 500 });
	b.incident.steps[0].action = ACTION_WANTED;
	outputs_resume(b.outputs, &b.incident);
	tasks_run(b.outputs, b.now_ms);
	run_until(b.now_ms + 300);
	b.now_ms += 50;
	seen(0, 0);
	assert_string_equal(b.log, "[done by facilityd: ]");
	outputs_keep(b.outputs);
	assert_non_null(strstr(b.claims, "a 16-f1.tea-1 cut 0 1 10500 -500 "));
	b.still_true = TRUTH_FALSE;
	put_back_by_the_last(&b.incident);
	outputs_run(b.outputs, b.now_ms);
	assert_null(strstr(b.claims, "cut"));
}

static void test_a_failed_put_back_is_kept(void **state)
{
	char row[sizeof(b.claims)];

	(void)state;
	cut_one();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	assert_non_null(strstr(row, " 1 0 0 0\n"));
	start(true);
	b.log[0] = '\0';
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	b.incident.steps[0].action = ACTION_FAILED;
	outputs_resume(b.outputs, &b.incident);
	b.now_ms += 50;
	seen(0, 0); /* as it was cut: that proves nothing */
	assert_null(strstr(b.log, "["));
	/* It is an order like any other: asked for once more, or proved late. */
	put_back_by_the_last(&b.incident);
}

static void test_broken_lines(void **state)
{
	static const char *const lines[] = { " ", "a", "a i s 0 1 2 0 3", "a i s x 1 2 0 3 0",
		"a i s 0 x 2 0 3 0", "a i s 0 1 x 0 3 0", "a i s 0 1 2 x 3 0", "a i s 0 1 2 0 x 0",
		" i s 0 1 2 0 3 0" };
	char row[200];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(row, sizeof(row), "%s\n", lines[i]);
		assert_int_equal(
			outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot), OUTPUTS_ROW_DAMAGED);
		assert_true(TAILQ_EMPTY(&b.outputs->claims));
	}
}

/* What the configuration has no more is not forgotten. */
static void test_an_output_that_is_gone(void **state)
{
	(void)state;
	assert_int_equal(outputs_load(b.outputs, CLAIMS_ROW, "gone 1-f1-x cut 0 ? 1 5 2 0 0 3 4\n",
				 &same_boot),
		OUTPUTS_ROW_LOADED);
	outputs_keep(b.outputs);
	assert_string_equal(b.claims, "gone 1-f1-x cut 0 ? 1 5 2 0 0 3 4\n");
}

static int restore_output(const char *id)
{
	return restore_id(id, "wu");
}

/* The first incident is closed with what it holds. */
static void closed(void)
{
	cut_one();
	b.still_true = TRUTH_FALSE;
	transition(TRANSITION_CLOSED);
	b.incident.id[0] = '\0';
	tasks_run(b.outputs, b.now_ms);
	b.log[0] = '\0';
	b.still_true = TRUTH_TRUE;
}

static void put_back_and_struck(void)
{
	struct output_claim claim;
	double value;

	assert_int_equal(b.records, 2);
	assert_true(b.record_value[1] == 1);
	recorded(1);
	written(1, 0);
	assert_true(outputs_claim(b.outputs, 0, &claim) && claim.withdrawn);
	b.now_ms += 50;
	seen(0, 1);
	assert_false(outputs_claim(b.outputs, 0, &claim));
	assert_false(outputs_wanted(b.outputs, "a", &value));
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
}

static void test_closed_it_is_held(void **state)
{
	struct output_claim claim;
	double value;

	(void)state;
	closed();
	run_until(b.now_ms + 60000);
	assert_int_equal(b.records, 1); /* never silently */
	assert_true(outputs_claim(b.outputs, 0, &claim));
	assert_string_equal(claim.incident, "16-f1.tea-1");
	assert_true(claim.proved_ms > 0 && claim.before == 1);
	assert_true(outputs_wanted(b.outputs, "a", &value) && value == 0);
	assert_int_equal(restore_output("b"), -ENOENT);
	assert_int_equal(restore_output("a"), 0);
	put_back_and_struck();
	assert_int_equal(restore_output("a"), -ENOENT);
}

static void test_by_the_past_incident(void **state)
{
	static const char *const wrong[] = { "16", "16-f1", "6-f1.tea", "16-f1.tea-",
		"16-f1.tea-11" };

	(void)state;
	closed();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(restore_output(wrong[i]), -ENOENT);
	assert_int_equal(restore_output("16-f1.tea"), 0);
	put_back_and_struck();
}

/* One is over and one is active: the first is struck, and nothing is written. */
static void test_the_active_one_stays(void **state)
{
	struct output_holders holders;
	struct output_claim claim;

	(void)state;
	two_claim_it();
	assert_int_equal(restore_output("a"), -EBUSY);
	assert_int_equal(b.holders.count, 2);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore_output("a"), 0);
	assert_int_equal(b.holders.count, 1);
	assert_string_equal(b.holders.incidents[0], "18-f1.tea-2");
	run_until(b.now_ms + 10000);
	assert_int_equal(b.records, 1);
	assert_true(outputs_ask_restored(b.outputs, &claim, &holders));
	assert_string_equal(claim.incident, "16-f1.tea-1");
	assert_true(claim.value == 0); /* where the other holds it */
	assert_string_equal(holders.incidents[0], "18-f1.tea-2");
	assert_true(outputs_claim(b.outputs, 0, &claim));
	assert_string_equal(claim.incident, "18-f1.tea-2");
	assert_false(outputs_claim(b.outputs, 1, &claim));
}

/* Of two that are closed one is given up, as ordered, and the other is not. */
static void test_one_of_two_that_are_closed(void **state)
{
	struct output_claim claim;

	(void)state;
	two_claim_it();
	b.incident.id[0] = b.second.id[0] = '\0';
	assert_int_equal(restore_output("16-f1.tea"), 0);
	assert_int_equal(b.holders.count, 1);
	assert_string_equal(b.holders.incidents[0], "18-f1.tea-2");
	run_until(b.now_ms + 10000);
	assert_int_equal(b.records, 1); /* the other holds it */
	assert_true(outputs_claim(b.outputs, 0, &claim));
	assert_string_equal(claim.incident, "18-f1.tea-2");
	assert_false(claim.withdrawn);
	assert_false(outputs_claim(b.outputs, 1, &claim));
	b.log[0] = '\0';
	assert_int_equal(restore_output("18-f1.tea"), 0);
	put_back_and_struck();
}

/* Not proved: it stays on the list, with a trouble, until it is ordered again. */
static void test_a_put_back_from_the_list_that_fails(void **state)
{
	struct output_claim claim;

	(void)state;
	closed();
	assert_int_equal(restore_output("a"), 0);
	outputs_recorded(b.outputs, b.record_ticket[1], false, b.now_ms);
	assert_string_equal(b.log, "{a intent not recorded}");
	assert_true(outputs_claim(b.outputs, 0, &claim));
	b.records = 1;
	assert_int_equal(restore_output("a"), 0);
	recorded(1);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 1);
	assert_string_equal(b.log, "{a intent not recorded}{a ends}");
	assert_false(outputs_claim(b.outputs, 0, &claim));
}

static int restore_as(const char *id, double value, bool anyway)
{
	const struct restore_order order = { id, "wu", value, anyway };

	return outputs_restore(b.outputs, &order, b.now_ms, &b.holders);
}

/* Nobody knows what it was: the person says which. What is known is not said otherwise. */
static void test_the_person_says_what_nobody_knows(void **state)
{
	(void)state;
	closed();
	assert_int_equal(restore_as("a", 1, false), -EINVAL);
	TAILQ_FIRST(&b.outputs->claims)->before = NAN;
	assert_int_equal(restore_output("a"), -EDOM);
	assert_int_equal(restore_output("16-f1.tea"), -EDOM);
	assert_string_equal(b.holders.outputs[0], "a");
	assert_int_equal(restore_as("a", 0.5, false), -EINVAL);
	assert_int_equal(restore_as("16-f1.tea", 1, false), -EINVAL);
	assert_int_equal(b.records, 1);
	assert_int_equal(restore_as("a", 1, false), 0);
	put_back_and_struck();
}

/* Another incident asks a person to have it as it is: the answer names it, and asks again. */
static void test_anyway(void **state)
{
	static const enum action_state asked[] = { ACTION_ADVISED, ACTION_AWAITING,
		ACTION_REFUSED };

	(void)state;
	closed();
	strcpy(b.incident.id, "18-f1.tea-2");
	for (size_t i = 0; i < 3; i++) {
		b.incident.steps[0].action = asked[i];
		b.still_true = i == 1 ? TRUTH_UNKNOWN : TRUTH_TRUE;
		assert_int_equal(restore_output("a"), -EAGAIN);
		assert_int_equal(restore_output("16-f1.tea"), -EAGAIN);
		assert_int_equal(b.holders.count, 1);
		assert_string_equal(b.holders.incidents[0], "18-f1.tea-2");
	}
	assert_int_equal(b.records, 1);
	assert_int_equal(restore_as("a", NAN, true), 0);
	put_back_and_struck();
}

static void test_who_asks_nothing_else_is_not_named(void **state)
{
	(void)state;
	closed();
	strcpy(b.incident.id, "18-f1.tea-2");
	b.incident.steps[0].action = ACTION_ADVISED;
	b.still_true = TRUTH_FALSE; /* over */
	assert_int_equal(restore_output("a"), 0);
	put_back_and_struck();
}

/* What cannot be put back says why, until a person strikes it. */
static void test_struck(void **state)
{
	(void)state;
	closed();
	assert_int_equal(outputs_stuck(b.outputs, "a"), WORD_WRITE_REFUSAL_NONE);
	assert_int_equal(outputs_strike(b.outputs, "a"), -EPERM);
	assert_int_equal(outputs_strike(b.outputs, "b"), -ENOENT);
	b.points[0].armed = false;
	assert_int_equal(outputs_stuck(b.outputs, "a"), WORD_WRITE_REFUSAL_NOT_ARMED);
	assert_int_equal(outputs_stuck(b.outputs, "gone"),
		WORD_WRITE_REFUSAL_NO_LONGER_IN_THE_CONFIGURATION);
	assert_int_equal(outputs_strike(b.outputs, "a"), 0);
	assert_false(outputs_claim(b.outputs, 0, &(struct output_claim){ 0 }));
	run_until(b.now_ms + 60000);
	assert_int_equal(b.records, 1);
	outputs_load(b.outputs, CLAIMS_ROW, "gone 1-f1-x cut 0 ? 1 0 2 0 0\n", &same_boot);
	assert_int_equal(outputs_strike(b.outputs, "gone"), 0);
}

static void test_what_stands_is_not_struck(void **state)
{
	(void)state;
	want();
	b.points[0].armed = false;
	assert_int_equal(outputs_strike(b.outputs, "a"), -EBUSY);
	b.still_true = TRUTH_UNKNOWN;
	assert_int_equal(outputs_strike(b.outputs, "a"), -EBUSY);
}

/* After a day, then daily; never while somebody still wants it. */
static void test_asked_about_daily(void **state)
{
	const int64_t day_ms = 24 * INT64_C(3600) * 1000;
	struct output_claim claim;
	int64_t since_ms;

	(void)state;
	closed();
	assert_true(outputs_claim(b.outputs, 0, &claim));
	since_ms = claim.since_ms;
	assert_false(outputs_ask_held(b.outputs, day_ms, since_ms + day_ms - 1, &claim));
	assert_true(outputs_ask_held(b.outputs, day_ms, since_ms + day_ms, &claim));
	assert_string_equal(claim.output, "a");
	assert_false(outputs_ask_held(b.outputs, day_ms, since_ms + day_ms, &claim));
	assert_false(outputs_ask_held(b.outputs, day_ms, since_ms + 2 * day_ms - 1, &claim));
	assert_true(outputs_ask_held(b.outputs, day_ms, since_ms + 2 * day_ms, &claim));
	assert_int_equal(restore_output("a"), 0); /* is being put back */
	assert_false(outputs_ask_held(b.outputs, day_ms, since_ms + 3 * day_ms, &claim));
}

/* The day goes on over a reboot, and the time that the machine was off counts once the clock is
 * right. */
static void test_asked_about_over_a_reboot(void **state)
{
	const int64_t hour_ms = 3600 * 1000, day_ms = 24 * hour_ms;
	const struct reboot wrong = {
		.rebooted = true, .shift_ms = -50 * day_ms, .offset_ms = 5 * hour_ms
	};
	char row[sizeof(b.claims)];
	struct output_claim claim;
	struct moment right;

	(void)state;
	closed();
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &wrong);
	b.incident.id[0] = '\0'; /* it is closed */
	assert_false(outputs_ask_held(b.outputs, day_ms, b.now_ms, &claim));
	assert_false(outputs_ask_held(b.outputs, day_ms, b.now_ms + day_ms - hour_ms, &claim));
	right = (struct moment){ b.now_ms, b.now_ms + 5 * hour_ms + 2 * hour_ms };
	outputs_clock(b.outputs, &right); /* off for 2 hours */
	outputs_clock(b.outputs, &right);
	assert_false(outputs_ask_held(b.outputs, day_ms, b.now_ms + day_ms - 3 * hour_ms, &claim));
	assert_true(outputs_ask_held(b.outputs, day_ms, b.now_ms + day_ms - 2 * hour_ms, &claim));
}

static void test_what_is_wanted_is_not_asked_about(void **state)
{
	struct output_claim claim;

	(void)state;
	want();
	assert_false(outputs_ask_held(b.outputs, 1000, b.now_ms + 5000, &claim));
	b.still_true = TRUTH_UNKNOWN;
	assert_false(outputs_ask_held(b.outputs, 1000, b.now_ms + 5000, &claim));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_asked_about_daily),
		TEST(test_asked_about_over_a_reboot),
		TEST(test_what_is_wanted_is_not_asked_about),
		TEST(test_the_person_says_what_nobody_knows),
		TEST(test_anyway),
		TEST(test_who_asks_nothing_else_is_not_named),
		TEST(test_struck),
		TEST(test_what_stands_is_not_struck),
		TEST(test_what_another_claims_stays),
		TEST(test_the_other_way_round),
		TEST(test_it_was_off_before),
		TEST(test_it_is_back_already),
		TEST(test_a_new_claim_before_the_write),
		TEST(test_killed_before_the_proof),
		TEST(test_a_failed_put_back_is_kept),
		TEST(test_closed_it_is_held),
		TEST(test_by_the_past_incident),
		TEST(test_one_of_two_that_are_closed),
		TEST(test_the_active_one_stays),
		TEST(test_a_put_back_from_the_list_that_fails),
		TEST(test_broken_lines),
		TEST(test_an_output_that_is_gone),
	};

	return cmocka_run_group_tests_name("outputs claims", tests, NULL, NULL) ? 1 : 0;
}
