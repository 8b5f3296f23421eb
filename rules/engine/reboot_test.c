/* Deadlines over a reboot: the time that the machine was off counts, once the clock is right. */
#include "rules/engine/keep.h"
#include "rules/engine/locking.h"

#include "tests/rules_lab.h"

enum { SEC = 1000, MIN = 60 * SEC };

/* clang-format off */
static struct fact facts[] = {
	{ .id = "hurt", .index = 0, .worse = true, .deadline_ms = 2 * MIN },
	{ .id = "fled", .index = 1, .worse = false, .deadline_ms = 2 * MIN },
};
static struct step steps[] = {
	{ .id = "part", .mandatory = true, .deadline_ms = MIN },
	{ .id = "doctor", .mandatory = true, .fact = &facts[0], .deadline_ms = MIN },
	{ .id = "search", .mandatory = true, .fact = &facts[1] },
};
static struct incident_type type = { .id = "quarrel", .number = 14, .steps = steps,
	.step_count = 3, .facts = facts, .fact_count = 2 };
static const struct plan plan = { .types = &type, .type_count = 1, .remind_ms = 30 * MIN,
	.chain = { { .after_ms = 3 * MIN }, { .after_ms = 10 * MIN } }, .chain_count = 2 };
static const struct rule loud = { .id = "loud", .type = &type, .condition = "bypass",
	.zone = &building_zones[Z_F3] };
/* clang-format on */

enum { OWED = 4000000 }; /* what the wall clock would be more, had the machine not been off */

static struct lab lab, next;

static int set_up(void **state)
{
	(void)state;
	building_setup(NULL);
	lab_start_plan(&lab, &plan, &loud, 1);
	lab_start_plan(&next, &plan, &loud, 1);
	lab_set(&lab, SEC, "bypass=1");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_end(&next);
	return 0;
}

/* Kept at 30 s, and gone on with as if no time had passed. */
static void reboot(void)
{
	struct kept_incident kept;
	char error[256];

	engine_keep(lab.engine, engine_find(lab.engine, "14-f3"), &kept);
	kept.incident.owed_ms = OWED;
	kept.incident.owed_until_ms = 30 * SEC;
	if (engine_restore(next.engine, &kept, error, sizeof(error)))
		fail_msg("%s", error);
	lab_tick(&next, 30 * SEC);
	lab_expect(&next, "");
}

static bool right_after(int64_t off_ms, int64_t now_ms)
{
	const struct moment right = { now_ms, OWED + now_ms + off_ms };

	return engine_clock(next.engine, &right);
}

/* Each of what fell due is told, once; what was set since has its whole time. */
static void test_what_fell_due_is_told_once(void **state)
{
	const struct order hurt = { .kind = ORDER_ANSWER,
		.user = "li",
		.incident = "14-f3",
		.fact = "hurt",
		.answer = "yes",
		.note = "" };

	(void)state;
	reboot();
	engine_order(next.engine, &hurt, 40 * SEC, &next.sink, NULL);
	next.log[0] = '\0';
	assert_true(right_after(10 * MIN, 45 * SEC));
	lab_tick(&next, 46 * SEC);
	lab_expect(&next,
		"40000 overdue 14-f3-1 active-unacknowledged part:yes:open:idle\n"
		"40000 assumed 14-f3-1 active-unacknowledged\n"
		"40000 step 14-f3-1 active-unacknowledged search:no:open:idle (no longer applies)\n"
		"40000 escalated 14-f3-1 active-unacknowledged part:yes:open:idle (level 1 of 2: a step is overdue)\n"
		"40000 escalated 14-f3-1 active-unacknowledged (level 1 of 2: not acknowledged)\n"
		"40000 escalated 14-f3-1 active-unacknowledged part:yes:open:idle (level 2 of 2: a step is overdue)\n"
		"40000 escalated 14-f3-1 active-unacknowledged (level 2 of 2: not acknowledged)\n");
	assert_false(right_after(10 * MIN, 47 * SEC));
	lab_tick(&next, 99 * SEC);
	lab_expect(&next, "");
	lab_tick(&next, 100 * SEC);
	assert_non_null(strstr(next.log, "100000 overdue 14-f3-1 active-unacknowledged doctor:"));
}

/* Until then they run on from where they were. */
static void test_nothing_is_taken_off_before(void **state)
{
	(void)state;
	reboot();
	lab_tick(&next, 61 * SEC - 1);
	lab_expect(&next, "");
	lab_tick(&next, 61 * SEC);
	assert_non_null(strstr(next.log, "61000 overdue 14-f3-1 active-unacknowledged part:"));
}

/* By a clock behind what was told nothing has longer. */
static void test_nothing_is_put_on(void **state)
{
	(void)state;
	reboot();
	assert_true(right_after(-10 * MIN, 45 * SEC));
	lab_tick(&next, 61 * SEC);
	assert_non_null(strstr(next.log, "61000 overdue 14-f3-1 active-unacknowledged part:"));
}

/* The chain behind what has failed. */
static void test_what_has_failed_presses_since_then(void **state)
{
	(void)state;
	engine_step(lab.engine, "14-f3", "part", STEP_FAILED, "li", "alone", 20 * SEC, &lab.sink);
	engine_ack(lab.engine, "14-f3", "li", 21 * SEC, &lab.sink);
	reboot();
	assert_true(right_after(6 * MIN, 31 * SEC));
	lab_tick(&next, 32 * SEC);
	assert_null(strstr(next.log, "a step has failed"));
	assert_int_equal(engine_find(next.engine, "14-f3")->next_level_ms, 20 * SEC + MIN);
	lab_tick(&next, 20 * SEC + MIN);
	assert_non_null(strstr(next.log, "(level 2 of 2: a step has failed)"));
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(test_what_fell_due_is_told_once),
		IN_LAB(test_nothing_is_taken_off_before),
		IN_LAB(test_nothing_is_put_on),
		IN_LAB(test_what_has_failed_presses_since_then),
	};

	return cmocka_run_group_tests_name("reboot", tests, NULL, NULL) ? 1 : 0;
}
