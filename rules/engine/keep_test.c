/* What outlives an engine, incident by incident: what is kept, and what changed meanwhile. */
#include "rules/engine/keep.h"

#include "tests/kept_lab.h"

#include <errno.h>

static const struct action told = { .id = "cut", .mode = ACTION_ADVISE };

static struct kept_incident kept;

static void take(const char *id)
{
	memset(&kept, 0, sizeof(kept));
	engine_keep(lab.engine, engine_find(lab.engine, id), &kept);
}

static void give(void)
{
	if (engine_restore(next.engine, &kept, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(next.transitions, 0);
}

static void refused(const char *why)
{
	bool gone = strstr(why, "is not in the"); /* another configuration may have it */

	assert_int_equal(
		engine_restore(next.engine, &kept, error, sizeof(error)), gone ? -ENOENT : -EINVAL);
	if (!strstr(error, why))
		fail_msg("%s", error);
	assert_null(engine_incident(next.engine, 0));
	assert_int_equal(engine_serial(next.engine), 1);
}

static void test_what_is_kept(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_report(lab.engine, 16, "f3.tea", "li", "a puddle", 1500, &lab.sink, NULL);
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_ack(lab.engine, "16-f3.tea", "wu", 2030, &lab.sink);
	take("16-f3.tea");
	assert_string_equal(kept.type, "leak");
	assert_string_equal(kept.zone, "f3.tea");
	assert_string_equal(kept.incident.acked_by, "wu");
	assert_int_equal(kept.incident.cause_count, 2);
	assert_string_equal(kept.causes[0].rule, "leak");
	assert_string_equal(kept.causes[0].witnesses[0], "f3-tea-leak-a");
	assert_true(kept.causes[0].has_clear);
	assert_int_equal(kept.causes[0].clear, TRUTH_TRUE);
	assert_int_equal(kept.causes[0].clear_left_ms, 70);
	assert_null(kept.causes[1].rule);
	assert_false(kept.causes[1].has_clear);
	assert_int_equal(kept.step_count, 2);
	assert_string_equal(kept.steps[1], "dry");
}

/* Never wider than persons have said, and what is left of it goes on. */
static void test_where_it_was_released(void **state)
{
	const struct incident *incident;

	(void)state;
	lab_set(&lab, 1000, "f2-leak=1");
	take("16-f2");
	kept.incident.steps[1].action = ACTION_WANTED;
	kept.incident.steps[1].released.count = 3;
	kept.released[1][0] = "f3.tea";
	kept.released[1][1] = "gone";
	kept.released[1][2] = "f2.tea";
	give();
	incident = engine_find(next.engine, "16-f2");
	assert_int_equal(incident->steps[1].action, ACTION_WANTED);
	assert_int_equal(incident->steps[1].released.count, 2);
	assert_ptr_equal(incident->steps[1].released.zones[1], &building_zones[Z_F2_TEA]);
	lab_end(&next);
	lab_start_plan(&next, &plan, rules, 2);
	kept.incident.steps[1].released.count = 1;
	kept.released[1][0] = "gone";
	give();
	incident = engine_find(next.engine, "16-f2");
	assert_int_equal(incident->steps[1].action, ACTION_OVERTAKEN);
}

/* 70 ms of clear_for are left, and run on when readings are good again. */
static void test_a_delay_is_held(void **state)
{
	const struct incident *incident;

	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_action(lab.engine, "16-f3.tea", 1, ACTION_DONE, "facilityd", "", 2030, &lab.sink);
	take("16-f3.tea");
	give();
	incident = engine_find(next.engine, "16-f3.tea-1");
	assert_non_null(incident);
	assert_int_equal(incident->steps[1].action_ms, 2030);
	assert_ptr_equal(incident->causes[0].rule, &rules[0]);
	assert_int_equal(engine_serial(next.engine), 2);
	assert_int_equal(engine_still_true(next.engine, incident), TRUTH_UNKNOWN);
	lab_tick(&next, 50000); /* nobody saw a reading: nothing clears */
	lab_set(&next, 50010, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	assert_int_equal(engine_deadline(next.engine), 50080);
	lab_tick(&next, 50080);
	lab_expect(&next, "50080 returned 16-f3.tea-1 returned-unacknowledged\n");
}

static void test_true_still(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	take("16-f3.tea");
	give();
	lab_set(&next, 3000, "f3-tea-leak-a=1");
	lab_expect(&next, "");
	lab_set(&next, 4000, "f2-leak=1");
	lab_expect(&next, "4000 raised 16-f2-2 active-unacknowledged\n");
}

/* It was drying, then the sensor was lost: that it was over once must not be forgotten. */
static void test_relapse_after_silence(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_action(
		lab.engine, "16-f3.tea", 1, ACTION_OVERTAKEN, "facilityd", "", 2010, &lab.sink);
	lab_set(&lab, 2020, "f3-tea-leak-a=?");
	take("16-f3.tea");
	give();
	lab_set(&next, 3000, "f3-tea-leak-a=1");
	lab_expect(&next, "3000 action 16-f3.tea-1 active-unacknowledged dry:yes:open:wanted "
			  "(true again)\n");
}

static void test_rule_is_gone(void **state)
{
	const struct rule one[] = { rules[0] };

	(void)state;
	lab_set(&lab, 1000, "smoke-1=1");
	take("16-f3");
	lab_end(&next);
	lab_start_plan(&next, &plan, one, 1);
	give();
	assert_string_equal(engine_incident(next.engine, 0)->causes[0].rule->id, "smoke");
	assert_int_equal(engine_deadline(next.engine), 0);
	lab_tick(&next, 5000);
	lab_expect(&next, "5000 returned 16-f3-1 returned-unacknowledged\n");
	assert_int_equal(engine_deadline(next.engine), INT64_MAX);
}

static void test_steps_are_gone_or_changed(void **state)
{
	struct step other[] = {
		{ .id = "new", .mandatory = true },
		{ .id = "dry", .action = &told },
	};
	struct step *before = types[0].steps;

	(void)state;
	lab_set(&lab, 1000, "smoke-1=1 f2-leak=1");
	engine_step(lab.engine, "16-f2", "call", STEP_DONE, "li", "yes", 1100, &lab.sink);
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
	take("16-f2");
	types[0].steps = other;
	give();
	assert_int_equal(engine_incident(next.engine, 0)->steps[0].status, STEP_OPEN);
	assert_int_equal(engine_incident(next.engine, 0)->steps[0].applies, TRUTH_TRUE);
	assert_int_equal(engine_incident(next.engine, 0)->steps[1].action, ACTION_ADVISED);
	types[0].steps = before;
}

static void test_the_last_open_step_is_gone(void **state)
{
	(void)state;
	engine_report(lab.engine, 9, "f2", "li", "", 10, &lab.sink, NULL);
	engine_ack(lab.engine, "9-f2", "li", 20, &lab.sink);
	engine_return(lab.engine, "9-f2", "li", 30, &lab.sink);
	take("9-f2");
	types[1].step_count = 0;
	give();
	lab_tick(&next, 40);
	lab_expect(&next, "40 closed 9-f2-1 closed\n");
	types[1].step_count = 1;
}

/* Of two causes one's rule is gone, and one of its readings' points. */
static void test_a_point_is_gone(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "smoke-1=1 smoke-2=1 f2-leak=1");
	take("16-f3");
	assert_int_equal(kept.incident.causes[0].witness_count, 1);
	kept.causes[0].witnesses[0] = "smoke-9";
	give();
	assert_int_equal(engine_incident(next.engine, 0)->causes[0].witness_count, 0);
}

static void test_what_cannot_be_used(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	take("16-f3.tea");
	kept.type = "flood";
	refused("its incident type is not in the plan any more");
	take("16-f3.tea");
	kept.zone = "f4.tea";
	refused("its zone is not in the building any more");
	take("16-f3.tea");
	kept.incident.state = INCIDENT_RETURNED_UNACKED;
	refused("its state and its causes contradict");
	take("16-f3.tea");
	kept.incident.state = INCIDENT_CLOSED;
	refused("it is not open");
	take("16-f3.tea");
	kept.incident.cause_count = 0;
	refused("it has no cause");
	take("16-f3.tea");
	kept.incident.told = false;
	refused("that they were not");
	take("16-f3.tea");
	kept.incident.state = INCIDENT_SHELVED_ACTIVE;
	refused("its shelf has no end");
	take("16-f3.tea");
	strcpy(kept.incident.suppressor, "1-f2-1");
	refused("something explains it");
	take("16-f3.tea");
	kept.causes[1] = kept.causes[0];
	kept.incident.cause_count = 2;
	refused("a cause stands there twice");
	take("16-f3.tea");
	kept.causes[0].rule = "no/rule";
	refused("no rule's id");
	take("16-f3.tea");
	kept.steps[0] = kept.steps[1];
	refused("a step stands there twice");
	take("16-f3.tea");
	strcpy(kept.incident.id, "16-f3.tea-");
	refused("this is no incident's id");
	take("16-f3.tea");
	give();
	assert_int_equal(engine_restore(next.engine, &kept, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "another one of its type and zone is open"));
	assert_null(engine_incident(next.engine, 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_kept),
		TEST(test_where_it_was_released),
		TEST(test_a_delay_is_held),
		TEST(test_true_still),
		TEST(test_relapse_after_silence),
		TEST(test_rule_is_gone),
		TEST(test_a_point_is_gone),
		TEST(test_steps_are_gone_or_changed),
		TEST(test_the_last_open_step_is_gone),
		TEST(test_what_cannot_be_used),
	};

	return cmocka_run_group_tests_name("keep", tests, building_setup, NULL) ? 1 : 0;
}
