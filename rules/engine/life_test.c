/* What puts an incident aside: the shelf, another incident, maintenance, another department. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };

/* clang-format off */
static struct step power_steps[] = { { .id = "report", .mandatory = true } };
static struct step chill_steps[] = { { .id = "repair", .mandatory = true } };
static struct step leak_steps[] = {
	{ .id = "cut", .mandatory = true, .action = &cut },
	{ .id = "ask", .action = &ask },
};
static struct incident_type types[] = {
	{ .id = "power", .number = 1, .steps = power_steps, .step_count = 1 },
	{ .id = "chill", .number = 19, .steps = chill_steps, .step_count = 1 },
	{ .id = "leak", .number = 16, .steps = leak_steps, .step_count = 2 },
};
static const struct plan plan = { .types = types, .type_count = 3 };

static const struct rule rules[] = {
	{ .id = "mains", .type = &types[0], .condition = "ats-on", .zone = &building_zones[Z_CENTRE] },
	{ .id = "warm", .type = &types[1], .condition = "bypass", .zone = &building_zones[Z_F2],
		.suppressed_by = { &types[0] }, .suppressor_count = 1, .unsuppress_after_ms = 50 },
	{ .id = "hot", .type = &types[1], .condition = "t-a > 40 °C",
		.zone = &building_zones[Z_F2] },
	{ .id = "wet", .type = &types[2], .condition = "any(leak)", .clear_for_ms = 10, .each_zone = true,
		.zone = &building_zones[Z_CENTRE], .chatter_max = 2, .chatter_within_ms = 1000 },
};
/* clang-format on */

enum { HOUR = 3600 * 1000 };

static struct lab lab;

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, rules, sizeof(rules) / sizeof(rules[0]));
	lab_set(&lab, 0,
		"ats-on=0 bypass=0 f2-leak=0 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=0");
	lab_expect(&lab, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void shelve(const char *id, int64_t for_ms, int64_t at_ms, enum engine_result expected)
{
	assert_int_equal(
		engine_shelve(lab.engine, id, for_ms, "li", "noise", at_ms, &lab.sink), expected);
}

/* Its time is up: unacknowledged. A person takes it back: acknowledged. */
static void test_shelf(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1");
	lab_expect(&lab, "100 raised 1-centre-1 active-unacknowledged\n");
	shelve("1-centre", SHELF_MIN_MS - 1, 200, ENGINE_BAD_TIME);
	shelve("1-centre", SHELF_MAX_MS + (int64_t)SHELF_MIN_MS, 200, ENGINE_BAD_TIME);
	assert_int_equal(engine_shelve(lab.engine, "1-centre", HOUR, "li", " ", 200, &lab.sink),
		ENGINE_NO_REASON);
	shelve("1-f2", HOUR, 200, ENGINE_NO_INCIDENT);
	lab_expect(&lab, "");
	shelve("1-centre", HOUR, 200, ENGINE_OK);
	lab_expect(&lab, "200 shelved 1-centre-1 shelved-active by li (noise)\n");
	assert_string_equal(lab.last.hold.by, "li");
	assert_int_equal(engine_deadline(lab.engine), 200 + HOUR);
	lab_set(&lab, 300, "ats-on=0");
	lab_expect(&lab, "300 returned 1-centre-1 shelved-returned\n");
	lab_set(&lab, 400, "ats-on=1");
	lab_expect(&lab, "400 cause 1-centre-1 shelved-active (mains began)\n");
	lab_tick(&lab, 200 + HOUR - 1);
	lab_expect(&lab, "");
	lab_tick(&lab, 200 + HOUR);
	lab_expect(&lab, "3600200 unshelved 1-centre-1 active-unacknowledged (its time is up)\n");
	shelve("1-centre", HOUR, 2 * HOUR, ENGINE_OK);
	shelve("1-centre", 2 * HOUR, 2 * HOUR + 1, ENGINE_OK); /* longer */
	assert_int_equal(engine_deadline(lab.engine), 4 * HOUR + 1);
	assert_int_equal(
		engine_unshelve(lab.engine, "1-centre", "wu", 2 * HOUR + 2, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "7200000 shelved 1-centre-1 shelved-active by li (noise)\n"
			 "7200001 shelved 1-centre-1 shelved-active by li (noise)\n"
			 "7200002 unshelved 1-centre-1 active-acknowledged by wu\n");
	assert_string_equal(lab.last.acked_by, "wu");
	assert_int_equal(lab.last.hold.at_ms, 0);
	assert_int_equal(engine_unshelve(lab.engine, "1-centre", "wu", 2 * HOUR + 3, &lab.sink),
		ENGINE_NOT_NOW);
}

/* A shelf silences people; it does not stop the machine. */
static void test_the_shelf_does_not_stop_the_machine(void **state)
{
	(void)state;
	lab_set(&lab, 100, "f2-leak=1");
	engine_action(lab.engine, "16-f2", 0, ACTION_DONE, "facilityd", "", 110, &lab.sink);
	shelve("16-f2", HOUR, 120, ENGINE_OK);
	lab_set(&lab, 200, "f2-leak=0");
	lab_tick(&lab, 300);
	assert_int_equal(lab.last.state, INCIDENT_SHELVED_RETURNED);
	lab_set(&lab, 400, "f2-leak=1");
	assert_int_equal(lab.last.state, INCIDENT_SHELVED_ACTIVE);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
	assert_int_equal(lab.last.steps[0].status, STEP_OPEN);
}

/* A person sees more than a rule. */
static void test_a_report_comes_through(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1 bypass=1");
	lab_expect(&lab, "100 raised 1-centre-1 active-unacknowledged\n"
			 "100 suppressed 19-f2-2 suppressed-active (1-centre-1)\n");
	engine_report(lab.engine, 19, "f2", "li", "it drips", 200, &lab.sink, NULL);
	lab_expect(&lab, "200 raised 19-f2-2 active-unacknowledged by li (it drips)\n");
	shelve("1-centre", HOUR, 300, ENGINE_OK);
	engine_report(lab.engine, 1, "centre", "wu", "all dark", 400, &lab.sink, NULL);
	lab_expect(&lab, "300 shelved 1-centre-1 shelved-active by li (noise)\n"
			 "400 reraised 1-centre-1 active-unacknowledged by wu (all dark)\n");
}

static void test_explained_and_over_before_anybody_was_told(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1");
	lab_set(&lab, 200, "bypass=1");
	lab_set(&lab, 300, "bypass=0");
	lab_expect(&lab, "100 raised 1-centre-1 active-unacknowledged\n"
			 "200 suppressed 19-f2-2 suppressed-active (1-centre-1)\n"
			 "300 returned 19-f2-2 suppressed-returned\n"
			 "300 closed 19-f2-2 closed (nobody was told)\n");
}

/* What is still true when its cause has gone is raised, after the time that machines need. */
static void test_explained_and_still_true_afterwards(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1");
	lab_set(&lab, 200, "bypass=1");
	lab_set(&lab, 300, "ats-on=0");
	lab_set(&lab, 310, "ats-on=1"); /* a flicker begins it anew */
	lab_set(&lab, 400, "ats-on=0");
	assert_int_equal(engine_deadline(lab.engine), 450);
	lab.log[0] = '\0';
	lab_tick(&lab, 449);
	lab_expect(&lab, "");
	lab_tick(&lab, 450);
	lab_expect(&lab, "450 raised 19-f2-2 active-unacknowledged\n");
	assert_int_equal(lab.last.raised_ms, 450);
	assert_string_equal(lab.last.suppressor, "");
}

/* It was known before its cause was: it comes back as returned, its recovery is not lost. */
static void test_known_then_explained_then_over(void **state)
{
	(void)state;
	lab_set(&lab, 100, "bypass=1");
	lab_set(&lab, 200, "ats-on=1");
	lab_set(&lab, 300, "bypass=0");
	lab_set(&lab, 400, "ats-on=0");
	lab_tick(&lab, 500);
	lab_expect(&lab, "100 raised 19-f2-1 active-unacknowledged\n"
			 "200 raised 1-centre-2 active-unacknowledged\n"
			 "200 suppressed 19-f2-1 suppressed-active (1-centre-2)\n"
			 "300 returned 19-f2-1 suppressed-returned\n"
			 "400 returned 1-centre-2 returned-unacknowledged\n"
			 "450 unsuppressed 19-f2-1 returned-unacknowledged\n");
}

/* A second cause that nothing explains does not wait for the first one's: a person in a lift. */
static void test_a_cause_that_nothing_explains(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1 bypass=1");
	lab.log[0] = '\0';
	lab_set(&lab, 300, "t-a=41");
	lab_expect(&lab, "300 cause 19-f2-2 suppressed-active (hot began)\n"
			 "300 raised 19-f2-2 active-unacknowledged\n");
}

static void test_who_is_at_it_goes_on(void **state)
{
	(void)state;
	lab_set(&lab, 100, "bypass=1");
	engine_ack(lab.engine, "19-f2", "li", 150, &lab.sink);
	lab.log[0] = '\0';
	lab_set(&lab, 200, "ats-on=1");
	lab_expect(&lab, "200 raised 1-centre-2 active-unacknowledged\n");
}

static enum engine_result hand_over(const char *id, const char *to, int64_t at_ms)
{
	return engine_hand_over(lab.engine, id, to, "wu", "file 7", at_ms, &lab.sink);
}

static void test_hand_over(void **state)
{
	(void)state;
	lab_set(&lab, 100, "ats-on=1");
	lab.log[0] = '\0';
	assert_int_equal(hand_over("1-centre", "", 200), ENGINE_NO_REASON);
	assert_int_equal(hand_over("1-centre", "the grid", 200), ENGINE_OK);
	assert_int_equal(hand_over("1-centre", "the grid", 210), ENGINE_NOT_NOW);
	assert_string_equal(lab.last.hold.to, "the grid");
	assert_int_equal(engine_ack(lab.engine, "1-centre", "li", 220, &lab.sink), ENGINE_NOT_NOW);
	lab_set(&lab, 300, "ats-on=0");
	lab_expect(&lab, "200 handed-over 1-centre-1 handed-over by wu (the grid)\n"
			 "300 returned 1-centre-1 handed-over\n"
			 "300 closed 1-centre-1 closed\n");
	/* What a person reported is over with it; while the machine is at it, nobody hands it over.
	 */
	engine_report(lab.engine, 16, "f3", "li", "a flood", 400, &lab.sink, NULL);
	engine_release(lab.engine, "16-f3", "cut", "li", 405, &lab.sink);
	assert_int_equal(hand_over("16-f3", "the plumber", 410), ENGINE_BUSY);
	engine_action(lab.engine, "16-f3", 0, ACTION_DONE, "facilityd", "", 420, &lab.sink);
	lab.log[0] = '\0';
	assert_int_equal(hand_over("16-f3", "the plumber", 430), ENGINE_OK);
	lab_expect(&lab, "430 handed-over 16-f3-2 handed-over by wu (the plumber)\n"
			 "430 returned 16-f3-2 handed-over by wu\n"
			 "430 closed 16-f3-2 closed by wu\n");
}

/* Chatter stays one incident that is true for too long. */
static void test_chatter(void **state)
{
	struct chatter chatter;

	(void)state;
	for (int i = 0; i < 3; i++) {
		lab_set(&lab, 5100 + 100 * i, "f3-tea-leak-a=1");
		assert_int_equal(engine_chatter(lab.engine, 0, &chatter), i == 2);
		lab_set(&lab, 5120 + 100 * i, "f3-tea-leak-a=0");
		lab_tick(&lab, 5150 + 100 * i);
	}
	assert_string_equal(chatter.rule->id, "wet");
	assert_string_equal(chatter.zone->id, "f3.tea");
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	assert_true(lab.last.causes[0].chattering);
	assert_non_null(
		strstr(lab.log, "5300 chatter 16-f3.tea-1 active-unacknowledged (wet: 3 times"));
	lab.log[0] = '\0';
	lab_set(&lab, 5400, "f3-tea-leak-a=1"); /* held: it is the same raise */
	lab_set(&lab, 5420, "f3-tea-leak-a=0");
	lab_tick(&lab, 6419);
	assert_null(strstr(lab.log, "returned"));
	lab_tick(&lab, 6420);
	assert_non_null(strstr(lab.log, "6420 returned 16-f3.tea-1 returned-unacknowledged\n"));
	assert_false(engine_chatter(lab.engine, 0, &chatter));
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_shelf),
		IN_LAB(test_the_shelf_does_not_stop_the_machine),
		IN_LAB(test_a_report_comes_through),
		IN_LAB(test_explained_and_over_before_anybody_was_told),
		IN_LAB(test_explained_and_still_true_afterwards),
		IN_LAB(test_known_then_explained_then_over),
		IN_LAB(test_a_cause_that_nothing_explains),
		IN_LAB(test_who_is_at_it_goes_on),
		IN_LAB(test_hand_over),
		IN_LAB(test_chatter),
	};

	return cmocka_run_group_tests_name("engine life", tests, NULL, NULL) ? 1 : 0;
}
