/* The outbox: order, replacing, bounds, sending again, the mark of what waited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mqtt/outbox.h"

#include <stdio.h>
#include <string.h>

enum { STREAM_MAX = 5 };

static int64_t now_ms;

static int make(void **state)
{
	now_ms = 1000;
	*state = outbox_new(STREAM_MAX);
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	outbox_free(*state);
	return 0;
}

static void put(struct outbox *outbox, bool retained, const char *topic, const char *payload)
{
	const struct mqtt_publish message = {
		.kind = retained ? MQTT_RETAINED : MQTT_STREAM,
		.topic = topic,
		.payload = payload,
		.length = strlen(payload),
	};

	assert_int_equal(outbox_put(outbox, &message), 0);
}

/* Take everything, as "topic=payload ..." in order. */
static const char *taken(struct outbox *outbox)
{
	static char text[512];
	struct outbox_item *item;
	size_t used = 0;
	int64_t next_ms;

	text[0] = '\0';
	while ((item = outbox_take(outbox, now_ms, &next_ms))) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s",
			used ? " " : "", item->message.topic, item->message.payload);
	}
	return text;
}

static struct outbox_item *take(struct outbox *outbox)
{
	int64_t next_ms;

	return outbox_take(outbox, now_ms, &next_ms);
}

static void acknowledge(struct outbox *outbox, uint32_t number)
{
	struct outbox_item *item = outbox_in_flight(outbox, number);

	assert_non_null(item);
	outbox_done(outbox, item);
}

static void test_order(void **state)
{
	put(*state, false, "a", "1");
	put(*state, true, "p", "2");
	put(*state, false, "a", "3");
	assert_int_equal(outbox_count(*state), 3);
	assert_string_equal(taken(*state), "a=1 p=2 a=3");
	assert_int_equal(outbox_in_flight_count(*state), 3);
	acknowledge(*state, 2);
	assert_null(outbox_in_flight(*state, 2));
	acknowledge(*state, 1);
	acknowledge(*state, 3);
	assert_int_equal(outbox_count(*state), 0);
	put(*state, false, "a", "4");
	assert_string_equal(taken(*state), "a=4");
}

static void test_copies_all(void **state)
{
	char topic[] = "t", payload[] = "x\0y", correlation[] = { 0, 1, 2 };
	const struct mqtt_publish message = { MQTT_STREAM, topic, payload, 3, 7, NULL, correlation,
		3 };
	struct outbox_item *item;

	assert_int_equal(outbox_put(*state, &message), 0);
	memset(topic, '?', 1);
	memset(payload, '?', 3);
	memset(correlation, '?', 3);
	item = take(*state);
	assert_string_equal(item->message.topic, "t");
	assert_int_equal(item->message.length, 3);
	assert_memory_equal(item->message.payload, "x\0y", 4);
	assert_memory_equal(item->message.correlation, "\0\1\2", 3);
	assert_int_equal(item->message.ticket, 7);
}

/* The newest takes the place of the one that it replaces. */
static void test_retained_replaced(void **state)
{
	put(*state, true, "p", "1");
	put(*state, true, "q", "1");
	put(*state, false, "a", "1");
	put(*state, true, "p", "2, longer than the first");
	put(*state, true, "p", "3");
	put(*state, true, "q", "2");
	assert_int_equal(outbox_count(*state), 3);
	assert_string_equal(taken(*state), "p=3 q=2 a=1");
}

/* What is in flight is not touched: the newer one follows it. */
static void test_in_flight_not_replaced(void **state)
{
	put(*state, true, "p", "1");
	assert_string_equal(taken(*state), "p=1");
	put(*state, true, "p", "2");
	put(*state, true, "p", "3");
	assert_int_equal(outbox_count(*state), 2);
	assert_string_equal(outbox_in_flight(*state, 1)->message.payload, "1");
	acknowledge(*state, 1);
	assert_string_equal(taken(*state), "p=3");
}

static void test_lost_waits_in_old_place(void **state)
{
	put(*state, false, "a", "1");
	put(*state, true, "p", "1");
	put(*state, true, "q", "1");
	put(*state, false, "a", "2");
	taken(*state);
	put(*state, false, "a", "3");
	put(*state, true, "p", "2"); /* overtakes the one in flight */
	outbox_lost(*state);
	assert_int_equal(outbox_in_flight_count(*state), 0);
	assert_string_equal(taken(*state), "a=1 q=1 a=2 a=3 p=2");
	outbox_lost(*state);
	put(*state, true, "q", "2");
	assert_string_equal(taken(*state), "a=1 q=2 a=2 a=3 p=2");
}

/* Two of one topic in flight: the older is not worth sending again. */
static void test_lost_keeps_newest_of_topic(void **state)
{
	put(*state, true, "p", "1");
	taken(*state);
	put(*state, true, "p", "2");
	taken(*state);
	assert_int_equal(outbox_in_flight_count(*state), 2);
	outbox_lost(*state);
	assert_int_equal(outbox_count(*state), 1);
	assert_string_equal(taken(*state), "p=2");
}

static void test_not_sent(void **state)
{
	struct outbox_item *item;

	put(*state, false, "a", "1");
	put(*state, true, "p", "1");
	item = take(*state);
	outbox_again(*state, item, 0);
	assert_string_equal(taken(*state), "a=1 p=1");
	outbox_lost(*state);
	assert_non_null(take(*state));
	item = take(*state);
	put(*state, true, "p", "2");
	outbox_again(*state, item, 0);
	assert_string_equal(taken(*state), "p=2");
}

static void test_full_drops_oldest_stream(void **state)
{
	put(*state, false, "a", "0");
	assert_non_null(take(*state)); /* in flight: never dropped */
	put(*state, true, "p", "1");
	for (int i = 1; i <= 6; i++) {
		char number[2] = { (char)('0' + i), '\0' };

		put(*state, false, "a", number);
	}
	assert_int_equal(outbox_dropped(*state), 2);
	assert_string_equal(taken(*state), "p=1 a=3 a=4 a=5 a=6");
	outbox_lost(*state);
	assert_string_equal(taken(*state), "a=0 p=1 a=3 a=4 a=5 a=6");
}

static void test_full_of_in_flight(void **state)
{
	for (int i = 0; i < STREAM_MAX; i++)
		put(*state, false, "a", "in flight");
	taken(*state);
	put(*state, false, "a", "one more");
	assert_int_equal(outbox_dropped(*state), 1);
	assert_int_equal(outbox_count(*state), STREAM_MAX);
}

/* Retained values have no bound of their own, one a topic; clears are bounded and not counted. */
static void test_clears_bounded(void **state)
{
	char topic[8];

	put(*state, true, "p", "1");
	for (int i = 0; i < STREAM_MAX + 3; i++) {
		snprintf(topic, sizeof(topic), "c%d", i);
		put(*state, true, topic, "doc");
		put(*state, true, topic, "");
	}
	assert_int_equal(outbox_count(*state), 1 + STREAM_MAX);
	assert_int_equal(outbox_dropped(*state), 0);
	assert_string_equal(taken(*state), "p=1 c3= c4= c5= c6= c7=");
	for (int i = 0; i < 300; i++) {
		snprintf(topic, sizeof(topic), "r%d", i);
		put(*state, true, topic, "1");
	}
	assert_int_equal(outbox_count(*state), 1 + STREAM_MAX + 300);
}

/* Refused for the moment: others go on, and it comes again in its place when it is due. */
static void test_refused_for_now(void **state)
{
	struct outbox_item *item;
	int64_t next_ms;

	put(*state, false, "a", "1");
	put(*state, true, "p", "1");
	put(*state, false, "a", "2");
	assert_int_equal(outbox_untaken_ms(*state), 0);
	item = take(*state);
	take(*state);
	now_ms += 100;
	outbox_again(*state, item, now_ms + 500);
	item = outbox_in_flight(*state, 2);
	item->refusals = 3;
	outbox_again(*state, item, now_ms + 700);
	assert_int_equal(outbox_untaken_ms(*state), 1000); /* since it was sent first */
	put(*state, true, "p", "2"); /* of a topic that is refused: no sooner */
	assert_string_equal(taken(*state), "a=2");
	assert_null(outbox_take(*state, now_ms, &next_ms));
	assert_int_equal(next_ms, now_ms + 500);
	now_ms += 500;
	assert_string_equal(taken(*state), "a=1");
	assert_null(outbox_take(*state, now_ms, &next_ms));
	assert_int_equal(next_ms, now_ms + 200);
	now_ms += 200;
	item = take(*state);
	assert_string_equal(item->message.topic, "p");
	assert_int_equal(item->refusals, 3); /* as often as the one before it */
	/* With a new connection all begins anew. */
	outbox_lost(*state);
	assert_int_equal(outbox_untaken_ms(*state), 0);
	assert_int_equal(item->refusals, 0);
	assert_string_equal(taken(*state), "a=1 p=2 a=2");
}

/* What waits for the broker to take it is dropped like all that waits. */
static void test_refused_are_bounded(void **state)
{
	for (int i = 0; i < 3 * STREAM_MAX; i++) {
		put(*state, false, "a", "x");
		outbox_again(*state, take(*state), now_ms + 500);
	}
	assert_int_equal(outbox_count(*state), STREAM_MAX);
	assert_int_equal(outbox_dropped(*state), 2 * STREAM_MAX);
}

/* More topics than an index of any kind keeps apart at first sight: each is found again. */
static void test_many_topics(void **state)
{
	char topic[8];

	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 3000; i++) {
			snprintf(topic, sizeof(topic), "r%d", i);
			put(*state, true, topic, turn ? "2" : "1");
		}
	assert_int_equal(outbox_count(*state), 3000);
}

static void test_replayed(void **state)
{
	put(*state, false, "a", "1");
	put(*state, true, "p", "2");
	outbox_mark_replayed(*state);
	put(*state, false, "a", "3");
	assert_true(take(*state)->replayed);
	assert_false(take(*state)->replayed);
	assert_false(take(*state)->replayed);
}

#define WITH_OUTBOX(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_OUTBOX(test_order),
		WITH_OUTBOX(test_copies_all),
		WITH_OUTBOX(test_retained_replaced),
		WITH_OUTBOX(test_in_flight_not_replaced),
		WITH_OUTBOX(test_lost_waits_in_old_place),
		WITH_OUTBOX(test_lost_keeps_newest_of_topic),
		WITH_OUTBOX(test_not_sent),
		WITH_OUTBOX(test_full_drops_oldest_stream),
		WITH_OUTBOX(test_full_of_in_flight),
		WITH_OUTBOX(test_clears_bounded),
		WITH_OUTBOX(test_refused_for_now),
		WITH_OUTBOX(test_refused_are_bounded),
		WITH_OUTBOX(test_many_topics),
		WITH_OUTBOX(test_replayed),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL) ? 1 : 0;
}
