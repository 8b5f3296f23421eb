/* Actions played through: what is recorded, written, proven, retried and reported. */
#include "tests/outputs_bench.h"

static void test_recorded_written_proven_done(void **state)
{
	(void)state;
	play_to_the_end();
}

static void test_a_reading_from_before_the_write_proves_nothing(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	b.now_ms += 10;
	b.values[RELAYS].value = 0;
	b.values[RELAYS].at_ms = b.now_ms; /* begun in the very millisecond in which it ended */
	written(0, 0);
	run_until(b.now_ms + 500);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMING);
	b.values[RELAYS].quality = QUALITY_STALE;
	b.values[RELAYS].at_ms = b.now_ms;
	run_until(b.now_ms + 500);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMING);
	/* An unchanged one is not told, only refreshed; it is found by looking. */
	b.values[RELAYS].quality = QUALITY_GOOD;
	b.values[RELAYS].at_ms = b.now_ms;
	run_until(b.now_ms + 250);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_retried_once_then_failed_then_late(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	written(0, 0);
	run_until(b.now_ms + 1990);
	assert_int_equal(b.records, 1);
	run_until(b.now_ms + 20);
	assert_int_equal(b.records, 2);
	recorded(1);
	assert_int_equal(b.writes, 2);
	written(1, 0);
	run_until(14000);
	assert_string_equal(b.log, "{a not confirmed by its read-back}"
				   "[failed by li: a: not confirmed by its read-back]");
	run_until(30000);
	assert_int_equal(b.writes, 2);
	assert_int_equal(b.reads, 2 * 10);
	b.log[0] = '\0';
	seen(0, 0);
	assert_string_equal(b.log, "{a ends}[done by li: ]");
}

static void test_a_failed_write_may_have_worked(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	b.now_ms += 500;
	written(0, -ETIMEDOUT);
	b.now_ms += 100;
	seen(0, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_writes_that_fail(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	b.write_result = -EHOSTDOWN;
	want();
	recorded(0);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMING);
	run_until(12010);
	recorded(1);
	run_until(14000);
	assert_int_equal(b.writes, 2);
	assert_string_equal(b.log, "{a link down}[failed by li: a: link down]");
}

static void test_not_recorded_not_written(void **state)
{
	(void)state;
	want();
	outputs_recorded(b.outputs, b.record_ticket[0], false, b.now_ms);
	run_until(b.now_ms + 6000); /* and no word about the other */
	assert_int_equal(b.writes, 0);
	assert_string_equal(b.log, "{a intent not recorded}{b not recorded in time}[failed by li: "
				   "a: intent not recorded; b: not recorded in time]");
	recorded(1);
	assert_int_equal(b.writes, 0);
}

static void test_already_there(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	b.values[RELAYS].value = 0;
	b.values[RELAYS].at_ms = b.now_ms - 500;
	want();
	assert_int_equal(b.records, 0);
	assert_int_equal(b.reads, 1);
	b.now_ms += 40;
	seen(0, 0);
	assert_int_equal(b.writes, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_seemed_already_there(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	b.values[RELAYS].value = 0;
	want();
	assert_int_equal(b.records, 0);
	run_until(b.now_ms + 1001); /* no newer reading: it is written all the same */
	assert_int_equal(b.records, 1);
}

static void test_without_the_time_of_refreshes(void **state)
{
	(void)state;
	b.ports.reading = NULL;
	start(true);
	b.values[RELAYS].value = 0; /* good, so not stale, and that is all that is known */
	want();
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	assert_int_equal(b.records, 1);
	recorded(0);
	written(0, 0);
	b.now_ms += 30;
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

/* Whatever else happens to the incident meanwhile: one order is begun and reported once. */
static void test_ordered_once(void **state)
{
	(void)state;
	want();
	transition(TRANSITION_ACKNOWLEDGED);
	recorded(0);
	recorded(1);
	transition(TRANSITION_ACKNOWLEDGED);
	written(0, 0);
	written(1, 0);
	run_until(b.now_ms + 100);
	seen(0, 0);
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
	run_until(b.now_ms + 60000);
	assert_int_equal(b.records, 2);
	assert_int_equal(b.writes, 2);
}

enum { TOO_MANY = OUTPUTS_MAX + 44 };

static void test_too_many_outputs(void **state)
{
	static struct point many[TOO_MANY];
	struct config config = b.config;

	(void)state;
	for (uint32_t i = 0; i < TOO_MANY; i++) {
		many[i] = b.points[0];
		many[i].index = i;
		many[i].armed = false;
		many[i].readback = NULL;
	}
	config.site.points = many;
	config.site.point_count = TOO_MANY;
	outputs_free(b.outputs);
	b.outputs = outputs_new(&config, NULL, &b.ports, b.now_ms);
	want();
	assert_non_null(strstr(b.log, "{a too many outputs at once}"));
	assert_non_null(strstr(b.log, "[failed by li: too many outputs at once]"));
	assert_int_equal(b.writes, 0);
	b.log[0] = '\0';
	transition(TRANSITION_CLOSED);
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(strncmp(b.log, "{a ends}", strlen("{a ends}")), 0);
	assert_int_equal(strlen(b.log), (TOO_MANY - OUTPUTS_MAX) * strlen("{a ends}"));
	outputs_free(b.outputs);
	b.outputs = NULL;
}

static void test_a_note_that_is_too_long(void **state)
{
	static const char id[] = "an-output-with-an-id-as-long-as-an-id-may-ever-be";

	(void)state;
	b.action.scope = ACTION_SITE;
	for (size_t i = 0; i < RELAYS; i++) {
		b.points[i].id = id;
		b.points[i].armed = false;
	}
	start(false);
	want();
	assert_non_null(strstr(b.log, "refused by li: an-output"));
	assert_non_null(strstr(b.log, " ...]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded_written_proven_done),
		TEST(test_a_reading_from_before_the_write_proves_nothing),
		TEST(test_retried_once_then_failed_then_late),
		TEST(test_a_failed_write_may_have_worked),
		TEST(test_writes_that_fail),
		TEST(test_not_recorded_not_written),
		TEST(test_already_there),
		TEST(test_seemed_already_there),
		TEST(test_without_the_time_of_refreshes),
		TEST(test_ordered_once),
		TEST(test_too_many_outputs),
		TEST(test_a_note_that_is_too_long),
	};

	return cmocka_run_group_tests_name("outputs", tests, NULL, NULL) ? 1 : 0;
}
