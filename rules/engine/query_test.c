/* What others ask the engine: what it watches, whether an incident is still true, values. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static struct incident_type leak_type = { .id = "leak", .number = 16 };
static struct incident_type water_type = { .id = "water-loss", .number = 2 };

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

/* Whenever the answer for a point may differ from the last time, the number does. */
static void assert_watches(const struct lab *lab, const struct point *point, bool watched)
{
	static uint64_t changes;
	static bool before;

	assert_int_equal(engine_watches(lab->engine, point), watched);
	if (watched != before)
		assert_true(engine_watch_changes(lab->engine) != changes);
	changes = engine_watch_changes(lab->engine);
	before = watched;
}

static void test_watches(void **state)
{
	const struct point *leak, *other;
	uint64_t changes;
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	leak = &building_points[building_point("f2-leak")];
	other = &building_points[building_point("x")];
	lab_set(&lab, 0, "f2-leak=0");
	assert_watches(&lab, leak, false);
	lab_set(&lab, 1000, "f2-leak=1"); /* pending */
	assert_watches(&lab, leak, true);
	lab_set(&lab, 2000, "f2-leak=?"); /* held */
	assert_watches(&lab, leak, true);
	lab_set(&lab, 3000, "f2-leak=0");
	assert_watches(&lab, leak, false);
	changes = engine_watch_changes(lab.engine);
	lab_set(&lab, 3500, "f2-leak=0 x=5"); /* nothing that rules wait for */
	assert_int_equal(engine_watch_changes(lab.engine), changes);
	lab_set(&lab, 4000, "f2-leak=1");
	lab_tick(&lab, 6000); /* open */
	assert_watches(&lab, leak, true);
	assert_false(engine_watches(lab.engine, other));
	lab_end(&lab);
}

static void test_still_true(void **state)
{
	const struct incident *incident;
	struct lab lab;

	(void)state;
	lab_start(&lab, &water_rule, 1);
	lab_set(&lab, 0, "f2-water=0.5");
	lab_tick(&lab, 1000);
	incident = engine_incident(lab.engine, 0);
	assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_TRUE);
	lab_set(&lab, 2000, "f2-water=?");
	assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_UNKNOWN);
	lab_set(&lab, 3000, "f2-water=1.2"); /* the rule says that it is not over */
	assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_TRUE);
	lab_set(&lab, 4000, "f2-water=2"); /* over, while clear_for runs */
	assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_FALSE);
	lab_tick(&lab, 9000);
	lab_set(&lab, 9000, "f2-water=?");
	assert_int_equal(engine_still_true(lab.engine, incident), TRUTH_FALSE);
	lab_end(&lab);
}

static void test_strange_readings(void **state)
{
	struct reading reading = { .point = POINT_COUNT, .quality = QUALITY_GOOD, .value = 1 };
	struct lab lab;

	(void)state;
	lab_start(&lab, &leak_rule, 1);
	engine_frame(lab.engine, &reading, 1, 0, &lab.sink);
	reading.point = UINT32_MAX;
	engine_frame(lab.engine, &reading, 1, 0, &lab.sink);
	lab_set(&lab, 10, "x=5");
	assert_true(engine_values(lab.engine)[building_point("x")].value == 5);
	assert_int_equal(engine_values(lab.engine)[building_point("y")].quality, QUALITY_BAD);
	lab_expect(&lab, "");
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watches),
		cmocka_unit_test(test_still_true),
		cmocka_unit_test(test_strange_readings),
	};

	return cmocka_run_group_tests_name("engine queries", tests, building_setup, NULL) ? 1 : 0;
}
