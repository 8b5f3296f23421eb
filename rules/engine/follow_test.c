/* What time does to an open incident: deadlines, the chain; and exercises.
 */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };

/* clang-format off */
static struct fact jam_facts[] = {
	{ .id = "smoke", .index = 0, .worse = true, .deadline_ms = 3600000, .sensor = "smoke-1" },
};
static struct step jam_steps[] = {
	{ .id = "report", .mandatory = true, .deadline_ms = 100 },
	{ .id = "notice", .deadline_ms = 150 },
	{ .id = "cut", .fact = &jam_facts[0], .action = &cut },
};
static struct step pump_steps[] = {
	{ .id = "cut", .action = &cut, .deadline_ms = 200 },
	{ .id = "look", .mandatory = true },
	{ .id = "ask", .mandatory = true },
};
static struct incident_type types[] = {
	{ .id = "jam", .number = 20, .steps = jam_steps, .step_count = 3, .facts = jam_facts,
		.fact_count = 1 },
	{ .id = "crowd", .number = 23, .steps = jam_steps, .step_count = 1 },
	{ .id = "pump", .number = 8, .steps = pump_steps, .step_count = 3 },
};
static const struct plan plan = { .types = types, .type_count = 3, .remind_ms = 300,
	.chain = { { .after_ms = 400 }, { .after_ms = 900 } }, .chain_count = 2 };
static const struct plan quiet = { .types = types, .type_count = 3 };

static const struct rule rules[] = {
	{ .id = "cars", .type = &types[0], .condition = "ats-on", .zone = &building_zones[Z_F2] },
	{ .id = "pump", .type = &types[2], .condition = "bypass", .zone = &building_zones[Z_F2] },
};
/* clang-format on */

static struct lab lab;

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, rules, 2);
	lab_set(&lab, 0, "ats-on=0");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static enum engine_result step(
	const char *id, const char *step_id, enum step_status status, int64_t at_ms)
{
	return engine_step(lab.engine, id, step_id, status, "li", "because", at_ms, &lab.sink);
}

static void test_unanswered(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	assert_int_equal(lab.last.steps[0].due_ms, 1100);
	assert_int_equal(engine_deadline(lab.engine), 1100);
	lab.log[0] = '\0';
	lab_tick(&lab, 1099);
	lab_expect(&lab, "");
	for (int64_t at_ms = 1100; at_ms <= 1950; at_ms += 50)
		lab_tick(&lab, at_ms);
	/* Overdue and mandatory: the first level at once, the next so much later. Beside it, by the
	 * chain's own times, that nobody has acknowledged. */
	lab_expect(&lab,
		"1100 overdue 20-f2-1 active-unacknowledged report:yes:open:idle\n"
		"1100 escalated 20-f2-1 active-unacknowledged report:yes:open:idle (level 1 of 2: "
		"a step is overdue)\n"
		"1150 overdue 20-f2-1 active-unacknowledged notice:yes:open:idle\n"
		"1400 reminder 20-f2-1 active-unacknowledged report:yes:open:idle\n"
		"1400 escalated 20-f2-1 active-unacknowledged (level 1 of 2: not acknowledged)\n"
		"1450 reminder 20-f2-1 active-unacknowledged notice:yes:open:idle\n"
		"1600 escalated 20-f2-1 active-unacknowledged report:yes:open:idle (level 2 of 2: "
		"a step is overdue)\n"
		"1900 escalated 20-f2-1 active-unacknowledged (level 2 of 2: not acknowledged)\n");
	/* Ever more seldom: 300, then 600. */
	assert_int_equal(lab.last.steps[0].remind_ms, 2000);
	step("20-f2", "report", STEP_DONE, 1960);
	step("20-f2", "notice", STEP_SKIPPED, 1960);
	lab.log[0] = '\0';
	lab_tick(&lab, 1999);
	lab_expect(&lab, "");
}

static unsigned reminders(void)
{
	unsigned count = 0;

	for (const char *at = lab.log; (at = strstr(at, " reminder ")); at++)
		count++;
	return count;
}

/* Time in which the program was down: what fell due is told once, and what nobody could hear not.
 */
static void test_no_reminders_of_the_time_in_which_it_was_down(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	engine_ack(lab.engine, "20-f2", "li", 1010, &lab.sink);
	step("20-f2", "notice", STEP_DONE, 1020);
	lab_tick(&lab, 9000); /* it was not even overdue */
	assert_non_null(strstr(lab.log, "1100 overdue 20-f2-1 "));
	assert_int_equal(reminders(), 0);
	assert_int_equal(lab.last.steps[0].remind_ms, 9300);
	lab.log[0] = '\0';
	lab_tick(&lab, 90000); /* the next ones were on their way */
	lab_expect(&lab, "9300 reminder 20-f2-1 active-acknowledged report:yes:open:idle\n");
	assert_int_equal(lab.last.steps[0].remind_ms, 90600);
}

/* Only nobody's acknowledgement: the chain by its own times. */
static void test_unacknowledged(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	step("20-f2", "report", STEP_ACCEPTED, 1010);
	step("20-f2", "report", STEP_DONE, 1020);
	step("20-f2", "notice", STEP_DONE, 1020);
	assert_int_equal(lab.last.next_level_ms, 1400);
	lab.log[0] = '\0';
	lab_tick(&lab, 1500);
	lab_expect(&lab, "1400 escalated 20-f2-1 active-unacknowledged (level 1 of 2: not "
			 "acknowledged)\n");
	engine_ack(lab.engine, "20-f2", "li", 1500, &lab.sink);
	assert_int_equal(lab.last.next_level_ms, 0);
	lab.log[0] = '\0';
	lab_tick(&lab, 1999);
	lab_expect(&lab, "");
}

/* What comes and goes must not keep those waiting who would be called if it only stayed. */
static void test_unacknowledged_while_it_flaps(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	for (int64_t at_ms = 1040; at_ms < 1930; at_ms += 80) {
		lab_tick(&lab, at_ms);
		lab_set(&lab, at_ms, "ats-on=0");
		lab_tick(&lab, at_ms + 40);
		lab_set(&lab, at_ms + 40, "ats-on=1");
	}
	assert_int_equal(lab.last.raised_ms, 1000);
	assert_int_equal(lab.last.unacked_ms, 1000);
	assert_non_null(strstr(lab.log, "1400 escalated 20-f2-1 "));
	assert_non_null(strstr(lab.log, "1900 escalated 20-f2-1 "));
	assert_int_equal(lab.last.level, 2);
	/* Once somebody has acknowledged, each raise is a new one to answer. */
	engine_ack(lab.engine, "20-f2", "li", 1970, &lab.sink);
	lab_set(&lab, 1980, "ats-on=0");
	lab_set(&lab, 1990, "ats-on=1");
	assert_int_equal(lab.last.unacked_ms, 1990);
	assert_int_equal(lab.last.level, 0);
}

static void test_failed(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	engine_ack(lab.engine, "20-f2", "li", 1010, &lab.sink);
	assert_int_equal(
		engine_step(lab.engine, "20-f2", "report", STEP_FAILED, "li", "", 1020, &lab.sink),
		ENGINE_NO_REASON);
	lab.log[0] = '\0';
	step("20-f2", "report", STEP_FAILED, 1020);
	lab_expect(&lab,
		"1020 step 20-f2-1 active-acknowledged report:yes:failed:idle by li (because)\n"
		"1020 escalated 20-f2-1 active-acknowledged report:yes:failed:idle (level 1 of 2: "
		"a step has failed)\n");
	/* A step that failed keeps the incident open until it is done or skipped. */
	lab_set(&lab, 1030, "ats-on=0");
	assert_int_equal(lab.last.state, INCIDENT_RETURNED_ACKED);
	step("20-f2", "report", STEP_SKIPPED, 1040);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
}

/* Each failing to act has its own call from the first level; the ends of others are not its own. */
static void test_each_failing_has_its_own_call(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "bypass=1");
	lab_tick(&lab, 1900);
	assert_int_equal(lab.last.level, 2);
	assert_int_equal(lab.last.called, 2);
	assert_int_equal(lab.last.next_level_ms, 0);
	engine_ack(lab.engine, "8-f2", "li", 1910, &lab.sink);
	step("8-f2", "cut", STEP_DONE, 1910);
	lab.log[0] = '\0';
	/* After the acknowledgement; the chain has been called to its end for that. */
	step("8-f2", "look", STEP_FAILED, 1920);
	step("8-f2", "ask", STEP_FAILED, 1930);
	lab_tick(&lab, 2425);
	lab_expect(&lab,
		"1920 step 8-f2-1 active-acknowledged look:yes:failed:idle by li (because)\n"
		"1920 escalated 8-f2-1 active-acknowledged look:yes:failed:idle (level 1 of 2: a "
		"step has failed)\n"
		"1930 step 8-f2-1 active-acknowledged ask:yes:failed:idle by li (because)\n"
		"1930 escalated 8-f2-1 active-acknowledged ask:yes:failed:idle (level 1 of 2: a "
		"step has failed)\n"
		"2420 escalated 8-f2-1 active-acknowledged look:yes:failed:idle (level 2 of 2: a "
		"step has failed)\n");
	assert_int_equal(incident_level(&lab.last, 1), 2);
	assert_int_equal(incident_level(&lab.last, 2), 1);
	assert_int_equal(lab.last.next_level_ms, 2430);
	/* It falls silent with its own reason. */
	step("8-f2", "ask", STEP_SKIPPED, 2427);
	assert_int_equal(lab.last.next_level_ms, 0);
	lab.log[0] = '\0';
	lab_tick(&lab, 3000);
	lab_expect(&lab, "");
	/* What fails anew is a new failing. */
	step("8-f2", "look", STEP_ACCEPTED, 3010);
	step("8-f2", "look", STEP_FAILED, 3020);
	assert_non_null(strstr(lab.log, "3020 escalated 8-f2-1 active-acknowledged "
					"look:yes:failed:idle (level 1 of 2: a step has failed)"));
}

/* A step that is late and then fails: two failings, one after the other. */
static void test_overdue_and_then_failed(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	engine_ack(lab.engine, "20-f2", "li", 1010, &lab.sink);
	lab_tick(&lab, 1700);
	assert_int_equal(incident_level(&lab.last, 0), 2);
	step("20-f2", "report", STEP_FAILED, 1710);
	assert_int_equal(incident_level(&lab.last, 0), 1);
	assert_int_equal(lab.last.next_level_ms, 2210);
	/* It was said by mistake: late it is all the same, and was called for already. */
	step("20-f2", "report", STEP_OPEN, 1720);
	assert_int_equal(incident_level(&lab.last, 0), 2);
	assert_int_equal(lab.last.next_level_ms, 0);
	/* Its whole time again: its call too. */
	step("20-f2", "report", STEP_DONE, 1730);
	step("20-f2", "report", STEP_OPEN, 1740);
	assert_int_equal(incident_level(&lab.last, 0), 0);
	lab_tick(&lab, 1840);
	assert_int_equal(incident_level(&lab.last, 0), 1);
}

/* What is open has its whole time again, and nobody is reminded of the first raise. */
static void test_raised_again(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	lab_tick(&lab, 1100);
	assert_int_equal(lab.last.steps[0].remind_ms, 1400);
	lab_set(&lab, 1110, "ats-on=0");
	lab_set(&lab, 1120, "ats-on=1");
	assert_int_equal(lab.last.steps[0].due_ms, 1220);
	assert_int_equal(lab.last.steps[0].remind_ms, 0);
	assert_false(lab.last.steps[0].overdue);
}

/* The old deadline is long past: it is not overdue because somebody said so by mistake. */
static void test_taken_back(void **state)
{
	static const struct {
		enum step_status before, after;
	} rows[] = {
		{ STEP_DONE, STEP_OPEN },
		{ STEP_DONE, STEP_FAILED },
		{ STEP_SKIPPED, STEP_OPEN },
		{ STEP_SKIPPED, STEP_ACCEPTED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tear_down(state);
		set_up(state);
		lab_set(&lab, 1000, "ats-on=1");
		step("20-f2", "notice", STEP_DONE, 1000);
		step("20-f2", "report", rows[i].before, 1010);
		lab_set(&lab, 1020, "ats-on=0");
		lab_set(&lab, 1300, "ats-on=1");
		engine_ack(lab.engine, "20-f2", "li", 1310, &lab.sink);
		assert_int_equal(step("20-f2", "report", rows[i].after, 1350), ENGINE_OK);
		assert_int_equal(lab.last.steps[0].due_ms, 1450);
		assert_false(lab.last.steps[0].overdue);
		lab.log[0] = '\0';
		lab_tick(&lab, 1450);
		assert_non_null(strstr(lab.log, "1450 overdue 20-f2-1 "));
	}
}

/* Only what nobody waited for: who gives back what he has accepted wins no time by it. */
static void test_given_back(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	step("20-f2", "report", STEP_ACCEPTED, 1010);
	step("20-f2", "report", STEP_OPEN, 1050);
	assert_int_equal(lab.last.steps[0].due_ms, 1100);
}

/* A step that the machine has done, and has to do again. */
static void test_the_machines_step_again(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "bypass=1");
	engine_action(lab.engine, "8-f2", 0, ACTION_DONE, "facilityd", "", 1010, &lab.sink);
	assert_int_equal(lab.last.steps[0].status, STEP_DONE);
	lab_set(&lab, 1020, "bypass=0");
	lab_set(&lab, 1300, "bypass=1");
	assert_int_equal(lab.last.steps[0].status, STEP_OPEN);
	assert_int_equal(lab.last.steps[0].due_ms, 1500);
}

static void test_what_ended_before_does_not_begin(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	engine_ack(lab.engine, "20-f2", "li", 1000, &lab.sink);
	step("20-f2", "all", STEP_ACCEPTED, 1000);
	lab_set(&lab, 1050, "ats-on=0");
	lab.log[0] = '\0';
	step("20-f2", "report", STEP_DONE, 1060);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
	lab_tick(&lab, 9000);
	assert_null(strstr(lab.log, "overdue"));
}

/* Nobody is told while it is aside; afterwards people have their time again. */
static void test_the_shelf_stops_the_deadlines(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "ats-on=1");
	engine_shelve(lab.engine, "20-f2", SHELF_MIN_MS, "li", "why", 1050, &lab.sink);
	lab.log[0] = '\0';
	lab_tick(&lab, 61049);
	lab_expect(&lab, "");
	lab_tick(&lab, 61050);
	lab_expect(&lab, "61050 unshelved 20-f2-1 active-unacknowledged (its time is up)\n");
	assert_int_equal(lab.last.steps[0].due_ms, 61150);
}

static void test_without_a_chain(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_start_plan(&lab, &quiet, rules, 2);
	lab_set(&lab, 1000, "ats-on=1");
	lab.log[0] = '\0';
	lab_tick(&lab, 1999);
	lab_expect(&lab, "1100 overdue 20-f2-1 active-unacknowledged report:yes:open:idle\n"
			 "1150 overdue 20-f2-1 active-unacknowledged notice:yes:open:idle\n");
	assert_int_equal(lab.last.next_level_ms, 0);
}

static enum engine_result drill(int number, const char *zone, int64_t at_ms, const char **id)
{
	return engine_drill(lab.engine, number, zone, "wu", "yearly", at_ms, &lab.sink, id);
}

static void test_drill(void **state)
{
	const char *id = NULL;

	(void)state;
	lab_set(&lab, 900, "smoke-1=1");
	assert_int_equal(drill(20, "f3", 1000, &id), ENGINE_OK);
	assert_string_equal(id, "drill-20-f3-1");
	lab_expect(&lab, "1000 raised drill-20-f3-1 active-unacknowledged by wu (yearly)\n");
	assert_true(lab.last.drill);
	/* What depends on the building is for the people; and the machine does nothing. */
	assert_int_equal(lab.last.steps[2].applies, TRUTH_UNKNOWN);
	assert_int_equal(lab.last.steps[2].action, ACTION_IDLE);
	assert_int_equal(drill(20, "f3", 1010, NULL), ENGINE_NOT_NOW);
	assert_int_equal(drill(99, "f3", 1010, NULL), ENGINE_NO_TYPE);
	assert_int_equal(drill(20, "f9", 1010, NULL), ENGINE_NO_ZONE);
	engine_ack(lab.engine, "drill-20-f3", "li", 1020, &lab.sink);
	step("drill-20-f3", "all", STEP_DONE, 1030);
	engine_return(lab.engine, id, "wu", 1040, &lab.sink);
	assert_int_equal(lab.last.state, INCIDENT_CLOSED);
	assert_null(engine_incident(lab.engine, 0));
}

/* The real one comes first: it is an incident of its own, and the exercise ends. */
static void test_the_real_one_comes_first(void **state)
{
	(void)state;
	drill(20, "f2", 1000, NULL);
	drill(23, "f3", 1000, NULL);
	lab.log[0] = '\0';
	lab_set(&lab, 1010, "ats-on=1");
	lab_expect(&lab, "1010 raised 20-f2-3 active-unacknowledged\n"
			 "1010 closed drill-20-f2-1 closed (a real incident: 20-f2-3)\n"
			 "1010 closed drill-23-f3-2 closed (a real incident: 20-f2-3)\n");
	assert_int_equal(drill(23, "f3", 1020, NULL), ENGINE_REAL_FIRST);
	lab_set(&lab, 1030, "ats-on=0");
	assert_int_equal(drill(23, "f3", 1040, NULL), ENGINE_OK);
	assert_int_equal(
		engine_drill_end(lab.engine, "20-f2", "wu", "", 1050, &lab.sink), ENGINE_NO_DRILL);
	lab.log[0] = '\0';
	assert_int_equal(
		engine_drill_end(lab.engine, "drill-23-f3", "wu", "enough", 1060, &lab.sink),
		ENGINE_OK);
	lab_expect(&lab, "1060 closed drill-23-f3-4 closed by wu (enough)\n");
}

static void test_at_most_four_drills(void **state)
{
	static const char *const zones[] = { "f2", "f2.tea", "f3", "f3.tea", "lift" };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(drill(23, zones[i], 1000, NULL), i < 4 ? ENGINE_OK : ENGINE_FULL);
	engine_drill_end(lab.engine, "drill-23-f2.tea", "wu", "", 1010, &lab.sink);
	assert_int_equal(drill(23, "lift", 1020, NULL), ENGINE_OK);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_unanswered),
		IN_LAB(test_no_reminders_of_the_time_in_which_it_was_down),
		IN_LAB(test_unacknowledged),
		IN_LAB(test_unacknowledged_while_it_flaps),
		IN_LAB(test_failed),
		IN_LAB(test_each_failing_has_its_own_call),
		IN_LAB(test_overdue_and_then_failed),
		IN_LAB(test_raised_again),
		IN_LAB(test_taken_back),
		IN_LAB(test_given_back),
		IN_LAB(test_the_machines_step_again),
		IN_LAB(test_what_ended_before_does_not_begin),
		IN_LAB(test_the_shelf_stops_the_deadlines),
		IN_LAB(test_without_a_chain),
		IN_LAB(test_drill),
		IN_LAB(test_the_real_one_comes_first),
		IN_LAB(test_at_most_four_drills),
	};

	return cmocka_run_group_tests_name("engine follow", tests, NULL, NULL) ? 1 : 0;
}
