/* Steps, actions, commands and the end of an incident. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };
static const struct action say = { .id = "say", .mode = ACTION_ADVISE };

/* clang-format off */
static struct step fire_steps[] = {
	{ .id = "report", .mandatory = true },
	{ .id = "cut", .mandatory = true, .action = &cut },
	{ .id = "aftermath" },
};
static struct fact lift_facts[] = {
	{ .id = "trapped", .worse = true, .deadline_ms = 3600000, .sensor = "any(lift.trapped)" },
};
static struct step lift_steps[] = {
	{ .id = "free", .mandatory = true, .fact = &lift_facts[0], .action = &ask },
	{ .id = "notices", .mandatory = true, .fact = &lift_facts[0], .fact_negated = true },
};
static struct step mode_steps[] = {
	{ .id = "advise", .action = &say },
	{ .id = "confirm", .action = &ask },
	{ .id = "auto", .action = &cut },
	{ .id = "elsewhere", .mandatory = true, .fact = &lift_facts[0], .action = &cut },
};

static struct incident_type fire = { .id = "fire", .number = 3, .steps = fire_steps, .step_count = 3 };
static struct incident_type lift = { .id = "lift", .number = 6, .steps = lift_steps, .step_count = 2,
	.facts = lift_facts, .fact_count = 1 };
static struct incident_type mode = { .id = "mode", .number = 9, .steps = mode_steps, .step_count = 4,
	.facts = lift_facts, .fact_count = 1 };

static const struct rule rules[] = {
	{ .id = "smoke", .type = &fire, .condition = "smoke-1", .clear_for_ms = 1000,
		.zone = &building_zones[Z_F3] },
	{ .id = "stop", .type = &lift, .condition = "ats-on", .zone = &building_zones[Z_LIFT] },
	{ .id = "any", .type = &mode, .condition = "bypass", .clear_for_ms = 1000,
		.zone = &building_zones[Z_F2] },
};

/* clang-format on */

static struct lab lab;

static int lab_setup(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start(&lab, rules, sizeof(rules) / sizeof(rules[0]));
	return 0;
}

static int lab_teardown(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static enum engine_result step(const char *id, const char *step_id, enum step_status status,
	const char *note, int64_t at_ms)
{
	return engine_step(lab.engine, id, step_id, status, "wang", note, at_ms, &lab.sink);
}

static enum engine_result act(const char *id, int index, enum action_state state, int64_t at_ms)
{
	return engine_action(lab.engine, id, index, state, "facilityd", "", at_ms, &lab.sink);
}

static enum engine_result ack(const char *id, int64_t at_ms)
{
	return engine_ack(lab.engine, id, "li", at_ms, &lab.sink);
}

static enum engine_result answer(const char *id, const char *says, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_ANSWER,
		.user = "wang",
		.incident = id,
		.fact = "trapped",
		.answer = says,
		.note = "" };

	return engine_order(lab.engine, &order, at_ms, &lab.sink, NULL);
}

static void test_steps_keep_it_open(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
	assert_int_equal(act("3-f3", 1, ACTION_DONE, 100), ENGINE_OK);
	assert_string_equal(lab.last.steps[1].by, "facilityd");
	assert_int_equal(ack("3-f3", 200), ENGINE_OK);
	lab_set(&lab, 1000, "smoke-1=0");
	lab_tick(&lab, 2000);
	lab_expect(&lab, "0 raised 3-f3-1 active-unacknowledged\n"
			 "100 action 3-f3-1 active-unacknowledged cut:yes:open:done\n"
			 "100 step 3-f3-1 active-unacknowledged cut:yes:done:done\n"
			 "200 acknowledged 3-f3-1 active-acknowledged by li\n"
			 "2000 returned 3-f3-1 returned-acknowledged\n");
	assert_int_equal(step("3-f3", "report", STEP_DONE, NULL, 3000), ENGINE_OK);
	lab_expect(&lab, "3000 step 3-f3-1 returned-acknowledged report:yes:done:idle by wang\n"
			 "3000 closed 3-f3-1 closed by wang\n");
	assert_int_equal(lab.last.closed_ms, 3000);
	assert_int_equal(lab.last.steps[0].status_ms, 3000);
	assert_int_equal(step("3-f3", "report", STEP_DONE, NULL, 3001), ENGINE_NO_INCIDENT);
}

/* Whatever comes last closes it. */
static void test_acknowledged_last(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	act("3-f3", 1, ACTION_DONE, 10);
	step("3-f3", "all", STEP_DONE, NULL, 20);
	lab_set(&lab, 100, "smoke-1=0");
	lab_tick(&lab, 1100);
	lab.log[0] = '\0';
	assert_int_equal(ack("3-f3-1", 2000), ENGINE_OK);
	lab_expect(&lab, "2000 acknowledged 3-f3-1 returned-acknowledged by li\n"
			 "2000 closed 3-f3-1 closed by li\n");
	assert_string_equal(lab.last.acked_by, "li");
}

static void test_a_write_under_way_keeps_it_open(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	step("9-f2", "elsewhere", STEP_SKIPPED, "no lift here", 1);
	ack("9-f2", 2);
	lab_set(&lab, 100, "bypass=0");
	lab_tick(&lab, 1100);
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_ACKED);
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED);
	act("9-f2", 2, ACTION_FAILED, 1200);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
}

static void test_skipping(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	lab.log[0] = '\0';
	assert_int_equal(step("3-f3", "report", STEP_SKIPPED, NULL, 1), ENGINE_NO_REASON);
	assert_int_equal(step("3-f3", "report", STEP_SKIPPED, "", 1), ENGINE_NO_REASON);
	assert_int_equal(step("3-f3", "report", STEP_SKIPPED, " \t\n", 1), ENGINE_NO_REASON);
	assert_int_equal(step("3-f3", "all", STEP_SKIPPED, "", 1), ENGINE_NO_REASON);
	assert_int_equal(step("3-f3", "reprot", STEP_DONE, "", 1), ENGINE_NO_STEP);
	assert_int_equal(step("3-f3-9", "report", STEP_DONE, "", 1), ENGINE_NO_INCIDENT);
	lab_expect(&lab, "");
	assert_int_equal(
		step("3-f3", "report", STEP_SKIPPED, "a drill of the heads", 2), ENGINE_OK);
	assert_int_equal(step("3-f3", "report", STEP_SKIPPED, "again", 3), ENGINE_NOT_NOW);
	lab_expect(&lab, "2 step 3-f3-1 active-unacknowledged report:yes:skipped:idle by wang "
			 "(a drill of the heads)\n");
	/* A mistake can be mended. */
	assert_int_equal(step("3-f3", "report", STEP_DONE, NULL, 4), ENGINE_OK);
	assert_int_equal(step("3-f3", "report", STEP_OPEN, NULL, 5), ENGINE_OK);
	assert_int_equal(step("3-f3", "all", STEP_DONE, NULL, 6), ENGINE_OK);
	assert_int_equal(step("3-f3", "all", STEP_DONE, NULL, 7), ENGINE_NOT_NOW);
}

static void test_a_persons_skip_is_kept(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	step("3-f3", "cut", STEP_SKIPPED, "operating theatre", 1);
	assert_int_equal(lab.last.steps[1].action, ACTION_OVERTAKEN);
	lab_set(&lab, 1, "smoke-1=0");
	lab_set(&lab, 1, "smoke-1=1"); /* true again: not even so */
	assert_int_equal(engine_incident(lab.engine, 0)->steps[1].action, ACTION_OVERTAKEN);
	/* It was on its way. */
	act("3-f3", 1, ACTION_DONE, 2);
	assert_int_equal(lab.last.steps[1].action, ACTION_DONE);
	assert_int_equal(lab.last.steps[1].status, STEP_SKIPPED);
	assert_string_equal(lab.last.steps[1].by, "wang");
	lab_set(&lab, 10, "smoke-1=0");
	lab_tick(&lab, 1010);
	lab_set(&lab, 2000, "smoke-1=1");
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(lab.last.steps[1].action, ACTION_DONE); /* not begun anew */
	assert_int_equal(lab.last.steps[1].status, STEP_SKIPPED);
}

/* M3: skipped by mistake; what the machine does of it begins, what waited for a release waits. */
static void test_a_reopened_step_has_its_action_back(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	step("9-f2", "confirm", STEP_SKIPPED, "oh", 1);
	step("9-f2", "auto", STEP_SKIPPED, "oh", 1);
	assert_int_equal(lab.last.steps[1].action, ACTION_OVERTAKEN);
	lab.log[0] = '\0';
	step("9-f2", "confirm", STEP_OPEN, NULL, 2);
	step("9-f2", "auto", STEP_OPEN, NULL, 3);
	lab_expect(&lab,
		"2 step 9-f2-1 active-unacknowledged confirm:yes:open:overtaken by wang\n"
		"2 action 9-f2-1 active-unacknowledged confirm:yes:open:awaiting by wang "
		"(reopened)\n"
		"3 step 9-f2-1 active-unacknowledged auto:yes:open:overtaken by wang\n"
		"3 action 9-f2-1 active-unacknowledged auto:yes:open:wanted by wang (reopened)\n");
	/* Done, put back, skipped; and true again all the while. */
	act("9-f2", 2, ACTION_DONE, 4);
	act("9-f2", 2, ACTION_RESTORED, 5);
	step("9-f2", "auto", STEP_SKIPPED, "oh", 6);
	step("9-f2", "auto", STEP_OPEN, NULL, 7);
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED);
}

/* Within its clear_for nothing begins; true again it does. */
static void test_a_reopened_step_of_what_is_over(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	step("9-f2", "auto", STEP_SKIPPED, "oh", 1);
	lab_set(&lab, 100, "bypass=0");
	step("9-f2", "auto", STEP_OPEN, NULL, 200);
	assert_int_equal(lab.last.steps[2].action, ACTION_OVERTAKEN);
	lab_set(&lab, 300, "bypass=1");
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED);
}

static void test_reraise_begins_actions_anew(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	act("3-f3", 1, ACTION_DONE, 1);
	step("3-f3", "report", STEP_DONE, NULL, 2);
	lab_set(&lab, 10, "smoke-1=0");
	lab_tick(&lab, 1010);
	lab_set(&lab, 2000, "smoke-1=1");
	assert_int_equal(lab.last.steps[0].status, STEP_DONE);
	assert_string_equal(lab.last.steps[0].by, "wang");
	assert_int_equal(lab.last.steps[1].status, STEP_OPEN);
	assert_string_equal(lab.last.steps[1].by, "");
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
}

static void test_modes(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_ADVISED);
	assert_int_equal(lab.last.steps[1].action, ACTION_AWAITING);
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED);
	/* No lift in this zone: unknown, so not by machine, but for a person to say. */
	assert_int_equal(lab.last.steps[3].applies, TRUTH_UNKNOWN);
	assert_int_equal(lab.last.steps[3].action, ACTION_IDLE);
	lab.log[0] = '\0';
	assert_int_equal(
		engine_release(lab.engine, "9-f2", "advise", "li", 1, &lab.sink), ENGINE_NOT_NOW);
	assert_int_equal(
		engine_release(lab.engine, "9-f2", "auto", "li", 1, &lab.sink), ENGINE_NOT_NOW);
	assert_int_equal(
		engine_release(lab.engine, "9-f2", "nothing", "li", 1, &lab.sink), ENGINE_NO_STEP);
	assert_int_equal(engine_release(lab.engine, "9-f3", "confirm", "li", 1, &lab.sink),
		ENGINE_NO_INCIDENT);
	assert_int_equal(
		engine_release(lab.engine, "9-f2", "confirm", "li", 1, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "1 action 9-f2-1 active-unacknowledged confirm:yes:open:wanted by li "
			 "(released)\n");
}

static void test_return_overtakes_what_awaits(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	lab_set(&lab, 10, "bypass=0");
	lab_tick(&lab, 1010);
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_UNACKED);
	assert_int_equal(lab.last.steps[0].action, ACTION_ADVISED);
	assert_int_equal(lab.last.steps[1].action, ACTION_OVERTAKEN);
	assert_int_equal(lab.last.steps[2].action, ACTION_WANTED); /* its report will come */
	assert_int_equal(engine_release(lab.engine, "9-f2", "confirm", "li", 1100, &lab.sink),
		ENGINE_NOT_NOW);
	lab_set(&lab, 2000, "bypass=1");
	assert_int_equal(lab.last.steps[1].action, ACTION_AWAITING);
}

/* Dry for a moment, and the write was given up; wet again before that counted as returned. */
static void test_an_overtaken_action_begins_again(void **state)
{
	(void)state;
	lab_set(&lab, 0, "smoke-1=1");
	lab_set(&lab, 100, "smoke-1=0");
	act("3-f3", 1, ACTION_OVERTAKEN, 150);
	lab.log[0] = '\0';
	lab_set(&lab, 180, "smoke-1=?");
	lab_set(&lab, 200, "smoke-1=1");
	lab_expect(
		&lab, "200 action 3-f3-1 active-unacknowledged cut:yes:open:wanted (true again)\n");
	assert_int_equal(lab.last.steps[1].action_ms, 200);
	act("3-f3", 1, ACTION_DONE, 300);
	lab_set(&lab, 400, "smoke-1=0");
	act("3-f3", 1, ACTION_RESTORED, 450);
	assert_int_equal(lab.last.steps[1].status, STEP_DONE);
	lab_set(&lab, 500, "smoke-1=1");
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
	assert_int_equal(lab.last.steps[1].status, STEP_OPEN);
}

static void test_reports_of_actions(void **state)
{
	(void)state;
	lab_set(&lab, 0, "bypass=1");
	lab.log[0] = '\0';
	assert_int_equal(act("9-f2", 0, ACTION_DONE, 1), ENGINE_NOT_NOW); /* only advised */
	assert_int_equal(act("9-f2", 1, ACTION_DONE, 1), ENGINE_NOT_NOW); /* not released */
	assert_int_equal(act("9-f2", 3, ACTION_DONE, 1), ENGINE_NOT_NOW);
	assert_int_equal(act("9-f2", -1, ACTION_DONE, 1), ENGINE_NO_STEP);
	assert_int_equal(act("9-f2", 4, ACTION_DONE, 1), ENGINE_NO_STEP);
	assert_int_equal(act("9-f2", 2, ACTION_WANTED, 1), ENGINE_NOT_NOW);
	assert_int_equal(act("8-f2", 2, ACTION_DONE, 1), ENGINE_NO_INCIDENT);
	lab_expect(&lab, "");
	assert_int_equal(act("9-f2", 2, ACTION_FAILED, 2), ENGINE_OK);
	assert_int_equal(lab.last.steps[2].status, STEP_OPEN);
	assert_int_equal(act("9-f2", 2, ACTION_DONE, 3), ENGINE_OK); /* confirmed late */
	assert_int_equal(lab.last.steps[2].status, STEP_DONE);
	assert_int_equal(act("9-f2", 2, ACTION_DONE, 4), ENGINE_NOT_NOW);
	assert_int_equal(act("9-f2", 2, ACTION_RESTORED, 5), ENGINE_OK);
}

/* A trapped passenger and an empty lift are two procedures. */
static void test_what_depends_on_a_fact(void **state)
{
	(void)state;
	lab_set(&lab, 0, "ats-on=1");
	assert_int_equal(lab.last.steps[0].applies, TRUTH_UNKNOWN);
	assert_int_equal(lab.last.steps[1].applies, TRUTH_UNKNOWN);
	assert_int_equal(lab.last.steps[0].action, ACTION_IDLE);
	lab.log[0] = '\0';
	lab_set(&lab, 10, "lift-trapped=1");
	lab_expect(&lab, "10 fact 6-lift-1 active-unacknowledged\n"
			 "10 step 6-lift-1 active-unacknowledged free:yes:open:idle (applies)\n"
			 "10 action 6-lift-1 active-unacknowledged free:yes:open:awaiting\n"
			 "10 step 6-lift-1 active-unacknowledged notices:no:open:idle "
			 "(no longer applies)\n");
	assert_int_equal(lab.last.steps[0].action_ms, 10);
	lab_set(&lab, 20, "lift-trapped=?"); /* what was known holds */
	lab_expect(&lab, "");
	assert_int_equal(answer("6-lift", "no", 30), ENGINE_OK);
	lab_expect(&lab,
		"30 fact 6-lift-1 active-unacknowledged by wang\n"
		"30 step 6-lift-1 active-unacknowledged free:no:open:idle by wang "
		"(no longer applies)\n"
		"30 step 6-lift-1 active-unacknowledged notices:yes:open:idle by wang (applies)\n");
	assert_int_equal(lab.last.steps[0].action_ms, 30);
	/* "all" leaves alone what needs nothing. */
	assert_int_equal(step("6-lift", "all", STEP_DONE, NULL, 40), ENGINE_OK);
	lab_expect(&lab, "40 step 6-lift-1 active-unacknowledged notices:yes:done:idle by wang\n");
	ack("6-lift", 50);
	lab_set(&lab, 60, "ats-on=0");
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
}

/* A returned incident waits for a step that ceases to apply: then it closes. */
static void test_ceasing_to_apply_closes(void **state)
{
	(void)state;
	lab_set(&lab, 0, "lift-trapped=1 ats-on=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	step("6-lift", "notices", STEP_DONE, NULL, 1);
	ack("6-lift", 2);
	lab_set(&lab, 10, "ats-on=0");
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_ACKED);
	assert_int_equal(lab.last.steps[0].action, ACTION_OVERTAKEN);
	assert_int_equal(answer("6-lift", "no", 20), ENGINE_OK);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
}

/* Nothing begins by machine when the incident is over. */
static void test_beginning_to_apply_after_the_return(void **state)
{
	(void)state;
	lab_set(&lab, 0, "lift-trapped=0 ats-on=1");
	lab_set(&lab, 10, "ats-on=0");
	lab_set(&lab, 20, "lift-trapped=1");
	assert_int_equal(lab.last.steps[0].applies, TRUTH_TRUE);
	assert_int_equal(lab.last.steps[0].action, ACTION_IDLE);
	lab_set(&lab, 30, "ats-on=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
}

static void test_long_texts_are_cut_whole(void **state)
{
	char user[100] = "", note[600] = "";

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(user, "李");
	for (int i = 0; i < 150; i++)
		strcat(note, "水");
	lab_set(&lab, 0, "smoke-1=1");
	assert_int_equal(
		engine_step(lab.engine, "3-f3", "report", STEP_SKIPPED, user, note, 1, &lab.sink),
		ENGINE_OK);
	assert_int_equal(strlen(lab.last.steps[0].by), USER_MAX / 3 * 3);
	assert_int_equal(strlen(lab.last.steps[0].note), NOTE_MAX / 3 * 3);
	assert_int_equal(engine_ack(lab.engine, "3-f3", user, 2, &lab.sink), ENGINE_OK);
	assert_int_equal(strlen(lab.last.acked_by), USER_MAX / 3 * 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_steps_keep_it_open),
		TEST(test_acknowledged_last),
		TEST(test_a_write_under_way_keeps_it_open),
		TEST(test_skipping),
		TEST(test_a_persons_skip_is_kept),
		TEST(test_reraise_begins_actions_anew),
		TEST(test_modes),
		TEST(test_return_overtakes_what_awaits),
		TEST(test_an_overtaken_action_begins_again),
		TEST(test_a_reopened_step_has_its_action_back),
		TEST(test_a_reopened_step_of_what_is_over),
		TEST(test_reports_of_actions),
		TEST(test_what_depends_on_a_fact),
		TEST(test_ceasing_to_apply_closes),
		TEST(test_beginning_to_apply_after_the_return),
		TEST(test_long_texts_are_cut_whole),
	};

	return cmocka_run_group_tests_name("engine steps", tests, NULL, NULL) ? 1 : 0;
}
