/* What counts as a record of what is about to be written: journal or broker, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/record/intent.h"
#include "tests/record_played.h"

static void intend(struct record *record, uint64_t ticket)
{
	static const struct point boiler = { .id = "f3-boiler" };
	const struct intent intent = { "2-f3-1", "boilers-off", false, &boiler, 0, "li", "desk" };

	record_intent(record, &intent, ticket, start);
}

static void test_intent_is_in_both(void **state)
{
	struct record *record = *state;
	json_t *json;

	intend(record, TICKET);
	assert_string_equal(disk.kind, "intent");
	assert_string_equal(disk.topic, "alert");
	assert_string_equal(disk.user, "li");
	assert_int_equal(disk.ticket, TICKET);
	assert_int_equal(broker.published, 0); /* not before it is written */
	disk.events->written(disk.events, 1);
	assert_int_equal(broker.published, 1);
	assert_string_equal(broker.payload, disk.payload);
	json = json_loads(broker.payload, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
	assert_string_equal(json_string_value(json_object_get(json, "event")), "intent");
	assert_string_equal(json_string_value(json_object_get(json, "user")), "desk");
	assert_string_equal(json_string_value(json_object_get(json, "output")), "f3-boiler");
	json_decref(json);
	assert_int_equal(told.done, 0);
}

static void test_intent_on_disk_counts(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_kept(record, TICKET + 1, 0, at(1100));
	assert_int_equal(told.done, 0);
	record_kept(record, TICKET, 0, at(1100));
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, TICKET);
	assert_true(told.recorded);
	assert_int_equal(record_deadline(record), CLOCK_NEVER);
}

static void test_intent_whose_commit_failed_waits_for_the_broker(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_kept(record, TICKET, -EIO, at(1100));
	assert_int_equal(told.done, 0);
	disk.events->written(disk.events, 1);
	record_delivered(record, broker.ticket, 0, at(1200));
	assert_int_equal(told.done, 1);
	assert_true(told.recorded);
}

/* Nobody listening, and refused, are no record: promises 2 and 5. */
static void test_intent_that_nobody_hears_is_not_recorded(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	disk.events->written(disk.events, 1);
	record_delivered(record, broker.ticket, MQTT_NO_SUBSCRIBER, at(1200));
	record_delivered(record, broker.ticket, 0x97, at(1200));
	assert_int_equal(told.done, 0);
	record_expire(record, at(start.now_ms + WITHIN_MS));
	assert_int_equal(told.done, 1);
	assert_false(told.recorded);
}

static void test_intent_that_neither_has_is_not_recorded(void **state)
{
	struct record *record = *state;

	hear();
	intend(record, TICKET);
	disk.events->written(disk.events, 1);
	assert_int_equal(record_deadline(record), start.now_ms + WITHIN_MS);
	record_expire(record, at(start.now_ms + WITHIN_MS - 1));
	assert_int_equal(told.done, 0);
	assert_int_equal(heard("neither the journal nor the broker has it"), 0);
	record_expire(record, at(start.now_ms + WITHIN_MS));
	assert_int_equal(heard("neither the journal nor the broker has it"), 1);
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, TICKET);
	assert_false(told.recorded);
	record_kept(record, TICKET, 0, at(9000));
	assert_int_equal(told.done, 1); /* too late, and once only */
}

/* The outputs are closed by then: what the broker says at the end goes to the journal only. */
static void test_no_intent_counts_at_the_end(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_end_saying(record);
	assert_int_equal(broker.published, 1);
	record_delivered(record, broker.ticket, 0, at(1200));
	assert_int_equal(told.done, 0);
	assert_int_equal(disk.delivered, broker.ticket);
}

static void test_intents_are_told_apart(void **state)
{
	struct record *record = *state;

	intend(record, 5);
	intend(record, 6);
	record_kept(record, 6, 0, at(1100));
	assert_int_equal(told.ticket, 6);
	disk.events->written(disk.events, 2);
	assert_int_equal(record_deadline(record), start.now_ms + WITHIN_MS);
	record_kept(record, 5, 0, at(1100));
	assert_int_equal(told.done, 2);
}

/* The broker's word is of one message: the other waits on, and what is over ends no more. */
static void test_intents_are_told_apart_by_the_broker(void **state)
{
	struct record *record = *state;

	intend(record, 5);
	intend(record, 6);
	record_delivered(record, 2, 0, at(1100));
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, 6);
	record_delivered(record, 2, 0, at(1101));
	assert_int_equal(told.done, 1);
}

static void test_too_many_intents(void **state)
{
	struct record *record = *state;

	hear();
	for (uint64_t i = 1; i <= INTENT_MAX; i++)
		intend(record, i);
	assert_int_equal(heard("intent: more than"), 0);
	intend(record, INTENT_MAX + 1);
	assert_int_equal(heard("intent: more than"), 1);
	record_kept(record, INTENT_MAX + 1, 0, at(1100));
	assert_int_equal(told.done, 0); /* nothing is written by it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_intent_is_in_both),
		TEST(test_intent_on_disk_counts),
		TEST(test_intent_whose_commit_failed_waits_for_the_broker),
		TEST(test_intent_that_nobody_hears_is_not_recorded),
		TEST(test_intent_that_neither_has_is_not_recorded),
		TEST(test_no_intent_counts_at_the_end),
		TEST(test_intents_are_told_apart),
		TEST(test_intents_are_told_apart_by_the_broker),
		TEST(test_too_many_intents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
