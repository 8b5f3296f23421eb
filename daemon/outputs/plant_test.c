/* Engine and outputs of one configuration after another: all or nothing. */
#include "daemon/outputs/plant.h"
#include "rules/engine/keep.h"
#include "tests/rules_building.h"

#include <errno.h>

enum { T0 = 1000 };

static struct incident_type leak = { .id = "leak", .number = 16 };
static struct rule wet = {
	.id = "wet", .type = &leak, .condition = "any(leak)", .zone = &building_zones[Z_F2]
};
static struct config config, other;
static struct plant plant;
static struct failure why;

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	(void)sink, (void)transition;
}

static void port_keep(void *context, const char *id, const char *row)
{
	(void)context, (void)id, (void)row;
}

static const struct outputs_ports ports = { .keep = port_keep };

static int set_up(void **state)
{
	struct reading reading = {
		.quality = QUALITY_GOOD, .reason = REASON_NONE, .value = 1, .at_ms = T0
	};

	(void)state;
	building_setup(NULL);
	config = (struct config){ .site = building,
		.plan = { .types = &leak, .type_count = 1 },
		.rules = &wet,
		.rule_count = 1,
		.daemon = { .journal_days = 2 } };
	other = config;
	if (plant_make(&plant, &config, NULL, &ports, T0, &why))
		return -1;
	reading.point = building_point("f2-leak");
	engine_frame(plant.engine, &reading, 1, T0, &(struct engine_sink){ on_transition });
	return engine_incident(plant.engine, 0) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	plant_free(&plant);
	return 0;
}

static void test_another_follows_with_what_is_open(void **state)
{
	const struct plant before = plant;
	struct plant next;

	(void)state;
	assert_int_equal(plant_make(&next, &other, &plant, &ports, T0 + 1, &why), 0);
	assert_memory_equal(&plant, &before, sizeof(plant)); /* not yet */
	assert_true(engine_serial(next.engine) == engine_serial(plant.engine));
	plant_follow(&plant, &next, T0 + 1);
	assert_ptr_equal(plant.config, &other);
	assert_ptr_equal(plant.engine, next.engine);
	assert_ptr_equal(plant.outputs, next.outputs);
	assert_non_null(engine_incident(plant.engine, 0));
}

static void expect_refusal(int error, enum word_cause cause, const char *detail)
{
	const struct plant before = plant;
	struct plant next;

	assert_int_equal(plant_make(&next, &other, &plant, &ports, T0 + 1, &why), error);
	assert_int_equal(why.cause, cause);
	assert_non_null(strstr(why.detail, detail));
	plant_free(&next);
	assert_memory_equal(&plant, &before, sizeof(plant));
	assert_non_null(engine_incident(plant.engine, 0));
}

static void test_what_needs_a_restart_is_refused(void **state)
{
	(void)state;
	other.daemon.journal_days = 3;
	other.mqtt.port = 1;
	expect_refusal(-EPERM, WORD_CAUSE_RESTART, "mqtt.port, daemon.journal_days");
}

static void test_an_open_incident_must_go_over(void **state)
{
	static struct incident_type smoke = { .id = "smoke", .number = 1 };
	static struct rule rule;

	(void)state;
	rule = wet;
	rule.type = &smoke;
	other.rules = &rule;
	other.plan.types = &smoke;
	expect_refusal(-EINVAL, WORD_CAUSE_LOG, "16-f2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_another_follows_with_what_is_open),
		TEST(test_what_needs_a_restart_is_refused),
		TEST(test_an_open_incident_must_go_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
