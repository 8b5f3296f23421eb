/* What waits for the journal, how long, and in which order it passes. */
#include "daemon/record/gate.h"

#include "core/clock.h"
#include "tests/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { HOLD_MS = 100 };

static struct bench {
	struct gate_events events;
	struct gate *gate;
	char passed[65536];
	uint64_t answered;
} b;

static void on_pass(struct gate_events *events, const struct mqtt_publish *message)
{
	(void)events;
	strncat(b.passed, message->payload, message->length);
	strcat(b.passed, " ");
}

static void on_answers(struct gate_events *events, uint64_t mark)
{
	(void)events;
	b.answered = mark;
}

static int set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.events = (struct gate_events){ on_pass, on_answers };
	b.gate = gate_new(HOLD_MS, &b.events);
	return b.gate ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	gate_free(b.gate);
	hear_no_more();
	return 0;
}

static void put_needing(enum gate_need need, const char *payload, uint64_t mark, int64_t now_ms)
{
	char text[32]; /* gone after the call: it is copied */
	const struct mqtt_publish message = {
		.kind = MQTT_STREAM, .topic = "alert", .payload = text, .length = strlen(payload)
	};

	strcpy(text, payload);
	gate_put(b.gate, &message, need, mark, now_ms);
	memset(text, '?', sizeof(text));
}

static void put(const char *payload, uint64_t mark, int64_t now_ms)
{
	put_needing(GATE_WRITTEN, payload, mark, now_ms);
}

static void test_passes_with_its_commit(void **state)
{
	(void)state;
	put("old", 0, 1000);
	assert_string_equal(b.passed, "old ");
	put("a", 1, 1000);
	put("b", 1, 1001);
	put("c", 2, 1002);
	assert_string_equal(b.passed, "old ");
	assert_int_equal(gate_deadline(b.gate), 1100);
	gate_kept(b.gate, 1, 1010);
	assert_string_equal(b.passed, "old a b ");
	assert_int_equal(gate_deadline(b.gate), 1102);
	gate_kept(b.gate, 2, 1011);
	assert_string_equal(b.passed, "old a b c ");
	assert_true(gate_deadline(b.gate) == CLOCK_NEVER);
	put("d", 2, 1012);
	assert_string_equal(b.passed, "old a b c d ");
}

/* A kill cannot undo it any more: messages go, answers wait for the disk. */
static void test_written_is_enough_for_messages(void **state)
{
	(void)state;
	put("a", 1, 1000);
	put("b", 2, 1000);
	assert_true(gate_answer(b.gate, 1, 1000));
	gate_written(b.gate, 1);
	assert_string_equal(b.passed, "a ");
	assert_int_equal(b.answered, 0);
	put("c", 1, 1001); /* behind b */
	assert_string_equal(b.passed, "a ");
	gate_kept(b.gate, 1, 1002);
	assert_int_equal(b.answered, 1);
	assert_string_equal(b.passed, "a ");
	gate_written(b.gate, 2);
	assert_string_equal(b.passed, "a b c ");
	/* Told late: it changes nothing. */
	gate_written(b.gate, 1);
	put("d", 2, 1003);
	assert_string_equal(b.passed, "a b c d ");
	assert_true(gate_answer(b.gate, 2, 1003));
}

static void test_a_reply_waits_for_the_disk(void **state)
{
	(void)state;
	put_needing(GATE_KEPT, "reply", 1, 1000);
	put("a", 1, 1000);
	gate_written(b.gate, 1);
	assert_string_equal(b.passed, "");
	gate_kept(b.gate, 1, 1001);
	assert_string_equal(b.passed, "reply a ");
	gate_written(b.gate, 2);
	put_needing(GATE_KEPT, "next", 2, 1002);
	assert_string_equal(b.passed, "reply a ");
	gate_expire(b.gate, 1002 + HOLD_MS);
	assert_string_equal(b.passed, "reply a next ");
}

/* What needs no commit does not overtake what does. */
static void test_the_order_stays(void **state)
{
	(void)state;
	put("a", 1, 1000);
	put("b", 0, 1000);
	assert_string_equal(b.passed, "");
	gate_kept(b.gate, 1, 1001);
	assert_string_equal(b.passed, "a b ");
}

static void test_a_late_disk_is_not_waited_for(void **state)
{
	(void)state;
	hear();
	put("a", 1, 1000);
	gate_expire(b.gate, 1099);
	assert_string_equal(b.passed, "");
	assert_int_equal(heard("journal: late"), 0);
	put("b", 2, 1099);
	gate_expire(b.gate, 1100);
	assert_int_equal(heard("journal: late: what happens is told"), 1);
	assert_string_equal(b.passed, "a b ");
	put("c", 3, 1101);
	assert_string_equal(b.passed, "a b c ");
	gate_kept(b.gate, 1, 1200);
	put("d", 4, 1201);
	assert_string_equal(b.passed, "a b c d ");
	/* What was asked for when it became late has ended: it is in time again. */
	assert_int_equal(heard("in time again"), 0);
	gate_kept(b.gate, 2, 1202);
	assert_int_equal(heard("in time again"), 1);
	put("e", 5, 1203);
	assert_string_equal(b.passed, "a b c d ");
	gate_kept(b.gate, 5, 1204);
	assert_string_equal(b.passed, "a b c d e ");
}

static void test_an_answer_waits_longer(void **state)
{
	(void)state;
	assert_false(gate_answer(b.gate, 0, 1000));
	put("a", 1, 1000);
	assert_true(gate_answer(b.gate, 1, 1000));
	gate_expire(b.gate, 1100);
	assert_string_equal(b.passed, "a ");
	assert_int_equal(b.answered, 0);
	assert_int_equal(gate_deadline(b.gate), 1000 + GATE_ANSWER_MS);
	gate_kept(b.gate, 1, 1500);
	assert_int_equal(b.answered, 1);
	assert_true(gate_deadline(b.gate) == CLOCK_NEVER);
	assert_false(gate_answer(b.gate, 1, 1501));
}

static void test_an_answer_does_not_wait_for_ever(void **state)
{
	(void)state;
	assert_true(gate_answer(b.gate, 1, 1000));
	assert_true(gate_answer(b.gate, 2, 1500));
	gate_kept(b.gate, 1, 2500); /* slow, and not hung */
	assert_int_equal(gate_deadline(b.gate), 2500 + GATE_ANSWER_MS);
	hear();
	gate_expire(b.gate, 2499 + GATE_ANSWER_MS);
	assert_int_equal(b.answered, 1);
	gate_expire(b.gate, 2500 + GATE_ANSWER_MS);
	assert_true(b.answered == UINT64_MAX);
	assert_int_equal(heard("journal: late: people are answered"), 1);
	assert_true(gate_deadline(b.gate) == CLOCK_NEVER);
	assert_false(gate_answer(b.gate, 3, 5000));
	gate_kept(b.gate, 2, 5001);
	assert_true(gate_answer(b.gate, 3, 5002));
}

static void test_the_hold_may_change(void **state)
{
	(void)state;
	put("a", 1, 1000);
	gate_set_hold(b.gate, 10);
	assert_int_equal(gate_deadline(b.gate), 1000 + HOLD_MS);
	gate_kept(b.gate, 1, 1001);
	put("b", 2, 1002);
	assert_int_equal(gate_deadline(b.gate), 1012);
}

static void test_it_is_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < GATE_MAX; i++)
		put("x", 1, 1000);
	assert_string_equal(b.passed, "");
	put("y", 1, 1000);
	assert_int_equal(strlen(b.passed), 2 * GATE_MAX);
	gate_kept(b.gate, 1, 1001);
	assert_int_equal(strlen(b.passed), 2 * (GATE_MAX + 1));
	assert_string_equal(b.passed + 2 * (size_t)GATE_MAX - 2, "x y ");
}

static void test_the_end_lets_all_pass(void **state)
{
	(void)state;
	put("a", 1, 1000);
	gate_free(b.gate);
	assert_string_equal(b.passed, "a ");
	b.gate = NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_passes_with_its_commit),
		TEST(test_written_is_enough_for_messages),
		TEST(test_a_reply_waits_for_the_disk),
		TEST(test_the_order_stays),
		TEST(test_a_late_disk_is_not_waited_for),
		TEST(test_an_answer_waits_longer),
		TEST(test_an_answer_does_not_wait_for_ever),
		TEST(test_the_hold_may_change),
		TEST(test_it_is_bounded),
		TEST(test_the_end_lets_all_pass),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL) ? 1 : 0;
}
