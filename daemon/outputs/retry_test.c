/* A write that was never proved is tried again for a while, and nothing else is. */
#include "tests/outputs_bench.h"

#define FAILS "[failed by li: a: not confirmed by its read-back]"

/* Writes go out and are answered; the relay does not obey. */
static void serve(int error)
{
	static unsigned records, writes;

	if (b.records < records || b.writes < writes)
		records = writes = 0;
	b.write_result = 0;
	if (b.records > 0 && records != b.records) {
		records = b.records;
		recorded(b.records - 1);
	}
	if (b.writes > 0 && writes != b.writes) {
		writes = b.writes;
		if (error == 0)
			assert_true(outputs_may_write(b.outputs, b.write_ticket[b.writes - 1]));
		written(b.writes - 1, error);
	}
	/* The bench has room for some only. */
	if (b.records > 5)
		b.records = 0;
	if (b.writes > 5)
		b.writes = 0;
}

static unsigned intents; /* in the last play() */

static void play(int64_t ms, int error)
{
	int64_t end_ms = b.now_ms + ms;

	intents = 0;
	while (b.now_ms < end_ms) {
		unsigned before = b.records;

		run_until(b.now_ms + 100);
		if (b.records != before)
			intents++;
		serve(error);
	}
}

/* Relay 0 alone; each order is written twice, and fails after 4 s. */
static void fail_first(void)
{
	b.points[1].zone = &b.zones[0];
	want();
	serve(0);
	play(4200, 0);
	assert_string_equal(b.log, "{a not confirmed by its read-back}" FAILS);
	b.log[0] = '\0';
}

static void test_after_ten_seconds_and_then_more_seldom(void **state)
{
	struct output_status out;

	(void)state;
	fail_first();
	assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, &out, 1), 1);
	assert_in_range(out.again_ms, b.now_ms + 9000, b.now_ms + 10000);
	play(9000, 0);
	assert_int_equal(intents, 0);
	play(6000, 0);
	assert_int_equal(intents, 2); /* an intent for each write */
	assert_string_equal(b.log, "{a not confirmed by its read-back}" FAILS);
	play(18000, 0);
	assert_int_equal(intents, 0);
	play(7000, 0);
	assert_int_equal(intents, 2);
	/* The relay is freed: the next one is proved, and nothing follows any more. */
	b.log[0] = '\0';
	play(38000, 0);
	run_until(b.now_ms + 1500);
	serve(0);
	b.now_ms += 100;
	seen(0, 0);
	assert_string_equal(b.log, "{a ends}[done by li: ]");
	play(3600000, 0);
	assert_int_equal(intents, 0);
}

static void test_only_while_it_is_true_on_good_readings(void **state)
{
	(void)state;
	fail_first();
	b.still_true = TRUTH_UNKNOWN;
	play(60000, 0);
	assert_int_equal(intents, 0);
	b.still_true = TRUTH_TRUE;
	play(6000, 0);
	assert_int_equal(intents, 2);
	b.still_true = TRUTH_FALSE;
	play(60000, 0);
	assert_int_equal(intents, 0);
}

static void test_skipped_or_handed_over_it_is_not(void **state)
{
	(void)state;
	fail_first();
	b.incident.steps[0].status = STEP_SKIPPED;
	play(60000, 0);
	assert_int_equal(intents, 0);
	b.incident.steps[0].status = STEP_OPEN;
	b.incident.state = INCIDENT_HANDED_OVER;
	play(60000, 0);
	assert_int_equal(intents, 0);
}

/* 10 + 20 + 40 + ... within 15 min; then a person orders it. */
static void test_not_for_ever(void **state)
{
	unsigned count = 0;

	(void)state;
	fail_first();
	for (int i = 0; i < 40; i++) {
		b.log[0] = '\0';
		play(30000, 0);
		count += intents;
	}
	assert_in_range(count, 10, 16);
	play(3600000, 0);
	assert_int_equal(intents, 0);
	b.incident.steps[0].action = ACTION_WANTED;
	transition(TRANSITION_ACTION);
	play(1000, 0);
	assert_int_equal(intents, 1);
	play(20000, 0);
	assert_true(intents >= 2); /* its order is new, and so is its time */
}

/* What cannot be sent is no try, uses up no time, and goes out when the device is back. */
static void test_while_its_device_is_silent(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	serve(-ETIMEDOUT);
	outputs_reach(b.outputs, &b.bus, &b.device, false, b.now_ms);
	play(4200, -ETIMEDOUT);
	play(2 * 3600000, 0);
	assert_int_equal(intents, 0);
	outputs_reach(b.outputs, &b.bus, &b.device, true, b.now_ms);
	play(300, 0);
	assert_int_equal(intents, 1);
	b.now_ms += 50;
	seen(0, 0);
	assert_non_null(strstr(b.log, "{a ends}[done by li: ]"));
}

static void test_while_its_link_is_down(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	serve(-EHOSTDOWN);
	outputs_reach(b.outputs, &b.bus, NULL, false, b.now_ms);
	play(60000, -EHOSTDOWN);
	outputs_reach(b.outputs, &b.bus, NULL, true, b.now_ms);
	play(300, 0);
	assert_int_equal(intents, 1);
}

/* All is asked again. */
static void test_an_interlock_forbids_it_too(void **state)
{
	(void)state;
	fail_first();
	b.points[0].armed = false;
	play(60000, 0);
	assert_int_equal(intents, 0);
	b.points[0].armed = true;
	play(2000, 0);
	assert_int_equal(intents, 1);
}

/* The end of a lock writes nothing by itself. */
static void test_what_met_a_lock_is_a_persons(void **state)
{
	const struct lock lock = { .kind = LOCK_ZONE, .id = "f1.tea" };

	(void)state;
	fail_first();
	bench_lock = &lock;
	play(30000, 0);
	bench_lock = NULL;
	play(600000, 0);
	assert_int_equal(intents, 0);
}

/* Also of one that began and ended within the delay, and over a restart; until it is ordered. */
static void test_what_met_a_short_lock_is_a_persons(void **state)
{
	const struct lock lock = { .kind = LOCK_ZONE, .id = "f1.tea" };
	const struct transition told = { TRANSITION_LOCK, &b.incident, -1, "chen", "", b.now_ms };
	struct output_status out;
	char row[sizeof(b.claims)];

	(void)state;
	fail_first();
	bench_lock = &lock;
	outputs_transition(b.outputs, &told);
	bench_lock = NULL;
	assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, &out, 1), 1);
	assert_int_equal(out.again_ms, 0);
	play(600000, 0);
	assert_int_equal(intents, 0);
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	outputs_resume(b.outputs, &b.incident);
	play(600000, 0);
	assert_int_equal(intents, 0);
	b.incident.steps[0].action = ACTION_WANTED;
	b.records = b.writes = 0;
	want();
	serve(0);
	play(4200, 0);
	play(15000, 0);
	assert_int_equal(intents, 2);
}

static void test_a_put_back_is_not(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	serve(0);
	b.now_ms += 50;
	seen(0, 0);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	play(5000, 0);
	assert_non_null(strstr(b.log, "[failed by wu: "));
	play(600000, 0);
	assert_int_equal(intents, 0);
	b.still_true = TRUTH_TRUE;
	play(600000, 0);
	assert_int_equal(intents, 0);
}

/* The delay begins anew: it never ran while the program did not. */
static void test_over_a_restart(void **state)
{
	char row[sizeof(b.claims)];

	(void)state;
	fail_first();
	play(15000, 0);
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	assert_non_null(strstr(row, " 0 0 0 2 ")); /* not proved, and tried twice */
	b.now_ms += 3600000;
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	outputs_resume(b.outputs, &b.incident);
	play(19000, 0);
	assert_int_equal(intents, 0);
	play(6000, 0);
	assert_int_equal(intents, 2);
}

/* Nor while it did not look: stopped for an hour, it goes on after the whole delay. */
static void test_over_a_stall(void **state)
{
	(void)state;
	fail_first();
	b.now_ms += 3600000;
	play(9000, 0);
	assert_int_equal(intents, 0);
	play(6000, 0);
	assert_int_equal(intents, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_after_ten_seconds_and_then_more_seldom),
		TEST(test_only_while_it_is_true_on_good_readings),
		TEST(test_skipped_or_handed_over_it_is_not),
		TEST(test_not_for_ever),
		TEST(test_while_its_device_is_silent),
		TEST(test_while_its_link_is_down),
		TEST(test_an_interlock_forbids_it_too),
		TEST(test_what_met_a_lock_is_a_persons),
		TEST(test_what_met_a_short_lock_is_a_persons),
		TEST(test_a_put_back_is_not),
		TEST(test_over_a_restart),
		TEST(test_over_a_stall),
	};

	return cmocka_run_group_tests_name("outputs retry", tests, NULL, NULL) ? 1 : 0;
}
