/* Two of one site: who stands by begins nothing, lets go of what is under way, and once it tells
 * again writes only what a person orders. */
#include "tests/outputs_bench.h"

static void grant(enum outputs_grant given)
{
	/* As plant_set_grant() has the engine do. */
	if (given == GRANT_NONE && b.incident.steps[0].action == ACTION_WANTED)
		b.incident.steps[0].action = ACTION_AWAITING;
	outputs_set_grant(b.outputs, given);
	outputs_run(b.outputs, b.now_ms);
}

/* Whatever is due; every intent is recorded, every write answered. */
static void play(int64_t ms)
{
	int64_t end_ms = b.now_ms + ms;
	unsigned records = b.records;

	while (b.now_ms < end_ms) {
		b.now_ms += 100;
		outputs_run(b.outputs, b.now_ms);
		if (b.records != records)
			outputs_recorded(b.outputs, b.record_ticket[records++], true, b.now_ms);
	}
}

static void begin_alone(void)
{
	b.points[1].zone = &b.zones[0]; /* relay 0 alone */
	want();
	assert_int_equal(b.records, 1);
}

/* A read-back that says what it is. */
static void see(double value)
{
	b.now_ms += 50;
	seen(0, value);
}

static void test_who_stands_by_begins_nothing(void **state)
{
	(void)state;
	grant(GRANT_NONE);
	b.incident.steps[0].action = ACTION_WANTED;
	transition(TRANSITION_RAISED);
	outputs_run(b.outputs, b.now_ms);
	see(1);
	play(10000);
	assert_int_equal(b.records, 0);
	assert_true(outputs_deadline(b.outputs) == CLOCK_NEVER);
}

static void test_what_is_under_way_ends(void **state)
{
	(void)state;
	begin_alone();
	grant(GRANT_NONE);
	recorded(0);
	see(1);
	assert_int_equal(b.writes, 0);
	grant(GRANT_ASK);
	play(600000);
	assert_int_equal(b.writes, 0);
	assert_int_equal(b.records, 1);
	assert_non_null(strstr(b.log, "[failed by li: a: left to another facilityd]"));
	/* A person orders it. */
	b.incident.steps[0].action = ACTION_WANTED;
	transition(TRANSITION_ACTION);
	play(1000);
	assert_int_equal(b.writes, 1);
}

/* Its write is in the queue of its bus. */
static void test_what_is_about_to_go_out_does_not(void **state)
{
	(void)state;
	begin_alone();
	recorded(0);
	assert_int_equal(b.writes, 1);
	grant(GRANT_NONE);
	assert_false(outputs_may_write(b.outputs, b.write_ticket[0]));
}

static void test_a_put_back_under_way_ends(void **state)
{
	struct output_claim claim;

	(void)state;
	begin_alone();
	recorded(0);
	written(0, 0);
	see(0);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wu"), 0);
	assert_int_equal(b.records, 2);
	grant(GRANT_NONE);
	recorded(1);
	grant(GRANT_ASK);
	play(600000);
	assert_int_equal(b.writes, 1);
	assert_true(outputs_claim(b.outputs, 0, &claim) && claim.withdrawn);
	assert_int_equal(restore(&b.incident, "wu"), 0);
	assert_int_equal(b.records, 3);
	recorded(2);
	assert_int_equal(b.writes, 2);
	assert_true(b.write_value[1] == 1);
}

/* A copied card: what it has not proved, its elder may have, long ago. */
static void test_what_a_copy_has_not_proved_is_not_tried_again(void **state)
{
	char row[sizeof(b.claims)];

	(void)state;
	begin_alone();
	recorded(0);
	written(0, 0);
	outputs_keep(b.outputs);
	strcpy(row, b.claims);
	b.incident.steps[0].action = ACTION_FAILED;
	start(true);
	outputs_load(b.outputs, CLAIMS_ROW, row, &same_boot);
	outputs_resume(b.outputs, &b.incident);
	b.records = b.writes = 0;
	grant(GRANT_NONE);
	grant(GRANT_ASK);
	play(600000);
	assert_int_equal(b.records, 0);
	grant(GRANT_FREE);
	play(600000);
	assert_int_equal(b.records, 0);
}

static void test_what_a_copy_has_wanted_waits(void **state)
{
	(void)state;
	outputs_resume(b.outputs, &b.incident); /* wanted, as the journal has it */
	grant(GRANT_NONE);
	grant(GRANT_ASK);
	play(60000);
	assert_int_equal(b.records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_stands_by_begins_nothing),
		TEST(test_what_is_under_way_ends),
		TEST(test_what_is_about_to_go_out_does_not),
		TEST(test_a_put_back_under_way_ends),
		TEST(test_what_a_copy_has_not_proved_is_not_tried_again),
		TEST(test_what_a_copy_has_wanted_waits),
	};

	return cmocka_run_group_tests_name("outputs grant", tests, NULL, NULL) ? 1 : 0;
}
