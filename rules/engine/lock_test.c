/* Locks at the engine: what is held back, hidden and refused, and what comes of it at the end. */
#include "rules/engine/keep.h"
#include "rules/engine/locking.h"

#include "tests/rules_lab.h"

enum { HOUR_MS = 3600 * 1000, LEAK = 16, FIRE = 14 };

static const struct action cut = {
	.id = "cut", .class = &building_classes[C_SWITCH], .scope = ACTION_SITE, .mode = ACTION_AUTO
};

/* clang-format off */
static struct step leak_steps[] = { { .id = "cut", .action = &cut }, { .id = "look", .mandatory = true } };
static struct step fire_steps[] = { { .id = "call", .mandatory = true } };

static struct incident_type types[] = {
	{ .id = "leak", .number = LEAK, .severity = SEVERITY_HIGH, .steps = leak_steps, .step_count = 2 },
	{ .id = "fire", .number = FIRE, .severity = SEVERITY_CRITICAL, .steps = fire_steps, .step_count = 1 },
};
static const struct plan plan = { .types = types, .type_count = 2 };

static const struct rule rules[] = {
	{ .id = "wet", .type = &types[0], .condition = "any(leak)", .for_ms = 100, .each_zone = true,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "smoke", .type = &types[1], .condition = "smoke-1", .zone = &building_zones[Z_F3] },
};
/* clang-format on */

static struct lab lab;

static void begin(struct lab *one)
{
	lab_start_plan(one, &plan, rules, sizeof(rules) / sizeof(rules[0]));
}

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	building_points[building_point("bypass")].writable = true;
	begin(&lab);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static struct lock lock_of(const char *name, bool quiet, int type, const char *by)
{
	struct lock lock = { .quiet = quiet, .type = type, .reason = "new pipes" };

	strcpy(lock.by, by);
	if (!lock_parse(name, &lock)) {
		lock.kind = LOCK_TYPE;
		strcpy(lock.id, name);
	}
	return lock;
}

static void lock_it(const char *name, bool quiet, int type, int64_t for_ms, int64_t at_ms)
{
	const struct lock lock = lock_of(name, quiet, type, "chen");

	assert_true(engine_lock(lab.engine, &lock, for_ms, at_ms, &lab.sink));
}

static void unlock(const char *name, bool quiet, int type, int64_t at_ms)
{
	const struct lock lock = lock_of(name, quiet, type, "chen");

	engine_unlock(lab.engine, &lock, "wu", "it is done", at_ms, &lab.sink);
}

/* U1: of a floor, and a leak in a room below: nothing is raised there, and all else is. */
static void test_a_type_out_of_service_holds_within(void **state)
{
	(void)state;
	lock_it("f2", true, LEAK, HOUR_MS, 50);
	lab_set(&lab, 100, "f2-tea-leak=1 f2-leak=1 f3-tea-leak-a=0 smoke-1=0");
	lab_tick(&lab, 1000);
	lab_expect(&lab, "");
	lab_set(&lab, 1100, "f3-tea-leak-a=1 smoke-1=1");
	lab_tick(&lab, 2000);
	lab_expect(&lab, "1100 raised 14-f3-1 active-unacknowledged\n"
			 "1200 raised 16-f3.tea-2 active-unacknowledged\n");
	assert_null(engine_find(lab.engine, "16-f2.tea"));
	assert_null(engine_find(lab.engine, "16-f2"));
}

/* A person sees more than a rule, and his report comes through. */
static void test_a_report_comes_through(void **state)
{
	(void)state;
	lock_it("zone:f2", true, 0, HOUR_MS, 50);
	assert_int_equal(
		engine_report(lab.engine, LEAK, "f2.tea", "li", "wet feet", 100, &lab.sink, NULL),
		ENGINE_OK);
	lab_expect(&lab, "100 raised 16-f2.tea-1 active-unacknowledged by li (wet feet)\n");
}

/* Without a type all but the critical ones; each of these is named. */
static void test_critical_types_are_named(void **state)
{
	(void)state;
	lock_it("zone:centre", true, 0, HOUR_MS, 50);
	lab_set(&lab, 100, "smoke-1=1 f2-leak=1");
	lab_tick(&lab, 1000);
	lab_expect(&lab, "100 raised 14-f3-1 active-unacknowledged\n");
	lab_set(&lab, 1100, "smoke-1=0");
	lab.log[0] = '\0';
	lock_it("zone:centre", true, FIRE, HOUR_MS, 1200);
	lab.log[0] = '\0';
	lab_set(&lab, 1300, "smoke-1=1");
	lab_expect(&lab, "");
	assert_int_equal(
		incident_traits(engine_find(lab.engine, "14-f3")->state) & INCIDENT_IS_TRUE, 0);
}

/* It is raised when the lock ends, and nothing is switched without a person's word. */
static void test_what_is_true_at_the_end_waits_for_a_release(void **state)
{
	(void)state;
	lock_it("f2", true, LEAK, HOUR_MS, 50);
	lab_set(&lab, 100, "f2-tea-leak=1");
	lab_tick(&lab, 50 + HOUR_MS);
	assert_null(engine_lock_at(lab.engine, 0));
	lab_tick(&lab, 200 + HOUR_MS);
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	lab.log[0] = '\0';
	assert_int_equal(
		engine_release(lab.engine, "16-f2.tea", "cut", "wu", 300 + HOUR_MS, &lab.sink),
		ENGINE_OK);
	/* The next one begins as ever. */
	lab_set(&lab, 400 + HOUR_MS, "f3-tea-leak-a=1");
	lab_tick(&lab, 500 + HOUR_MS);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
}

static void test_what_was_over_before_the_end_begins_as_ever(void **state)
{
	(void)state;
	lock_it("f2", true, LEAK, HOUR_MS, 50);
	lab_set(&lab, 100, "f2-tea-leak=1");
	unlock("f2", true, LEAK, 150);
	lab_set(&lab, 160, "f2-tea-leak=0");
	lab_set(&lab, 200, "f2-tea-leak=1");
	lab_tick(&lab, 400);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
}

/* What a locked output refused may be released, and whoever reads the incident learns why. */
static void test_what_was_refused_is_offered(void **state)
{
	const struct lock *forbids;

	(void)state;
	lock_it("output:bypass", false, 0, HOUR_MS, 50);
	lab_set(&lab, 100, "f2-tea-leak=1");
	lab_tick(&lab, 200);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
	forbids = engine_forbids_write(lab.engine, &building_points[building_point("bypass")],
		engine_find(lab.engine, "16-f2.tea"));
	assert_non_null(forbids);
	engine_action(lab.engine, "16-f2.tea", 0, ACTION_REFUSED, "facilityd", "", 210, &lab.sink);
	lab.log[0] = '\0';
	unlock("output:bypass", false, 0, 300);
	lab_expect(&lab, "300 lock 16-f2.tea-1 active-unacknowledged by wu (output:bypass is no "
			 "longer locked: it is done)\n"
			 "300 action 16-f2.tea-1 active-unacknowledged cut:yes:open:awaiting "
			 "by wu (no longer locked)\n");
	assert_null(
		engine_forbids_write(lab.engine, &building_points[building_point("bypass")], NULL));
}

/* What a lock does not reach, it does not offer either. */
static void test_what_failed_before_stays_failed(void **state)
{
	(void)state;
	lab_set(&lab, 100, "f2-tea-leak=1");
	lab_tick(&lab, 200);
	engine_action(lab.engine, "16-f2.tea", 0, ACTION_FAILED, "facilityd", "", 210, &lab.sink);
	lock_it("output:bypass", false, 0, HOUR_MS, 300);
	unlock("output:bypass", false, 0, 400);
	assert_int_equal(engine_find(lab.engine, "16-f2.tea")->steps[0].action, ACTION_FAILED);
}

/* Quiet of a point: unknown neither raises nor clears. */
static void test_what_a_quiet_point_reads_is_unknown(void **state)
{
	(void)state;
	lab_set(&lab, 100, "f2-leak=1 f2-tea-leak=0");
	lab_tick(&lab, 300);
	lock_it("point:f2-leak", true, 0, HOUR_MS, 400);
	lock_it("point:f2-tea-leak", true, 0, HOUR_MS, 400);
	lab.log[0] = '\0';
	lab_set(&lab, 500, "f2-leak=0 f2-tea-leak=1");
	lab_tick(&lab, 2000);
	lab_expect(&lab, "");
	assert_int_equal(
		engine_still_true(lab.engine, engine_find(lab.engine, "16-f2")), TRUTH_UNKNOWN);
	unlock("point:f2-leak", true, 0, 3000);
	unlock("point:f2-tea-leak", true, 0, 3000);
	lab_tick(&lab, 4000);
	assert_non_null(strstr(lab.log, "3000 returned 16-f2-1"));
	assert_non_null(strstr(lab.log, "3100 raised 16-f2.tea-2"));
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
}

/* What interlocks look at is hidden as it is from rules: of the incident whose action it is, and of
 * nobody's where a person's hand asks. */
static void test_what_an_interlock_sees(void **state)
{
	struct expr_error error;
	struct expr *expr = expr_compile("f2-leak", &building, &building_zones[Z_CENTRE], &error);

	(void)state;
	assert_non_null(expr);
	lab_set(&lab, 100, "f2-leak=1");
	assert_int_equal(engine_eval(lab.engine, expr, &types[0]), TRUTH_TRUE);
	lock_it("point:f2-leak", true, 0, HOUR_MS, 200);
	assert_int_equal(engine_eval(lab.engine, expr, &types[0]), TRUTH_UNKNOWN);
	assert_int_equal(engine_eval(lab.engine, expr, NULL), TRUTH_UNKNOWN);
	assert_int_equal(engine_eval(lab.engine, expr, &types[1]), TRUTH_TRUE); /* critical */
	assert_int_equal(
		engine_values(lab.engine)[building_point("f2-leak")].quality, QUALITY_GOOD);
	unlock("point:f2-leak", true, 0, 300);
	lock_it("point:f2-leak", false, 0, HOUR_MS, 400); /* not quiet */
	assert_int_equal(engine_eval(lab.engine, expr, NULL), TRUTH_TRUE);
	expr_free(expr);
}

/* Another plan, whose rule ends late. */
static struct fact deep_facts[] = {
	{ .id = "deep", .worse = true, .deadline_ms = HOUR_MS, .sensor = "smoke-1" }
};
static struct step deep_steps[] = {
	{ .id = "cut", .action = &cut },
	{ .id = "pump", .fact = &deep_facts[0], .action = &cut },
};
static struct incident_type deep_types[] = { { .id = "leak",
	.number = LEAK,
	.severity = SEVERITY_HIGH,
	.steps = deep_steps,
	.step_count = 2,
	.facts = deep_facts,
	.fact_count = 1 } };
static const struct plan deep_plan = { .types = deep_types, .type_count = 1 };
static const struct rule deep_rule = { .id = "wet",
	.type = &deep_types[0],
	.condition = "any(leak)",
	.clear_for_ms = 5000,
	.each_zone = true,
	.zone = &building_zones[Z_CENTRE] };

static void begin_deep(void)
{
	lab_end(&lab);
	lab_start_plan(&lab, &deep_plan, &deep_rule, 1);
}

/* At once, though no reading changes; and nothing is written by the end of a lock. */
static void test_facts_are_looked_at_again_at_the_end(void **state)
{
	(void)state;
	begin_deep();
	lock_it("point:smoke-1", true, 0, HOUR_MS, 50);
	lab_set(&lab, 100, "f2-tea-leak=1 smoke-1=1");
	assert_int_equal(lab.last.facts[0].status, FACT_UNKNOWN);
	assert_int_equal(lab.last.steps[1].applies, TRUTH_UNKNOWN);
	unlock("point:smoke-1", true, 0, 300);
	assert_int_equal(lab.last.facts[0].status, FACT_SENSED_WORSE);
	assert_int_equal(lab.last.steps[1].applies, TRUTH_TRUE);
	assert_int_equal(lab.last.steps[1].action, ACTION_AWAITING);
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
}

static void test_what_is_true_again_at_the_end_waits_for_a_release(void **state)
{
	(void)state;
	begin_deep();
	lab_set(&lab, 100, "f2-tea-leak=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
	lab_set(&lab, 200, "f2-tea-leak=0");
	engine_action(
		lab.engine, "16-f2.tea", 0, ACTION_OVERTAKEN, "facilityd", "", 210, &lab.sink);
	lock_it("point:f2-tea-leak", true, 0, HOUR_MS, 300);
	lab_set(&lab, 400, "f2-tea-leak=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_OVERTAKEN);
	unlock("point:f2-tea-leak", true, 0, 500);
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
}

/* A quiet point is no second voice; nor is it one by the lock's end. */
static void test_what_is_quiet_confirms_nothing(void **state)
{
	static const struct action by_two = { .id = "cut",
		.class = &building_classes[C_SWITCH],
		.mode = ACTION_AUTO,
		.confirmed_by = 2 };
	static const struct device modules[2] = { { .id = "a" }, { .id = "b" } };
	struct point *a = &building_points[building_point("f3-tea-leak-a")], *b = a + 1;

	(void)state;
	deep_steps[0].action = &by_two;
	a->device = &modules[0];
	b->device = &modules[1];
	begin_deep();
	lock_it("point:f3-tea-leak-b", true, 0, HOUR_MS, 50);
	lab_set(&lab, 100, "f3-tea-leak-a=1 f3-tea-leak-b=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	unlock("point:f3-tea-leak-b", true, 0, 200);
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	begin_deep();
	lab_set(&lab, 100, "f3-tea-leak-a=1 f3-tea-leak-b=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
	a->device = b->device = NULL;
	deep_steps[0].action = &cut;
}

/* The same again has another end; another person's is one more. */
static void test_two_locks_are_two(void **state)
{
	const struct lock of_li = lock_of("zone:f2", false, 0, "li");

	(void)state;
	lock_it("zone:f2", false, 0, HOUR_MS, 50);
	lock_it("zone:f2", false, 0, 2 * HOUR_MS, 60);
	assert_int_equal(engine_lock_at(lab.engine, 0)->until_ms, 60 + 2 * HOUR_MS);
	assert_null(engine_lock_at(lab.engine, 1));
	assert_true(engine_lock(lab.engine, &of_li, HOUR_MS, 70, &lab.sink));
	unlock("zone:f2", false, 0, 80);
	assert_string_equal(engine_lock_at(lab.engine, 0)->by, "li");
	assert_null(engine_lock_at(lab.engine, 1));
}

static void test_no_more_than_there_is_room_for(void **state)
{
	struct lock lock = lock_of("zone:f2", false, 0, "li");

	(void)state;
	for (int i = 0; i < LOCK_MAX; i++) {
		snprintf(lock.by, sizeof(lock.by), "p%d", i);
		assert_true(engine_lock(lab.engine, &lock, HOUR_MS, 70, &lab.sink));
	}
	strcpy(lock.by, "one more");
	assert_false(engine_lock(lab.engine, &lock, HOUR_MS, 70, &lab.sink));
	lock = lock_of("zone:f9", false, 0, "li");
	assert_false(engine_lock(lab.engine, &lock, HOUR_MS, 70, &lab.sink));
}

/* 15 minutes before the end, and told once. */
static void test_it_ends_soon(void **state)
{
	(void)state;
	lock_it("zone:f2", false, 0, HOUR_MS, 0);
	assert_int_equal(engine_deadline(lab.engine), HOUR_MS - LOCK_WARN_MS);
	lab_tick(&lab, HOUR_MS - LOCK_WARN_MS);
	assert_int_equal(engine_lock_at(lab.engine, 0)->state, LOCK_ENDING);
	engine_lock_told(lab.engine, engine_lock_at(lab.engine, 0));
	lab_tick(&lab, HOUR_MS - 1);
	assert_int_equal(engine_lock_at(lab.engine, 0)->state, LOCK_TOLD);
	assert_int_equal(engine_deadline(lab.engine), HOUR_MS);
	lab_tick(&lab, HOUR_MS);
	assert_null(engine_lock_at(lab.engine, 0));
	/* A short one needs no word. */
	lock_it("zone:f2", false, 0, LOCK_WARN_MS, 2 * HOUR_MS);
	assert_int_equal(engine_deadline(lab.engine), 2 * HOUR_MS + LOCK_WARN_MS);
}

/* Over a reload all go on, and over a restart with what was left. */
static void test_over_a_reload_and_a_restart(void **state)
{
	struct lab next;
	char error[256];

	(void)state;
	lock_it("f2", true, LEAK, HOUR_MS, 50);
	begin(&next);
	assert_int_equal(engine_adopt(next.engine, lab.engine, error, sizeof(error)), 0);
	lab_set(&next, 100, "f2-tea-leak=1");
	lab_tick(&next, 300);
	lab_expect(&next, "");
	assert_int_equal(engine_lock_at(next.engine, 0)->until_ms, 50 + HOUR_MS);
	lab_end(&lab);
	lab = next;
	begin(&next);
	assert_true(engine_restore_lock(next.engine, engine_lock_at(lab.engine, 0)));
	assert_false(engine_restore_lock(next.engine, engine_lock_at(lab.engine, 0)));
	lab_set(&next, 100, "f2-tea-leak=1");
	lab_tick(&next, 300);
	lab_expect(&next, "");
	lab_tick(&next, HOUR_MS + 1000);
	assert_non_null(engine_find(next.engine, "16-f2.tea"));
	assert_int_equal(next.last.steps[0].action, ACTION_AWAITING);
	lab_end(&next);
}

/* One that ended while nobody ran: what is true then is not switched at once. */
static void test_an_end_that_was_slept_through(void **state)
{
	struct lock lock = lock_of("f2", true, LEAK, "chen");

	(void)state;
	lock.state = LOCK_STANDS;
	lock.since_ms = -HOUR_MS;
	lock.until_ms = 10;
	assert_true(engine_restore_lock(lab.engine, &lock));
	lab_set(&lab, 100, "f2-tea-leak=1");
	lab_tick(&lab, 300);
	assert_non_null(engine_find(lab.engine, "16-f2.tea"));
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
}

/* A reboot's time is taken off once the clock is right, and never put on. */
static void test_what_a_reboot_took_is_taken_off(void **state)
{
	struct lock lock = lock_of("zone:f2", false, 0, "chen");
	const struct moment right = { 1000, 5000000 };

	(void)state;
	lock.state = LOCK_STANDS;
	lock.until_ms = HOUR_MS;
	lock.owed_ms = 4000000;
	engine_restore_lock(lab.engine, &lock);
	strcpy(lock.by, "li");
	lock.owed_ms = 6000000; /* the clock is behind what was told */
	engine_restore_lock(lab.engine, &lock);
	for (int i = 0; i < 2; i++) { /* once */
		engine_clock(lab.engine, &right);
		assert_int_equal(engine_lock_at(lab.engine, 0)->until_ms,
			HOUR_MS - (5000000 - 1000 - 4000000));
		assert_int_equal(engine_lock_at(lab.engine, 1)->until_ms, HOUR_MS);
	}
}

/* It may have ended while the machine was off. */
static void test_a_shelf_over_a_reboot(void **state)
{
	struct kept_incident kept;
	char error[256];
	struct lab next;

	(void)state;
	lab_set(&lab, 100, "f2-tea-leak=1");
	lab_tick(&lab, 300);
	assert_int_equal(
		engine_shelve(lab.engine, "16-f2.tea", HOUR_MS, "li", "known", 400, &lab.sink),
		ENGINE_OK);
	engine_keep(lab.engine, engine_find(lab.engine, "16-f2.tea"), &kept);
	kept.incident.owed_ms = 4000000;
	kept.incident.owed_until_ms = 500;
	begin(&next);
	assert_int_equal(engine_restore(next.engine, &kept, error, sizeof(error)), 0);
	lab_tick(&next, 500);
	lab_expect(&next, "");
	assert_true(engine_clock(next.engine, &(struct moment){ 500, 4000000 + HOUR_MS + 500 }));
	lab_tick(&next, 600);
	assert_non_null(strstr(next.log, "unshelved 16-f2.tea"));
	lab_end(&next);
}

static void test_what_does_not_look(void **state)
{
	struct lock lock = lock_of("zone:f2", true, 0, "chen");
	struct locked_rule found;
	size_t i = 0;

	(void)state;
	lock_it("zone:f2", true, 0, HOUR_MS, 50);
	lock = *engine_lock_at(lab.engine, 0);
	assert_true(engine_lock_rule(lab.engine, &lock, &i, &found));
	assert_string_equal(found.rule->id, "wet");
	assert_string_equal(found.zone->id, "f2");
	assert_true(engine_lock_rule(lab.engine, &lock, &i, &found));
	assert_string_equal(found.zone->id, "f2.tea");
	assert_false(engine_lock_rule(lab.engine, &lock, &i, &found));
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_a_type_out_of_service_holds_within),
		IN_LAB(test_a_report_comes_through),
		IN_LAB(test_critical_types_are_named),
		IN_LAB(test_what_is_true_at_the_end_waits_for_a_release),
		IN_LAB(test_what_was_over_before_the_end_begins_as_ever),
		IN_LAB(test_what_was_refused_is_offered),
		IN_LAB(test_what_failed_before_stays_failed),
		IN_LAB(test_what_a_quiet_point_reads_is_unknown),
		IN_LAB(test_what_an_interlock_sees),
		IN_LAB(test_facts_are_looked_at_again_at_the_end),
		IN_LAB(test_what_is_true_again_at_the_end_waits_for_a_release),
		IN_LAB(test_what_is_quiet_confirms_nothing),
		IN_LAB(test_two_locks_are_two),
		IN_LAB(test_no_more_than_there_is_room_for),
		IN_LAB(test_it_ends_soon),
		IN_LAB(test_over_a_reload_and_a_restart),
		IN_LAB(test_an_end_that_was_slept_through),
		IN_LAB(test_what_a_reboot_took_is_taken_off),
		IN_LAB(test_a_shelf_over_a_reboot),
		IN_LAB(test_what_does_not_look),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL) ? 1 : 0;
}
