/* What happens in one instant: frames, delays that end together, what explains what explains. */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

/* clang-format off */
static struct incident_type types[] = {
	{ .id = "power", .number = 1 },
	{ .id = "chill", .number = 19 },
	{ .id = "server", .number = 21 },
	{ .id = "pump", .number = 2 },
};
static const struct plan plan = { .types = types, .type_count = 4 };

#define SITE .zone = &building_zones[Z_CENTRE]
#define EXPLAINED_BY(t) .suppressed_by = { &types[t] }, .suppressor_count = 1

/* Consequences stand before their causes, so that the order of the table cannot help. */
static const struct rule rules[] = {
	{ .id = "hot", .type = &types[2], .condition = "t-a > 40 °C", SITE, EXPLAINED_BY(1) },
	{ .id = "warm", .type = &types[1], .condition = "bypass", .clear_for_ms = 100, SITE,
		EXPLAINED_BY(0) },
	{ .id = "mains", .type = &types[0], .condition = "ats-on", .clear_for_ms = 100, SITE },
	{ .id = "differ", .type = &types[3], .condition = "x > 50 and not y > 50", SITE },
};
/* clang-format on */

static struct lab lab;

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, rules, sizeof(rules) / sizeof(rules[0]));
	lab_frame(&lab, 0, "ats-on=0 bypass=0 t-a=20 x=0 y=0");
	lab_expect(&lab, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Two registers of one answer: nothing is looked at before both are there. */
static void test_a_frame_is_taken_as_one(void **state)
{
	(void)state;
	for (int64_t at_ms = 10; at_ms < 100; at_ms += 10) {
		lab_frame(&lab, at_ms, "x=99 y=99");
		lab_frame(&lab, at_ms + 5, "x=0 y=0");
	}
	lab_expect(&lab, "");
	lab_frame(&lab, 100, "x=99 y=0");
	lab_expect(&lab, "100 raised 2-centre-1 active-unacknowledged\n");
}

static void test_a_cause_comes_before_what_it_explains(void **state)
{
	(void)state;
	lab_frame(&lab, 100, "t-a=50 bypass=1 ats-on=1");
	lab_expect(&lab, "100 raised 1-centre-1 active-unacknowledged\n"
			 "100 suppressed 19-centre-2 suppressed-active (1-centre-1)\n"
			 "100 suppressed 21-centre-3 suppressed-active (19-centre-2)\n");
}

/* The root cause comes last, and explains what explains. */
static void test_what_is_explained_explains(void **state)
{
	(void)state;
	lab_frame(&lab, 100, "bypass=1");
	lab_frame(&lab, 110, "t-a=50");
	lab_frame(&lab, 120, "ats-on=1");
	lab_tick(&lab, 1000);
	lab_expect(&lab, "100 raised 19-centre-1 active-unacknowledged\n"
			 "110 suppressed 21-centre-2 suppressed-active (19-centre-1)\n"
			 "120 raised 1-centre-3 active-unacknowledged\n"
			 "120 suppressed 19-centre-1 suppressed-active (1-centre-3)\n");
	/* The one between is over: nothing that is true explains the last any more. */
	lab_frame(&lab, 2000, "bypass=0");
	lab_tick(&lab, 3000);
	lab_expect(&lab, "2100 returned 19-centre-1 suppressed-returned\n"
			 "2101 raised 21-centre-2 active-unacknowledged\n");
}

static void test_delays_that_end_together(void **state)
{
	(void)state;
	lab_frame(&lab, 100, "ats-on=1 bypass=1");
	lab.log[0] = '\0';
	lab_frame(&lab, 200, "ats-on=0 bypass=0");
	lab_tick(&lab, 1000);
	lab_expect(&lab, "300 returned 1-centre-1 returned-unacknowledged\n"
			 "300 returned 19-centre-2 suppressed-returned\n"
			 "300 closed 19-centre-2 closed (nobody was told)\n");
}

/* What explained it ends by a delay, itself by a reading; whether a tick came between or not. */
static void test_a_delay_and_a_reading_end_together(void **state)
{
	(void)state;
	for (int64_t at_ms = 0; at_ms < 2000; at_ms += 1000) {
		lab_frame(&lab, at_ms + 100, "bypass=1 t-a=50");
		lab_frame(&lab, at_ms + 200, "bypass=0");
		lab.log[0] = '\0';
		if (at_ms)
			lab_tick(&lab, at_ms + 300);
		lab_frame(&lab, at_ms + 300, "t-a=20");
		lab_tick(&lab, at_ms + 400);
		assert_null(strstr(lab.log, "raised 21"));
		assert_non_null(strstr(lab.log, "closed 21"));
	}
}

static void test_a_circle_is_refused(void **state)
{
	struct rule circle[] = { rules[0], rules[1], rules[2], rules[3] };
	char error[256] = "";

	(void)state;
	circle[2].suppressed_by[0] = &types[2];
	circle[2].suppressor_count = 1;
	circle[2].where = "rules.conf:7";
	assert_null(engine_new(&building, &plan, circle, 4, 1, error, sizeof(error)));
	assert_non_null(strstr(error, "\"power\" explains \"chill\""));
	assert_non_null(strstr(error, "\"chill\" explains \"server\""));
	assert_non_null(strstr(error, "\"server\" explains \"power\""));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_frame_is_taken_as_one),
		TEST(test_a_cause_comes_before_what_it_explains),
		TEST(test_what_is_explained_explains),
		TEST(test_delays_that_end_together),
		TEST(test_a_delay_and_a_reading_end_together),
		TEST(test_a_circle_is_refused),
	};

	return cmocka_run_group_tests_name("engine instant", tests, NULL, NULL) ? 1 : 0;
}
