/* What is released in one place after another: both are cut, and neither is at the other's cost. */
#include "tests/outputs_bench.h"

/* Of the room of relay 0, or of relay 1. */
static void release_in(int relay)
{
	const struct zone *place = b.points[relay].zone;
	struct transition t = { .kind = TRANSITION_ACTION,
		.incident = &b.incident,
		.user = "li",
		.note = "",
		.at_ms = b.now_ms,
		.place = place };

	b.incident.steps[0].action = ACTION_WANTED;
	b.incident.steps[0].action_ms = b.now_ms;
	assert_true(places_add(&b.incident.steps[0].released, place));
	outputs_transition(b.outputs, &t);
	tasks_run(b.outputs, b.now_ms);
}

/* Reported for the whole building, with a room for each of two relays. */
static int begin(void **state)
{
	set_up(state);
	b.zones[2].parent = &b.zones[0];
	b.points[1].zone = &b.zones[1];
	b.incident.zone = &b.zones[0];
	b.incident.steps[0].action = ACTION_AWAITING;
	transition(TRANSITION_RAISED);
	return 0;
}

static void proved(unsigned order, uint32_t relay)
{
	recorded(order);
	written(b.writes - 1, 0);
	b.now_ms += 50;
	seen(relay, 0);
}

static void test_the_second_beside_the_first(void **state)
{
	(void)state;
	release_in(0);
	proved(0, 0);
	assert_string_equal(b.log, "[done by li: ]");
	b.now_ms += 1000;
	release_in(1);
	assert_int_equal(b.records, 2); /* the first is as it was */
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	assert_int_equal(state_of(1), OUTPUT_RECORDING);
	proved(1, 1);
	assert_string_equal(b.log, "[done by li: ][done by li: ]");
	assert_int_equal(b.writes, 2);
	assert_ptr_equal(b.written[1], &b.points[1]);
	assert_string_equal(b.incident.steps[0].released.zones[0]->id, "f1.tea");
}

/* Water does not wait for a module that does not answer. */
static void test_the_second_while_the_first_is_written(void **state)
{
	(void)state;
	release_in(0);
	recorded(0);
	assert_int_equal(b.writes, 1);
	release_in(1);
	assert_int_equal(b.records, 2);
	proved(1, 1);
	assert_string_equal(b.log, "");
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

static void test_done_is_all_of_them(void **state)
{
	(void)state;
	release_in(0);
	release_in(1);
	b.points[1].readback = NULL;
	proved(0, 0);
	recorded(1);
	written(1, 0);
	assert_non_null(strstr(b.log, "[failed by li: b: no read-back]"));
	assert_null(strstr(b.log, "done"));
}

/* What somebody has switched back by hand is not written because another room is wet. */
static void test_a_hand_in_the_first_has_the_last_word(void **state)
{
	(void)state;
	release_in(0);
	proved(0, 0);
	outputs_run(b.outputs, b.now_ms);
	b.now_ms += 100;
	seen(0, 1);
	b.now_ms += 5000;
	outputs_run(b.outputs, b.now_ms);
	assert_int_equal(b.incident.steps[0].action, ACTION_LOST);
	b.log[0] = '\0';
	release_in(1);
	assert_int_equal(b.records, 2);
	proved(1, 1);
	assert_int_equal(b.writes, 2);
	assert_string_equal(b.log, "[failed by li: a: switched by something else]");
	/* Said of that room again, it is. */
	release_in(0);
	assert_int_equal(b.records, 3);
	proved(2, 0);
	assert_ptr_equal(b.written[2], &b.points[0]);
	assert_int_equal(b.incident.steps[0].action, ACTION_DONE);
}

static struct outputs *next_run(void)
{
	struct outputs *next = outputs_new(&b.config, NULL, &b.ports, b.now_ms);

	assert_non_null(next);
	outputs_load(next, CLAIMS_ROW, b.claims, &same_boot);
	outputs_resume(next, &b.incident);
	return next;
}

/* A restart on the way goes on in both, and in no other. */
static void test_a_restart_has_all_of_them(void **state)
{
	(void)state;
	release_in(0);
	proved(0, 0);
	release_in(1);
	outputs_free(b.outputs);
	b.outputs = next_run();
	tasks_run(b.outputs, b.now_ms);
	b.now_ms += 50;
	seen(0, 0);
	assert_int_equal(b.records, 3); /* of relay 1 alone, once more */
	proved(2, 1);
	assert_int_equal(b.incident.steps[0].action, ACTION_DONE);
	assert_int_equal(b.writes, 1 + 1);
}

/* The interlock is that of the room. */
static void test_the_interlock_of_each(void **state)
{
	(void)state;
	b.action.interlock = "any(other)";
	b.points[OTHER].zone = &b.zones[1];
	start(true);
	release_in(0); /* there it makes no sense, and so forbids */
	assert_string_equal(b.log, "[refused by li: a: interlock unknown]");
	b.log[0] = '\0';
	release_in(1);
	assert_int_equal(b.records, 1);
	proved(0, 1);
	assert_ptr_equal(b.written[0], &b.points[1]);
	assert_string_equal(b.log, "[failed by li: a: interlock unknown]");
}

#define IN_ROOMS(f) cmocka_unit_test_setup_teardown(f, begin, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOMS(test_the_second_beside_the_first),
		IN_ROOMS(test_the_second_while_the_first_is_written),
		IN_ROOMS(test_done_is_all_of_them),
		IN_ROOMS(test_a_hand_in_the_first_has_the_last_word),
		IN_ROOMS(test_a_restart_has_all_of_them),
		IN_ROOMS(test_the_interlock_of_each),
	};

	return cmocka_run_group_tests_name("outputs places", tests, NULL, NULL) ? 1 : 0;
}
