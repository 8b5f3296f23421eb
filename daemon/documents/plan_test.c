/* The document of the plan, read back with jansson: every member, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/document.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct zone zones[] = {
	{ .id = "centre", .name = { "行政服务中心", "Service centre" } },
	{ .id = "f3", .name = { "三层", "Floor 3" }, .parent = &zones[0], .index = 1 },
};
static struct role roles[] = {
	{ "service_desk", { "总服务台", "Service desk" } },
	{ "property", { "物业", "Property" } },
};
static struct incident_type types[] = {
	{ .id = "water-loss",
		.number = 2,
		.name = { "停水", "Water loss" },
		.severity = SEVERITY_HIGH },
	{ .id = "pet", .number = 13, .name = { "宠物", "Pet" }, .severity = SEVERITY_LOW },
};

static void assert_json(json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_COMPACT);

	assert_string_equal(text, expected);
	free(text);
}

static void test_plan(void **state)
{
	const struct site site = { .zones = zones, .zone_count = 2 };
	const struct plan plan = {
		.types = types,
		.type_count = 2,
		.roles = roles,
		.role_count = 2,
		.chain = { { .roles = { &roles[1] }, .role_count = 1, .after_ms = 180000 } },
		.chain_count = 1,
	};
	char *text = document_plan(&plan, &site);
	json_t *json;

	(void)state;
	assert_non_null(text);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	assert_int_equal(json_object_size(json), 5);
	assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
	assert_json(json_object_get(json, "types"),
		"[{\"number\":2,\"id\":\"water-loss\",\"name\":{\"zh\":\"停水\",\"en\":\"Water "
		"loss\"},"
		"\"severity\":\"high\"},"
		"{\"number\":13,\"id\":\"pet\",\"name\":{\"zh\":\"宠物\",\"en\":\"Pet\"},"
		"\"severity\":\"low\"}]");
	assert_json(json_object_get(json, "roles"),
		"[{\"id\":\"service_desk\",\"zh\":\"总服务台\",\"en\":\"Service desk\"},"
		"{\"id\":\"property\",\"zh\":\"物业\",\"en\":\"Property\"}]");
	assert_json(json_object_get(json, "zones"),
		"[{\"id\":\"centre\",\"zh\":\"行政服务中心\",\"en\":\"Service centre\"},"
		"{\"id\":\"f3\",\"zh\":\"三层\",\"en\":\"Floor 3\"}]");
	assert_json(json_object_get(json, "chain"), "[{\"roles\":[\"property\"],\"after_s\":180}]");
	json_decref(json);
}

static void test_empty(void **state)
{
	char *text = document_plan(&(struct plan){ 0 }, &(struct site){ 0 });

	(void)state;
	assert_string_equal(text, "{\"v\":1,\"types\":[],\"roles\":[],\"zones\":[],\"chain\":[]}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests_name("document_plan", tests, NULL, NULL) ? 1 : 0;
}
