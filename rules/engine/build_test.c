/* Rule tables that are refused, and what is said. */
#include "rules/engine/engine.h"

#include "tests/rules_building.h"

static struct incident_type leak_type = { .id = "leak", .number = 16 };
static struct incident_type fire_type = { .id = "fire", .number = 3 };

static const struct rule smoke_rule = {
	.id = "smoke",
	.type = &fire_type,
	.condition = "count(smoke) >= 2",
	.zone = &building_zones[Z_F3],
};

static void test_rules_that_do_not_compile(void **state)
{
	static const struct {
		const char *condition, *clear_when;
		bool each_zone;
		int zone;
		const char *error;
	} rows[] = {
		{ "any(leek)", NULL, false, Z_CENTRE,
			"r.conf:4: rule \"r\": column 5: unknown class \"leek\" (did you mean "
			"\"leak\"?)" },
		{ "any(leak)", "f2-water > 1", false, Z_F2,
			"r.conf:4: rule \"r\": column 12: the unit is missing: write \"1 bar\"" },
		{ "any(leak)", NULL, true, Z_LIFT,
			"r.conf:4: rule \"r\": no zone holds a point of the classes in the "
			"condition" },
		{ "f2-leak", NULL, true, Z_CENTRE,
			"r.conf:4: rule \"r\": column 1: \"each\" needs a class in the condition, "
			"as in any(class)" },
		{ "true", NULL, false, Z_CENTRE,
			"r.conf:4: rule \"r\": the condition looks at no point" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule rule = { .id = "r",
			.type = &leak_type,
			.condition = rows[i].condition,
			.clear_when = rows[i].clear_when,
			.each_zone = rows[i].each_zone,
			.zone = &building_zones[rows[i].zone],
			.where = "r.conf:4" };
		char error[256] = "";

		assert_null(engine_new(&building, NULL, &rule, 1, 1, error, sizeof(error)));
		assert_string_equal(error, rows[i].error);
	}
}

static void test_too_many_rules_of_a_type(void **state)
{
	struct rule rules[CAUSE_RULE_MAX + 1];
	struct engine *engine;
	char error[256] = "";

	(void)state;
	for (size_t i = 0; i <= CAUSE_RULE_MAX; i++)
		rules[i] = smoke_rule;
	engine = engine_new(&building, NULL, rules, CAUSE_RULE_MAX, 1, error, sizeof(error));
	assert_non_null(engine);
	engine_free(engine);
	assert_null(
		engine_new(&building, NULL, rules, CAUSE_RULE_MAX + 1, 1, error, sizeof(error)));
	assert_non_null(strstr(error, "more than 8 rules"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_that_do_not_compile),
		cmocka_unit_test(test_too_many_rules_of_a_type),
	};

	return cmocka_run_group_tests_name("engine build", tests, building_setup, NULL) ? 1 : 0;
}
