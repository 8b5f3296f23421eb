/* Who vouches for the wall clock, what waits for it, and that it was set. */
#include "daemon/tell/parts.h"
#include "rules/engine/locking.h"
#include "tests/tell_bench.h"

#include <time.h>

enum { MINUTE = 60000 };

static struct role property = { .id = "property", .name = { "物业", "Property" } };
static const struct duty always[] = { { 0, WEEK_MIN } };
static struct recurring_lock boilers[] = { { .what = "zone:f2",
	.reason = "cleaned",
	.role = &property,
	.spans = always,
	.span_count = 1 } };

static bool kernel_says;

static bool says(void)
{
	return kernel_says;
}

static int begin(void **state)
{
	if (set_up(state))
		return -1;
	setenv("TZ", "UTC", 1);
	tzset();
	kernel_says = false;
	config.daemon.deadline_scale = 1;
	boilers[0].spans = always;
	boilers[0].span_count = 1;
	config.locks = boilers;
	config.lock_count = 1;
	teller->ports.clock_is_right = says;
	tell_clock_begin(teller, &(struct reboot){ 0 }, at(T0));
	return 0;
}

static int end(void **state)
{
	config.locks = NULL;
	config.lock_count = 0;
	return tear_down(state);
}

/* After ten minutes it is a trouble that names what waits; a person's word ends it. */
static void test_what_waits_for_it(void **state)
{
	tell_sweep(*state, at(T0 + 10 * MINUTE - 1));
	assert_null(last("trouble/clock"));
	tell_sweep(*state, at(T0 + 10 * MINUTE));
	expect_text("trouble/clock", "zone:f2");
	assert_null(engine_lock_at(lab.engine, 0));
	tell_clock_ok(*state, at(T0 + 10 * MINUTE + 1));
	assert_true(cleared("trouble/clock"));
	tell_sweep(*state, at(T0 + 10 * MINUTE + 2));
	assert_non_null(engine_lock_at(lab.engine, 0));
}

/* Nobody is bothered by a clock that nothing goes by. */
static void test_what_needs_none(void **state)
{
	config.lock_count = 0;
	tell_sweep(*state, at(T0 + 20 * MINUTE));
	assert_null(last("trouble/clock"));
}

static void test_who_vouches(void **state)
{
	const struct reboot later = { .newest_ms = at(T0).wall_ms + 1 };

	assert_false(tell_clock_right(*state, at(T0)));
	kernel_says = true;
	assert_true(tell_clock_right(*state, at(T0)));
	kernel_says = false;
	config.daemon.clock = CLOCK_RTC;
	assert_true(tell_clock_right(*state, at(T0)));
	/* Behind what the journal has already it is not right. */
	tell_clock_begin(*state, &later, at(T0));
	assert_false(tell_clock_right(*state, at(T0)));
	assert_true(tell_clock_right(*state, at(T0 + 1)));
	config.daemon.clock = CLOCK_KERNEL;
}

/* A person's word is of the time that he has seen, in this boot. */
static void test_a_step(void **state)
{
	struct moment set = at(T0 + 1);

	tell_clock_ok(*state, at(T0));
	set.wall_ms += MINUTE;
	tell_sweep(*state, set);
	assert_null(last("trouble/clock.step"));
	assert_true(tell_clock_right(*state, set));
	set.wall_ms -= 2 * MINUTE + 1;
	set.now_ms++;
	tell_sweep(*state, set);
	expect_text("trouble/clock.step", "-120 s");
	assert_false(tell_clock_right(*state, set));
	kernel_says = true;
	set.now_ms += 10 * MINUTE - 1, set.wall_ms += 10 * MINUTE - 1;
	tell_sweep(*state, set);
	assert_false(cleared("trouble/clock.step"));
	set.now_ms++, set.wall_ms++;
	tell_sweep(*state, set);
	assert_true(cleared("trouble/clock.step"));
}

/* Also one that came while nobody ran; over a reboot nobody can know. */
static void test_over_a_restart(void **state)
{
	const struct moment now = at(T0);
	const struct reboot same = { .newest_ms = 1,
		.offset_ms = now.wall_ms - now.now_ms - 2 * MINUTE };
	const struct reboot rebooted = { true, .newest_ms = 1, .offset_ms = same.offset_ms };

	assert_true(tell_clock_row(*state, "clock", &rebooted));
	assert_false(tell_clock_right(*state, now));
	tell_clock_begin(*state, &rebooted, now);
	tell_sweep(*state, now);
	assert_null(last("trouble/clock.step"));
	assert_true(tell_clock_row(*state, "clock", &same));
	assert_true(tell_clock_right(*state, now));
	tell_clock_begin(*state, &same, now);
	tell_sweep(*state, now);
	expect_text("trouble/clock.step", "120 s");
	assert_false(tell_clock_right(*state, now));
	assert_false(tell_clock_row(*state, "locks", &same));
}

/* Over Sunday's midnight one span becomes two, and the lock stays one. */
static void test_a_recurring_lock_over_sundays_midnight(void **state)
{
	static const struct duty over[] = { { 0, 60 }, { WEEK_MIN - 60, WEEK_MIN } };
	struct moment now = { .now_ms = T0 };

	boilers[0].spans = over;
	boilers[0].span_count = 2;
	kernel_says = true;
	assert_int_equal(clock_parse("2026-11-29T23:30:00Z", &now.wall_ms), 0);
	tell_sweep(*state, now);
	assert_non_null(engine_lock_at(lab.engine, 0));
	assert_int_equal(engine_lock_at(lab.engine, 0)->until_ms, T0 + 90 * MINUTE);
}

/* Its setter is told where he has asked, and where he has a role. */
static void test_the_setter_of_a_lock_is_told(void **state)
{
	static struct person wang = {
		.id = "wang", .account = "desk", .roles = { &property }, .role_count = 1
	};
	struct lock lock = { .by = "desk", .reason = "new pipes" };

	config.lock_count = 0;
	config.people = (struct people){ &wang, 1 };
	assert_true(lock_parse("zone:f2", &lock));
	assert_true(engine_lock(lab.engine, &lock, 60 * MINUTE, T0, &sink));
	tell_sweep(*state, at(T0));
	assert_null(last("reply/desk"));
	engine_tick(lab.engine, T0 + 45 * MINUTE, &sink);
	tell_sweep(*state, at(T0 + 45 * MINUTE));
	expect_text("reply/desk", "the lock ends in 15 minutes");
	expect_text("notify/property", "\"note\":\"the lock zone:f2 ends soon\"");
	expect_text("notify/property", "\"event\":\"lock\"");
	forget();
	tell_sweep(*state, at(T0 + 45 * MINUTE + 1));
	assert_null(last("notify/property"));
	/* And when another ends it. */
	tell_unlocked(*state, &lock, "the pipes are in", at(T0 + 46 * MINUTE));
	expect_text("reply/desk", "another person has ended the lock: the pipes are in");
	expect_text("reply/desk", "锁定已被他人解除：the pipes are in");
	expect_text(
		"notify/property", "\"note\":\"zone:f2 is no longer locked: the pipes are in\"");
	config.people = (struct people){ 0 };
}

/* Nobody is off duty by a clock that nobody vouches for; and what waits is named by its role. */
static void test_rosters(void **state)
{
	struct duty away;
	struct person wang = { .id = "wang",
		.account = "desk",
		.roles = { &property },
		.role_count = 1,
		.duty = &away,
		.duty_count = 1 };
	struct lock lock = { .by = "desk", .reason = "new pipes" };

	config.lock_count = 0;
	config.people = (struct people){ &wang, 1 };
	config.plan = (struct plan){ .roles = &property, .role_count = 1 };
	kernel_says = true;
	away.begin_min = tell_minute(*state, at(T0)) < WEEK_MIN / 2 ? WEEK_MIN - 60 : 0;
	away.end_min = away.begin_min + 60;
	assert_true(tell_stats(*state, at(T0)).clock_right);
	assert_true(lock_parse("zone:f2", &lock));
	tell_unlocked(*state, &lock, "done", at(T0));
	expect_text("notify/property", "\"on_duty\":false");
	kernel_says = false;
	assert_int_equal(tell_minute(*state, at(T0)), MINUTE_UNKNOWN);
	assert_false(tell_stats(*state, at(T0)).clock_right);
	tell_unlocked(*state, &lock, "done", at(T0));
	expect_text("notify/property", "\"on_duty\":null");
	tell_sweep(*state, at(T0 + 10 * MINUTE));
	expect_text("trouble/clock", "role:property");
	wang.duty_count = 0; /* around the clock: no clock is needed */
	tell_sweep(*state, at(T0 + 11 * MINUTE));
	assert_true(cleared("trouble/clock"));
	config.people = (struct people){ 0 };
	config.plan = (struct plan){ 0 };
}

#define CLOCK(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOCK(test_what_waits_for_it),
		CLOCK(test_what_needs_none),
		CLOCK(test_who_vouches),
		CLOCK(test_a_step),
		CLOCK(test_over_a_restart),
		CLOCK(test_a_recurring_lock_over_sundays_midnight),
		CLOCK(test_the_setter_of_a_lock_is_told),
		CLOCK(test_rosters),
	};

	return cmocka_run_group_tests_name("tell clock", tests, NULL, NULL) ? 1 : 0;
}
