/* What forbids or ends an action, what is advised, and how outputs are put back. */
#include "tests/outputs_bench.h"

static void test_protected_is_left_and_named(void **state)
{
	(void)state;
	b.points[1].protected = true;
	want();
	assert_int_equal(b.records, 1);
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	assert_int_equal(b.writes, 1);
	assert_int_equal(state_of(1), OUTPUT_REFUSED);
	assert_string_equal(b.log, "[done by li: b: protected]");
}

static void test_only_protected(void **state)
{
	(void)state;
	b.points[0].protected = b.points[1].protected = true;
	want();
	assert_string_equal(b.log, "[refused by li: a: protected; b: protected]");
}

static void test_not_armed(void **state)
{
	(void)state;
	b.points[0].armed = b.points[1].armed = false;
	want();
	assert_string_equal(b.log, "[refused by li: a: not armed; b: not armed]");
	assert_int_equal(b.records, 0);
}

static void test_one_not_armed_is_no_success(void **state)
{
	(void)state;
	b.points[1].armed = false;
	want();
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	assert_string_equal(b.log, "[failed by li: b: not armed]");
}

static void test_actions_not_armed(void **state)
{
	(void)state;
	start(false);
	want();
	assert_string_equal(b.log, "[refused by li: a: actions are not armed; "
				   "b: actions are not armed]");
}

static void test_drill_writes_nothing(void **state)
{
	(void)state;
	b.incident.drill = true;
	want();
	assert_string_equal(b.log, "[refused by li: a: drill; b: drill]");
	assert_int_equal(b.records + b.writes, 0);
}

static void test_no_output_in_scope(void **state)
{
	(void)state;
	b.incident.zone = &b.zones[1];
	b.points[0].zone = b.points[1].zone = &b.zones[0];
	want();
	assert_string_equal(b.log, "[refused by li: no output of class circuit in zone f1]");
}

static void test_scope_of_the_site(void **state)
{
	(void)state;
	b.action.scope = ACTION_SITE;
	want();
	assert_int_equal(b.records, 3);
}

static void test_scope_of_the_floor(void **state)
{
	(void)state;
	b.action.scope = ACTION_FLOOR;
	b.points[1].zone = &b.zones[1]; /* on the floor, and not in the tea room */
	want();
	assert_int_equal(b.records, 2);
}

static void test_no_read_back_is_no_proof(void **state)
{
	(void)state;
	b.points[0].readback = NULL;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	written(0, 0);
	assert_int_equal(state_of(0), OUTPUT_UNPROVEN);
	assert_string_equal(b.log, "{a no read-back}[failed by li: a: no read-back]");
}

/* P6: the module repeats what it was told; that is written all the same, and proves nothing. */
static void test_an_echo_is_no_proof(void **state)
{
	(void)state;
	b.points[0].echoes = true;
	b.points[1].zone = &b.zones[0];
	seen(0, 0); /* off already, it says */
	b.now_ms += 10;
	want();
	recorded(0);
	assert_int_equal(b.writes, 1);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
	assert_int_equal(state_of(0), OUTPUT_UNPROVEN);
	assert_string_equal(b.log, "{a the relay says off}[failed by li: a: the relay says off]");
	b.now_ms += 50;
	seen(0, 0);
	assert_int_equal(state_of(0), OUTPUT_UNPROVEN);
}

/* What it was told, it does not even say. */
static void test_an_echo_that_differs_has_failed(void **state)
{
	(void)state;
	b.points[0].echoes = true;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 1);
	run_until(b.now_ms + 2100);
	recorded(1);
	assert_int_equal(b.writes, 2);
	written(1, 0);
	run_until(b.now_ms + 2000);
	assert_int_equal(state_of(0), OUTPUT_FAILED);
	seen(0, 0);
	assert_int_equal(state_of(0), OUTPUT_FAILED);
}

static void test_returned_before_the_write(void **state)
{
	(void)state;
	want();
	b.still_true = TRUTH_FALSE;
	recorded(0);
	recorded(1);
	assert_int_equal(b.writes, 0);
	assert_string_equal(
		b.log, "[overtaken by li: a: condition returned; b: condition returned]");
}

static struct lock lock_of_zone(const char *id)
{
	struct lock lock = { .kind = LOCK_ZONE };

	strcpy(lock.id, id);
	return lock;
}

/* Nothing is written, the refusal names the lock, and the claim stands. */
static void test_locked(void **state)
{
	const struct lock lock = lock_of_zone("f1.tea");
	struct output_status status[2];
	struct output_claim claim;

	(void)state;
	bench_lock = &lock;
	want();
	assert_int_equal(b.records + b.writes, 0);
	assert_string_equal(
		b.log, "[refused by li: a: locked by zone:f1.tea; b: locked by zone:f1.tea]");
	assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, status, 2), 2);
	assert_string_equal(status[0].lock, "zone:f1.tea");
	assert_true(outputs_claim(b.outputs, 0, &claim));
	bench_lock = NULL;
}

/* Who would release it, or put it back, is told the lock; what needs no write, no lock forbids. */
static void test_a_lock_is_named_to_whoever_orders(void **state)
{
	const struct lock lock = lock_of_zone("f1.tea");
	struct output_holders holders = { 0 };

	(void)state;
	assert_false(outputs_locked(b.outputs, &b.incident, 0, NULL, &holders));
	play_to_the_end();
	b.still_true = TRUTH_FALSE;
	bench_lock = &lock;
	assert_true(outputs_locked(b.outputs, &b.incident, 0, NULL, &holders));
	assert_int_equal(holders.count, 1);
	assert_string_equal(holders.incidents[0], "zone:f1.tea");
	assert_int_equal(restore(&b.incident, "wu"), -EPERM);
	assert_string_equal(b.holders.incidents[0], "zone:f1.tea");
	assert_int_equal(restore_id("a", "wu"), -EPERM);
	seen(0, 1); /* by hand */
	assert_int_equal(restore_id("a", "wu"), 0);
	assert_int_equal(b.writes, 2);
	bench_lock = NULL;
}

/* Set while the intent was on its way, or the write in the bus's queue. */
static void test_locked_before_the_write(void **state)
{
	const struct lock lock = lock_of_zone("f1.tea");

	(void)state;
	want();
	recorded(0);
	assert_true(outputs_may_write(b.outputs, b.write_ticket[0]));
	bench_lock = &lock;
	assert_false(outputs_may_write(b.outputs, b.write_ticket[0]));
	written(0, -ESTALE);
	recorded(1);
	assert_int_equal(b.writes, 1);
	assert_string_equal(
		b.log, "[refused by li: a: locked by zone:f1.tea; b: locked by zone:f1.tea]");
	bench_lock = NULL;
}

/* M6: the write has waited for its bus; what was true when it was queued is asked again. */
static void test_returned_while_the_write_waited(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	assert_true(outputs_may_write(b.outputs, b.write_ticket[0]));
	b.still_true = TRUTH_FALSE;
	assert_false(outputs_may_write(b.outputs, b.write_ticket[0]));
	written(0, -ESTALE);
	assert_int_equal(b.writes, 1);
	assert_string_equal(b.log, "[overtaken by li: a: condition returned]");
	assert_int_equal(outputs_claim(b.outputs, 0, &(struct output_claim){ 0 }), false);
}

/* Not known for a moment: it waits, and goes out when that is over. */
static void test_unknown_while_the_write_waited(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	b.still_true = TRUTH_UNKNOWN;
	assert_false(outputs_may_write(b.outputs, b.write_ticket[0]));
	written(0, -ESTALE);
	assert_int_equal(b.writes, 1);
	b.still_true = TRUTH_TRUE;
	run_until(b.now_ms + 500);
	assert_int_equal(b.writes, 2);
	assert_true(outputs_may_write(b.outputs, b.write_ticket[1]));
	assert_string_equal(b.log, "");
}

/* What was reported as failed never goes out. */
static void test_failed_while_the_write_waited(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	run_until(b.now_ms + 4000);
	assert_string_equal(b.log, "{a waited too long for the bus}"
				   "[failed by li: a: waited too long for the bus]");
	assert_false(outputs_may_write(b.outputs, b.write_ticket[0]));
	written(0, -ESTALE);
	assert_int_equal(state_of(0), OUTPUT_FAILED);
	assert_false(outputs_may_write(b.outputs, 0));
}

static void test_unknown_waits_for_good_readings(void **state)
{
	(void)state;
	b.still_true = TRUTH_UNKNOWN;
	want();
	run_until(b.now_ms + 1000);
	assert_int_equal(b.records, 0);
	b.still_true = TRUTH_TRUE;
	run_until(b.now_ms + 250);
	assert_int_equal(b.records, 2);
}

static void test_unknown_for_too_long(void **state)
{
	(void)state;
	b.still_true = TRUTH_UNKNOWN;
	want();
	run_until(14001);
	assert_int_equal(b.records, 0);
	assert_string_equal(b.log, "{a readings not good}{b readings not good}[failed by li: "
				   "a: readings not good; b: readings not good]");
}

static void test_interlock(void **state)
{
	(void)state;
	b.action.interlock = "any(other)";
	b.values[OTHER].value = 0;
	start(true);
	want();
	assert_string_equal(b.log, "[refused by li: a: interlock forbids; b: interlock forbids]");
	assert_int_equal(b.records, 0);
	assert_ptr_equal(bench_eval_type, b.incident.type); /* locks hide by the type */
}

static void test_interlock_allows(void **state)
{
	(void)state;
	b.action.interlock = "any(other)";
	start(true);
	want();
	assert_int_equal(b.records, 2);
	b.values[OTHER].quality = QUALITY_STALE; /* and is asked again before the write */
	recorded(0);
	recorded(1);
	assert_int_equal(b.writes, 0);
	assert_string_equal(b.log, "[refused by li: a: interlock unknown; b: interlock unknown]");
}

static void test_interlock_without_sense_here_forbids(void **state)
{
	(void)state;
	b.points[OTHER].zone = &b.zones[0];
	b.action.interlock = "any(other)";
	start(true);
	want();
	assert_string_equal(b.log, "[refused by li: a: interlock unknown; b: interlock unknown]");
}

static void test_advised(void **state)
{
	struct output_status out[8];

	(void)state;
	b.incident.steps[0].action = ACTION_ADVISED;
	b.points[1].protected = true;
	want();
	assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, out, 8), 2);
	assert_int_equal(out[0].state, OUTPUT_ADVISED);
	assert_int_equal(out[1].state, OUTPUT_REFUSED);
	assert_int_equal(out[1].error, WORD_WRITE_REFUSAL_PROTECTED);
	assert_int_equal(b.records, 0);
}

static void test_wanted_again(void **state)
{
	(void)state;
	play_to_the_end();
	transition(TRANSITION_CAUSE); /* done is done */
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(b.records, 2);
	b.incident.steps[0].action = ACTION_WANTED;
	b.values[RELAYS].value = b.values[RELAYS + 1].value = 1;
	transition(TRANSITION_RERAISED);
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(b.records, 4);
}

static void test_closed_is_forgotten(void **state)
{
	(void)state;
	want();
	recorded(0);
	b.write_ticket[7] = b.record_ticket[1];
	transition(TRANSITION_CLOSED);
	b.incident.id[0] = '\0';
	tasks_run(b.outputs, b.now_ms);
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
	outputs_recorded(b.outputs, b.write_ticket[7], true, b.now_ms);
	assert_int_equal(b.writes, 1);
}

/* However many there were: what is forgotten makes room. */
static void test_closed_makes_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * OUTPUTS_MAX; i++) {
		struct output_status out[8];

		b.records = 0;
		b.incident.steps[0].action = ACTION_WANTED;
		want();
		assert_int_equal(b.records, 2);
		assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, out, 8), 2);
		transition(TRANSITION_CLOSED);
		tasks_run(b.outputs, b.now_ms);
		assert_int_equal(outputs_of_step(b.outputs, &b.incident, 0, out, 8), 0);
		assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
	}
	assert_string_equal(b.log, "");
}

static void test_close_ends_the_trouble(void **state)
{
	(void)state;
	b.points[1].zone = &b.zones[0];
	want();
	outputs_recorded(b.outputs, b.record_ticket[0], false, b.now_ms);
	assert_non_null(strstr(b.log, "{a intent not recorded}"));
	b.log[0] = '\0';
	transition(TRANSITION_CLOSED);
	tasks_run(b.outputs, b.now_ms);
	assert_string_equal(b.log, "{a ends}");
}

static void test_restore(void **state)
{
	(void)state;
	assert_int_equal(restore(&b.incident, "wang"), -ENOENT);
	play_to_the_end();
	b.log[0] = '\0';
	assert_int_equal(restore(&b.incident, "wang"), -EBUSY);
	b.still_true = TRUTH_UNKNOWN;
	assert_int_equal(restore(&b.incident, "wang"), -EBUSY);
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wang"), 0);
	assert_int_equal(restore(&b.incident, "wang"), -EALREADY);
	recorded(2);
	recorded(3);
	assert_true(b.write_value[2] == 1 && b.write_value[3] == 1);
	written(2, 0);
	written(3, 0);
	b.now_ms += 50;
	seen(0, 1);
	seen(1, 1);
	assert_string_equal(b.log, "[restored by wang: put back]");
	assert_int_equal(restore(&b.incident, "wang"), -ENOENT);
}

static void test_restore_that_failed_may_be_asked_again(void **state)
{
	(void)state;
	play_to_the_end();
	b.log[0] = '\0';
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wang"), 0);
	outputs_recorded(b.outputs, b.record_ticket[2], false, b.now_ms);
	outputs_recorded(b.outputs, b.record_ticket[3], false, b.now_ms);
	assert_non_null(strstr(b.log, "[failed by wang: put back; a: intent not recorded"));
	assert_int_equal(restore(&b.incident, "wang"), 0);
	assert_int_equal(b.records, 6);
}

/* True again while it is being put back: the new order wins, and the restore writes no more. */
static void test_restore_overtaken_by_a_new_order(void **state)
{
	(void)state;
	play_to_the_end();
	b.log[0] = '\0';
	b.still_true = TRUTH_FALSE;
	assert_int_equal(restore(&b.incident, "wang"), 0);
	recorded(2);
	written(2, 0);
	b.now_ms += 50;
	seen(0, 1); /* one is back on */
	b.still_true = TRUTH_TRUE;
	b.incident.steps[0].action = ACTION_WANTED;
	transition(TRANSITION_RERAISED);
	tasks_run(b.outputs, b.now_ms);
	recorded(3);
	assert_int_equal(b.writes, 3);
	assert_string_equal(b.log, "");
	assert_int_equal(b.records, 5); /* the other was still off: it is checked first */
	recorded(4);
	assert_int_equal(b.writes, 4);
	assert_ptr_equal(b.written[3], &b.points[0]);
	assert_true(b.write_value[3] == 0);
	written(3, 0);
	b.now_ms += 50;
	seen(0, 0);
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_protected_is_left_and_named),
		TEST(test_only_protected),
		TEST(test_not_armed),
		TEST(test_one_not_armed_is_no_success),
		TEST(test_actions_not_armed),
		TEST(test_drill_writes_nothing),
		TEST(test_no_output_in_scope),
		TEST(test_scope_of_the_site),
		TEST(test_scope_of_the_floor),
		TEST(test_no_read_back_is_no_proof),
		TEST(test_an_echo_is_no_proof),
		TEST(test_an_echo_that_differs_has_failed),
		TEST(test_returned_before_the_write),
		TEST(test_locked),
		TEST(test_a_lock_is_named_to_whoever_orders),
		TEST(test_locked_before_the_write),
		TEST(test_returned_while_the_write_waited),
		TEST(test_unknown_while_the_write_waited),
		TEST(test_failed_while_the_write_waited),
		TEST(test_unknown_waits_for_good_readings),
		TEST(test_unknown_for_too_long),
		TEST(test_interlock),
		TEST(test_interlock_allows),
		TEST(test_interlock_without_sense_here_forbids),
		TEST(test_advised),
		TEST(test_wanted_again),
		TEST(test_closed_is_forgotten),
		TEST(test_closed_makes_room),
		TEST(test_close_ends_the_trouble),
		TEST(test_restore),
		TEST(test_restore_that_failed_may_be_asked_again),
		TEST(test_restore_overtaken_by_a_new_order),
	};

	return cmocka_run_group_tests_name("outputs refuse", tests, NULL, NULL) ? 1 : 0;
}
