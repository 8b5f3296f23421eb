/* What each kind of lock covers, keeps from raising, hides, and forbids to write. */
#include "rules/locks.h"

#include "tests/document_table.h"
#include "tests/rules_building.h"

static const struct incident_type leak = { .number = 16, .severity = SEVERITY_HIGH };
static const struct incident_type fire = { .number = 14, .severity = SEVERITY_CRITICAL };

static struct device relay = { .id = "relay" };
static struct site with_relay;

static struct lock lock_of(const char *name, bool quiet, int type)
{
	struct lock lock = { .quiet = quiet, .type = type, .by = "chen" };

	if (!lock_parse(name, &lock)) {
		lock.kind = LOCK_TYPE;
		strcpy(lock.id, name);
	}
	assert_true(lock_fit(&lock, &with_relay));
	return lock;
}

static const struct point *point_of(const char *id)
{
	return &building_points[building_point(id)];
}

static const struct zone *zone_of(const char *id)
{
	return site_zone(&building, id);
}

/* Every state by every event. */
static void test_life(void **state)
{
	static const enum lock_state next[LOCK_STATE_COUNT][LOCK_EVENT_COUNT] = {
		{ LOCK_STANDS, LOCK_NONE, LOCK_NONE, LOCK_NONE, LOCK_NONE, LOCK_NONE },
		{ LOCK_STANDS, LOCK_ENDING, LOCK_STANDS, LOCK_NONE, LOCK_NONE, LOCK_NONE },
		{ LOCK_STANDS, LOCK_ENDING, LOCK_TOLD, LOCK_NONE, LOCK_NONE, LOCK_NONE },
		{ LOCK_STANDS, LOCK_TOLD, LOCK_TOLD, LOCK_NONE, LOCK_NONE, LOCK_NONE },
	};

	(void)state;
	for (int s = 0; s < LOCK_STATE_COUNT; s++)
		for (int e = 0; e < LOCK_EVENT_COUNT; e++)
			assert_int_equal(
				lock_next((enum lock_state)s, (enum lock_event)e), next[s][e]);
}

static void test_names(void **state)
{
	static const char *const good[] = { "zone:f2.tea", "device:relay", "point:smoke-1",
		"output:bypass" };
	static const char *const bad[] = { "", "f2", "zone:", ":f2", "zones:f2", "zone f2",
		"zone:f2 ", "zone:F/2", "type:16" };
	char name[LOCK_NAME_MAX + 1];
	struct lock lock = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(lock_parse(good[i], &lock));
		assert_string_equal(lock_name(&lock, name), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(lock_parse(bad[i], &lock));
	lock = lock_of("f2", true, 16);
	assert_string_equal(lock_name(&lock, name), "16-f2");
}

static void test_what_is_not_there(void **state)
{
	static const char *const lacking[] = { "zone:f9", "device:none", "point:f2", "output:f2",
		"output:smoke-1" /* is no output */ };
	struct lock lock = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++) {
		assert_true(lock_parse(lacking[i], &lock));
		assert_false(lock_fit(&lock, &with_relay));
	}
}

/* Writes: whatever is within; of a type only its own, where it is. */
static void test_writes(void **state)
{
	static const struct {
		const char *lock;
		int type;
		const char *output;
		const struct incident_type *of;
		const char *where;
		bool forbids;
	} rows[] = {
		{ "zone:f2", 0, "f2-tea-leak", NULL, NULL, true },
		{ "zone:f2", 0, "f2-leak", &fire, "f3", true },
		{ "zone:f2", 0, "f3-water", NULL, NULL, false },
		{ "zone:f2.tea", 0, "f2-leak", NULL, NULL, false },
		{ "zone:centre", 0, "f3-water", NULL, NULL, true },
		{ "device:relay", 0, "bypass", NULL, NULL, true },
		{ "device:relay", 0, "ats-on", NULL, NULL, false },
		{ "point:bypass", 0, "bypass", NULL, NULL, true },
		{ "output:bypass", 0, "bypass", &leak, "f2", true },
		{ "output:bypass", 0, "ats-on", &leak, "f2", false },
		{ "f2", 16, "f2-tea-leak", &leak, "f2.tea", true },
		{ "f2", 16, "bypass", &leak, "f2.tea", true },
		{ "f2", 16, "f2-tea-leak", &fire, "f2.tea", false },
		{ "f2", 16, "f2-tea-leak", &leak, "f3", false },
		{ "f2", 16, "f2-tea-leak", NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lock lock = lock_of(rows[i].lock, rows[i].type != 0, rows[i].type);

		assert_int_equal(lock_forbids_write(&lock, point_of(rows[i].output), rows[i].of,
					 rows[i].where ? zone_of(rows[i].where) : NULL),
			rows[i].forbids);
	}
}

/* Quiet: in a zone and within; without a type all but the critical ones. */
static void test_raises(void **state)
{
	static const struct {
		const char *lock;
		bool quiet;
		int type;
		const struct incident_type *of;
		const char *where;
		bool holds;
	} rows[] = {
		{ "zone:f2", true, 0, &leak, "f2.tea", true },
		{ "zone:f2", true, 0, &leak, "f2", true },
		{ "zone:f2", true, 0, &leak, "f3", false },
		{ "zone:f2", true, 0, &leak, "centre", false },
		{ "zone:f2", true, 0, &fire, "f2", false },
		{ "zone:f2", true, 14, &fire, "f2.tea", true },
		{ "zone:f2", true, 14, &leak, "f2.tea", false },
		{ "zone:f2", false, 0, &leak, "f2", false },
		{ "device:relay", true, 0, &leak, "centre", false },
		{ "f2", true, 16, &leak, "f2.tea", true },
		{ "f2", true, 16, &fire, "f2.tea", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lock lock = lock_of(rows[i].lock, rows[i].quiet, rows[i].type);

		assert_int_equal(
			lock_holds_raise(&lock, rows[i].of, zone_of(rows[i].where)), rows[i].holds);
	}
}

/* Of a device or a point: what rules see of it. */
static void test_what_is_hidden(void **state)
{
	static const struct {
		const char *lock;
		bool quiet;
		int type;
		const struct incident_type *of;
		const char *point;
		bool hides;
	} rows[] = {
		{ "point:smoke-1", true, 0, &leak, "smoke-1", true },
		{ "point:smoke-1", true, 0, &fire, "smoke-1", false },
		{ "point:smoke-1", true, 14, &fire, "smoke-1", true },
		{ "point:smoke-1", true, 14, &fire, "smoke-2", false },
		{ "point:smoke-1", false, 0, &leak, "smoke-1", false },
		{ "device:relay", true, 0, &leak, "bypass", true },
		{ "device:relay", true, 0, &leak, "ats-on", false },
		{ "zone:f2", true, 0, &leak, "f2-leak", false }, /* holds back, and hides nothing */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lock lock = lock_of(rows[i].lock, rows[i].quiet, rows[i].type);

		assert_int_equal(
			lock_hides(&lock, rows[i].of, point_of(rows[i].point)), rows[i].hides);
	}
}

static void test_the_same(void **state)
{
	const struct lock lock = lock_of("zone:f2", true, 0);
	struct lock other = lock;

	(void)state;
	other.until_ms = 7;
	assert_true(lock_same(&lock, &other));
	strcpy(other.by, "li");
	assert_false(lock_same(&lock, &other));
	other = lock_of("zone:f2", true, 14);
	assert_false(lock_same(&lock, &other));
	other = lock_of("zone:f2", false, 0);
	assert_false(lock_same(&lock, &other));
}

static void test_the_document_agrees(void **state)
{
	static const char *const names[LOCK_STATE_COUNT] = { "none", "stands", "ending", "told" };
	static struct document_table table;

	(void)state;
	document_table("docs/rules.md", "| state | set (again) |", &table);
	assert_int_equal(table.rows, LOCK_STATE_COUNT);
	assert_int_equal(table.columns, LOCK_EVENT_COUNT + 1);
	for (size_t from = 0; from < table.rows; from++) {
		table.cells[from][0][strcspn(table.cells[from][0], ":")] = '\0';
		assert_string_equal(table.cells[from][0], names[from]);
		for (int e = 0; e < LOCK_EVENT_COUNT; e++) {
			const char *text = table.cells[from][e + 1];
			int to = strcmp(text, "·") == 0
					 ? (int)from
					 : document_word(text, names, LOCK_STATE_COUNT);

			assert_int_equal(lock_next((enum lock_state)from, (enum lock_event)e), to);
		}
	}
}

static int set_up(void **state)
{
	building_setup(state);
	with_relay = building;
	with_relay.devices = &relay;
	with_relay.device_count = 1;
	building_points[building_point("bypass")].device = &relay;
	building_points[building_point("bypass")].writable = true;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_the_document_agrees),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_raises),
		cmocka_unit_test(test_what_is_hidden),
		cmocka_unit_test(test_the_same),
	};

	return cmocka_run_group_tests_name("locks", tests, set_up, NULL) ? 1 : 0;
}
