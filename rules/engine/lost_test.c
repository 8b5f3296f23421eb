/* An action that failed, and one that was proved and is so no more: the step, and who is called. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };

/* clang-format off */
static struct step steps[] = {
	{ .id = "cut", .mandatory = true, .action = &cut, .deadline_ms = 5000 },
};
static struct incident_type types[] = {
	{ .id = "pump", .number = 8, .steps = steps, .step_count = 1 },
};
static const struct plan plan = { .types = types, .type_count = 1,
	.chain = { { .after_ms = 400 }, { .after_ms = 900 } }, .chain_count = 2 };
static const struct rule rules[] = {
	{ .id = "pump", .type = &types[0], .condition = "bypass", .clear_for_ms = 100,
		.zone = &building_zones[Z_F2] },
};
/* clang-format on */

static struct lab lab;

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, rules, 1);
	lab_set(&lab, 1000, "bypass=1");
	engine_ack(lab.engine, "8-f2", "li", 1010, &lab.sink);
	lab.log[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void act(enum action_state state, const char *note, int64_t at_ms)
{
	assert_int_equal(
		engine_action(lab.engine, "8-f2", 0, state, "facilityd", note, at_ms, &lab.sink),
		ENGINE_OK);
}

/* Each failing to act has its own call, from the first level, until its own reason is over. */
static void test_a_failed_action_calls(void **state)
{
	(void)state;
	act(ACTION_FAILED, "", 1020);
	lab_expect(&lab,
		"1020 action 8-f2-1 active-acknowledged cut:yes:open:failed\n"
		"1020 escalated 8-f2-1 active-acknowledged cut:yes:open:failed (level 1 of 2: an "
		"action has failed)\n");
	lab_tick(&lab, 1520);
	lab_expect(&lab, "1520 escalated 8-f2-1 active-acknowledged cut:yes:open:failed (level 2 "
			 "of 2: an action has failed)\n");
	/* Proved late. */
	act(ACTION_DONE, "", 1600);
	lab_tick(&lab, 9000);
	assert_null(strstr(lab.log, "escalated"));
}

static void test_lost_is_open_again(void **state)
{
	(void)state;
	act(ACTION_DONE, "", 1020);
	assert_int_equal(lab.last.steps[0].status, STEP_DONE);
	lab.log[0] = '\0';
	act(ACTION_LOST, "f2-pump: switched", 60000);
	lab_expect(&lab,
		"60000 lost-feedback 8-f2-1 active-acknowledged cut:yes:open:lost (f2-pump: "
		"switched)\n"
		"60000 escalated 8-f2-1 active-acknowledged cut:yes:open:lost (level 1 of 2: an "
		"action has failed)\n");
	/* It has its whole time again. */
	assert_int_equal(lab.last.steps[0].due_ms, 65000);
	assert_string_equal(lab.last.steps[0].by, "");
	lab_tick(&lab, 60500);
	assert_non_null(strstr(lab.log, "level 2 of 2"));
	act(ACTION_DONE, "", 60600);
	assert_int_equal(lab.last.steps[0].status, STEP_DONE);
	/* A new loss is a new call. */
	lab.log[0] = '\0';
	act(ACTION_LOST, "", 70000);
	assert_non_null(strstr(lab.log, "level 1 of 2"));
	/* Of another output: told, and the call goes on. */
	lab.log[0] = '\0';
	act(ACTION_LOST, "f2-fan: switched", 70100);
	lab_expect(&lab, "70100 lost-feedback 8-f2-1 active-acknowledged cut:yes:open:lost "
			 "(f2-fan: switched)\n");
}

static void test_what_a_person_did_is_open_again_too(void **state)
{
	(void)state;
	engine_step(lab.engine, "8-f2", "cut", STEP_DONE, "li", "", 1015, &lab.sink);
	act(ACTION_DONE, "", 1020);
	act(ACTION_LOST, "", 2000);
	assert_int_equal(lab.last.steps[0].status, STEP_OPEN);
}

/* Not known is not over. */
static void test_unknown_opens_it(void **state)
{
	(void)state;
	act(ACTION_DONE, "", 1020);
	lab_set(&lab, 1100, "bypass=?");
	act(ACTION_LOST, "", 2000);
	assert_int_equal(lab.last.steps[0].status, STEP_OPEN);
}

static void test_over_it_opens_nothing(void **state)
{
	(void)state;
	engine_step(lab.engine, "8-f2", "cut", STEP_ACCEPTED, "li", "", 1012, &lab.sink);
	act(ACTION_DONE, "", 1020);
	lab_set(&lab, 1100, "bypass=0"); /* within its clear_for */
	lab.log[0] = '\0';
	act(ACTION_LOST, "", 1110);
	lab_expect(&lab, "1110 lost-feedback 8-f2-1 active-acknowledged cut:yes:done:lost\n");
}

static void test_handed_over_it_opens_nothing(void **state)
{
	(void)state;
	act(ACTION_DONE, "", 1020);
	assert_int_equal(engine_order(lab.engine,
				 &(struct order){ .kind = ORDER_HAND_OVER,
					 .incident = "8-f2",
					 .user = "li",
					 .to = "fire brigade" },
				 1100, &lab.sink, NULL),
		ENGINE_OK);
	lab.log[0] = '\0';
	act(ACTION_LOST, "", 1200);
	lab_expect(&lab, "1200 lost-feedback 8-f2-1 handed-over cut:yes:done:lost\n");
}

static enum engine_result release(int64_t at_ms)
{
	return engine_order(lab.engine,
		&(struct order){
			.kind = ORDER_RELEASE, .incident = "8-f2", .user = "li", .step = "cut" },
		at_ms, &lab.sink, NULL);
}

/* M2: of an automatic action, too. */
static void test_a_person_orders_it_again(void **state)
{
	(void)state;
	assert_int_equal(release(1015), ENGINE_NOT_NOW); /* it is being done */
	act(ACTION_FAILED, "", 1020);
	assert_int_equal(release(1030), ENGINE_OK);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
	assert_non_null(strstr(lab.log, "cut:yes:open:wanted by li (released)"));
	act(ACTION_DONE, "", 1040);
	assert_int_equal(release(1050), ENGINE_NOT_NOW);
	act(ACTION_LOST, "", 1060);
	assert_int_equal(release(1070), ENGINE_OK);
	act(ACTION_FAILED, "", 1080);
	lab_set(&lab, 1100, "bypass=0");
	lab_tick(&lab, 1300);
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_ACKED);
	assert_int_equal(release(1310), ENGINE_NOT_NOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_failed_action_calls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_person_orders_it_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lost_is_open_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_a_person_did_is_open_again_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown_opens_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_over_it_opens_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_handed_over_it_opens_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("engine lost", tests, NULL, NULL) ? 1 : 0;
}
