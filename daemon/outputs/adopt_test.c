/* A reload in the middle of an action, and after one. */
#include "tests/outputs_bench.h"

/* The same plan and points once more, as another configuration has them. */
static struct {
	struct action action;
	struct step steps[1];
	struct incident_type type;
	struct config config;
} other;

/* Follows the bench's outputs by one of the other configuration. */
static void succeed(bool armed)
{
	struct outputs *old = b.outputs;

	other.config.daemon.actions_armed = armed;
	b.outputs = outputs_new(&other.config, NULL, &b.ports, b.now_ms);
	assert_non_null(b.outputs);
	b.incident.type = &other.type;
	outputs_adopt(b.outputs, old, b.now_ms);
	outputs_free(old);
	tasks_run(b.outputs, b.now_ms);
}

static int set_up_other(void **state)
{
	int r = set_up(state);

	other.action = b.action;
	other.steps[0] = b.step;
	other.steps[0].action = &other.action;
	other.type = b.type;
	other.type.steps = other.steps;
	other.config = b.config;
	other.config.plan.actions = &other.action;
	other.config.plan.types = &other.type;
	return r;
}

static void test_an_intent_under_way_is_awaited(void **state)
{
	(void)state;
	want();
	assert_int_equal(b.records, 2);
	succeed(true);
	assert_int_equal(b.records, 2); /* not recorded twice */
	recorded(0);
	recorded(1);
	assert_int_equal(b.writes, 2);
	written(0, 0);
	written(1, 0);
	b.now_ms += 50;
	seen(0, 0);
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_a_write_under_way_is_proved_or_repeated(void **state)
{
	(void)state;
	want();
	recorded(0);
	recorded(1);
	assert_int_equal(b.writes, 2);
	succeed(true);
	b.now_ms += 50;
	seen(0, 0); /* the first had arrived */
	seen(1, 1);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	run_until(b.now_ms + 2100);
	assert_int_equal(b.records, 3);
	recorded(2);
	assert_int_equal(b.writes, 3);
	assert_ptr_equal(b.written[2], b.written[1]);
	written(2, 0);
	b.now_ms += 50;
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_tickets_do_not_repeat(void **state)
{
	uint64_t last;

	(void)state;
	want();
	last = b.record_ticket[1];
	succeed(true);
	recorded(0);
	assert_true(b.write_ticket[0] > last);
}

static void test_disarmed_writes_nothing_more(void **state)
{
	(void)state;
	want();
	succeed(false);
	recorded(0);
	recorded(1);
	run_until(b.now_ms + 5000);
	assert_int_equal(b.writes, 0);
	assert_non_null(strstr(b.log, "refused by li"));
}

static void test_another_value_begins_anew(void **state)
{
	(void)state;
	want();
	other.action.value = 1;
	succeed(true);
	recorded(0); /* of an order that is none any more */
	recorded(1);
	assert_int_equal(b.writes, 0);
	/* The relays are on, as the new order has them: that is to be seen. */
	run_until(b.now_ms + 100);
	b.now_ms += 50;
	seen(0, 1);
	seen(1, 1);
	assert_int_equal(b.writes, 0);
	assert_string_equal(b.log, "[done by facilityd: ]");
}

static void test_what_was_done_can_be_restored(void **state)
{
	(void)state;
	play_to_the_end();
	succeed(true);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	assert_int_equal(b.writes, 2);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "li"), 0);
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(b.records, 4);
}

/* The read-back proves it later, and the trouble ends, whoever began it. */
static void test_a_trouble_is_kept(void **state)
{
	(void)state;
	want();
	recorded(0);
	recorded(1);
	written(0, 0);
	written(1, 0);
	b.now_ms += 50;
	seen(1, 0);
	run_until(b.now_ms + 9000);
	assert_non_null(strstr(b.log, "{a "));
	succeed(true);
	b.log[0] = '\0';
	b.now_ms += 50;
	seen(0, 0);
	assert_non_null(strstr(b.log, "{a ends}"));
}

#define TEST_OTHER(f) cmocka_unit_test_setup_teardown(f, set_up_other, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OTHER(test_an_intent_under_way_is_awaited),
		TEST_OTHER(test_a_write_under_way_is_proved_or_repeated),
		TEST_OTHER(test_tickets_do_not_repeat),
		TEST_OTHER(test_disarmed_writes_nothing_more),
		TEST_OTHER(test_another_value_begins_anew),
		TEST_OTHER(test_what_was_done_can_be_restored),
		TEST_OTHER(test_a_trouble_is_kept),
	};

	return cmocka_run_group_tests_name("outputs adopt", tests, NULL, NULL) ? 1 : 0;
}
