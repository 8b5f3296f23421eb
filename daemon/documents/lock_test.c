/* Locks as documents and as the journal's row: what goes over a restart, a reboot, and damage. */
#include "daemon/documents/lock.h"

#include "tests/rules_lab.h"

#include <jansson.h>

enum { HOUR_MS = 3600 * 1000, BOOT_MS = 100000 };

#define WALL_MS INT64_C(1795489269250)

static struct incident_type types[] = {
	{ .id = "leak", .number = 16, .severity = SEVERITY_HIGH, .name = { "漏水", "Leak" } },
	{ .id = "fire", .number = 3, .severity = SEVERITY_CRITICAL, .name = { "火灾", "Fire" } },
};
static const struct plan plan = { .types = types, .type_count = 2 };
static const struct rule rules[] = { { .id = "wet",
	.type = &types[0],
	.condition = "any(leak)",
	.each_zone = true,
	.zone = &building_zones[Z_CENTRE] } };
static const struct people nobody;
static const struct moment now = { BOOT_MS, WALL_MS };

static struct lab lab;

static int set_up(void **state)
{
	building_setup(state);
	lab_start_plan(&lab, &plan, rules, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void lock_it(const char *name, bool quiet)
{
	struct lock lock = { .quiet = quiet, .by = "chen", .reason = "new pipes" };

	assert_true(lock_parse(name, &lock));
	assert_true(engine_lock(lab.engine, &lock, HOUR_MS, BOOT_MS, &lab.sink));
}

/* What the row says to a run that begins then. */
static const struct lock *restored(
	struct lab *next, const char *row, const struct reboot *reboot, int64_t now_ms)
{
	lab_start_plan(next, &plan, rules, 1);
	document_restore_locks(next->engine, row, reboot, now_ms);
	return engine_lock_at(next->engine, 0);
}

static void test_what_stands(void **state)
{
	const struct document_locks view = { lab.engine, &building, &plan, &nobody, now };
	json_t *json, *one;
	char *text;

	(void)state;
	lock_it("zone:f2", true);
	text = document_locks(&view);
	json = json_loads(text, 0, NULL);
	free(text);
	one = json_array_get(json_object_get(json, "locks"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "lock")), "zone:f2");
	assert_string_equal(json_string_value(json_object_get(one, "by")), "chen");
	assert_true(json_is_true(json_object_get(one, "quiet")));
	one = json_object_get(one, "covers");
	assert_int_equal(json_array_size(json_object_get(one, "types")), 1); /* no critical one */
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(one, "blind"), "count")), 2);
	json_decref(json);
}

/* Of the i-th lock. */
static size_t quiet_types(size_t i)
{
	const struct document_locks view = { lab.engine, &building, &plan, &nobody, now };
	char *text = document_locks(&view);
	json_t *json = json_loads(text, 0, NULL), *one;
	size_t count;

	free(text);
	one = json_array_get(json_object_get(json, "locks"), i);
	count = json_array_size(json_object_get(json_object_get(one, "covers"), "types"));
	json_decref(json);
	return count;
}

/* Of a point, what its rules raise; no rule reads the other. */
static void test_which_types_are_quiet(void **state)
{
	(void)state;
	lock_it("point:f2-leak", true);
	lock_it("point:x", true);
	assert_int_equal(quiet_types(0), 1);
	assert_int_equal(quiet_types(1), 0);
}

/* What the type's own actions switch, of what can be written there. */
static void test_a_type_holds_back_its_own_actions(void **state)
{
	const struct document_locks view = { lab.engine, &building, &plan, &nobody, now };
	const struct action cut = { .class = &building_classes[C_SWITCH] };
	const struct lock lock = { .kind = LOCK_TYPE, .type = 16, .id = "centre" };
	struct step steps[] = { { .id = "look" }, { .id = "cut", .action = &cut } };
	struct point *others[] = { &building_points[building_point("bypass")],
		&building_points[building_point("x")], &building_points[building_point("y")] };
	json_t *json, *ids;
	char *text;

	(void)state;
	types[0].steps = steps;
	types[0].step_count = 2;
	for (size_t i = 0; i < 3; i++)
		others[i]->writable = true;
	assert_true(engine_lock(lab.engine, &lock, HOUR_MS, BOOT_MS, &lab.sink));
	text = document_locks(&view);
	json = json_loads(text, 0, NULL);
	free(text);
	ids = json_array_get(json_object_get(json, "locks"), 0);
	ids = json_object_get(json_object_get(json_object_get(ids, "covers"), "outputs"), "ids");
	for (size_t i = 0; i < 3; i++)
		others[i]->writable = false;
	types[0].step_count = 0;
	assert_int_equal(json_array_size(ids), 1);
	assert_string_equal(json_string_value(json_array_get(ids, 0)), "bypass");
	json_decref(json);
}

static void test_nothing_stands(void **state)
{
	const struct document_locks view = { lab.engine, &building, &plan, &nobody, now };
	char *text = document_locks(&view);

	(void)state;
	assert_string_equal(text, "{\"v\":1,\"locks\":[]}");
	free(text);
	assert_null(document_keep_locks(lab.engine));
}

/* The same boot: the same end, however long nobody ran. */
static void test_over_a_restart(void **state)
{
	const struct lock *lock;
	struct lab next;
	char *row;

	(void)state;
	lock_it("zone:f2", true);
	row = document_keep_locks(lab.engine);
	lock = restored(&next, row, &(struct reboot){ 0 }, BOOT_MS + 60000);
	assert_non_null(lock);
	assert_int_equal(lock->until_ms, BOOT_MS + HOUR_MS);
	assert_int_equal(lock->owed_ms, 0);
	assert_string_equal(lock->by, "chen");
	assert_string_equal(lock->reason, "new pipes");
	assert_true(lock->quiet);
	lab_end(&next);
	free(row);
}

/* Over a reboot what was left, and what it took is taken off when the clock is known to be right.
 */
static void test_over_a_reboot(void **state)
{
	const struct reboot reboot = { .rebooted = true,
		.shift_ms = -1,
		.still_ms = 5000 - BOOT_MS,
		.offset_ms = WALL_MS - BOOT_MS };
	const struct lock *lock;
	struct lab next, third;
	char *row;

	(void)state;
	lock_it("zone:f2", false);
	row = document_keep_locks(lab.engine);
	lock = restored(&next, row, &reboot, 5000);
	free(row);
	assert_non_null(lock);
	assert_int_equal(lock->until_ms, 5000 + HOUR_MS);
	/* What is owed is kept. */
	row = document_keep_locks(next.engine);
	assert_non_null(restored(&third, row, &(struct reboot){ 0 }, 6000));
	engine_clock(third.engine, &(struct moment){ 7000, WALL_MS + 602000 });
	assert_int_equal(engine_lock_at(third.engine, 0)->until_ms, 5000 + HOUR_MS - 600000);
	lab_end(&next);
	lab_end(&third);
	free(row);
}

static void test_damage(void **state)
{
	static const char *const rows[] = { "", "{", "[]", "{\"locks\":7}", "{\"locks\":[{}]}",
		"{\"locks\":[{\"kind\":9,\"id\":\"f2\",\"quiet\":true,\"type\":0,"
		"\"recurring\":false,\"by\":\"li\",\"reason\":\"r\",\"state\":1,\"since_ms\":0,"
		"\"until_ms\":9000,\"owed_ms\":0}]}",
		"{\"locks\":[{\"kind\":0,\"id\":\"f9\",\"quiet\":true,\"type\":0,"
		"\"recurring\":false,\"by\":\"li\",\"reason\":\"r\",\"state\":1,\"since_ms\":0,"
		"\"until_ms\":9000,\"owed_ms\":0}]}",
		"{\"locks\":[{\"kind\":0,\"id\":\"f2\",\"quiet\":true,\"type\":0,"
		"\"recurring\":false,\"by\":\"li\",\"reason\":\"r\",\"state\":1,\"since_ms\":0,"
		"\"until_ms\":9999999999999,\"owed_ms\":0}]}" };
	struct lab next;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(restored(&next, rows[i], &(struct reboot){ 0 }, BOOT_MS));
		lab_end(&next);
	}
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_what_stands),
		IN_LAB(test_which_types_are_quiet),
		IN_LAB(test_a_type_holds_back_its_own_actions),
		IN_LAB(test_nothing_stands),
		IN_LAB(test_over_a_restart),
		IN_LAB(test_over_a_reboot),
		IN_LAB(test_damage),
	};

	return cmocka_run_group_tests_name("documents lock", tests, NULL, NULL) ? 1 : 0;
}
