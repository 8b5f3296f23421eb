/* The link when the broker is absent, dies, is silent, talks nonsense or throws it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/broker.h"
#include "tests/fake_broker.h"
#include "tests/witness.h"

#include "tests/mqtt_bench.h"

enum { MESSAGES = 600 };

static struct broker broker;
static struct fake_broker fake; /* on the broker's port */

/* Turn the daemon's side until somebody connects to the fake broker, and do this with it. */
static void bench_accept(struct bench *bench, void (*accepted)(struct fake_broker *))
{
	BENCH_UNTIL(bench, 12000, fake_waits(&fake));
	accepted(&fake);
}

static struct bench *start_with_fake(void)
{
	struct bench *bench = bench_start(broker.port);

	fake_listen(&fake, broker.port);
	/* The first to come may be the link of the test before, which is ending. */
	while (!bench->connected) {
		bench_accept(bench, fake_let_in);
		for (int i = 0; i < 100 && !bench->connected && !fake_is_left(&fake); i++)
			sd_event_run(bench->loop, 10000);
	}
	return bench;
}

static int prepare(void **state)
{
	(void)state;
	broker_prepare(&broker, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	broker_remove(&broker);
	return 0;
}

/* The broker knows the witness's session from its disk, so it keeps what comes before it is back.
 */
static void know_witness(void)
{
	broker_start(&broker);
	witness_close(witness_open("witness", broker.port));
	broker_end(&broker, SIGTERM);
}

static void publish_number(struct bench *bench, int number)
{
	char payload[64];

	snprintf(payload, sizeof(payload), "{\"seq\":%d,\"replayed\":false}", number);
	bench_publish(bench, MQTT_STREAM, "alert", payload, (uint64_t)number);
}

/*
 * Every number 1 to `count` came, in order at its first coming; a second coming, which QoS 1
 * allows, is marked as replayed. Returns how many were marked.
 */
static int check_numbers(const struct witness *witness, int count)
{
	int next = 1, number, replayed = 0;

	for (size_t i = 0; i < witness->count; i++) {
		const struct witness_message *seen = &witness->seen[i];

		if (strcmp(seen->topic, "facility/t/alert") != 0)
			continue;
		assert_int_equal(sscanf(seen->payload, "{\"seq\":%d,", &number), 1);
		assert_true(number <= next);
		if (number < next)
			assert_true(seen->replayed);
		next = number == next ? next + 1 : next;
		assert_int_equal(
			strstr(seen->payload, "\"replayed\":true") != NULL, seen->replayed);
		replayed += seen->replayed;
	}
	assert_int_equal(next, count + 1);
	return replayed;
}

static void test_broker_absent_at_start(void **state)
{
	struct bench *bench;

	(void)state;
	know_witness();
	bench = bench_start(broker.port);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, "localhost: connection refused");
	for (int i = 1; i <= 50; i++)
		publish_number(bench, i);
	bench_publish(bench, MQTT_RETAINED, "point/p", "{\"n\":1}", 0);
	bench_publish(bench, MQTT_RETAINED, "point/p", "{\"n\":2}", 0);
	bench_turn_for(bench, 1500);
	assert_int_equal(bench->disconnects, 1); /* told once, not at each attempt */
	broker_start(&broker);
	bench->witness = witness_open("witness", broker.port);
	BENCH_UNTIL(bench, 10000, bench->delivered == 50 && bench->witness->count == 51);
	assert_int_equal(check_numbers(bench->witness, 50), 50);
	assert_string_equal(
		witness_last(bench->witness, "facility/t/point/p")->payload, "{\"n\":2}");
	/* What comes after the outage is not marked. */
	publish_number(bench, 51);
	BENCH_UNTIL(bench, 3000, bench->witness->count == 52);
	assert_int_equal(check_numbers(bench->witness, 51), 50);
	bench_stop(bench, 1000);
}

/*
 * Publish the first half; kill the broker when half of that is acknowledged. `deaf`: it has
 * stopped reading before, so that what is in flight never reaches it.
 */
static void publish_through_kill(struct bench *bench, bool deaf)
{
	for (int i = 1; i <= MESSAGES / 2; i++)
		publish_number(bench, i);
	BENCH_UNTIL(bench, 3000, bench->delivered >= MESSAGES / 4);
	if (deaf)
		kill(broker.pid, SIGSTOP);
	for (int i = MESSAGES / 2 + 1; i <= MESSAGES; i++)
		publish_number(bench, i);
	if (deaf)
		bench_turn_for(bench, 100);
	broker_end(&broker, SIGKILL);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
}

/* Killed without warning while messages are on their way, and back half a second later. */
static void killed_in_mid_stream(bool deaf)
{
	struct bench *bench;
	struct witness *witness;

	know_witness();
	broker_start(&broker);
	bench = bench_start(broker.port);
	bench->witness = witness = witness_open("witness", broker.port);
	BENCH_UNTIL(bench, 3000, bench->connected);
	publish_through_kill(bench, deaf);
	bench_turn_for(bench, 500);
	broker_start(&broker);
	for (int i = 0; i < 100 && mosquitto_reconnect(witness->client); i++)
		usleep(10000);
	BENCH_UNTIL(bench, 10000, bench->delivered == MESSAGES);
	bench_turn_for(bench, 300);
	print_message("%d messages, %d came, %d marked as replayed\n", MESSAGES,
		(int)witness->count, check_numbers(witness, MESSAGES));
	assert_true(check_numbers(witness, MESSAGES) > 0);
	assert_int_equal(bench->connects, 2);
	bench_stop(bench, 1000);
}

static void test_broker_killed_in_mid_stream(void **state)
{
	(void)state;
	killed_in_mid_stream(false);
}

static void test_broker_killed_while_deaf(void **state)
{
	(void)state;
	killed_in_mid_stream(true);
}

static void test_what_a_full_outbox_drops_is_counted(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	for (int i = 1; i <= 2010; i++)
		publish_number(bench, i);
	BENCH_UNTIL(bench, 3000, mqtt_dropped(bench->mqtt) == 10);
	bench_stop(bench, 0);
}

/* A broker that throws its clients out with a DISCONNECT packet, and comes back. */
static void test_thrown_out(void **state)
{
	struct bench *bench = start_with_fake();

	(void)state;
	fake_send(&fake, "\xe0\x02\x8b\x00", 4);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, "the broker ended the connection: Server shutting down");
	fake_end(&fake);
	broker_start(&broker);
	BENCH_UNTIL(bench, 5000, bench->connects == 2);
	bench_stop(bench, 1000);
}

/* A server that takes the connection and says nothing: given up after 5 s, tried again. */
static void test_silent_server(void **state)
{
	struct bench *bench = bench_start(broker.port);
	int64_t started_ms = clock_now_ms();

	(void)state;
	fake_listen(&fake, broker.port);
	bench_accept(bench, fake_accept);
	BENCH_UNTIL(bench, 8000, bench->disconnects == 1);
	assert_string_equal(bench->why, "the broker does not answer: no CONNACK within 5 s");
	assert_in_range(clock_now_ms() - started_ms, 4500, 7000);
	bench_accept(bench, fake_accept);
	/* Nonsense instead of a CONNACK. */
	fake_send(&fake, "\x10\x00", 2);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 2);
	fake_end(&fake);
	broker_start(&broker);
	BENCH_UNTIL(bench, 10000, bench->connected);
	bench_stop(bench, 1000);
}

/* What ends the library's process does not end us; the broker that does well is found again. */
static void test_strange_packet(void **state)
{
	struct bench *bench = start_with_fake();

	(void)state;
	fake_expect(&fake, MQTT_SUBSCRIBE);
	bench_publish(bench, MQTT_STREAM, "alert", "{\"replayed\":false}", 1);
	fake_expect(&fake, MQTT_PUBLISH_PACKET);
	fake_send(&fake, strange_packets[2].bytes, strange_packets[2].size); /* a PUBACK */
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	/* Debian 12's library aborts, Debian 13's gives up the connection. */
	assert_true(!strcmp(bench->why, "facility-link fails: Aborted") ||
		    !strcmp(bench->why, "the connection was lost: receive: Unknown error."));
	bench_publish(bench, MQTT_STREAM, "alert", "{\"replayed\":false}", 2);
	fake_end(&fake);
	broker_start(&broker);
	BENCH_UNTIL(bench, 10000, bench->delivered == 2);
	assert_int_equal(bench->connects, 2);
	/* The new process is listened to, also when nothing else is due. */
	bench_turn_for(bench, 2500);
	bench_publish(bench, MQTT_STREAM, "alert", "{\"replayed\":false}", 3);
	BENCH_UNTIL(bench, 500, bench->delivered == 3);
	bench_stop(bench, 1000);
}

static void test_session_taken_over(void **state)
{
	struct bench *bench = start_with_fake();
	int64_t lost_ms;

	(void)state;
	fake_send(&fake, "\xe0\x02\x8e\x00", 4);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	lost_ms = clock_now_ms();
	assert_string_equal(bench->why, "the broker ended the connection: Session taken over");
	BENCH_UNTIL(bench, 12000, fake_waits(&fake));
	assert_in_range(clock_now_ms() - lost_ms, 4900, 12000);
	fake_let_in(&fake);
	BENCH_UNTIL(bench, 3000, bench->connects == 2);
	fake_end(&fake);
	bench_stop(bench, 0);
}

/* Reads up to the next PUBLISH below the prefix; its payload. */
static const char *next_publish(struct bench *bench)
{
	static char payload[256];
	size_t topic, at;

	do {
		BENCH_UNTIL(bench, 5000,
			poll(&(struct pollfd){ .fd = fake.client, .events = POLLIN }, 1, 0) == 1);
		fake_expect(&fake, MQTT_PUBLISH_PACKET);
		topic = (size_t)fake.body[0] << 8 | fake.body[1];
		/* What runs say to each other is nothing that is published. */
	} while (memmem(fake.body, topic, "/facilityd/", 11));
	at = 2 + topic + 2;
	at += 1 + (size_t)fake.body[at]; /* properties */
	snprintf(payload, sizeof(payload), "%.*s", (int)(fake.length - at), fake.body + at);
	return payload;
}

/* Each reason by which a broker says "not now" is asked again until it is taken. */
static void test_refused_for_now(void **state)
{
	static const int reasons[] = { 0x80, 0x83, 0x97 };
	struct bench *bench = start_with_fake();

	(void)state;
	bench_publish(bench, MQTT_STREAM, "alert", "{\"n\":1}", 1);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(next_publish(bench), "{\"n\":1}");
		fake_answer(&fake, reasons[i]);
	}
	/* Others go on meanwhile. */
	bench_publish(bench, MQTT_STREAM, "alert", "{\"n\":2}", 2);
	assert_string_equal(next_publish(bench), "{\"n\":2}");
	fake_answer(&fake, 0);
	BENCH_UNTIL(bench, 3000, bench->reasons[2] == 0);
	assert_int_equal(bench->reasons[1], -1);
	assert_string_equal(next_publish(bench), "{\"n\":1}");
	fake_answer(&fake, 0);
	BENCH_UNTIL(bench, 3000, bench->reasons[1] == 0);
	/* One that will never be taken is not asked again. */
	bench_publish(bench, MQTT_STREAM, "alert", "{\"n\":3}", 3);
	assert_string_equal(next_publish(bench), "{\"n\":3}");
	fake_answer(&fake, 0x87);
	BENCH_UNTIL(bench, 3000, bench->reasons[3] == 0x87);
	fake_end(&fake);
	bench_stop(bench, 0);
}

/* A broker that takes all and acknowledges nothing is told within 30 s; and when it does. */
static void test_acknowledges_nothing(void **state)
{
	struct bench *bench = start_with_fake();
	int64_t start_ms = clock_now_ms();

	(void)state;
	bench_publish(bench, MQTT_STREAM, "alert", "{\"n\":1}", 1);
	next_publish(bench);
	while (bench->connected && clock_now_ms() - start_ms < 30000) {
		if (poll(&(struct pollfd){ .fd = fake.client, .events = POLLIN }, 1, 0) == 1)
			fake_read(&fake);
		bench_turn(bench);
		if (fake.type == 12) { /* a PINGREQ, which it answers */
			fake_send(&fake, "\xd0\x00", 2);
			fake.type = 0;
		}
	}
	assert_false(bench->connected);
	assert_string_equal(bench->why, "the broker acknowledges nothing");
	fake_send(&fake, "\x40\x02\x00\x05", 4); /* after four subscriptions, with a word or not */
	fake_send(&fake, "\x40\x02\x00\x06", 4);
	BENCH_UNTIL(bench, 3000, bench->connected);
	assert_int_equal(bench->delivered, 1);
	fake_end(&fake);
	bench_stop(bench, 0);
}

/* What waits of a topic is not sent beside what is published anew after the connect. */
static void test_each_topic_once_after_an_outage(void **state)
{
	struct bench *bench = start_with_fake();

	(void)state;
	bench_publish(bench, MQTT_RETAINED, "point/p", "{\"n\":1}", 0);
	bench_publish(bench, MQTT_RETAINED, "point/q", "{\"n\":1}", 0);
	next_publish(bench);
	next_publish(bench);
	fake_hang_up(&fake);
	BENCH_UNTIL(bench, 3000, !bench->connected);
	bench_publish(bench, MQTT_RETAINED, "point/p", "{\"n\":2}", 0);
	bench->anew = "{\"n\":3}"; /* by on_connected, of both points */
	bench_accept(bench, fake_let_in);
	assert_string_equal(next_publish(bench), "{\"n\":3}");
	fake_answer(&fake, 0);
	assert_string_equal(next_publish(bench), "{\"n\":3}");
	fake_answer(&fake, 0);
	bench_turn_for(bench, 300);
	while (poll(&(struct pollfd){ .fd = fake.client, .events = POLLIN }, 1, 0) == 1) {
		assert_true(fake_read(&fake));
		assert_int_not_equal(fake.type, MQTT_PUBLISH_PACKET);
	}
	fake_end(&fake);
	bench_stop(bench, 0);
}

/* Longer than all that goes over the wire: refused as too large, and not held for ever. */
static void test_too_long(void **state)
{
	enum { SIZE = 5 * 1024 * 1024 };
	struct bench *bench = start_with_fake();
	char *payload = malloc(SIZE + 1);

	(void)state;
	memset(payload, 'x', SIZE);
	payload[SIZE] = '\0';
	bench_publish(bench, MQTT_STREAM, "alert", payload, 1);
	assert_int_equal(bench->delivered, 0); /* not from within mqtt_publish() */
	BENCH_UNTIL(bench, 3000, bench->reasons[1] == 0x95);
	fake_end(&fake);
	bench_stop(bench, 0);
	free(payload);
}

/* Nothing listens and nothing can be delivered: the end comes in time all the same. */
static void test_stop_without_broker(void **state)
{
	struct bench *bench = bench_start(broker.port);
	int64_t started_ms;

	(void)state;
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	publish_number(bench, 1);
	started_ms = clock_now_ms();
	bench_stop(bench, 300);
	/* Not at once, and not as long as a connect may hang: the machine may be busy, so no less.
	 */
	assert_in_range(clock_now_ms() - started_ms, 290, 5000);
}

/* The last word is not acknowledged: an orderly end, but one that lets the will out. */
static void test_stop_with_will(void **state)
{
	struct bench *bench = start_with_fake();

	(void)state;
	bench_publish(bench, MQTT_RETAINED, "state", "{\"status\":\"bye\"}", 0);
	bench_stop(bench, 200);
	do
		fake_expect(&fake, MQTT_PUBLISH_PACKET);
	while (memmem(fake.body, fake.length, "/facilityd/", 11));
	assert_non_null(memmem(fake.body, fake.length, "bye", 3));
	fake_expect(&fake, 14);
	assert_int_equal(fake.body[0], 4);
	fake_end(&fake);
}

#define WITH_BROKER(test) cmocka_unit_test_setup_teardown(test, prepare, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BROKER(test_broker_absent_at_start),
		WITH_BROKER(test_broker_killed_in_mid_stream),
		WITH_BROKER(test_broker_killed_while_deaf),
		WITH_BROKER(test_what_a_full_outbox_drops_is_counted),
		WITH_BROKER(test_thrown_out),
		WITH_BROKER(test_silent_server),
		WITH_BROKER(test_strange_packet),
		WITH_BROKER(test_session_taken_over),
		WITH_BROKER(test_refused_for_now),
		WITH_BROKER(test_acknowledges_nothing),
		WITH_BROKER(test_each_topic_once_after_an_outage),
		WITH_BROKER(test_too_long),
		WITH_BROKER(test_stop_without_broker),
		WITH_BROKER(test_stop_with_will),
	};

	use_built_link();
	return cmocka_run_group_tests_name("mqtt outage", tests, NULL, NULL) ? 1 : 0;
}
