#include "rules/expr/expr.h"

#include "tests/rules_building.h"

#include <math.h>
#include <stdio.h>

enum { F = TRUTH_FALSE, T = TRUTH_TRUE, U = TRUTH_UNKNOWN };

/* clang-format off */
static const struct sample {
	const char *source, *values;
	int truth;
} samples[] = {
	{ "f2-leak", "f2-leak=1", T },
	{ "f2-leak", "f2-leak=0", F },
	{ "f2-leak", "f2-leak=?", U },
	{ "not f2-leak", "f2-leak=0", T },
	{ "not not f2-leak", "f2-leak=1", T },
	{ "not f2-leak", "", U },
	{ "ats-on == bypass", "ats-on=1 bypass=1", T },
	{ "ats-on == bypass", "ats-on=1 bypass=0", F },
	{ "ats-on != bypass", "ats-on=1 bypass=0", T },
	{ "ats-on != bypass", "ats-on=1 bypass=?", U },
	{ "ats-on == true", "ats-on=0", F },
	{ "(ats-on)", "ats-on=1", T },
	{ "f2-water < 1 bar", "f2-water=0.99", T },
	{ "f2-water < 1 bar", "f2-water=1", F },
	{ "f2-water <= 1 bar", "f2-water=1", T },
	{ "f2-water <= 1 bar", "f2-water=1.01", F },
	{ "f2-water > 1 bar", "f2-water=1.01", T },
	{ "f2-water > 1 bar", "f2-water=1", F },
	{ "f2-water >= 1 bar", "f2-water=1", T },
	{ "f2-water >= 1 bar", "f2-water=0.99", F },
	{ "f2-water == 1 bar", "f2-water=1", T },
	{ "f2-water == 1 bar", "f2-water=1.5", F },
	{ "f2-water != 1 bar", "f2-water=1.5", T },
	{ "f2-water != 1 bar", "f2-water=1", F },
	{ "f2-water < 1 bar", "f2-water=?", U },
	{ "f2-water >= 1 bar", "", U },
	{ "f2-water == 1 bar", "", U },
	{ "f2-water != 1 bar", "", U },
	{ "1 bar > f2-water", "f2-water=0.5", T },
	{ "f2-water < f3-water", "f2-water=1 f3-water=2", T },
	{ "f2-water < f3-water", "f2-water=1 f3-water=?", U },
	{ "t-a > 30.5 °C", "t-a=31", T },
	{ "t-a > 30.5°C", "t-a=30", F },
	{ "rh >= 50%", "rh=50", T },
	{ "flow-main > 1.25 m3/h", "flow-main=2", T },
	{ "mains-l1 < 180V", "mains-l1=100", T },
	{ "x > 3", "x=4", T },
	{ "x + y == 5", "x=2 y=3", T },
	{ "x - y == -1", "x=2 y=3", T },
	{ "x * y == 6", "x=2 y=3", T },
	{ "y / x == 1.5", "x=2 y=3", T },
	{ "2 + x * 3 == 8", "x=2", T },
	{ "(2 + x) * 3 == 12", "x=2", T },
	{ "10 - x - 3 == 5", "x=2", T },
	{ "8 / x / 2 == 2", "x=2", T },
	{ "- x == -2", "x=2", T },
	{ "--x == 2", "x=2", T },
	{ "x * -1 < 0", "x=2", T },
	{ "mains-l1 - mains-l2 > 10 V", "mains-l1=230 mains-l2=210", T },
	{ "mains-l1 / mains-l2 < 0.9", "mains-l1=100 mains-l2=230", T },
	{ "2 * f2-water > 3 bar", "f2-water=1.6", T },
	{ "f2-water * 2 / 2 == 1.6 bar", "f2-water=1.6", T },
	{ "x / y > 0", "x=1 y=0", U },
	{ "x / 0 > 0", "x=1", U },
	{ "x * 0 == 0", "x=?", T },
	{ "x - x == 0", "x=?", U },
	{ "x + y > 0", "x=1 y=?", U },
	{ "1 / x > 0", "x=?", U },
	{ "x < 999999999999999", "x=?", U },
	{ "x > 3", "x=>5", T },
	{ "x > 5", "x=>5", T },
	{ "x <= 5", "x=>5", F },
	{ "x >= 5", "x=>5", T },
	{ "x < 3", "x=>5", F },
	{ "x > 6", "x=>5", U },
	{ "x < 6", "x=>5", U },
	{ "x == 3", "x=>5", U },
	{ "x != 3", "x=>5", U },
	{ "x == 6", "x=>5", U },
	{ "x < 6", "x=<5", T },
	{ "x < 5", "x=<5", T },
	{ "x > 5", "x=<5", F },
	{ "x > 4", "x=<5", U },
	{ "2 * x > 9", "x=>5", T },
	{ "y - x < -2", "x=>5 y=3", T },
	{ "y - x < 0", "x=>5 y=?", U },
	{ "any(water.pressure < 1 bar)", "f2-water=<0.5 f3-water=2", T },
	{ "all(water.pressure > 1 bar)", "f2-water=>6 f3-water=2", T },
	{ "count(water.pressure > 1 bar) == 2", "f2-water=>6 f3-water=2", T },
	{ "max(water.pressure) > 5 bar", "f2-water=>6 f3-water=2", T },
	{ "min(water.pressure) > 1 bar", "f2-water=>6 f3-water=2", T },
	{ "avg(water.pressure) > 1 bar", "f2-water=>6 f3-water=2", U },
	{ "avg(water.pressure) < 9 bar", "f2-water=<1 f3-water=2", U },
	{ "ats-on and bypass", "ats-on=0 bypass=0", F },
	{ "ats-on and bypass", "ats-on=0 bypass=1", F },
	{ "ats-on and bypass", "ats-on=0 bypass=?", F },
	{ "ats-on and bypass", "ats-on=1 bypass=0", F },
	{ "ats-on and bypass", "ats-on=1 bypass=1", T },
	{ "ats-on and bypass", "ats-on=1 bypass=?", U },
	{ "ats-on and bypass", "ats-on=? bypass=0", F },
	{ "ats-on and bypass", "ats-on=? bypass=1", U },
	{ "ats-on and bypass", "ats-on=? bypass=?", U },
	{ "ats-on or bypass", "ats-on=0 bypass=0", F },
	{ "ats-on or bypass", "ats-on=0 bypass=1", T },
	{ "ats-on or bypass", "ats-on=0 bypass=?", U },
	{ "ats-on or bypass", "ats-on=1 bypass=0", T },
	{ "ats-on or bypass", "ats-on=1 bypass=1", T },
	{ "ats-on or bypass", "ats-on=1 bypass=?", T },
	{ "ats-on or bypass", "ats-on=? bypass=0", U },
	{ "ats-on or bypass", "ats-on=? bypass=1", T },
	{ "ats-on or bypass", "ats-on=? bypass=?", U },
	{ "ats-on or bypass and f2-leak", "ats-on=1 bypass=0 f2-leak=0", T },
	{ "(ats-on or bypass) and f2-leak", "ats-on=1 bypass=0 f2-leak=0", F },
	{ "not ats-on and bypass", "ats-on=0 bypass=0", F },
	{ "not (ats-on and bypass)", "ats-on=0 bypass=0", T },
	{ "not x < 3 and ats-on", "x=4 ats-on=1", T },
	{ "true", "", T },
	{ "false or ats-on", "ats-on=1", T },
	{ "mains-l1 < 180 V and not ats-on", "mains-l1=0 ats-on=0", T },
	{ "mains-l1 < 180 V\n\tand not ats-on", "mains-l1=0 ats-on=1", F },
	{ "any(leak)", "f2-leak=0 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=1", T },
	{ "any(leak)", "f3-tea-leak-b=1", T },
	{ "any(leak)", "f2-leak=0 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=?", U },
	{ "any(leak)", "f2-leak=0 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=0", F },
	{ "all(smoke)", "smoke-1=1 smoke-2=1 smoke-3=1", T },
	{ "all(smoke)", "smoke-1=1 smoke-2=0 smoke-3=?", F },
	{ "all(smoke)", "smoke-1=1 smoke-2=1 smoke-3=?", U },
	{ "any(not smoke)", "smoke-2=0", T },
	{ "not all(smoke)", "smoke-2=0", T },
	{ "any(water.pressure < 1 bar)", "f2-water=0.5", T },
	{ "any(water.pressure < 1 bar)", "f2-water=2", U },
	{ "all(water.pressure > 1.5 bar)", "f2-water=2 f3-water=1.6", T },
	{ "all(water.pressure > 1.5 bar)", "f2-water=2 f3-water=1.5", F },
	{ "count(smoke) >= 2", "smoke-1=1 smoke-2=1", T },
	{ "count(smoke) >= 2", "smoke-1=1 smoke-2=0 smoke-3=0", F },
	{ "count(smoke) >= 2", "smoke-1=1 smoke-2=0", U },
	{ "count(smoke) >= 2", "smoke-1=0 smoke-2=0", F },
	{ "count(smoke) < 4", "", T },
	{ "count(smoke) == 3", "smoke-1=1 smoke-2=1 smoke-3=1", T },
	{ "count(smoke) == 0", "smoke-1=1", F },
	{ "count(not smoke) == 3", "smoke-1=0 smoke-2=0 smoke-3=0", T },
	{ "count(temperature > 30 °C) > 1", "t-a=31 t-b=29 t-c=32", T },
	{ "min(temperature) < 10 °C", "t-a=9", T },
	{ "min(temperature) < 10 °C", "t-a=11 t-b=12", U },
	{ "min(temperature) < 10 °C", "t-a=11 t-b=12 t-c=13", F },
	{ "max(temperature) > 30 °C", "t-b=31", T },
	{ "max(temperature) > 30 °C", "t-a=1 t-b=2 t-c=3", F },
	{ "max(temperature) > 30 °C", "t-a=1 t-b=2", U },
	{ "avg(temperature) == 20 °C", "t-a=10 t-b=20 t-c=30", T },
	{ "avg(temperature) > 20 °C", "t-a=10 t-b=20", U },
	{ "max(temperature) - min(temperature) > 15 °C", "t-a=10 t-b=20 t-c=30", T },
	{ "max(temperature - 5 °C) < 26 °C", "t-a=30 t-b=1 t-c=1", T },
	{ "any(water.pressure < f3-water)", "f2-water=1 f3-water=2", T },
	{ "any(leak and not bypass)", "f2-leak=1 bypass=1 f2-tea-leak=0 f3-tea-leak-a=0 f3-tea-leak-b=0", F },
	{ "any(smoke) or any(leak)", "f2-leak=1", T },
	{ "all(smoke) == any(leak)", "smoke-1=0 f2-leak=1", F },
};
/* clang-format on */

static struct expr *compiled(const char *source, int zone)
{
	struct expr_error error = { 0 };
	struct expr *expr = expr_compile(source, &building, &building_zones[zone], &error);

	if (!expr)
		fail_msg("%s: column %u: %s", source, error.column, error.text);
	return expr;
}

static void test_values(void **state)
{
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct expr *expr = compiled(samples[i].source, Z_CENTRE);
		int truth;

		building_set(values, samples[i].values);
		truth = (int)expr_eval(expr, values);
		if (truth != samples[i].truth)
			fail_msg("%s with %s is %d, not %d", samples[i].source, samples[i].values,
				truth, samples[i].truth);
		expr_free(expr);
	}
}

/* Good readings without a number in them are no numbers either. */
static void test_no_number_is_unknown(void **state)
{
	static const double hostile[] = { NAN, INFINITY, -INFINITY };
	struct expr *expr = compiled("f2-water < 1 bar or f2-leak", Z_CENTRE);
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		building_set(values, "f2-water=2 f2-leak=0");
		assert_int_equal(expr_eval(expr, values), TRUTH_FALSE);
		values[building_point("f2-water")].value = hostile[i];
		assert_int_equal(expr_eval(expr, values), TRUTH_UNKNOWN);
		building_set(values, "f2-water=2 f2-leak=0");
		values[building_point("f2-leak")].value = hostile[i];
		assert_int_equal(expr_eval(expr, values), TRUTH_UNKNOWN);
	}
	expr_free(expr);
}

/*
 * Unknown must be what is possible: whatever value an unknown point takes, a known answer holds.
 * Random expressions' worth of it: every sample, every point unknown in turn, some values tried.
 */
static void test_unknown_is_sound(void **state)
{
	static const double tries[] = { -1e6, -1, 0, 0.5, 1, 2, 31, 230, 1e9 };
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct expr *expr = compiled(samples[i].source, Z_CENTRE);

		for (size_t p = 0; p < POINT_COUNT; p++) {
			bool is_state = building_points[p].class->kind == POINT_STATE;
			enum truth known;

			building_set(values, samples[i].values);
			values[p].quality = QUALITY_BAD;
			known = expr_eval(expr, values);
			if (known == TRUTH_UNKNOWN)
				continue;
			values[p].quality = QUALITY_GOOD;
			for (size_t k = 0; k < sizeof(tries) / sizeof(tries[0]); k++) {
				values[p].value = is_state ? (double)(k % 2) : tries[k];
				if (expr_eval(expr, values) != known)
					fail_msg("%s with %s: known without %s, yet it matters",
						samples[i].source, samples[i].values,
						building_points[p].id);
			}
		}
		expr_free(expr);
	}
}

static void test_scope(void **state)
{
	static const struct {
		const char *source;
		int zone;
		const char *values;
		int truth;
	} rows[] = {
		{ "any(leak)", Z_F2, "f2-leak=0 f2-tea-leak=1", T },
		{ "any(leak)", Z_F2_TEA, "f2-leak=1 f2-tea-leak=0", F },
		{ "any(leak)", Z_F3, "f2-leak=1 f3-tea-leak-a=0 f3-tea-leak-b=0", F },
		{ "any(leak) and ats-on", Z_F3_TEA, "f3-tea-leak-a=1 ats-on=1", T },
		{ "f2-leak", Z_F3, "f2-leak=1", T },
	};
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr *expr = compiled(rows[i].source, rows[i].zone);

		building_set(values, rows[i].values);
		assert_int_equal(expr_eval(expr, values), rows[i].truth);
		expr_free(expr);
	}
}

static void assert_points(const char *source, int zone, bool each, const char *expected)
{
	struct expr_error error = { 0 };
	const struct zone *scope = &building_zones[zone], *within = &building_zones[Z_CENTRE];
	struct expr *expr = each ? expr_compile_each(source, &building, scope, within, &error)
				 : expr_compile(source, &building, scope, &error);
	const struct point *const *points;
	char names[256] = "";
	size_t count;

	assert_non_null(expr);
	points = expr_points(expr, &count);
	for (size_t i = 0; i < count; i++) {
		strcat(names, i ? " " : "");
		strcat(names, points[i]->id);
	}
	assert_string_equal(names, expected);
	expr_free(expr);
}

static void test_points(void **state)
{
	(void)state;
	assert_points("ats-on and ats-on and not bypass", Z_F2, false, "ats-on bypass");
	assert_points("any(leak) or f2-leak", Z_F2, false, "f2-leak f2-tea-leak");
	assert_points("f3-water < 1 bar", Z_F2, false, "f3-water");
	assert_points("true", Z_F2, false, "");
}

/* Of an each-zone rule: a wet tea room is not an incident of the floor. */
static void test_each_takes_the_nearest(void **state)
{
	(void)state;
	assert_points("any(leak)", Z_F2, true, "f2-leak");
	assert_points("any(leak)", Z_F2_TEA, true, "f2-tea-leak");
	assert_points("any(leak)", Z_F3, true, "f3-tea-leak-a f3-tea-leak-b");
	assert_points("any(leak) and ats-on", Z_F2, true, "f2-leak ats-on");
	assert_points("any(smoke) or any(leak)", Z_F2_TEA, true, "f2-tea-leak");
}

/* A zone of an each-zone rule that lacks one of its classes: none of none is true. */
static void test_each_without_a_class(void **state)
{
	static const struct {
		const char *source, *values;
		int truth;
	} rows[] = {
		{ "any(smoke) or any(leak)", "f2-tea-leak=1", T },
		{ "any(smoke) or any(leak)", "f2-tea-leak=0", F },
		{ "any(smoke) or any(leak)", "smoke-1=1 f2-tea-leak=0", F },
		{ "any(smoke) or any(leak)", "", U },
		{ "any(smoke)", "", F },
		{ "count(smoke) > 0 or any(leak)", "f2-tea-leak=0", F },
		{ "count(smoke) == 0 and any(leak)", "f2-tea-leak=1", T },
		{ "any(temperature > 30 °C) or any(leak)", "f2-tea-leak=0", F },
	};
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr_error error = { 0 };
		struct expr *expr = expr_compile_each(rows[i].source, &building,
			&building_zones[Z_F2_TEA], &building_zones[Z_CENTRE], &error);

		assert_string_equal(error.text, "");
		building_set(values, rows[i].values);
		assert_int_equal(expr_eval(expr, values), rows[i].truth);
		expr_free(expr);
	}
}

static void test_each_without_a_class_errors(void **state)
{
	static const struct {
		const char *source, *error;
		int within;
	} rows[] = {
		{ "any(smoke) or any(leak)", "there is no point of class \"smoke\" in zone \"f2\"",
			Z_F2 },
		{ "count(smoke) > 1 or any(leak)",
			"there is no point of class \"smoke\" in zone \"f2\"", Z_F2 },
		{ "any(unused) or any(leak)",
			"there is no point of class \"unused\" in zone \"centre\"", Z_CENTRE },
#define OWN_RULE                                                                                   \
	", and only any() and count() can do without: write a rule of its own for this class"
		{ "all(smoke) or any(leak)",
			"zone \"f2.tea\" has no point of class \"smoke\"" OWN_RULE, Z_CENTRE },
		{ "avg(temperature) > 30 °C or any(leak)",
			"zone \"f2.tea\" has no point of class \"temperature\"" OWN_RULE,
			Z_CENTRE },
		{ "min(temperature) > 30 °C or any(leak)",
			"zone \"f2.tea\" has no point of class \"temperature\"" OWN_RULE,
			Z_CENTRE },
		{ "max(temperature) > 30 °C or any(leak)",
			"zone \"f2.tea\" has no point of class \"temperature\"" OWN_RULE,
			Z_CENTRE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr_error error = { 0 };

		assert_null(expr_compile_each(rows[i].source, &building, &building_zones[Z_F2_TEA],
			&building_zones[rows[i].within], &error));
		assert_string_equal(error.text, rows[i].error);
		assert_int_equal(error.column, 1);
	}
}

static void test_each_zone(void **state)
{
	static const struct {
		const char *source;
		int within;
		const char *expected;
	} rows[] = {
		{ "any(leak)", Z_CENTRE, "f2 f2.tea f3.tea " },
		{ "any(leak)", Z_F3, "f3.tea " },
		{ "any(leak)", Z_LIFT, "" },
		{ "any(water.pressure < 1 bar)", Z_CENTRE, "f2 f3 " },
		{ "count(smoke) >= 2 or any(leak)", Z_CENTRE, "f2 f2.tea f3 f3.tea " },
		{ "any(lift.trapped) and not f2-leak", Z_CENTRE, "lift " },
	};
	struct expr_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct zone *zones[ZONE_COUNT];
		char names[128] = "";
		int count = expr_each_zone(rows[i].source, &building,
			&building_zones[rows[i].within], zones, ZONE_COUNT, &error);

		assert_true(count >= 0);
		for (int k = 0; k < count; k++)
			snprintf(names + strlen(names), 32, "%s ", zones[k]->id);
		assert_string_equal(names, rows[i].expected);
		assert_true(expr_each_zone(rows[i].source, &building, &building_zones[Z_CENTRE],
				    zones, 1, &error) <= 1);
	}
}

static void test_each_zone_errors(void **state)
{
	const struct zone *zones[ZONE_COUNT];
	struct expr_error error = { 0 };

	(void)state;
	assert_int_equal(
		expr_each_zone("ats-on", &building, &building_zones[0], zones, ZONE_COUNT, &error),
		-1);
	assert_non_null(strstr(error.text, "any(class)"));
	assert_int_equal(expr_each_zone("any(leek)", &building, &building_zones[0], zones,
				 ZONE_COUNT, &error),
		-1);
	assert_string_equal(error.text, "unknown class \"leek\" (did you mean \"leak\"?)");
	assert_int_equal(error.column, 5);
}

static void test_witnesses(void **state)
{
	static const struct {
		const char *source, *values, *expected;
	} rows[] = {
		{ "any(leak)", "f2-leak=0 f2-tea-leak=1 f3-tea-leak-b=1",
			"f2-tea-leak f3-tea-leak-b " },
		{ "any(leak)", "f2-leak=0", "" },
		{ "all(smoke)", "smoke-1=1 smoke-2=1 smoke-3=1", "smoke-1 smoke-2 smoke-3 " },
		{ "not all(smoke)", "smoke-1=1 smoke-2=0 smoke-3=1", "smoke-2 " },
		{ "not any(smoke)", "smoke-1=0 smoke-2=0 smoke-3=0", "smoke-1 smoke-2 smoke-3 " },
		{ "count(smoke) >= 2", "smoke-1=1 smoke-2=0 smoke-3=1", "smoke-1 smoke-3 " },
		{ "mains-l1 < 180 V and not ats-on", "mains-l1=0 ats-on=0", "mains-l1 ats-on " },
		{ "f2-leak or ats-on or bypass", "f2-leak=0 ats-on=1 bypass=?", "ats-on " },
		{ "any(leak) or any(smoke)", "smoke-2=1", "smoke-2 " },
		{ "f2-leak and any(leak)", "f2-leak=1", "f2-leak " },
		{ "max(temperature) > 30 °C", "t-a=1 t-b=40 t-c=2", "t-a t-b t-c " },
	};
	struct reading values[POINT_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr *expr = compiled(rows[i].source, Z_CENTRE);
		const struct point *found[8];
		char names[128] = "";
		size_t count;

		building_set(values, rows[i].values);
		count = expr_witnesses(expr, values, found, 8);
		for (size_t k = 0; k < count; k++)
			snprintf(names + strlen(names), 32, "%s ", found[k]->id);
		assert_string_equal(names, rows[i].expected);
		assert_true(expr_witnesses(expr, values, found, 1) <= 1);
		expr_free(expr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_number_is_unknown),
		cmocka_unit_test(test_unknown_is_sound),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_each_takes_the_nearest),
		cmocka_unit_test(test_each_without_a_class),
		cmocka_unit_test(test_each_without_a_class_errors),
		cmocka_unit_test(test_each_zone),
		cmocka_unit_test(test_each_zone_errors),
		cmocka_unit_test(test_witnesses),
	};

	return cmocka_run_group_tests_name("expr", tests, building_setup, NULL) ? 1 : 0;
}
