/* How actions begin, and where they act. */
#include "rules/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SITE, F1, F1_HALL, F1_TEA, F2, F2_TEA, ZONES };
static struct zone zones[ZONES] = {
	[SITE] = { .id = "centre" },
	[F1] = { .id = "f1", .parent = &zones[SITE] },
	[F1_HALL] = { .id = "f1.hall", .parent = &zones[F1] },
	[F1_TEA] = { .id = "f1.tea", .parent = &zones[F1] },
	[F2] = { .id = "f2", .parent = &zones[SITE] },
	[F2_TEA] = { .id = "f2.tea", .parent = &zones[F2] },
};
static const struct point_class circuit = { .id = "circuit" }, boiler = { .id = "boiler" };
static struct point points[] = {
	{ .id = "f1-hall-circuit", .class = &circuit, .zone = &zones[F1_HALL], .writable = true },
	{ .id = "f1-tea-circuit", .class = &circuit, .zone = &zones[F1_TEA], .writable = true },
	{ .id = "f1-tea-boiler", .class = &boiler, .zone = &zones[F1_TEA], .writable = true },
	{ .id = "f2-tea-circuit", .class = &circuit, .zone = &zones[F2_TEA], .writable = true },
	{ .id = "f2-light",
		.class = &circuit,
		.zone = &zones[F2],
		.writable = true,
		.protected = true },
	{ .id = "f2-tea-seen", .class = &boiler, .zone = &zones[F2_TEA] },
};
static const struct site site = { .zones = zones,
	.zone_count = ZONES,
	.points = points,
	.point_count = sizeof(points) / sizeof(points[0]) };

static void test_how_it_begins(void **state)
{
	static const struct {
		enum action_mode mode;
		enum on_report on_report;
		bool ruled, drill;
		int zone;
		enum action_mode expected;
		bool reported;
		unsigned devices;
		int64_t confirmed_by;
	} rows[] = {
		/* By two devices, or by one and a person; a person alone is one. */
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_CONFIRM, false, 1, 2 },
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_AUTO, false, 2, 2 },
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_AUTO, true, 1, 2 },
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_CONFIRM, false, 0, 2 },
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_CONFIRM, true, 0, 2 },
		{ ACTION_AUTO, ON_REPORT_AUTO, false, false, F1_TEA, ACTION_CONFIRM, true, 0, 2 },
		{ ACTION_AUTO, 0, true, false, F1_TEA, ACTION_AUTO, false, 0, 1 },
		{ ACTION_ADVISE, 0, true, false, F1_TEA, ACTION_ADVISE, true, 2, 2 },
		{ ACTION_CONFIRM, 0, true, false, F1_TEA, ACTION_CONFIRM, true, 2, 2 },
		{ ACTION_AUTO, ON_REPORT_CONFIRM, true, false, F1_TEA, ACTION_AUTO },
		{ ACTION_AUTO, ON_REPORT_CONFIRM, false, false, F1_TEA, ACTION_CONFIRM },
		{ ACTION_AUTO, ON_REPORT_AUTO, false, false, F1_TEA, ACTION_AUTO },
		/* The place is asked for whatever the action says; a rule has said where. */
		{ ACTION_AUTO, ON_REPORT_AUTO, false, false, F1, ACTION_CONFIRM },
		{ ACTION_AUTO, ON_REPORT_CONFIRM, true, false, SITE, ACTION_AUTO },
		{ ACTION_CONFIRM, ON_REPORT_CONFIRM, true, false, F1_TEA, ACTION_CONFIRM },
		{ ACTION_CONFIRM, ON_REPORT_AUTO, false, false, F1_TEA, ACTION_CONFIRM },
		{ ACTION_ADVISE, ON_REPORT_AUTO, true, false, F1_TEA, ACTION_ADVISE },
		{ ACTION_ADVISE, ON_REPORT_AUTO, false, false, F1_TEA, ACTION_ADVISE },
		{ ACTION_AUTO, ON_REPORT_AUTO, true, true, F1_TEA, ACTION_ADVISE },
		{ ACTION_CONFIRM, ON_REPORT_CONFIRM, false, true, F1_TEA, ACTION_ADVISE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct action action = { .class = &circuit,
			.mode = rows[i].mode,
			.on_report = rows[i].on_report,
			.confirmed_by = rows[i].confirmed_by };
		const struct action_call call = { &zones[rows[i].zone], rows[i].drill,
			rows[i].ruled, rows[i].reported, rows[i].devices };

		assert_int_equal(action_begins_as(&site, &action, &call), rows[i].expected);
	}
}

static void assert_places(const struct action *action, int zone, const int *expected)
{
	const struct zone *place;
	size_t i = 0;

	for (; *expected; expected++) {
		place = action_place(&site, action, &zones[zone], &i);
		assert_ptr_equal(place, &zones[*expected]);
	}
	assert_null(action_place(&site, action, &zones[zone], &i));
}

static void test_between_which_places(void **state)
{
	const struct action cut = { .class = &circuit }, off = { .class = &boiler },
			    floors = { .class = &circuit, .scope = ACTION_FLOOR },
			    all = { .class = &circuit, .scope = ACTION_SITE };

	(void)state;
	assert_places(&cut, SITE, (int[]){ F1_HALL, F1_TEA, F2_TEA, 0 });
	assert_places(&cut, F1, (int[]){ F1_HALL, F1_TEA, 0 });
	assert_places(&cut, F1_TEA, (int[]){ 0 });
	assert_places(&off, SITE, (int[]){ F1_TEA, 0 }); /* what is only measured is no output */
	assert_places(&floors, SITE, (int[]){ F1, F2, 0 });
	assert_places(&floors, F1, (int[]){ 0 });
	assert_places(&all, SITE, (int[]){ 0 });
	assert_true(action_spares(&cut, &points[4]));
	assert_false(action_spares(&(struct action){ .class = &circuit, .value = 1 }, &points[4]));
	assert_true(action_asks_place(&site, &cut, &zones[F1]));
	assert_false(action_asks_place(&site, &cut, &zones[F1_TEA]));
	assert_true(action_asks_place(&site, &floors, &zones[SITE]));
	assert_false(action_asks_place(&site, &floors, &zones[F1_TEA]));
	assert_false(action_asks_place(&site, &all, &zones[SITE]));
	assert_false(action_asks_place(&site, &off, &zones[F2]));
}

static void test_where_it_fits(void **state)
{
	const struct action cut = { .class = &circuit },
			    floors = { .class = &circuit, .scope = ACTION_FLOOR },
			    all = { .class = &circuit, .scope = ACTION_SITE };

	(void)state;
	assert_true(action_fits(&cut, &zones[F1], &zones[F1_TEA]));
	assert_true(action_fits(&cut, &zones[F1], &zones[F1]));
	assert_false(action_fits(&cut, &zones[F1], &zones[F2_TEA]));
	assert_false(action_fits(&cut, &zones[F1_TEA], &zones[F1]));
	assert_true(action_fits(&floors, &zones[SITE], &zones[F2]));
	/* The floor would go dark, and a room was named. */
	assert_false(action_fits(&floors, &zones[SITE], &zones[F2_TEA]));
	assert_false(action_fits(&all, &zones[SITE], &zones[F2]));
	assert_ptr_equal(action_zone(&site, &floors, &zones[F2_TEA]), &zones[F2]);
	assert_ptr_equal(action_zone(&site, &all, &zones[F2_TEA]), &zones[SITE]);
	assert_ptr_equal(action_zone(&site, &cut, &zones[F2_TEA]), &zones[F2_TEA]);
	assert_true(action_covers(&floors, &zones[F2], &points[3]));
	assert_false(action_covers(&floors, &zones[F1], &points[3]));
}

/* None of them lies in another, and what is in one is in all. */
static void test_a_set_of_places(void **state)
{
	struct places places = { .count = 0 }, other = { .count = 0 };
	struct zone more[PLACE_MAX] = { { .id = "x" } };

	(void)state;
	assert_null(places_of(&places, &zones[F1_TEA]));
	assert_true(places_add(&places, &zones[F1_TEA]));
	assert_true(places_add(&places, &zones[F2_TEA]));
	assert_true(places_add(&places, &zones[F1_TEA]));
	assert_int_equal(places.count, 2);
	assert_ptr_equal(places_of(&places, &zones[F2_TEA]), &zones[F2_TEA]);
	assert_null(places_of(&places, &zones[F1]));
	assert_true(places_add(&places, &zones[F1_HALL]));
	assert_true(places_add(&places, &zones[F1]));
	assert_int_equal(places.count, 2);
	assert_ptr_equal(places_of(&places, &zones[F1_HALL]), &zones[F1]);
	assert_false(places_same(&places, &other));
	other = places;
	assert_true(places_same(&places, &other));
	other.zones[1] = &zones[F2];
	assert_false(places_same(&places, &other));
	for (size_t i = places.count; i < PLACE_MAX; i++)
		assert_true(places_add(&places, &more[i]));
	assert_false(places_add(&places, &more[0]));
	assert_int_equal(places.count, PLACE_MAX);
	assert_true(places_add(&places, &zones[SITE])); /* the others are part of it */
	assert_int_equal(places.count, PLACE_MAX - 1);
}

static void test_what_has_outputs(void **state)
{
	const struct action cut = { .class = &circuit }, off = { .class = &boiler };

	(void)state;
	assert_true(action_reaches(&site, &cut, &zones[F1]));
	assert_true(action_reaches(&site, &off, &zones[F1_TEA]));
	assert_false(action_reaches(&site, &off, &zones[F2_TEA])); /* it is only measured */
	points[3].protected = true;
	assert_false(action_reaches(&site, &cut, &zones[F2]));
	points[3].protected = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_it_begins),
		cmocka_unit_test(test_between_which_places),
		cmocka_unit_test(test_where_it_fits),
		cmocka_unit_test(test_a_set_of_places),
		cmocka_unit_test(test_what_has_outputs),
	};

	return cmocka_run_group_tests_name("actions", tests, NULL, NULL) ? 1 : 0;
}
