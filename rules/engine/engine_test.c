/* Rules: delays, hysteresis, zones, causes, unknown, time. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static struct incident_type leak_type = { .id = "leak", .number = 16 };
static struct incident_type water_type = { .id = "water-loss", .number = 2 };
static struct incident_type fire_type = { .id = "fire", .number = 3 };

static const struct rule leak_rule = {
	.id = "wet",
	.type = &leak_type,
	.condition = "any(leak)",
	.for_ms = 2000,
	.clear_for_ms = 5000,
	.each_zone = true,
	.zone = &building_zones[Z_CENTRE],
};

static const struct rule water_rule = {
	.id = "pressure-low",
	.type = &water_type,
	.condition = "f2-water < 1 bar",
	.clear_when = "f2-water > 1.5 bar",
	.for_ms = 1000,
	.clear_for_ms = 3000,
	.zone = &building_zones[Z_F2],
};

static const struct rule fire_rules[] = {
	{
		.id = "smoke",
		.type = &fire_type,
		.condition = "count(smoke) >= 2",
		.zone = &building_zones[Z_F3],
	},
	{
		.id = "hot",
		.type = &fire_type,
		.condition = "t-a > 60 °C",
		.zone = &building_zones[Z_F3],
	},
};

static void test_for_and_clear_for(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	lab_set(&lab, 1000, "f2-leak=0");
	assert_true(engine_deadline(lab.engine) == INT64_MAX);
	lab_set(&lab, 2000, "f2-leak=1");
	assert_int_equal(engine_deadline(lab.engine), 4000);
	lab_tick(&lab, 3999);
	lab_expect(&lab, "");
	lab_tick(&lab, 4000);
	lab_expect(&lab, "4000 raised 16-f2-1 active-unacknowledged\n");
	assert_true(engine_deadline(lab.engine) == INT64_MAX);
	lab_set(&lab, 10000, "f2-leak=0");
	assert_int_equal(engine_deadline(lab.engine), 15000);
	lab_set(&lab, 14000, "f2-leak=1"); /* wet again before it was over */
	assert_true(engine_deadline(lab.engine) == INT64_MAX);
	lab_set(&lab, 20000, "f2-leak=0");
	lab_tick(&lab, 25000);
	lab_expect(&lab, "25000 returned 16-f2-1 returned-unacknowledged\n");
	assert_int_equal(engine_ack(lab.engine, "16-f2-1", "li", 26000, &lab.sink), ENGINE_OK);
	lab_expect(&lab, "26000 acknowledged 16-f2-1 returned-acknowledged by li\n"
			 "26000 closed 16-f2-1 closed by li\n");
	assert_null(engine_incident(lab.engine, 0));
	lab_end(&lab);
}

/* However late the loop is: a delay that ended before the next reading has ended in time. */
static void test_late_ticks_change_nothing(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	lab_set(&lab, 0, "f2-leak=1 f2-tea-leak=0");
	lab_set(&lab, 1000, "f2-tea-leak=1");
	lab_set(&lab, 9500, "f2-leak=0 f2-tea-leak=0");
	lab_expect(&lab, "2000 raised 16-f2-1 active-unacknowledged\n"
			 "3000 raised 16-f2.tea-2 active-unacknowledged\n");
	lab_tick(&lab, 60000);
	lab_expect(&lab, "14500 returned 16-f2-1 returned-unacknowledged\n"
			 "14500 returned 16-f2.tea-2 returned-unacknowledged\n");
	lab_end(&lab);
}

static void test_chatter_does_not_raise(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	for (int64_t t = 0; t < 100000; t += 1000)
		lab_set(&lab, t, t / 1000 % 2 ? "f2-leak=0" : "f2-leak=1");
	lab_expect(&lab, "");
	/* Nor does it return while it chatters. */
	lab_set(&lab, 100000, "f2-leak=1");
	lab_tick(&lab, 102000);
	lab_expect(&lab, "102000 raised 16-f2-1 active-unacknowledged\n");
	for (int64_t t = 103000; t < 200000; t += 1000)
		lab_set(&lab, t, t / 1000 % 2 ? "f2-leak=0" : "f2-leak=1");
	lab_expect(&lab, "");
	lab_end(&lab);
}

static void test_hysteresis(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &water_rule, 1);
	lab_set(&lab, 0, "f2-water=0.9");
	lab_tick(&lab, 1000);
	lab_expect(&lab, "1000 raised 2-f2-1 active-unacknowledged\n");
	lab_set(&lab, 2000, "f2-water=1.2"); /* between the limits */
	lab_tick(&lab, 100000);
	lab_expect(&lab, "");
	lab_set(&lab, 100000, "f2-water=1.6");
	lab_set(&lab, 102000, "f2-water=1.4"); /* too early: anew */
	lab_set(&lab, 103000, "f2-water=1.6");
	lab_tick(&lab, 105999);
	lab_expect(&lab, "");
	lab_tick(&lab, 106000);
	lab_expect(&lab, "106000 returned 2-f2-1 returned-unacknowledged\n");
	lab_set(&lab, 107000, "f2-water=1.2"); /* not low enough to raise */
	lab_tick(&lab, 200000);
	lab_expect(&lab, "");
	lab_end(&lab);
}

/* A reading that does not matter to the condition may matter to clear_when. */
static void test_clear_when_looks_at_its_own(void **state)
{
	struct rule rule = water_rule;
	struct lab lab;

	(void)state;
	rule.condition = "any(leak) or f2-water < 1 bar";
	rule.clear_when = "all(not leak) and f2-water > 2 bar";
	rule.zone = &building_zones[Z_CENTRE];
	lab_start(&lab, &rule, 1);
	lab_set(&lab, 0, "f2-leak=0 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=0 f2-water=0.5");
	lab_set(&lab, 2000, "f2-water=1.5");
	lab_tick(&lab, 10000);
	lab_expect(&lab, "1000 raised 2-centre-1 active-unacknowledged\n");
	lab_set(&lab, 20000, "f2-water=3");
	lab_tick(&lab, 30000);
	lab_expect(&lab, "23000 returned 2-centre-1 returned-unacknowledged\n");
	lab_set(&lab, 40000, "f3-tea-leak-a=1");
	lab_tick(&lab, 50000);
	lab_expect(&lab, "41000 reraised 2-centre-1 active-unacknowledged\n");
	lab_end(&lab);
}

static void test_condition_beats_clear_when(void **state)
{
	struct rule rule = water_rule;
	struct lab lab;

	(void)state;
	rule.clear_when = "f2-water < 5 bar"; /* true together with the condition */
	lab_start(&lab, &rule, 1);
	lab_set(&lab, 0, "f2-water=0.5");
	lab_tick(&lab, 100000);
	lab_expect(&lab, "1000 raised 2-f2-1 active-unacknowledged\n");
	lab_end(&lab);
}

/* Neither does a clear_when that is true while the condition itself is not known. */
static void test_unknown_condition_does_not_clear(void **state)
{
	struct rule rule = water_rule;
	struct lab lab;

	(void)state;
	rule.clear_when = "f3-water > 1 bar";
	lab_start(&lab, &rule, 1);
	lab_set(&lab, 0, "f2-water=0.5 f3-water=2");
	lab_set(&lab, 2000, "f2-water=?");
	lab_tick(&lab, 100000);
	lab_expect(&lab, "1000 raised 2-f2-1 active-unacknowledged\n");
	lab_set(&lab, 100000, "f2-water=1");
	lab_tick(&lab, 103000);
	lab_expect(&lab, "103000 returned 2-f2-1 returned-unacknowledged\n");
	lab_end(&lab);
}

static void test_several_delays_at_once(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	lab_set(&lab, 0, "f3-tea-leak-b=0 f2-leak=1 f2-tea-leak=1 f3-tea-leak-a=1");
	lab_set(&lab, 100, "f2-leak=0");
	lab_set(&lab, 200, "f3-tea-leak-a=0");
	assert_int_equal(engine_deadline(lab.engine), 2000);
	lab_set(&lab, 300, "f2-leak=1");
	lab_tick(&lab, 2000);
	assert_int_equal(engine_deadline(lab.engine), 2300);
	lab_tick(&lab, 2300);
	lab_expect(&lab, "2000 raised 16-f2.tea-1 active-unacknowledged\n"
			 "2300 raised 16-f2-2 active-unacknowledged\n");
	lab_end(&lab);
}

/* Promise 1: what is missing neither raises nor clears. */
static void test_unknown_holds(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &water_rule, 1);
	lab_set(&lab, 0, "f2-water=?");
	lab_tick(&lab, 50000);
	lab_set(&lab, 100000, "f2-water=0.5");
	lab_set(&lab, 100600, "f2-water=?");
	lab_tick(&lab, 200000);
	lab_expect(&lab, "");
	assert_true(engine_deadline(lab.engine) == INT64_MAX);
	lab_set(&lab, 200000, "f2-water=0.5");
	assert_int_equal(engine_deadline(lab.engine), 200400);
	lab_tick(&lab, 200400);
	lab_expect(&lab, "200400 raised 2-f2-1 active-unacknowledged\n");
	lab_set(&lab, 300000, "f2-water=2");
	lab_set(&lab, 301000, "f2-water=?");
	lab_tick(&lab, 400000);
	lab_expect(&lab, "");
	lab_set(&lab, 400000, "f2-water=2");
	lab_tick(&lab, 402000);
	lab_expect(&lab, "402000 returned 2-f2-1 returned-unacknowledged\n");
	lab_end(&lab);
}

static void test_true_at_start(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, fire_rules, 2);
	lab_set(&lab, 77, "smoke-1=1 smoke-2=1");
	lab_expect(&lab, "77 raised 3-f3-1 active-unacknowledged\n");
	assert_int_equal(lab.last.causes[0].witness_count, 2);
	assert_int_equal(lab.last.causes[0].witnesses[0].point, building_point("smoke-1"));
	assert_int_equal(lab.last.causes[0].witnesses[1].point, building_point("smoke-2"));
	assert_int_equal(lab.last.causes[0].since_ms, 77);
	assert_int_equal(lab.last.raised_ms, 77);
	lab_end(&lab);
}

static void test_two_zones_are_two_incidents(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	lab_set(&lab, 0, "f2-leak=0 f2-tea-leak=1 f3-tea-leak-a=1");
	lab_tick(&lab, 2000);
	lab_expect(&lab, "2000 raised 16-f2.tea-1 active-unacknowledged\n"
			 "2000 raised 16-f3.tea-2 active-unacknowledged\n");
	assert_string_equal(engine_incident(lab.engine, 0)->id, "16-f2.tea-1");
	assert_string_equal(engine_incident(lab.engine, 1)->id, "16-f3.tea-2");
	assert_ptr_equal(engine_find(lab.engine, "16-f3.tea"), engine_incident(lab.engine, 1));
	assert_ptr_equal(engine_find(lab.engine, "16-f3.tea-2"), engine_incident(lab.engine, 1));
	assert_null(engine_find(lab.engine, "16-f3.tea-1"));
	assert_null(engine_find(lab.engine, "16-f2"));
	assert_null(engine_find(lab.engine, ""));
	lab_end(&lab);
}

static void test_two_causes_are_one_incident(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, fire_rules, 2);
	lab_set(&lab, 0, "smoke-3=0 smoke-1=1 smoke-2=1");
	lab_set(&lab, 10, "t-a=70");
	lab_set(&lab, 20, "smoke-1=0");
	assert_int_equal(lab.last.causes[0].until_ms, 20);
	assert_false(lab.last.causes[0].active);
	assert_true(lab.last.causes[1].active);
	lab_set(&lab, 30, "t-a=20");
	lab_expect(&lab, "0 raised 3-f3-1 active-unacknowledged\n"
			 "10 cause 3-f3-1 active-unacknowledged (hot began)\n"
			 "20 cause 3-f3-1 active-unacknowledged (smoke ended)\n"
			 "30 returned 3-f3-1 returned-unacknowledged\n");
	lab_end(&lab);
}

static void test_reraise_needs_a_new_acknowledgement(void **state)
{
	static struct step open_step = { .id = "report", .mandatory = true };
	struct lab lab;

	(void)state;
	fire_type.steps = &open_step;
	fire_type.step_count = 1;
	lab_start(&lab, fire_rules, 2);
	lab_set(&lab, 0, "t-a=70");
	assert_int_equal(engine_ack(lab.engine, "3-f3", "wang", 5, &lab.sink), ENGINE_OK);
	lab_set(&lab, 10, "t-a=20");
	lab_set(&lab, 20, "t-a=70");
	assert_string_equal(lab.last.acked_by, "");
	assert_int_equal(lab.last.acked_ms, 0);
	assert_int_equal(lab.last.raised_ms, 0);
	assert_int_equal(lab.last.returned_ms, 0);
	assert_int_equal(lab.last.cause_count, 1);
	assert_int_equal(lab.last.causes[0].since_ms, 20);
	assert_int_equal(engine_ack(lab.engine, "3-f3", "li", 30, &lab.sink), ENGINE_OK);
	assert_int_equal(engine_ack(lab.engine, "3-f3", "li", 31, &lab.sink), ENGINE_NOT_NOW);
	lab_set(&lab, 40, "t-a=20");
	engine_step(lab.engine, "3-f3", "all", STEP_DONE, "li", "", 41, &lab.sink);
	lab_expect(&lab, "0 raised 3-f3-1 active-unacknowledged\n"
			 "5 acknowledged 3-f3-1 active-acknowledged by wang\n"
			 "10 returned 3-f3-1 returned-acknowledged\n"
			 "20 reraised 3-f3-1 active-unacknowledged\n"
			 "30 acknowledged 3-f3-1 active-acknowledged by li\n"
			 "40 returned 3-f3-1 returned-acknowledged\n"
			 "41 step 3-f3-1 returned-acknowledged report:yes:done:idle by li\n"
			 "41 closed 3-f3-1 closed by li\n");
	assert_int_equal(engine_ack(lab.engine, "3-f3", "li", 50, &lab.sink), ENGINE_NO_INCIDENT);
	/* And the next one is another. */
	lab_set(&lab, 60, "t-a=70");
	lab_expect(&lab, "60 raised 3-f3-2 active-unacknowledged\n");
	lab_end(&lab);
	fire_type.step_count = 0;
}

static void test_time_that_goes_back(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	lab_set(&lab, 10000, "f2-leak=1");
	lab_set(&lab, 5000, "f2-tea-leak=1"); /* counts as 10000 */
	lab_tick(&lab, 11999);
	lab_expect(&lab, "");
	lab_tick(&lab, 12000);
	lab_expect(&lab, "12000 raised 16-f2-1 active-unacknowledged\n"
			 "12000 raised 16-f2.tea-2 active-unacknowledged\n");
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_and_clear_for),
		cmocka_unit_test(test_late_ticks_change_nothing),
		cmocka_unit_test(test_chatter_does_not_raise),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_clear_when_looks_at_its_own),
		cmocka_unit_test(test_condition_beats_clear_when),
		cmocka_unit_test(test_unknown_holds),
		cmocka_unit_test(test_unknown_condition_does_not_clear),
		cmocka_unit_test(test_several_delays_at_once),
		cmocka_unit_test(test_true_at_start),
		cmocka_unit_test(test_two_zones_are_two_incidents),
		cmocka_unit_test(test_two_causes_are_one_incident),
		cmocka_unit_test(test_reraise_needs_a_new_acknowledgement),
		cmocka_unit_test(test_time_that_goes_back),
	};

	return cmocka_run_group_tests_name("engine", tests, building_setup, NULL) ? 1 : 0;
}
