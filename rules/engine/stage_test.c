/* An incident of two stages (case Q8): who goes and looks, and what makes it full. */
#include "rules/engine/engine.h"
#include "rules/engine/keep.h"
#include "rules/engine/locking.h"

#include "tests/rules_lab.h"

enum { MIN = 60 * 1000 };

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO, .on_report = ON_REPORT_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };

/* clang-format off */
static struct fact facts[] = {
	{ .id = "put-out", .index = 0, .worse = false, .deadline_ms = MIN },
	{ .id = "stage", .index = 1, .worse = true, .deadline_ms = 3 * MIN,
		.sensor = "count(smoke) >= 2 or any(lift.trapped) or bypass" },
};
static struct step steps[] = {
	{ .id = "look", .mandatory = true, .first = true, .deadline_ms = 2 * MIN },
	{ .id = "evacuate", .mandatory = true, .deadline_ms = MIN },
	{ .id = "call-119", .mandatory = true, .deadline_ms = MIN, .fact = &facts[0], .fact_negated = true },
	{ .id = "cut", .action = &cut },
	{ .id = "ask", .action = &ask },
};
static struct incident_type types[] = {
	{ .id = "fire", .number = 3, .steps = steps, .step_count = 5, .facts = facts, .fact_count = 2,
		.stage = &facts[1] },
	{ .id = "leak", .number = 16, .steps = &steps[1], .step_count = 1 },
};
static const struct plan plan = { .types = types, .type_count = 2,
	.chain = { { .after_ms = 30 * MIN } }, .chain_count = 1 };

static const struct rule rules[] = {
	{ .id = "smoke", .type = &types[0], .condition = "any(smoke)", .latch = true,
		.zone = &building_zones[Z_F3] },
	{ .id = "button", .type = &types[0], .condition = "ats-on", .latch = true,
		.zone = &building_zones[Z_F3] },
	{ .id = "wet", .type = &types[0], .condition = "any(leak)", .zone = &building_zones[Z_F2] },
};
/* clang-format on */

static struct lab lab;

static void start(struct lab *in)
{
	lab_start_plan(in, &plan, rules, sizeof(rules) / sizeof(rules[0]));
}

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	start(&lab);
	lab_frame(&lab, 0, "smoke-1=0 smoke-2=0 smoke-3=0 bypass=0 ats-on=0 lift-trapped=0");
	lab_frame(&lab, 0, "f2-leak=0 f2-tea-leak=0");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static const struct incident *fire(void)
{
	const struct incident *incident = engine_find(lab.engine, "3-f3");

	assert_non_null(incident);
	return incident;
}

static enum engine_result answer(const char *fact, const char *says, const char *why, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_ANSWER,
		.user = "li",
		.incident = "3-f3",
		.fact = fact,
		.answer = says,
		.note = why };

	return engine_order(lab.engine, &order, at_ms, &lab.sink, NULL);
}

static enum engine_result say_no(int64_t at_ms)
{
	return answer("stage", "no", "dust of a drill", at_ms);
}

/* Who goes and looks is told, and nothing else waits for anybody or is switched. */
static void expect_first(void)
{
	assert_false(fire()->full);
	assert_true(step_expected(&fire()->steps[0]));
	for (int i = 1; i < 5; i++) {
		assert_false(step_expected(&fire()->steps[i]));
		assert_true(fire()->steps[i].action == ACTION_IDLE ||
			    fire()->steps[i].action == ACTION_RESTORED);
	}
	assert_false(fire()->facts[0].asked);
}

/* All of the procedure, each step with its whole time from then. */
static void expect_full(int64_t at_ms)
{
	assert_true(fire()->full);
	assert_int_equal(fire()->state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(fire()->acked_ms, 0);
	assert_false(step_expected(&fire()->steps[0]));
	assert_true(step_expected(&fire()->steps[1]));
	assert_int_equal(fire()->steps[1].due_ms, at_ms + MIN);
	assert_true(fire()->facts[0].asked);
	assert_int_equal(fire()->facts[0].due_ms, at_ms + MIN);
}

static void smoulder(void)
{
	lab_set(&lab, 100, "smoke-1=1");
	expect_first();
	lab.log[0] = '\0';
}

static void test_one_detector_asks_and_two_are_full(void **state)
{
	(void)state;
	lab_set(&lab, 100, "smoke-1=1");
	lab_expect(&lab, "100 raised 3-f3-1 active-unacknowledged\n");
	expect_first();
	assert_true(fire()->facts[1].asked);
	assert_int_equal(fire()->facts[1].due_ms, 100 + 3 * MIN);
	assert_int_equal(fire()->steps[0].due_ms, 100 + 2 * MIN);
	assert_int_equal(engine_ack(lab.engine, "3-f3", "li", 150, &lab.sink), ENGINE_OK);
	lab.log[0] = '\0';
	lab_set(&lab, 200, "smoke-2=1");
	lab_expect(&lab, "200 fact 3-f3-1 active-acknowledged\n"
			 "200 stage 3-f3-1 active-unacknowledged\n");
	expect_full(200);
	assert_int_equal(fire()->steps[3].action, ACTION_WANTED);
	assert_int_equal(fire()->steps[4].action, ACTION_AWAITING);
	/* It stays so: no detector takes it back. */
	lab_set(&lab, 300, "smoke-2=0 smoke-2=? smoke-2=0");
	assert_true(fire()->full);
}

static void test_what_is_plain_at_once_is_full_at_once(void **state)
{
	(void)state;
	lab_frame(&lab, 100, "smoke-1=1 smoke-3=1");
	lab_expect(&lab, "100 raised 3-f3-1 active-unacknowledged\n");
	expect_full(100);
}

static void test_nobody_answers(void **state)
{
	(void)state;
	smoulder();
	/* It comes and goes, and the time runs on: no new one begins. */
	lab_set(&lab, MIN, "smoke-1=0 smoke-1=1");
	lab_set(&lab, 2 * MIN, "smoke-1=?");
	lab_tick(&lab, 99 + 3 * MIN);
	assert_false(fire()->full);
	lab.log[0] = '\0';
	lab_tick(&lab, 100 + 3 * MIN);
	lab_expect(&lab, "180100 assumed 3-f3-1 active-unacknowledged\n"
			 "180100 stage 3-f3-1 active-unacknowledged\n");
	expect_full(100 + 3 * MIN);
	/* People act; a machine only when it is said. */
	assert_int_equal(fire()->steps[3].action, ACTION_IDLE);
	assert_int_equal(engine_release(lab.engine, "3-f3", "ask", "li", 4 * MIN, &lab.sink),
		ENGINE_ASSUMED);
	assert_int_equal(answer("stage", "yes", "", 4 * MIN), ENGINE_OK);
	assert_int_equal(fire()->steps[3].action, ACTION_WANTED);
	assert_int_equal(fire()->steps[4].action, ACTION_AWAITING);
}

static void test_its_time_runs_over_its_end_and_over_a_shelf(void **state)
{
	(void)state;
	lab_set(&lab, 0, "f2-leak=1");
	lab_set(&lab, MIN, "f2-leak=0");
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_UNACKED);
	lab_set(&lab, 2 * MIN, "f2-leak=1");
	lab_tick(&lab, 3 * MIN);
	assert_true(engine_find(lab.engine, "3-f2")->full);
	lab_set(&lab, 3 * MIN, "smoke-1=1");
	assert_int_equal(
		engine_shelve(lab.engine, "3-f3", 60 * MIN, "li", "later", 3 * MIN + 2, &lab.sink),
		ENGINE_OK);
	assert_int_equal(fire()->state, INCIDENT_SHELVED_ACTIVE);
	lab_tick(&lab, 6 * MIN);
	expect_full(6 * MIN);
}

/* Reset, looked at and acknowledged: still nobody has said that it is none. */
static void test_it_does_not_close_unanswered(void **state)
{
	(void)state;
	smoulder();
	lab_set(&lab, MIN, "smoke-1=0");
	order_about(lab.engine, ORDER_RESET, "3-f3", "li", "aired", MIN, &lab.sink);
	engine_step(lab.engine, "3-f3", "look", STEP_DONE, "li", "", MIN, &lab.sink);
	engine_ack(lab.engine, "3-f3", "li", MIN, &lab.sink);
	assert_int_equal(fire()->state, INCIDENT_RETURNED_ACKED);
	assert_int_equal(say_no(2 * MIN), ENGINE_OK);
	assert_null(engine_find(lab.engine, "3-f3"));
}

static void test_a_no_holds_while_the_same_goes_on(void **state)
{
	(void)state;
	smoulder();
	assert_int_equal(answer("stage", "no", "", MIN), ENGINE_NO_REASON);
	assert_int_equal(answer("stage", "no", " \t", MIN), ENGINE_NO_REASON);
	assert_true(fire()->facts[1].asked);
	assert_int_equal(say_no(MIN), ENGINE_OK);
	lab_set(&lab, 2 * MIN, "smoke-1=? smoke-1=1");
	lab_tick(&lab, 20 * MIN);
	expect_first();
	assert_string_equal(fire()->facts[1].note, "dust of a drill");
	/* What a partner cannot say any more is not news. */
	lab_set(&lab, 21 * MIN, "smoke-2=? smoke-3=?");
	expect_first();
	/* The detector still speaks; when it does not, a person may reset it. */
	assert_int_equal(
		order_about(lab.engine, ORDER_RESET, "3-f3", "li", "swept", 22 * MIN, &lab.sink),
		ENGINE_STILL_TRUE);
	lab_set(&lab, 23 * MIN, "smoke-2=0 smoke-3=0 smoke-1=0");
	assert_int_equal(
		order_about(lab.engine, ORDER_RESET, "3-f3", "li", "swept", 24 * MIN, &lab.sink),
		ENGINE_OK);
	engine_step(lab.engine, "3-f3", "look", STEP_DONE, "li", "", 24 * MIN, &lab.sink);
	engine_ack(lab.engine, "3-f3", "li", 24 * MIN, &lab.sink);
	assert_null(engine_find(lab.engine, "3-f3"));
}

static void test_what_begins_after_a_no_is_another_thing(void **state)
{
	(void)state;
	/* A second detector. */
	smoulder();
	say_no(MIN);
	lab_set(&lab, 2 * MIN, "smoke-3=1");
	expect_full(2 * MIN);
	/* A person may say no to that too: then the rest is not asked for any more, and what is
	 * switched stays until it is put back. */
	assert_int_equal(say_no(2 * MIN + 1), ENGINE_OK);
	assert_int_equal(fire()->steps[3].action, ACTION_WANTED);
	engine_action(lab.engine, "3-f3", 3, ACTION_RESTORED, "li", "", 2 * MIN + 2, &lab.sink);
	expect_first();
	/* The same detectors, after they had cleared: both again. */
	lab_frame(&lab, 4 * MIN, "smoke-1=0 smoke-3=0");
	expect_first();
	lab_frame(&lab, 5 * MIN, "smoke-1=1 smoke-3=1");
	expect_full(5 * MIN);
}

static void test_the_same_again_or_another_rule_is_asked_anew(void **state)
{
	(void)state;
	smoulder();
	say_no(MIN);
	lab_set(&lab, 5 * MIN, "smoke-1=0");
	expect_first();
	assert_false(fire()->facts[1].asked);
	lab_set(&lab, 6 * MIN, "smoke-1=1");
	expect_first();
	assert_true(fire()->facts[1].asked);
	assert_int_equal(fire()->facts[1].due_ms, 9 * MIN);
	say_no(7 * MIN);
	lab_set(&lab, 8 * MIN, "ats-on=1");
	assert_true(fire()->facts[1].asked);
	lab_tick(&lab, 11 * MIN);
	expect_full(11 * MIN);
}

static void test_a_partner_that_cannot_speak(void **state)
{
	(void)state;
	/* Dead before: full from its raise. */
	lab_set(&lab, 50, "smoke-2=?");
	lab_set(&lab, 100, "smoke-1=1");
	expect_full(100);
	assert_int_equal(fire()->facts[1].status, FACT_ASSUMED);
	assert_int_equal(fire()->steps[3].action, ACTION_IDLE);
	/* The second one, when it is back, says so: now the machine may, too. */
	lab_set(&lab, 200, "smoke-2=1");
	assert_int_equal(fire()->steps[3].action, ACTION_WANTED);
}

static void test_a_partner_that_dies_meanwhile(void **state)
{
	(void)state;
	smoulder();
	lab_set(&lab, 200, "bypass=?");
	lab_expect(&lab, "200 assumed 3-f3-1 active-unacknowledged (no partner can confirm it)\n"
			 "200 stage 3-f3-1 active-unacknowledged (no partner can confirm it)\n");
	expect_full(200);
}

/* What was not read yet since the start may still be well. */
static void test_a_partner_that_was_not_read_yet(void **state)
{
	(void)state;
	lab_end(&lab);
	start(&lab);
	lab_frame(&lab, 0, "smoke-1=0 smoke-2=0 smoke-3=0");
	smoulder();
	lab_frame(&lab, 200, "bypass=0 lift-trapped=0");
	expect_first();
}

static void test_a_partner_that_is_locked(void **state)
{
	struct lock lock = { .quiet = true, .by = "chen", .reason = "painters" };

	(void)state;
	assert_true(lock_parse("point:smoke-2", &lock));
	smoulder();
	assert_true(engine_lock(lab.engine, &lock, 60 * MIN, 200, &lab.sink));
	expect_full(200);
}

static void test_a_report_is_full(void **state)
{
	(void)state;
	smoulder();
	say_no(MIN);
	engine_report(lab.engine, 3, "f3", "wu", "flames", 2 * MIN, &lab.sink, NULL);
	expect_full(2 * MIN);
	assert_string_equal(fire()->facts[1].by, "wu");
	/* And where nothing was seen before. */
	engine_report(lab.engine, 3, "f2", "wu", "flames", 3 * MIN, &lab.sink, NULL);
	assert_true(engine_find(lab.engine, "3-f2")->full);
	assert_int_equal(engine_find(lab.engine, "3-f2")->steps[3].action, ACTION_WANTED);
}

/* In an exercise both stages run; and the first stage of a real one ends it. */
static void test_a_drill_runs_through_both(void **state)
{
	const char *id;

	(void)state;
	assert_int_equal(
		order_at(lab.engine, ORDER_DRILL, 3, "f3", "li", "", 0, &lab.sink, &id), ENGINE_OK);
	assert_false(engine_find(lab.engine, "drill-3-f3")->full);
	lab_tick(&lab, 3 * MIN);
	assert_true(engine_find(lab.engine, "drill-3-f3")->full);
	lab_set(&lab, 4 * MIN, "smoke-1=1");
	expect_first();
	assert_null(engine_find(lab.engine, "drill-3-f3"));
}

/* Nothing of it is lost: neither the time nor a no. */
static void test_a_restart(void **state)
{
	static struct kept_incident kept;
	char error[128];

	(void)state;
	smoulder();
	for (int round = 0; round < 2; round++) {
		engine_keep(lab.engine, fire(), &kept);
		lab_end(&lab);
		start(&lab);
		assert_int_equal(engine_restore(lab.engine, &kept, error, sizeof(error)), 0);
		lab_frame(&lab, MIN + round, "smoke-1=1");
		expect_first();
		assert_int_equal(fire()->facts[1].asked, round == 0);
		lab_frame(
			&lab, MIN + round, "smoke-2=0 smoke-3=0 bypass=0 ats-on=0 lift-trapped=0");
		expect_first();
		say_no(MIN + round);
	}
	lab_set(&lab, 2 * MIN, "smoke-2=1");
	expect_full(2 * MIN);
	engine_keep(lab.engine, fire(), &kept);
	/* A plan that had no first stage when it began: it does not go back to one. */
	kept.facts[1] = "something";
	lab_end(&lab);
	start(&lab);
	assert_int_equal(engine_restore(lab.engine, &kept, error, sizeof(error)), 0);
	lab_tick(&lab, 2 * MIN + 1);
	assert_true(fire()->full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_one_detector_asks_and_two_are_full),
		TEST(test_what_is_plain_at_once_is_full_at_once),
		TEST(test_nobody_answers),
		TEST(test_its_time_runs_over_its_end_and_over_a_shelf),
		TEST(test_it_does_not_close_unanswered),
		TEST(test_a_no_holds_while_the_same_goes_on),
		TEST(test_what_begins_after_a_no_is_another_thing),
		TEST(test_the_same_again_or_another_rule_is_asked_anew),
		TEST(test_a_partner_that_cannot_speak),
		TEST(test_a_partner_that_dies_meanwhile),
		TEST(test_a_partner_that_was_not_read_yet),
		TEST(test_a_partner_that_is_locked),
		TEST(test_a_report_is_full),
		TEST(test_a_drill_runs_through_both),
		TEST(test_a_restart),
	};

	return cmocka_run_group_tests_name("two stages", tests, NULL, NULL) ? 1 : 0;
}
