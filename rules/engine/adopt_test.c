/* What a changed rule table takes over from the engine before it, and what not. */
#include "rules/engine/keep.h"

#include "tests/rules_lab.h"

#include <errno.h>

static struct incident_type leak_type = { .id = "leak", .number = 16 };
static struct incident_type fire_type = { .id = "fire", .number = 3 };

static const struct rule wet = {
	.id = "wet",
	.type = &leak_type,
	.condition = "any(leak)",
	.for_ms = 2000,
	.clear_for_ms = 5000,
	.zone = &building_zones[Z_F2_TEA],
	.chatter_max = 2,
	.chatter_within_ms = 600000,
};

/* The lab's engine is followed by one of this table, at `at_ms`. */
static void succeed(struct lab *lab, const struct rule *rule, int64_t at_ms)
{
	struct engine *old = lab->engine;
	char error[256] = "";

	lab_tick(lab, at_ms);
	lab->engine =
		engine_new(&building, NULL, rule, 1, engine_serial(old), error, sizeof(error));
	if (!lab->engine || engine_adopt(lab->engine, old, error, sizeof(error)))
		fail_msg("%s", error);
	engine_free(old);
	lab_tick(lab, at_ms);
}

static void test_a_running_delay_goes_on(void **state)
{
	struct lab lab;

	(void)state;
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-tea-leak=1");
	succeed(&lab, &wet, 1500);
	assert_int_equal(engine_deadline(lab.engine), 3000);
	succeed(&lab, &wet, 2999);
	lab_tick(&lab, 3000);
	lab_expect(&lab, "3000 raised 16-f2.tea-1 active-unacknowledged\n");
	lab_set(&lab, 10000, "f2-tea-leak=0");
	succeed(&lab, &wet, 14000);
	lab_tick(&lab, 15000);
	lab_expect(&lab, "15000 returned 16-f2.tea-1 returned-unacknowledged\n");
	lab_end(&lab);
}

static void test_a_changed_delay_counts_from_its_begin(void **state)
{
	struct rule longer = wet, shorter = wet;
	struct lab lab;

	(void)state;
	longer.for_ms = 4000;
	shorter.for_ms = 100;
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-tea-leak=1");
	succeed(&lab, &longer, 2500);
	assert_int_equal(engine_deadline(lab.engine), 5000);
	lab_expect(&lab, "");
	succeed(&lab, &shorter, 3000);
	lab_expect(&lab, "3000 raised 16-f2.tea-1 active-unacknowledged\n");
	lab_end(&lab);
}

static void test_another_condition_begins_anew(void **state)
{
	struct rule other = wet;
	struct lab lab;

	(void)state;
	other.condition = "count(leak) >= 1";
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-tea-leak=1");
	succeed(&lab, &other, 2500);
	assert_int_equal(engine_deadline(lab.engine), 4500);
	lab_end(&lab);
}

/* Its reading is here already and does not come again. */
static void test_a_new_rule_sees_what_is(void **state)
{
	struct rule smoke = {
		.id = "smoke",
		.type = &fire_type,
		.condition = "count(smoke) >= 1",
		.zone = &building_zones[Z_F3],
	};
	struct lab lab;

	(void)state;
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "smoke-1=1");
	succeed(&lab, &smoke, 2000);
	lab_expect(&lab, "2000 raised 3-f3-1 active-unacknowledged\n");
	lab_end(&lab);
}

static void test_a_rule_that_is_gone_ends_its_cause(void **state)
{
	struct rule other = wet;
	struct lab lab;

	(void)state;
	other.id = "other";
	other.condition = "count(leak) >= 4";
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-tea-leak=1");
	lab_tick(&lab, 3000);
	lab_expect(&lab, "3000 raised 16-f2.tea-1 active-unacknowledged\n");
	succeed(&lab, &other, 4000);
	lab_expect(&lab, "4000 returned 16-f2.tea-1 returned-unacknowledged\n");
	lab_end(&lab);
}

/* So does a fact, and what depends on it: its readings do not come again either. */
static void test_a_changed_sensor_sees_what_is(void **state)
{
	static struct fact facts[] = {
		{ .id = "smoky", .worse = true, .deadline_ms = 3600000, .sensor = "any(smoke)" }
	};
	static struct step steps[] = { { .id = "dry", .fact = &facts[0] } };
	struct incident_type type = { .id = "leak",
		.number = 16,
		.steps = steps,
		.step_count = 1,
		.facts = facts,
		.fact_count = 1 };
	struct rule rule = wet;
	struct lab lab;

	(void)state;
	rule.type = &type;
	rule.for_ms = 0;
	rule.zone = &building_zones[Z_F3];
	lab_start(&lab, &rule, 1);
	lab_set(&lab, 1000, "smoke-1=0 smoke-2=0 smoke-3=0 f3-tea-leak-a=1");
	assert_int_equal(lab.last.steps[0].applies, TRUTH_FALSE);
	lab.log[0] = '\0';
	facts[0].sensor = "not any(smoke)";
	succeed(&lab, &rule, 2000);
	lab_expect(&lab, "2000 fact 16-f3-1 active-unacknowledged\n"
			 "2000 step 16-f3-1 active-unacknowledged dry:yes:open:idle (applies)\n");
	lab_end(&lab);
}

static void test_chatter_is_counted_on(void **state)
{
	struct rule quick = wet;
	struct chatter chatter;
	struct lab lab;

	(void)state;
	quick.for_ms = quick.clear_for_ms = 0;
	lab_start(&lab, &quick, 1);
	for (int64_t at_ms = 1000; at_ms < 3000; at_ms += 1000) {
		lab_set(&lab, at_ms, "f2-tea-leak=1");
		lab_set(&lab, at_ms + 500, "f2-tea-leak=0");
	}
	assert_false(engine_chatter(lab.engine, 0, &chatter));
	succeed(&lab, &quick, 3000);
	lab_set(&lab, 3500, "f2-tea-leak=1");
	assert_true(engine_chatter(lab.engine, 0, &chatter));
	assert_int_equal(chatter.raises, 3);
	succeed(&lab, &quick, 4000);
	assert_true(engine_chatter(lab.engine, 0, &chatter));
	lab_end(&lab);
}

static void test_a_lost_type_is_refused(void **state)
{
	struct rule smoke = {
		.id = "smoke",
		.type = &fire_type,
		.condition = "count(smoke) >= 1",
		.zone = &building_zones[Z_F3],
	};
	char error[256] = "";
	struct engine *engine;
	struct lab lab;

	(void)state;
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-tea-leak=1");
	lab_tick(&lab, 3000);
	engine = engine_new(&building, NULL, &smoke, 1, 2, error, sizeof(error));
	assert_int_equal(engine_adopt(engine, lab.engine, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "16-f2.tea-1"));
	assert_non_null(strstr(error, "not in the plan any more"));
	engine_free(engine);
	lab_end(&lab);
}

/* A bar is not a volt, whatever the point is called. */
static void test_a_reading_needs_the_same_quantity(void **state)
{
	static struct point points[POINT_COUNT];
	struct site other = building;
	char error[256] = "";
	struct engine *engine;
	struct lab lab;
	uint32_t water = site_point(&building, "f2-water")->index;
	uint32_t leak = site_point(&building, "f2-tea-leak")->index;

	(void)state;
	memcpy(points, building.points, sizeof(points));
	points[water].class = points[leak].class;
	other.points = points;
	lab_start(&lab, &wet, 1);
	lab_set(&lab, 1000, "f2-water=3 f2-tea-leak=1");
	engine = engine_new(&other, NULL, &wet, 1, 1, error, sizeof(error));
	assert_non_null(engine);
	assert_int_equal(engine_adopt(engine, lab.engine, error, sizeof(error)), 0);
	assert_int_equal(engine_values(engine)[leak].quality, QUALITY_GOOD);
	assert_true(engine_values(engine)[leak].value == 1);
	assert_int_not_equal(engine_values(engine)[water].quality, QUALITY_GOOD);
	engine_free(engine);
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_running_delay_goes_on),
		cmocka_unit_test(test_a_changed_delay_counts_from_its_begin),
		cmocka_unit_test(test_another_condition_begins_anew),
		cmocka_unit_test(test_a_new_rule_sees_what_is),
		cmocka_unit_test(test_a_rule_that_is_gone_ends_its_cause),
		cmocka_unit_test(test_a_changed_sensor_sees_what_is),
		cmocka_unit_test(test_chatter_is_counted_on),
		cmocka_unit_test(test_a_lost_type_is_refused),
		cmocka_unit_test(test_a_reading_needs_the_same_quantity),
	};

	return cmocka_run_group_tests_name("adopt", tests, building_setup, NULL) ? 1 : 0;
}
