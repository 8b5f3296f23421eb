/* What a person ends, and no sensor: latches, and causes that nobody can see any more. */
#include "rules/engine/engine.h"

#include "rules/engine/keep.h"
#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };

/* clang-format off */
static struct step steps[] = {
	{ .id = "call", .mandatory = true },
	{ .id = "cut", .action = &cut },
	{ .id = "ask", .action = &ask },
};
static struct incident_type types[] = {
	{ .id = "fire", .number = 3, .steps = steps, .step_count = 3 },
	{ .id = "leak", .number = 16, .steps = steps, .step_count = 2 },
	{ .id = "hot", .number = 19, .steps = steps, .step_count = 1 },
};
static const struct plan plan = { .types = types, .type_count = 3 };

static const struct rule rules[] = {
	{ .id = "smoke", .type = &types[0], .condition = "any(smoke)", .for_ms = 20, .latch = true,
		.zone = &building_zones[Z_F3] },
	{ .id = "wet", .type = &types[1], .condition = "any(leak)", .for_ms = 30, .clear_for_ms = 10,
		.each_zone = true, .zone = &building_zones[Z_CENTRE] },
	{ .id = "hot", .type = &types[2], .condition = "t-a > 40 °C", .clear_when = "t-a < 30 °C",
		.zone = &building_zones[Z_F2] },
	{ .id = "damp", .type = &types[2], .condition = "rh > 90 %", .zone = &building_zones[Z_F2] },
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
	lab_frame(&lab, 0, "smoke-1=0 smoke-2=0 smoke-3=0 f2-leak=0 f2-tea-leak=0 t-a=20 rh=50");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static enum engine_result reset(const char *id, const char *why, int64_t at_ms)
{
	return order_about(lab.engine, ORDER_RESET, id, "chen", why, at_ms, &lab.sink);
}

static enum engine_result over(const char *id, const char *why, int64_t at_ms)
{
	return order_about(lab.engine, ORDER_OVER, id, "li", why, at_ms, &lab.sink);
}

/* A fire that a detector saw at 100. */
static void burn(void)
{
	lab_set(&lab, 80, "smoke-1=1");
	lab_tick(&lab, 100);
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	lab.log[0] = '\0';
}

/* A leak whose sensor saw it at 100 and is dead since 200. */
static void drown(void)
{
	lab_set(&lab, 70, "f2-tea-leak=1");
	lab_tick(&lab, 100);
	assert_string_equal(lab.last.id, "16-f2.tea-1");
	lab_set(&lab, 200, "f2-tea-leak=?");
	lab.log[0] = '\0';
}

/* Q7: the detector burns away, or its contact opens: the fire is not out, the release stands. */
static void test_a_latch_holds(void **state)
{
	static const char *const sees[] = { "smoke-1=?", "smoke-1=0", "smoke-1=?", "smoke-1=1",
		"smoke-1=0" };
	const struct incident *incident;

	(void)state;
	burn();
	for (int i = 0; i < 5; i++) {
		lab_set(&lab, 200 + i * 100000, sees[i]);
		lab_tick(&lab, 299 + i * 100000);
		incident = engine_find(lab.engine, "3-f3");
		assert_int_equal(incident->state, INCIDENT_ACTIVE_UNACKED);
		assert_int_equal(incident->steps[2].action, ACTION_AWAITING);
		assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_TRUE);
	}
	lab_expect(&lab, "");
}

static void test_reset_of_a_latch(void **state)
{
	(void)state;
	burn();
	assert_int_equal(reset("3-f3", "out", 200), ENGINE_STILL_TRUE);
	assert_int_equal(reset("3-f3", " ", 200), ENGINE_NO_REASON);
	assert_int_equal(reset("3-f9", "out", 200), ENGINE_NO_INCIDENT);
	lab_set(&lab, 300, "smoke-1=0");
	lab_expect(&lab, "");
	assert_int_equal(reset("3-f3", "it is out", 400), ENGINE_OK);
	lab_expect(&lab, "400 reset 3-f3-1 active-unacknowledged by chen (it is out)\n"
			 "400 returned 3-f3-1 returned-unacknowledged by chen\n");
	assert_int_equal(
		engine_still_true(lab.engine, engine_find(lab.engine, "3-f3")), TRUTH_FALSE);
	assert_int_equal(reset("3-f3", "it is out", 410), ENGINE_NOT_NOW);
	/* It was seen to be over: what comes now is new, and has the rule's delay. */
	lab_set(&lab, 500, "smoke-1=1");
	lab_expect(&lab, "");
	lab_tick(&lab, 520);
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(lab.last.causes[0].since_ms, 520);
}

/* Two detectors: one is known to be on still. */
static void test_not_while_any_is_true(void **state)
{
	(void)state;
	burn();
	lab_set(&lab, 110, "smoke-2=1 smoke-1=?");
	assert_int_equal(reset("3-f3", "out", 200), ENGINE_STILL_TRUE);
	assert_int_equal(over("3-f3", "out", 200), ENGINE_STILL_TRUE);
	lab_set(&lab, 300, "smoke-2=0");
	assert_int_equal(reset("3-f3", "out", 310), ENGINE_OK);
}

/* Q3: a leak sensor is wet, cuts its circuit, and dies. */
static void test_a_dead_sensor(void **state)
{
	struct order order = { .kind = ORDER_OVER,
		.user = "an",
		.incident = "16-f2.tea",
		.note = "dry",
		.report_only = true };

	(void)state;
	drown();
	lab_tick(&lab, 100000);
	assert_int_equal(engine_find(lab.engine, "16-f2.tea")->state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(over("16-f2.tea", "", 100000), ENGINE_NOT_NOW);
	/* Nor by one who may not reset it: he ends reports. */
	assert_int_equal(engine_order(lab.engine, &order, 100050, &lab.sink, NULL), ENGINE_NOT_NOW);
	assert_int_equal(over("16-f2.tea", "I was there: dry", 100100), ENGINE_OK);
	lab_expect(&lab, "100100 reset 16-f2.tea-1 active-unacknowledged by li (I was there: dry)\n"
			 "100100 returned 16-f2.tea-1 returned-unacknowledged by li\n");
	assert_int_equal(
		engine_still_true(lab.engine, engine_find(lab.engine, "16-f2.tea")), TRUTH_FALSE);
	/* Void at the next reading that shows it, and not later. */
	lab_set(&lab, 100200, "f2-tea-leak=1");
	lab_expect(&lab, "100200 reraised 16-f2.tea-1 active-unacknowledged\n");
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
}

/* What it shows first is that it is over: the rule is as ever then. */
static void test_a_dead_sensor_that_comes_back_dry(void **state)
{
	(void)state;
	drown();
	assert_int_equal(reset("16-f2.tea", "dry", 300), ENGINE_OK);
	lab_set(&lab, 400, "f2-tea-leak=0");
	lab_set(&lab, 500, "f2-tea-leak=1");
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_UNACKED);
	lab_tick(&lab, 530);
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
}

/* Closed meanwhile: another incident, at once. */
static void test_void_after_it_was_closed(void **state)
{
	(void)state;
	drown();
	engine_action(lab.engine, "16-f2.tea", 1, ACTION_DONE, "facilityd", "", 210, &lab.sink);
	engine_ack(lab.engine, "16-f2.tea", "li", 220, &lab.sink);
	engine_step(lab.engine, "16-f2.tea", "call", STEP_DONE, "li", "", 230, &lab.sink);
	reset("16-f2.tea", "dry", 300);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
	lab.log[0] = '\0';
	lab_set(&lab, 400, "f2-tea-leak=1");
	lab_expect(&lab, "400 raised 16-f2.tea-2 active-unacknowledged\n");
}

/* What a rule will end by itself needs nobody. */
static void test_what_ends_by_itself(void **state)
{
	(void)state;
	lab_set(&lab, 70, "f2-tea-leak=1");
	lab_tick(&lab, 100);
	lab_set(&lab, 200, "f2-tea-leak=0"); /* clear_for runs */
	assert_int_equal(reset("16-f2.tea", "dry", 201), ENGINE_NOT_NOW);
	assert_int_equal(over("16-f2.tea", "dry", 201), ENGINE_NOT_NOW);
	lab_tick(&lab, 210);
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_UNACKED);
	/* Between its limits it is not over. */
	lab_set(&lab, 300, "t-a=50");
	lab_set(&lab, 310, "t-a=35");
	assert_int_equal(reset("19-f2", "cold", 320), ENGINE_STILL_TRUE);
	/* Of two causes one cannot be seen, and the other is seen: nothing ends. */
	lab_set(&lab, 330, "rh=95");
	lab_set(&lab, 340, "t-a=?");
	assert_int_equal(reset("19-f2", "cold", 350), ENGINE_STILL_TRUE);
	lab_set(&lab, 360, "rh=50");
	lab.log[0] = '\0';
	assert_int_equal(reset("19-f2", "cold", 370), ENGINE_OK);
	lab_expect(&lab, "370 reset 19-f2-2 active-unacknowledged by chen (cold)\n"
			 "370 returned 19-f2-2 returned-unacknowledged by chen\n");
}

/* The report ends by any word of a person; what readings show stays. */
static void test_over_beside_a_rule(void **state)
{
	(void)state;
	burn();
	engine_report(lab.engine, 3, "f3", "wu", "flames", 110, &lab.sink, NULL);
	lab.log[0] = '\0';
	assert_int_equal(reset("3-f3", "out", 120), ENGINE_STILL_TRUE);
	assert_int_equal(over("3-f3", "out", 130), ENGINE_OK);
	lab_expect(&lab, "130 cause 3-f3-1 active-unacknowledged by li (report ended)\n");
	engine_report(lab.engine, 3, "f3", "wu", "flames", 140, &lab.sink, NULL);
	lab_set(&lab, 150, "smoke-1=0");
	lab.log[0] = '\0';
	assert_int_equal(over("3-f3", "", 160), ENGINE_OK); /* no reason: the latch stays */
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_UNACKED);
	engine_report(lab.engine, 3, "f3", "wu", "flames", 170, &lab.sink, NULL);
	lab.log[0] = '\0';
	assert_int_equal(over("3-f3", "out", 180), ENGINE_OK);
	lab_expect(&lab, "180 reset 3-f3-1 active-unacknowledged by li (out)\n"
			 "180 cause 3-f3-1 active-unacknowledged by li (smoke ended)\n"
			 "180 returned 3-f3-1 returned-unacknowledged by li\n");
	/* A reset leaves the report. */
	engine_report(lab.engine, 3, "f3", "wu", "flames", 190, &lab.sink, NULL);
	assert_int_equal(reset("3-f3", "out", 200), ENGINE_NOT_NOW);
}

/* The other engine, after a restart. */
static void restart(const char *id)
{
	struct kept_incident kept;
	struct lab next;
	char error[128] = "";

	engine_keep(lab.engine, engine_find(lab.engine, id), &kept);
	start(&next);
	assert_int_equal(engine_restore(next.engine, &kept, error, sizeof(error)), 0);
	lab_end(&lab);
	lab = next;
}

static void test_a_latch_over_a_restart(void **state)
{
	(void)state;
	burn();
	lab_set(&lab, 150, "smoke-1=0");
	restart("3-f3");
	lab_frame(&lab, 1000, "smoke-1=0 smoke-2=0 smoke-3=0");
	lab_tick(&lab, 100000);
	assert_int_equal(engine_find(lab.engine, "3-f3")->state, INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(reset("3-f3", "out", 100001), ENGINE_OK);
}

/* It is void after a restart too, and after a reload. */
static void test_a_dead_sensor_over_a_restart(void **state)
{
	(void)state;
	drown();
	over("16-f2.tea", "dry", 300);
	restart("16-f2.tea");
	lab_set(&lab, 1000, "f2-tea-leak=1");
	lab_expect(&lab, "1000 reraised 16-f2.tea-1 active-unacknowledged\n");
}

static void test_a_dead_sensor_over_a_reload(void **state)
{
	struct lab next;
	char error[128] = "";

	(void)state;
	drown();
	over("16-f2.tea", "dry", 300);
	start(&next);
	assert_int_equal(engine_adopt(next.engine, lab.engine, error, sizeof(error)), 0);
	lab_end(&lab);
	lab = next;
	lab_set(&lab, 1000, "f2-tea-leak=1");
	lab_expect(&lab, "1000 reraised 16-f2.tea-1 active-unacknowledged\n");
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_a_latch_holds),
		IN_LAB(test_reset_of_a_latch),
		IN_LAB(test_not_while_any_is_true),
		IN_LAB(test_a_dead_sensor),
		IN_LAB(test_a_dead_sensor_that_comes_back_dry),
		IN_LAB(test_void_after_it_was_closed),
		IN_LAB(test_what_ends_by_itself),
		IN_LAB(test_over_beside_a_rule),
		IN_LAB(test_a_latch_over_a_restart),
		IN_LAB(test_a_dead_sensor_over_a_restart),
		IN_LAB(test_a_dead_sensor_over_a_reload),
	};

	return cmocka_run_group_tests_name("engine latch", tests, NULL, NULL) ? 1 : 0;
}
