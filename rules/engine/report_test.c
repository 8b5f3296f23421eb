/* Incidents that a person reports: alone, beside rules, and how they end. */
#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };

static struct fact leak_facts[] = {
	{ .id = "wet", .worse = true, .deadline_ms = 3600000, .sensor = "any(leak)" },
};

static struct step leak_steps[] = {
	{ .id = "call", .mandatory = true },
	{ .id = "dry", .fact = &leak_facts[0], .action = &cut },
	{ .id = "valve", .action = &cut },
};

static struct incident_type types[] = {
	{ .id = "leak",
		.number = 16,
		.steps = leak_steps,
		.step_count = 3,
		.facts = leak_facts,
		.fact_count = 1 },
	{ .id = "fight", .number = 9, .steps = leak_steps, .step_count = 1 },
	{ .id = "crowd", .number = 10 },
};

static const struct plan plan = { .types = types, .type_count = 3 };

static const struct rule rules[] = {
	{ .id = "leak",
		.type = &types[0],
		.condition = "any(leak)",
		.clear_for_ms = 100,
		.each_zone = true,
		.zone = &building_zones[Z_CENTRE] },
};

static struct lab lab;

static int set_up(void **state)
{
	(void)state;
	lab_start_plan(&lab, &plan, rules, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static enum engine_result report(int number, const char *zone, const char *note, int64_t at_ms)
{
	return engine_report(lab.engine, number, zone, "li", note, at_ms, &lab.sink, NULL);
}

static enum engine_result release(
	const char *incident, const char *step, const char *zone, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_RELEASE,
		.user = "li",
		.note = "",
		.incident = incident,
		.step = step,
		.zone = zone };

	return engine_order(lab.engine, &order, at_ms, &lab.sink, NULL);
}

/* An action says that a report is enough. */
static void test_a_report_may_be_enough(void **state)
{
	static const struct action at_once = {
		.id = "cut", .mode = ACTION_AUTO, .on_report = ON_REPORT_AUTO
	};

	(void)state;
	leak_steps[2].action = &at_once;
	assert_int_equal(report(16, "f3.tea", "", 10), ENGINE_OK);
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED);
	leak_steps[2].action = &cut;
}

static void test_a_life_without_rules(void **state)
{
	const char *id = NULL;

	(void)state;
	assert_int_equal(
		engine_report(lab.engine, 9, "lift", "li", "two men", 1000, &lab.sink, &id),
		ENGINE_OK);
	assert_string_equal(id, "9-lift-1");
	lab_expect(&lab, "1000 raised 9-lift-1 active-unacknowledged by li (two men)\n");
	assert_null(lab.last.causes[0].rule);
	assert_string_equal(lab.last.causes[0].by, "li");
	assert_string_equal(lab.last.causes[0].note, "two men");
	assert_int_equal(lab.last.causes[0].witness_count, 0);
	assert_int_equal(lab.last.steps[0].applies, TRUTH_TRUE);
	assert_int_equal(engine_ack(lab.engine, "9-lift", "wu", 2000, &lab.sink), ENGINE_OK);
	assert_int_equal(engine_step(lab.engine, id, "call", STEP_DONE, "wu", "", 3000, &lab.sink),
		ENGINE_OK);
	lab_tick(&lab, 900000);
	assert_int_equal(engine_return(lab.engine, "9-lift", "wu", 1000000, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "2000 acknowledged 9-lift-1 active-acknowledged by wu\n"
			 "3000 step 9-lift-1 active-acknowledged call:yes:done:idle by wu\n"
			 "1000000 returned 9-lift-1 returned-acknowledged by wu\n"
			 "1000000 closed 9-lift-1 closed by wu\n");
	assert_int_equal(
		engine_return(lab.engine, "9-lift", "wu", 1000001, &lab.sink), ENGINE_NO_INCIDENT);
	assert_int_equal(report(9, "lift", NULL, 1000002), ENGINE_OK);
	lab_expect(&lab, "1000002 raised 9-lift-2 active-unacknowledged by li\n");
}

static void test_what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(report(11, "lift", "", 1), ENGINE_NO_TYPE);
	assert_int_equal(report(9, "attic", "", 1), ENGINE_NO_ZONE);
	assert_string_equal(lab.log, "");
	assert_non_null(engine_result_text(ENGINE_NO_TYPE));
	assert_non_null(engine_result_text(ENGINE_NO_ZONE));
	assert_non_null(engine_result_text(ENGINE_FULL));
}

static void test_a_report_joins_a_rule(void **state)
{
	(void)state;
	lab_set(&lab, 10, "f3-tea-leak-a=1");
	lab.log[0] = '\0';
	assert_int_equal(report(16, "f3.tea", "a puddle", 20), ENGINE_OK);
	lab_expect(&lab, "20 cause 16-f3.tea-1 active-unacknowledged by li (report: a puddle)\n");
	assert_int_equal(lab.last.cause_count, 2);
	/* The rule returns, the person's word stays. */
	lab_set(&lab, 30, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	lab_tick(&lab, 130);
	assert_non_null(
		strstr(lab.log, "130 cause 16-f3.tea-1 active-unacknowledged (leak ended)\n"));
	assert_int_equal(
		engine_still_true(lab.engine, engine_find(lab.engine, "16-f3.tea")), TRUTH_TRUE);
	lab.log[0] = '\0';
	assert_int_equal(engine_return(lab.engine, "16-f3.tea", "li", 200, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "200 returned 16-f3.tea-1 returned-unacknowledged by li\n");
	assert_int_equal(
		engine_return(lab.engine, "16-f3.tea", "li", 201, &lab.sink), ENGINE_NOT_NOW);
	assert_int_equal(report(16, "f3.tea", "again", 210), ENGINE_OK);
	lab_expect(&lab, "210 reraised 16-f3.tea-1 active-unacknowledged by li (again)\n");
}

static void test_a_rule_joins_a_report(void **state)
{
	(void)state;
	assert_int_equal(report(16, "f3.tea", "", 10), ENGINE_OK);
	assert_int_equal(lab.last.steps[1].applies, TRUTH_UNKNOWN);
	assert_int_equal(lab.last.steps[1].action, ACTION_IDLE);
	lab.log[0] = '\0';
	lab_set(&lab, 20, "f3-tea-leak-a=1");
	lab_expect(&lab, "20 fact 16-f3.tea-1 active-unacknowledged\n"
			 "20 step 16-f3.tea-1 active-unacknowledged dry:yes:open:idle (applies)\n"
			 "20 action 16-f3.tea-1 active-unacknowledged dry:yes:open:awaiting\n"
			 "20 cause 16-f3.tea-1 active-unacknowledged (leak began)\n"
			 "20 action 16-f3.tea-1 active-unacknowledged dry:yes:open:wanted (a rule "
			 "calls for it, too)\n"
			 "20 action 16-f3.tea-1 active-unacknowledged valve:yes:open:wanted (a "
			 "rule calls for it, too)\n");
	assert_int_equal(engine_return(lab.engine, "16-f3.tea", "wu", 30, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "30 cause 16-f3.tea-1 active-unacknowledged by wu (report ended)\n");
}

static void test_who_reports_again(void **state)
{
	(void)state;
	assert_int_equal(report(9, "f2", "noise", 10), ENGINE_OK);
	lab.log[0] = '\0';
	assert_int_equal(engine_report(lab.engine, 9, "f2", "wu", "a knife", 20, &lab.sink, NULL),
		ENGINE_OK);
	lab_expect(&lab, "20 cause 9-f2-1 active-unacknowledged by wu (report: a knife)\n");
	assert_int_equal(lab.last.cause_count, 1);
	assert_int_equal(lab.last.causes[0].since_ms, 10);
	assert_string_equal(lab.last.causes[0].by, "wu");
	assert_int_equal(engine_return(lab.engine, "9-f2", "li", 30, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "30 returned 9-f2-1 returned-unacknowledged by li\n");
}

/* The program had given its action up while the leak dried; a person says that it is wet. */
static void test_a_report_brings_actions_back(void **state)
{
	(void)state;
	lab_set(&lab, 10, "f3-tea-leak-a=1 f3-tea-leak-b=0");
	lab_set(&lab, 20, "f3-tea-leak-a=0");
	assert_int_equal(engine_action(lab.engine, "16-f3.tea", 2, ACTION_OVERTAKEN, "facilityd",
				 "", 25, &lab.sink),
		ENGINE_OK);
	lab.log[0] = '\0';
	assert_int_equal(report(16, "f3.tea", "", 30), ENGINE_OK);
	lab_expect(&lab, "30 cause 16-f3.tea-1 active-unacknowledged by li (report)\n"
			 "30 action 16-f3.tea-1 active-unacknowledged valve:yes:open:wanted by li "
			 "(true again)\n");
}

/* Q2: a release says where, and only there it acts, until a rule says that it is everywhere. */
static void test_a_wide_report_asks_for_the_place(void **state)
{
	static const struct rule wide = { .id = "leak",
		.type = &types[0],
		.condition = "any(leak)",
		.zone = &building_zones[Z_CENTRE] };
	static const struct action dark = {
		.id = "cut", .mode = ACTION_AUTO, .class = &building_classes[C_LEAK]
	};
	static const struct action released = {
		.id = "cut", .mode = ACTION_CONFIRM, .class = &building_classes[C_LEAK]
	};
	const struct step_state *valve = &lab.last.steps[2];

	(void)state;
	lab_end(&lab);
	leak_steps[2].action = &dark;
	building_points[3].writable = building_points[1].writable = true;
	lab_start_plan(&lab, &plan, &wide, 1);
	assert_int_equal(report(16, "centre", "the roof", 10), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(release("16-centre", "valve", NULL, 20), ENGINE_WHICH_PLACE);
	assert_int_equal(release("16-centre", "valve", "attic", 20), ENGINE_NO_ZONE);
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(release("16-centre", "valve", "f3.tea", 30), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_WANTED);
	assert_int_equal(valve->released.count, 1);
	assert_ptr_equal(
		incident_scope(&building, &lab.last, 2).zones[0], &building_zones[Z_F3_TEA]);
	engine_action(lab.engine, "16-centre", 2, ACTION_DONE, "facilityd", "", 40, &lab.sink);
	lab_set(&lab, 50, "f2-leak=1");
	assert_int_equal(valve->action, ACTION_WANTED);
	assert_int_equal(valve->released.count, 0);
	/* What a rule has waiting in a wide zone, as a fire panel's alarm, is asked for it, too. */
	lab_end(&lab);
	leak_steps[2].action = &released;
	lab_start_plan(&lab, &plan, &wide, 1);
	lab_set(&lab, 10, "f2-leak=1");
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(release("16-centre", "valve", NULL, 20), ENGINE_WHICH_PLACE);
	assert_int_equal(release("16-centre", "valve", "f3.tea", 30), ENGINE_OK);
	building_points[3].writable = building_points[1].writable = false;
	leak_steps[2].action = &cut;
}

/* A leak that wets two rooms is cut in both, one after the other. */
static void test_a_release_adds_a_room(void **state)
{
	static const struct action dark = {
		.id = "cut", .mode = ACTION_AUTO, .class = &building_classes[C_LEAK]
	};
	const struct step_state *valve = &lab.last.steps[2];
	const char *const id = "16-centre", *const step = "valve";

	(void)state;
	leak_steps[2].action = &dark;
	for (size_t i = 0; i < 3; i++)
		building_points[building_point("f2-leak") + i].writable = true;
	report(16, "centre", "the roof", 10);
	assert_int_equal(release(id, step, "f3.tea", 20), ENGINE_OK);
	/* While it is under way, too; what is in one of them is so already. */
	assert_int_equal(release(id, step, "f3.tea", 21), ENGINE_NOT_NOW);
	assert_int_equal(release(id, step, "f2.tea", 22), ENGINE_OK);
	assert_non_null(strstr(lab.log, "22 action 16-centre-1 active-unacknowledged "
					"valve:yes:open:wanted by li (released: f2.tea)"));
	engine_action(lab.engine, id, 2, ACTION_DONE, "facilityd", "", 30, &lab.sink);
	assert_int_equal(valve->status, STEP_DONE);
	assert_int_equal(release(id, step, NULL, 31), ENGINE_NOT_NOW);
	assert_int_equal(release(id, step, "f2.tea", 31), ENGINE_NOT_NOW);
	assert_int_equal(release(id, step, "lift", 31), ENGINE_NO_PLACE); /* has none to cut */
	assert_int_equal(valve->status, STEP_DONE);
	/* Done again is what is done in all of them. */
	assert_int_equal(release(id, step, "f2", 40), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_WANTED);
	assert_int_equal(valve->action_ms, 40);
	assert_int_equal(valve->status, STEP_OPEN);
	assert_int_equal(valve->released.count, 2);
	assert_ptr_equal(valve->released.zones[0], &building_zones[Z_F3_TEA]);
	assert_ptr_equal(valve->released.zones[1], &building_zones[Z_F2]);
	/* What has failed is ordered again where it was, and another room beside it. */
	engine_action(lab.engine, id, 2, ACTION_FAILED, "facilityd", "", 50, &lab.sink);
	assert_int_equal(release(id, step, NULL, 60), ENGINE_OK);
	assert_int_equal(valve->released.count, 2);
	/* Not what a person has given up, nor what is over. */
	engine_action(lab.engine, id, 2, ACTION_DONE, "facilityd", "", 70, &lab.sink);
	engine_step(lab.engine, id, step, STEP_SKIPPED, "li", "dry", 71, &lab.sink);
	assert_int_equal(release(id, step, "centre", 72), ENGINE_NOT_NOW);
	engine_step(lab.engine, id, step, STEP_OPEN, "li", "", 73, &lab.sink);
	assert_int_equal(valve->action, ACTION_DONE);
	order_about(lab.engine, ORDER_OVER, id, "li", "", 74, &lab.sink);
	assert_int_equal(release(id, step, "centre", 75), ENGINE_NOT_NOW);
	for (size_t i = 0; i < 3; i++)
		building_points[building_point("f2-leak") + i].writable = false;
	leak_steps[2].action = &cut;
}

static enum engine_result release_as(const char *user, bool second, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_RELEASE,
		.user = user,
		.incident = "16-f3.tea",
		.step = "valve",
		.second = second,
		.note = "" };

	return engine_order(lab.engine, &order, at_ms, &lab.sink, NULL);
}

/* A release by two persons: the second sees the first, within 5 minutes, of the same raise. */
static void test_a_release_takes_two_persons(void **state)
{
	static const struct action by_two = {
		.id = "cut", .mode = ACTION_CONFIRM, .released_by = 2
	};
	const struct step_state *valve = &lab.last.steps[2];

	(void)state;
	lab_end(&lab);
	leak_steps[2].action = &by_two;
	lab_start_plan(&lab, &plan, rules, 1);
	lab_set(&lab, 10, "f3-tea-leak-a=1");
	assert_int_equal(valve->action, ACTION_AWAITING);
	lab.log[0] = '\0';
	assert_int_equal(release_as("li", false, 100), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_non_null(strstr(lab.log, "released by the first of two"));
	/* Not twice the same, whatever he says; nor another whom nobody knows as the second. */
	assert_int_equal(release_as("li", true, 200), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(release_as("wu", false, 300), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_AWAITING);
	/* Too late: it counts as the first again. */
	assert_int_equal(release_as("li", true, 301 + FIRST_RELEASE_MS), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(release_as("wu", true, 301 + 2 * FIRST_RELEASE_MS), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_WANTED);
	assert_string_equal(lab.last.first_release.by, "");
	leak_steps[2].action = &cut;
}

/* By two: of two devices, or of one and a person; while only one says so, a person may release it.
 */
static void test_an_action_asks_for_two(void **state)
{
	static const struct action by_two = { .id = "cut", .mode = ACTION_AUTO, .confirmed_by = 2 };
	static const struct device modules[2] = { { .id = "a" }, { .id = "b" } };
	const struct step_state *valve = &lab.last.steps[2];
	struct point *a = &building_points[building_point("f3-tea-leak-a")], *b = a + 1;

	(void)state;
	lab_end(&lab);
	leak_steps[2].action = &by_two;
	a->device = b->device = &modules[0];
	lab_start_plan(&lab, &plan, rules, 1);
	lab_set(&lab, 10, "f3-tea-leak-a=1 f3-tea-leak-b=1");
	assert_int_equal(valve->action, ACTION_AWAITING); /* one module that errs errs twice */
	b->device = &modules[1];
	lab_set(&lab, 20, "f3-tea-leak-b=?");
	assert_int_equal(valve->action, ACTION_AWAITING);
	lab_set(&lab, 30, "f3-tea-leak-b=1");
	assert_int_equal(valve->action, ACTION_WANTED);
	lab_end(&lab);
	lab_start_plan(&lab, &plan, rules, 1);
	lab_set(&lab, 10, "f3-tea-leak-a=1 f3-tea-leak-b=0");
	assert_int_equal(valve->action, ACTION_AWAITING);
	assert_int_equal(report(16, "f3.tea", "a puddle", 20), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_WANTED);
	lab_end(&lab);
	lab_start_plan(&lab, &plan, rules, 1);
	lab_set(&lab, 10, "f3-tea-leak-a=1 f3-tea-leak-b=0");
	assert_int_equal(release("16-f3.tea", "valve", NULL, 20), ENGINE_OK);
	assert_int_equal(valve->action, ACTION_WANTED);
	a->device = b->device = NULL;
	leak_steps[2].action = &cut;
}

/* What a rule had the machine do stays so when only a person still says that it is true. */
static void test_a_report_takes_nothing_back(void **state)
{
	(void)state;
	lab_set(&lab, 10, "f3-tea-leak-a=1 f3-tea-leak-b=0");
	engine_action(lab.engine, "16-f3.tea", 2, ACTION_DONE, "facilityd", "", 20, &lab.sink);
	lab_set(&lab, 30, "f3-tea-leak-a=0");
	lab_tick(&lab, 200);
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_UNACKED);
	assert_int_equal(report(16, "f3.tea", "wet again", 210), ENGINE_OK);
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(lab.last.steps[2].action, ACTION_DONE);
	assert_int_equal(lab.last.steps[2].status, STEP_DONE);
}

/* The whole plan in every zone, without a rule: 64 at once, and those of rules always. */
static void test_no_more_than_it_holds(void **state)
{
	static struct incident_type many[40];
	static const struct plan large = { .types = many, .type_count = 40 };
	struct rule rule = rules[0];
	unsigned open = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		many[i] = (struct incident_type){ .id = "many", .number = i + 1 };
	rule.type = &many[0];
	lab_end(&lab);
	lab_start_plan(&lab, &large, &rule, 1);
	for (int number = 2; number <= 40; number++)
		for (size_t z = 0; z < ZONE_COUNT; z++, lab.log[0] = '\0')
			open += report(number, building_zones[z].id, "", 1) == ENGINE_OK;
	assert_int_equal(open, 64);
	assert_int_equal(report(40, "f3", "", 2), ENGINE_FULL);
	assert_int_equal(report(1, "f2", "", 2), ENGINE_OK);
	lab.log[0] = '\0';
	lab_set(&lab, 3, "f3-tea-leak-a=1");
	lab_expect(&lab, "3 raised 1-f3.tea-1u active-unacknowledged\n");
	assert_int_equal(engine_ack(lab.engine, "2-f2", "li", 4, &lab.sink), ENGINE_OK);
	assert_int_equal(engine_return(lab.engine, "2-f2", "li", 4, &lab.sink), ENGINE_OK);
	assert_int_equal(report(40, "f3", "", 5), ENGINE_OK);
	for (size_t i = 1; engine_incident(lab.engine, i); i++)
		assert_true(engine_incident(lab.engine, i)->raised_ms >=
			    engine_incident(lab.engine, i - 1)->raised_ms);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_life_without_rules),
		TEST(test_what_is_not_there),
		TEST(test_a_report_joins_a_rule),
		TEST(test_a_rule_joins_a_report),
		TEST(test_who_reports_again),
		TEST(test_a_report_brings_actions_back),
		TEST(test_a_report_may_be_enough),
		TEST(test_a_wide_report_asks_for_the_place),
		TEST(test_a_release_adds_a_room),
		TEST(test_a_release_takes_two_persons),
		TEST(test_an_action_asks_for_two),
		TEST(test_a_report_takes_nothing_back),
		TEST(test_no_more_than_it_holds),
	};

	return cmocka_run_group_tests_name("engine report", tests, building_setup, NULL) ? 1 : 0;
}
