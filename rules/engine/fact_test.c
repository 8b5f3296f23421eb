/* The facts of an incident: what sensors, people and time say, and which steps follow. */
#include "rules/engine/engine.h"
#include "rules/engine/keep.h"

#include "tests/rules_lab.h"

enum { MIN = 60 * 1000 };

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };

/* clang-format off */
static struct fact lift_facts[] = {
	{ .id = "trapped", .index = 0, .unknown = FACT_UNKNOWN_YES, .worse = true,
		.deadline_ms = 2 * MIN, .sensor = "any(lift.trapped)" },
};
static struct step lift_steps[] = {
	{ .id = "calm", .mandatory = true, .fact = &lift_facts[0], .deadline_ms = MIN },
	{ .id = "mechanic", .mandatory = true, .fact = &lift_facts[0], .fact_negated = true },
};
static struct fact quarrel_facts[] = {
	{ .id = "hurt", .index = 0, .worse = true, .deadline_ms = 2 * MIN, .sensor = "any(smoke)" },
	{ .id = "fled", .index = 1, .worse = false, .deadline_ms = 2 * MIN },
};
static struct step quarrel_steps[] = {
	{ .id = "part", .mandatory = true, .deadline_ms = MIN },
	{ .id = "doctor", .mandatory = true, .fact = &quarrel_facts[0], .deadline_ms = MIN,
		.action = &ask },
	{ .id = "lights", .fact = &quarrel_facts[0], .action = &cut },
	{ .id = "search", .mandatory = true, .fact = &quarrel_facts[1] },
	{ .id = "watch", .mandatory = true, .fact = &quarrel_facts[1], .fact_negated = true },
};
static struct fact power_facts[] = {
	{ .id = "long", .index = 0, .worse = true, .deadline_ms = 20 * MIN, .after_ms = 20 * MIN },
};
static struct step power_steps[] = {
	{ .id = "by-hand", .mandatory = true, .fact = &power_facts[0], .deadline_ms = 10 * MIN },
};

static struct incident_type types[] = {
	{ .id = "power", .number = 1, .steps = power_steps, .step_count = 1, .facts = power_facts,
		.fact_count = 1 },
	{ .id = "lift", .number = 6, .steps = lift_steps, .step_count = 2, .facts = lift_facts,
		.fact_count = 1 },
	{ .id = "quarrel", .number = 14, .steps = quarrel_steps, .step_count = 5,
		.facts = quarrel_facts, .fact_count = 2 },
};

static const struct plan plan = { .types = types, .type_count = 3, .remind_ms = 5 * MIN,
	.chain = { { .after_ms = 3 * MIN }, { .after_ms = 10 * MIN } }, .chain_count = 2 };

static const struct rule rules[] = {
	{ .id = "stop", .type = &types[1], .condition = "ats-on", .zone = &building_zones[Z_LIFT] },
	{ .id = "cut", .type = &types[0], .condition = "mains-l1 < 180 V",
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "loud", .type = &types[2], .condition = "bypass", .zone = &building_zones[Z_F3] },
};
/* clang-format on */

static struct lab lab;

static int lab_setup(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, rules, sizeof(rules) / sizeof(rules[0]));
	return 0;
}

static int lab_teardown(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static enum engine_result answer(const char *id, const char *fact, const char *says, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_ANSWER,
		.user = "li",
		.incident = id,
		.fact = fact,
		.answer = says,
		.note = "" };

	return engine_order(lab.engine, &order, at_ms, &lab.sink, NULL);
}

static void report(int type, const char *zone, int64_t at_ms)
{
	assert_int_equal(engine_report(lab.engine, type, zone, "li", "a child is inside", at_ms,
				 &lab.sink, NULL),
		ENGINE_OK);
}

static enum engine_result done(const char *id, const char *step, int64_t at_ms)
{
	return engine_step(lab.engine, id, step, STEP_DONE, "wu", "", at_ms, &lab.sink);
}

static const struct incident *incident(const char *id)
{
	const struct incident *found = engine_find(lab.engine, id);

	assert_non_null(found);
	return found;
}

#define STEP(id, index) (&incident(id)->steps[index])
#define FACT(id, index) (&incident(id)->facts[index])

/* Case Q1: the contact reads 0, and a person knows better. */
static void test_a_report_outranks_the_contact(void **state)
{
	(void)state;
	lab_set(&lab, 0, "lift-trapped=0");
	report(6, "lift", 100);
	assert_int_equal(FACT("6-lift", 0)->status, FACT_UNKNOWN);
	assert_true(FACT("6-lift", 0)->asked);
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_TRUE);
	assert_int_equal(STEP("6-lift", 0)->due_ms, 100 + MIN);
	assert_int_equal(STEP("6-lift", 1)->applies, TRUTH_FALSE);
	/* The contact goes on saying so, is lost and comes back. */
	lab_set(&lab, 200, "lift-trapped=? lift-trapped=0");
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_TRUE);
	lab.log[0] = '\0';
	assert_int_equal(answer("6-lift", "trapped", "no", 300), ENGINE_OK);
	lab_expect(&lab,
		"300 fact 6-lift-1 active-unacknowledged by li\n"
		"300 step 6-lift-1 active-unacknowledged calm:no:open:idle by li (no longer applies)\n"
		"300 step 6-lift-1 active-unacknowledged mechanic:yes:open:idle by li (applies)\n");
	/* Somebody steps in: the worse again, and a person is asked. */
	lab_set(&lab, 400, "lift-trapped=1");
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SENSED_WORSE);
	assert_true(FACT("6-lift", 0)->asked);
	assert_int_equal(STEP("6-lift", 0)->due_ms, 400 + MIN);
	/* The contact does not take that back. */
	lab_set(&lab, 500, "lift-trapped=0");
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_TRUE);
	answer("6-lift", "trapped", "no", 600);
	lab_set(&lab, 700, "lift-trapped=1 lift-trapped=? lift-trapped=1");
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SENSED_WORSE);
	answer("6-lift", "trapped", "no", 800);
	lab_set(&lab, 900, "lift-trapped=? lift-trapped=1"); /* the same state goes on */
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SAID_BETTER);
}

/* By a rule the contact is believed; a report that joins asks, and its end lets it speak again. */
static void test_a_report_joins(void **state)
{
	(void)state;
	lab_set(&lab, 0, "lift-trapped=0 ats-on=1");
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SENSED_BETTER);
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_FALSE);
	assert_int_equal(STEP("6-lift", 1)->applies, TRUTH_TRUE);
	report(6, "lift", 100);
	assert_int_equal(FACT("6-lift", 0)->status, FACT_UNKNOWN);
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_TRUE);
	assert_int_equal(
		order_about(lab.engine, ORDER_OVER, "6-lift", "li", "", 200, &lab.sink), ENGINE_OK);
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SENSED_BETTER);
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_FALSE);
}

/* What saves a life waits for nobody; its question is overdue, and has a call of its own. */
static void test_an_overdue_question(void **state)
{
	(void)state;
	lab_set(&lab, 0, "ats-on=1");
	engine_ack(lab.engine, "6-lift", "li", 0, &lab.sink);
	done("6-lift", "calm", 0);
	lab.log[0] = '\0';
	lab_tick(&lab, 2 * MIN);
	lab_expect(&lab,
		"120000 overdue 6-lift-1 active-acknowledged\n"
		"120000 escalated 6-lift-1 active-acknowledged (level 1 of 2: a question is "
		"not answered)\n");
	assert_true(FACT("6-lift", 0)->overdue);
	lab_tick(&lab, 9 * MIN);
	lab_expect(&lab,
		"420000 reminder 6-lift-1 active-acknowledged\n"
		"540000 escalated 6-lift-1 active-acknowledged (level 2 of 2: a question is "
		"not answered)\n");
	answer("6-lift", "trapped", "yes", 10 * MIN);
	assert_false(FACT("6-lift", 0)->overdue);
	assert_int_equal(FACT("6-lift", 0)->level, 0);
	lab.log[0] = '\0';
	lab_tick(&lab, 60 * MIN);
	lab_expect(&lab, "");
}

/* Case Q4: what nobody was asked about does not press; then the worse side of each is assumed. */
static void test_questions_wait_and_are_assumed(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=?");
	report(14, "f3", 0);
	engine_ack(lab.engine, "14-f3", "li", 0, &lab.sink);
	assert_int_equal(STEP("14-f3", 1)->applies, TRUTH_UNKNOWN);
	assert_int_equal(STEP("14-f3", 1)->due_ms, 0);
	assert_int_equal(STEP("14-f3", 3)->applies, TRUTH_UNKNOWN);
	done("14-f3", "part", 1000);
	lab.log[0] = '\0';
	lab_tick(&lab, 2 * MIN - 1);
	lab_expect(&lab, ""); /* nobody is called for what may not have happened */
	lab_tick(&lab, 2 * MIN);
	lab_expect(&lab,
		"120000 assumed 14-f3-1 active-acknowledged\n"
		"120000 step 14-f3-1 active-acknowledged doctor:yes:open:idle (applies)\n"
		"120000 step 14-f3-1 active-acknowledged lights:yes:open:idle (applies)\n"
		"120000 assumed 14-f3-1 active-acknowledged\n"
		"120000 step 14-f3-1 active-acknowledged search:no:open:idle (no longer applies)\n"
		"120000 step 14-f3-1 active-acknowledged watch:yes:open:idle (applies)\n");
	assert_int_equal(STEP("14-f3", 1)->due_ms, 3 * MIN); /* from the yes */
	assert_false(FACT("14-f3", 0)->asked);
	/* No machine acts upon what was only assumed, until somebody says it. */
	assert_int_equal(STEP("14-f3", 1)->action, ACTION_IDLE);
	assert_int_equal(STEP("14-f3", 2)->action, ACTION_IDLE);
	answer("14-f3", "hurt", "yes", 2 * MIN + 1);
	assert_int_equal(STEP("14-f3", 1)->action, ACTION_AWAITING);
	assert_int_equal(STEP("14-f3", 2)->action, ACTION_AWAITING);
	assert_int_equal(STEP("14-f3", 1)->due_ms, 3 * MIN);
	/* Taken back: the step stays, and its release is refused. */
	answer("14-f3", "hurt", "unknown", 2 * MIN + 2);
	assert_int_equal(FACT("14-f3", 0)->status, FACT_ASSUMED);
	assert_int_equal(
		engine_release(lab.engine, "14-f3", "doctor", "li", 2 * MIN + 3, &lab.sink),
		ENGINE_ASSUMED);
	answer("14-f3", "hurt", "yes", 2 * MIN + 4);
	assert_int_equal(
		engine_release(lab.engine, "14-f3", "doctor", "li", 2 * MIN + 5, &lab.sink),
		ENGINE_OK);
}

/* Case Q5: "all" leaves what nobody was asked about, also where it was assumed. */
static void test_all_leaves_what_was_not_decided(void **state)
{
	(void)state;
	report(14, "f3", 0);
	assert_int_equal(done("14-f3", "all", 10), ENGINE_OK);
	assert_int_equal(STEP("14-f3", 0)->status, STEP_DONE);
	lab_tick(&lab, 2 * MIN);
	assert_int_equal(STEP("14-f3", 1)->applies, TRUTH_TRUE);
	assert_int_equal(done("14-f3", "all", 2 * MIN), ENGINE_NOT_NOW);
	assert_int_equal(STEP("14-f3", 1)->status, STEP_OPEN);
	answer("14-f3", "fled", "no", 2 * MIN);
	assert_int_equal(done("14-f3", "all", 2 * MIN), ENGINE_OK);
	assert_int_equal(STEP("14-f3", 4)->status, STEP_DONE);
	assert_int_equal(STEP("14-f3", 1)->status, STEP_OPEN);
	assert_int_equal(engine_step(lab.engine, "14-f3", "all", STEP_DID_NOT_OCCUR, "wu", "",
				 2 * MIN, &lab.sink),
		ENGINE_NO_STEP);
	assert_int_equal(engine_step(lab.engine, "14-f3", "doctor", STEP_DID_NOT_OCCUR, "wu", "",
				 2 * MIN, &lab.sink),
		ENGINE_OK);
	assert_true(step_accounted(STEP("14-f3", 1)->status));
}

/* It waits for the answer before it closes, but not beyond the question's deadline. */
static void test_closing(void **state)
{
	(void)state;
	report(14, "f3", 0);
	engine_ack(lab.engine, "14-f3", "li", 0, &lab.sink);
	done("14-f3", "part", 0);
	order_about(lab.engine, ORDER_OVER, "14-f3", "li", "", 10, &lab.sink);
	assert_non_null(engine_find(lab.engine, "14-f3"));
	answer("14-f3", "hurt", "no", 20);
	assert_non_null(engine_find(lab.engine, "14-f3"));
	answer("14-f3", "fled", "yes", 30);
	done("14-f3", "search", 40);
	assert_null(engine_find(lab.engine, "14-f3"));
}

/* Case Q6: the supply company says "four hours" at minute 2; and what happens when nobody does. */
static void test_a_fact_that_turns_by_time(void **state)
{
	(void)state;
	lab_set(&lab, 0, "mains-l1=0");
	assert_int_equal(STEP("1-centre", 0)->applies, TRUTH_FALSE);
	assert_int_equal(FACT("1-centre", 0)->due_ms, 20 * MIN);
	answer("1-centre", "long", "no", 2 * MIN);
	assert_int_equal(FACT("1-centre", 0)->due_ms, 22 * MIN); /* anew */
	answer("1-centre", "long", "yes", 3 * MIN);
	assert_int_equal(STEP("1-centre", 0)->applies, TRUTH_TRUE);
	assert_int_equal(STEP("1-centre", 0)->due_ms, 13 * MIN);
	answer("1-centre", "long", "no", 4 * MIN);
	assert_int_equal(STEP("1-centre", 0)->applies, TRUTH_FALSE);
	lab_tick(&lab, 24 * MIN - 1);
	assert_int_equal(STEP("1-centre", 0)->applies, TRUTH_FALSE);
	lab.log[0] = '\0';
	lab_tick(&lab, 24 * MIN);
	lab_expect(&lab,
		"1440000 assumed 1-centre-1 active-unacknowledged\n"
		"1440000 step 1-centre-1 active-unacknowledged by-hand:yes:open:idle (applies)\n");
}

/* It does not last once it is over; and then nothing waits for it. */
static void test_time_runs_while_it_lasts(void **state)
{
	(void)state;
	lab_set(&lab, 0, "mains-l1=0");
	engine_ack(lab.engine, "1-centre", "li", 0, &lab.sink);
	lab_set(&lab, MIN, "mains-l1=230");
	assert_null(engine_find(lab.engine, "1-centre"));
}

/* A re-raise keeps what is the worse, and asks the rest again. */
static void test_raised_again(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1 smoke-1=? smoke-2=? smoke-3=?");
	answer("14-f3", "hurt", "no", 10);
	answer("14-f3", "fled", "no", 20); /* the worse */
	lab_set(&lab, 100, "bypass=0 bypass=1");
	assert_int_equal(FACT("14-f3", 0)->status, FACT_UNKNOWN);
	assert_true(FACT("14-f3", 0)->asked);
	assert_string_equal(FACT("14-f3", 0)->by, "");
	assert_int_equal(FACT("14-f3", 0)->due_ms, 100 + 2 * MIN);
	assert_int_equal(STEP("14-f3", 1)->applies, TRUTH_UNKNOWN);
	assert_int_equal(FACT("14-f3", 1)->status, FACT_SAID_WORSE);
	/* What the sensor says now is new. */
	lab_set(&lab, 200, "smoke-1=0 smoke-2=0 smoke-3=0");
	assert_int_equal(FACT("14-f3", 0)->status, FACT_SENSED_BETTER);
	answer("14-f3", "hurt", "unknown", 300);
	assert_int_equal(FACT("14-f3", 0)->status, FACT_UNKNOWN);
	lab_set(&lab, 400, "smoke-1=? smoke-1=0"); /* the same state goes on */
	assert_int_equal(FACT("14-f3", 0)->status, FACT_UNKNOWN);
	lab_set(&lab, 500, "bypass=0 bypass=1");
	assert_int_equal(FACT("14-f3", 0)->status, FACT_SENSED_BETTER);
}

/* A report brings its answers; all of them must fit before anything is done. */
static void test_report_with_answers(void **state)
{
	struct order order = { .kind = ORDER_REPORT,
		.user = "li",
		.type = 6,
		.zone = "lift",
		.note = "",
		.answers = { { "trapped", "no" }, { "wet", "yes" } },
		.answer_count = 2 };

	(void)state;
	assert_int_equal(engine_order(lab.engine, &order, 0, &lab.sink, NULL), ENGINE_NO_FACT);
	assert_null(engine_find(lab.engine, "6-lift"));
	order.answers[1] = (struct order_answer){ "trapped", "maybe" };
	assert_int_equal(engine_order(lab.engine, &order, 0, &lab.sink, NULL), ENGINE_NO_ANSWER);
	order.answer_count = 1;
	assert_int_equal(engine_order(lab.engine, &order, 0, &lab.sink, NULL), ENGINE_OK);
	assert_int_equal(FACT("6-lift", 0)->status, FACT_SAID_BETTER);
	assert_string_equal(FACT("6-lift", 0)->by, "li");
	assert_int_equal(STEP("6-lift", 0)->applies, TRUTH_FALSE);
	assert_int_equal(answer("6-lift", "wet", "yes", 10), ENGINE_NO_FACT);
	assert_int_equal(answer("6-lift", "trapped", "maybe", 10), ENGINE_NO_ANSWER);
	assert_int_equal(answer("9-lift", "trapped", "no", 10), ENGINE_NO_INCIDENT);
}

/* Deadlines of questions run over a restart: what fell due meanwhile is told once, at the start. */
static void test_restart(void **state)
{
	struct kept_incident kept;
	struct lab next;
	char error[256] = "";

	(void)state;
	report(14, "f3", 0);
	answer("14-f3", "fled", "yes", 10);
	engine_keep(lab.engine, incident("14-f3"), &kept);
	lab_start_plan(&next, &plan, rules, sizeof(rules) / sizeof(rules[0]));
	assert_int_equal(engine_restore(next.engine, &kept, error, sizeof(error)), 0);
	lab_tick(&next, 5 * MIN);
	assert_non_null(strstr(next.log, "300000 assumed 14-f3-1"));
	assert_int_equal(engine_find(next.engine, "14-f3")->facts[0].status, FACT_ASSUMED);
	assert_int_equal(engine_find(next.engine, "14-f3")->facts[1].status, FACT_SAID_BETTER);
	assert_int_equal(engine_find(next.engine, "14-f3")->steps[3].applies, TRUTH_TRUE);
	lab_end(&next);
}

/* In an exercise only people answer. */
static void test_drill(void **state)
{
	(void)state;
	lab_set(&lab, 0, "lift-trapped=1");
	engine_drill(lab.engine, 6, "lift", "li", "", 10, &lab.sink, NULL);
	assert_int_equal(lab.last.facts[0].status, FACT_UNKNOWN);
	assert_true(lab.last.facts[0].asked);
	assert_int_equal(answer("drill-6-lift-1", "trapped", "no", 20), ENGINE_OK);
	assert_int_equal(lab.last.facts[0].status, FACT_SAID_BETTER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_report_outranks_the_contact),
		TEST(test_a_report_joins),
		TEST(test_an_overdue_question),
		TEST(test_questions_wait_and_are_assumed),
		TEST(test_all_leaves_what_was_not_decided),
		TEST(test_closing),
		TEST(test_a_fact_that_turns_by_time),
		TEST(test_time_runs_while_it_lasts),
		TEST(test_raised_again),
		TEST(test_report_with_answers),
		TEST(test_restart),
		TEST(test_drill),
	};

	return cmocka_run_group_tests_name("facts of incidents", tests, NULL, NULL) ? 1 : 0;
}
