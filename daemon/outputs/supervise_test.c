/* What was proved and is so no more: told, and never written against. */
#include "tests/outputs_bench.h"

#define ASKS "switched back by hand? \"restore\" strikes it"

static void outputs_until(int64_t ms)
{
	while (b.now_ms < ms) {
		int64_t next_ms = outputs_deadline(b.outputs);

		b.now_ms = next_ms > ms ? ms : next_ms > b.now_ms ? next_ms : b.now_ms + 1;
		outputs_run(b.outputs, b.now_ms);
	}
}

/* Relay 0 alone is cut and proved. */
static void cut(void)
{
	cut_one();
	assert_string_equal(b.log, "[done by li: ]");
	outputs_run(b.outputs, b.now_ms);
	b.log[0] = '\0';
}

static void close_it(void)
{
	b.incident.state = INCIDENT_CLOSED;
	b.still_true = TRUTH_FALSE;
	transition(TRANSITION_CLOSED);
	b.incident.id[0] = '\0';
	outputs_run(b.outputs, b.now_ms);
}

static void switched_back(void)
{
	b.now_ms += 100;
	seen(0, 1);
	outputs_until(b.now_ms + 5000); /* of what is no step any more it takes the usual time */
}

static bool keeps_claim(void)
{
	return outputs_claim(b.outputs, 0, &(struct output_claim){ 0 });
}

static void test_the_step_is_told_and_nothing_written(void **state)
{
	(void)state;
	cut();
	b.now_ms += 100;
	seen(0, 1);
	outputs_until(b.now_ms + 3999);
	assert_string_equal(b.log, "");
	outputs_until(b.now_ms + 1);
	assert_string_equal(b.log, "{a switched by something else}"
				   "[lost by facilityd: a: switched by something else]");
	assert_int_equal(state_of(0), OUTPUT_FAILED);
	outputs_until(b.now_ms + 3600000);
	assert_int_equal(b.records, 1);
	assert_int_equal(b.writes, 1);
	/* Agreeing again, by whomever, ends it. */
	b.log[0] = '\0';
	seen(0, 0);
	assert_string_equal(b.log, "{a ends}[done by facilityd: ]");
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	/* And the next time is told, too. */
	b.log[0] = '\0';
	switched_back();
	assert_non_null(strstr(b.log, "[lost by facilityd"));
}

static void test_what_does_not_last_is_not_told(void **state)
{
	(void)state;
	cut();
	b.now_ms += 100;
	seen(0, 1);
	outputs_until(b.now_ms + 3000);
	seen(0, 0);
	outputs_until(b.now_ms + 100000);
	assert_string_equal(b.log, "");
}

/* A read-back that is not good says nothing; one that comes and goes does not add up. */
static void test_a_bad_read_back_says_nothing(void **state)
{
	struct reading *back = &b.values[RELAYS];

	(void)state;
	cut();
	b.now_ms += 100;
	back->value = 1;
	back->quality = QUALITY_BAD;
	outputs_frame(b.outputs, back, 1, b.now_ms);
	outputs_until(b.now_ms + 100000);
	seen(0, 1);
	outputs_until(b.now_ms + 3000);
	back->quality = QUALITY_STALE;
	outputs_frame(b.outputs, back, 1, b.now_ms);
	outputs_until(b.now_ms + 100000);
	assert_string_equal(b.log, "");
	assert_int_equal(b.writes, 1);
}

static void test_unknown_opens_it_too(void **state)
{
	(void)state;
	cut();
	b.still_true = TRUTH_UNKNOWN;
	switched_back();
	assert_non_null(strstr(b.log, "[lost by facilityd: a: switched by something else]"));
	assert_false(outputs_ask_lost(b.outputs, &(struct output_claim){ 0 })); /* its roles are */
}

static void test_over_or_handed_over_only_asks(void **state)
{
	(void)state;
	cut();
	b.still_true = TRUTH_FALSE;
	switched_back();
	assert_string_equal(b.log, "{a " ASKS "}[lost by facilityd: a: " ASKS "]");
	seen(0, 0);
	assert_false(outputs_ask_lost(b.outputs, &(struct output_claim){ 0 })); /* it is back */
	b.still_true = TRUTH_TRUE;
	b.incident.state = INCIDENT_HANDED_OVER;
	b.log[0] = '\0';
	switched_back();
	assert_string_equal(b.log, "{a " ASKS "}[lost by facilityd: a: " ASKS "]");
}

/* Held beyond its incident: a trouble, and `restore` strikes it without a write. */
static void test_closed_it_is_a_trouble_until_it_is_struck(void **state)
{
	struct output_claim claim;

	(void)state;
	cut();
	close_it();
	switched_back();
	assert_string_equal(b.log, "{a " ASKS "}");
	assert_true(outputs_ask_lost(b.outputs, &claim));
	assert_string_equal(claim.output, "a");
	assert_false(outputs_ask_lost(b.outputs, &claim)); /* once */
	assert_int_equal(restore_id("a", "wu"), 0);
	b.now_ms += 50;
	seen(0, 1);
	outputs_run(b.outputs, b.now_ms);
	assert_int_equal(b.records, 1);
	assert_false(keeps_claim());
	assert_string_equal(b.log, "{a " ASKS "}{a ends}");
}

/* A lock that came before the write: the output is held, and watched, as before. */
static void test_watched_after_a_put_back_that_was_refused(void **state)
{
	const struct lock lock = { .kind = LOCK_ZONE, .id = "f1.tea" };

	(void)state;
	cut();
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	bench_lock = &lock;
	recorded(1);
	bench_lock = NULL;
	assert_int_equal(b.writes, 1);
	assert_true(keeps_claim());
	b.log[0] = '\0';
	switched_back();
	assert_non_null(strstr(b.log, "[lost by facilityd"));
}

/* A loss in an open incident outlives its end. */
static void test_lost_and_then_closed(void **state)
{
	(void)state;
	cut();
	switched_back();
	b.log[0] = '\0';
	close_it();
	assert_string_equal(b.log, "");
	assert_true(keeps_claim());
	seen(0, 0);
	assert_string_equal(b.log, "{a ends}");
}

static void test_over_a_restart(void **state)
{
	char row[sizeof(b.claims)];

	(void)state;
	cut();
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	b.incident.steps[0].action = ACTION_DONE;
	outputs_resume(b.outputs, &b.incident);
	outputs_run(b.outputs, b.now_ms);
	/* Switched on while the program was down. */
	switched_back();
	assert_non_null(strstr(b.log, "[lost by facilityd: a: switched by something else]"));
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	b.log[0] = '\0';
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	b.incident.steps[0].action = ACTION_LOST;
	outputs_resume(b.outputs, &b.incident);
	outputs_run(b.outputs, b.now_ms);
	assert_non_null(strstr(b.log, "{a switched by something else}"));
	/* It was told: not twice. */
	switched_back();
	assert_null(strstr(b.log, "["));
	assert_int_equal(b.writes, 1);
	seen(0, 0);
	assert_non_null(strstr(b.log, "{a ends}[done by facilityd: ]"));
}

static void test_a_held_one_over_a_restart(void **state)
{
	char row[sizeof(b.claims)];
	struct output_claim claim;

	(void)state;
	cut();
	close_it();
	switched_back();
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	assert_true(outputs_ask_lost(b.outputs, &claim)); /* a kill came before it was asked */
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	b.log[0] = '\0';
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	assert_string_equal(b.log, "{a " ASKS "}");
	switched_back();
	assert_string_equal(b.log, "{a " ASKS "}");
	assert_false(outputs_ask_lost(b.outputs, &claim));
}

/* A stronger claim has it at another value: that is no loss. */
static void test_what_a_stronger_one_switches_is_not_lost(void **state)
{
	static struct action on;
	static struct step step;
	static struct incident_type type;

	(void)state;
	cut();
	on = b.action;
	on.value = 1;
	step = b.step;
	step.action = &on;
	type = b.type;
	type.severity = SEVERITY_CRITICAL;
	type.steps = &step;
	b.second = b.incident;
	b.second.type = &type;
	strcpy(b.second.id, "3-f1.tea-2");
	b.second.steps[0].action = ACTION_WANTED;
	b.second_true = TRUTH_TRUE;
	transition_of(&b.second, TRANSITION_RAISED);
	tasks_run(b.outputs, b.now_ms);
	recorded(1);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 1);
	outputs_until(b.now_ms + 100000);
	assert_string_equal(b.log, "[second done by li: ]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_step_is_told_and_nothing_written),
		TEST(test_what_does_not_last_is_not_told),
		TEST(test_a_bad_read_back_says_nothing),
		TEST(test_unknown_opens_it_too),
		TEST(test_over_or_handed_over_only_asks),
		TEST(test_closed_it_is_a_trouble_until_it_is_struck),
		TEST(test_lost_and_then_closed),
		TEST(test_watched_after_a_put_back_that_was_refused),
		TEST(test_over_a_restart),
		TEST(test_a_held_one_over_a_restart),
		TEST(test_what_a_stronger_one_switches_is_not_lost),
	};

	return cmocka_run_group_tests_name("outputs supervise", tests, NULL, NULL) ? 1 : 0;
}
