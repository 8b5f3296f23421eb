/* The configuration's locks: they follow the hours of a clock that is known to be right. */
#include "daemon/documents/duty.h"
#include "daemon/documents/lock.h"
#include "tests/tell_bench.h"

enum { MINUTE_MS = 60000 };

static struct role property = { .id = "property" };
static struct duty hours;
static struct recurring_lock nightly = { .id = "nightly",
	.what = "zone:f2",
	.quiet = true,
	.reason = "the floor is washed",
	.role = &property,
	.spans = &hours,
	.span_count = 1 };

static const struct lock *lock_there(void)
{
	return engine_lock_at(lab.engine, 0);
}

/* From the minute of T0 on, for two. */
static void in_hours(void)
{
	hours.begin_min = duty_minute(at(T0).wall_ms);
	hours.end_min = hours.begin_min + 2;
	config.daemon.clock = CLOCK_RTC;
	config.locks = &nightly;
	config.lock_count = 1;
}

static int end(void **state)
{
	config.locks = NULL;
	config.lock_count = 0;
	return tear_down(state);
}

static void test_it_stands_in_its_hours(void **state)
{
	char notified[TELL_TOPIC_MAX];

	in_hours();
	snprintf(notified, sizeof(notified), "notify/%s", nightly.role->id);
	tell_sweep_locks(*state, at(T0 - MINUTE_MS));
	assert_null(lock_there());
	tell_sweep_locks(*state, at(T0));
	assert_non_null(lock_there());
	assert_true(lock_there()->recurring && lock_there()->quiet);
	assert_string_equal(lock_there()->by, nightly.role->id);
	assert_int_equal(duty_minute(at(lock_there()->until_ms).wall_ms), hours.end_min);
	assert_int_equal(at(lock_there()->until_ms).wall_ms % MINUTE_MS, 0);
	expect_text("locks", "\"recurring\":true");
	expect_text(notified, "zone:f2");
	expect_text(notified, "the floor is washed");
	/* Over its hours it ends, and the next ones begin it anew. */
	tell_sweep_locks(*state, at(T0 + 2 * MINUTE_MS));
	assert_null(lock_there());
	tell_sweep_locks(*state, at(T0));
	assert_non_null(lock_there());
}

static void test_a_person_ends_it_until_the_next_hours(void **state)
{
	in_hours();
	tell_sweep_locks(*state, at(T0));
	assert_non_null(lock_there());
	engine_unlock(lab.engine, lock_there(), "chen", "washed", T0 + 1, &sink);
	tell_sweep_locks(*state, at(T0 + 2));
	assert_null(lock_there());
	tell_sweep_locks(*state, at(T0 + 2 * MINUTE_MS));
	tell_sweep_locks(*state, at(T0));
	assert_non_null(lock_there());
}

static void test_its_role_is_told_when_a_person_ends_it(void **state)
{
	in_hours();
	config.plan = (struct plan){ .roles = &property, .role_count = 1 };
	tell_sweep_locks(*state, at(T0));
	forget();
	tell_unlocked(*state, lock_there(), "washed", at(T0 + 1));
	expect_text("notify/property", "\"note\":\"zone:f2 is no longer locked: washed\"");
	assert_null(last("reply/property"));
}

#define IN_HOURS(test) cmocka_unit_test_setup_teardown(test, set_up, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOURS(test_it_stands_in_its_hours),
		IN_HOURS(test_a_person_ends_it_until_the_next_hours),
		IN_HOURS(test_its_role_is_told_when_a_person_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
