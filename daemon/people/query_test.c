/* Listings: every kind, choosing points, and where a long one is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/people/query.h"
#include "tests/document_site.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 20000 };

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	(void)sink;
	assert_int_equal(transition->kind, TRANSITION_RAISED);
}

static struct moment when(int64_t now_ms)
{
	return (struct moment){ now_ms, now_ms };
}

static void on_trouble(
	struct trouble_events *events, const struct trouble *trouble, struct moment moment)
{
	(void)events;
	(void)moment;
	assert_true(trouble->lasting);
}

static const struct reading *read_point(void *context, const struct point *point)
{
	static struct reading reading;

	assert_ptr_equal(context, &site);
	reading = (struct reading){ point->index, QUALITY_GOOD, REASON_NONE, 0, 1, 99000 };
	return &reading;
}

static struct query_view view = {
	.origin = { "0123456789abcdef", 7 },
	.site = &site,
	.outputs = OUTPUTS,
	.clock = { 100000, WALL_MS },
	.context = (void *)&site,
	.reading = read_point,
};

static json_t *ask(enum query_kind kind, const char *match, bool more)
{
	struct query_result result = query_run(&view, kind, match);
	json_t *json;

	assert_non_null(result.text);
	assert_int_equal(strlen(result.text), result.length);
	assert_true(result.length <= QUERY_SIZE_MAX);
	assert_int_equal(result.more, more);
	json = json_loads(result.text, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_array(json));
	free(result.text);
	return json;
}

static const char *id_at(const json_t *list, size_t i)
{
	return json_string_value(json_object_get(json_array_get(list, i), "id"));
}

static json_t *assert_size(json_t *list, size_t size)
{
	assert_int_equal(json_array_size(list), size);
	return list;
}

static void test_kinds(void **state)
{
	static const struct rule low = {
		.id = "low",
		.name = { "水压低", "Low" },
		.type = &type,
		.condition = "any(water.pressure < 1 bar)",
		.zone = &zones[1],
		.where = "here",
	};
	const struct reading reading = { WATER, QUALITY_GOOD, REASON_NONE, 0, 0.3, 99000 };
	struct engine_sink sink = { on_transition };
	struct trouble_events events = { on_trouble };
	struct trouble_list *troubles = trouble_list_new(&events);
	char error[200] = "";
	struct engine *engine = engine_new(&site, NULL, &low, 1, 1, error, sizeof(error));
	json_t *list;

	(void)state;
	(void)incident_new; /* an engine makes it here */
	if (!engine)
		fail_msg("%s", error);
	view.engine = engine;
	view.troubles = troubles;
	json_decref(assert_size(ask(QUERY_INCIDENTS, "", false), 0));
	json_decref(assert_size(ask(QUERY_TROUBLES, "", false), 0));
	engine_frame(engine, &reading, 1, 99000, &sink);
	trouble_begin(troubles, "mqtt", when(99000), "断开", "gone");
	trouble_begin(troubles, "bus.rs485", when(99500), "断开", "down");

	list = assert_size(ask(QUERY_INCIDENTS, "", false), 1);
	assert_memory_equal(id_at(list, 0), "2-f3-", 5);
	json_decref(list);
	list = assert_size(ask(QUERY_TROUBLES, "", false), 2);
	assert_string_equal(id_at(list, 1), "bus.rs485");
	json_decref(list);
	list = assert_size(ask(QUERY_STATE, "", false), 1);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(list, 0), "status")), "online");
	json_decref(list);
	view.stats = (struct stats_view){ hygiene_new(), engine, 1, 1, view.clock };
	list = assert_size(ask(QUERY_STATS, "", false), 1);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 0), "standing")), 1);
	json_decref(list);
	hygiene_free((struct hygiene *)view.stats.hygiene);
	trouble_list_free(troubles);
	engine_free(engine);
}

static void test_choice(void **state)
{
	static const struct {
		const char *match;
		size_t count;
	} table[] = {
		{ "", 2 },
		{ "f3", 2 },
		{ "centre", 2 }, /* the zone of the whole site */
		{ "water", 1 },
		{ "3-w", 1 }, /* in its id only */
		{ "boiler.sup", 1 },
		{ "开水器", 1 },
		{ "floor 3", 2 },
		{ "Water p", 1 },
		{ "f", 2 },
		{ "f4", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *list = ask(QUERY_POINTS, table[i].match, false);

		if (json_array_size(list) != table[i].count)
			fail_msg("\"%s\": %zu points", table[i].match, json_array_size(list));
		json_decref(list);
	}
}

/* "f1" is floor 1 and not floor 10 too. */
static void test_zone_is_exact(void **state)
{
	static struct zone floors[] = {
		{ .id = "t" },
		{ .id = "f1", .parent = &floors[0], .index = 1 },
		{ .id = "f10", .parent = &floors[0], .index = 2 },
		{ .id = "f1.tea", .parent = &floors[1], .index = 3 },
	};
	struct point few[3];
	struct site tower = site;
	json_t *list;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		few[i] = points[0];
		few[i].zone = &floors[i + 1];
	}
	tower.zones = floors;
	tower.zone_count = 4;
	tower.points = few;
	tower.point_count = 3;
	view.site = &tower;
	list = ask(QUERY_POINTS, "f1", false);
	view.site = &site;
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
}

static void test_cut(void **state)
{
	struct site large = site;
	json_t *list;

	(void)state;
	large.points = calloc(MANY, sizeof(*large.points));
	large.point_count = MANY;
	for (size_t i = 0; i < MANY; i++)
		large.points[i] = points[0];
	view.site = &large;
	list = ask(QUERY_POINTS, "", true);
	view.site = &site;
	assert_true(json_array_size(list) > 1000);
	assert_true(json_array_size(list) < MANY);
	json_decref(list);
	free(large.points);
}

static void test_people(void **state)
{
	static const struct role roles[] = {
		{ "service_desk", { "总服务台", "Service desk" } },
		{ "security", { "保安", "Security" } },
	};
	static struct person persons[] = {
		{ .id = "li-si",
			.name = { "李四", "Li Si" },
			.roles = { &roles[0] },
			.role_count = 1 },
		{ .id = "wang-security",
			.name = { "王五", "Wang Wu" },
			.roles = { &roles[0], &roles[1] },
			.role_count = 2 },
		{ .id = "sun-security",
			.name = { "孙七", "Sun Qi" },
			.roles = { &roles[0] },
			.role_count = 1 },
	};
	static const struct plan plan = { .roles = (struct role *)roles, .role_count = 2 };
	static const struct people people = { persons, 3 };
	static const struct {
		const char *match;
		size_t count;
	} table[] = {
		{ "", 3 },
		{ "service_desk", 3 },
		{ "security", 1 }, /* a role, not part of an id */
		{ "sec", 2 },
		{ "Wang", 1 },
		{ "李", 1 },
		{ "nobody", 0 },
	};

	(void)state;
	view.people = &people;
	view.plan = &plan;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *list = ask(QUERY_PEOPLE, table[i].match, false);

		if (json_array_size(list) != table[i].count)
			fail_msg("\"%s\": %zu people", table[i].match, json_array_size(list));
		json_decref(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_zone_is_exact),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_people),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL) ? 1 : 0;
}
