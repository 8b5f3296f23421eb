/* The MQTT thread when the broker is absent, dies, is silent, talks nonsense or throws it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/broker.h"
#include "tests/witness.h"

#include "tests/mqtt_bench.h"

enum { MESSAGES = 600 };

#ifdef __SANITIZE_THREAD__
/*
 * libmosquitto 2.0.11 unlocks a mutex that it never locked when a DISCONNECT packet comes
 * (handle__disconnect). Only our thread has the client, so it does no harm. Data races are not
 * suppressed.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "mutex:libmosquitto.so\n";
}
#endif

static struct broker broker;

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
	assert_string_equal(bench->why, "localhost: Connection refused");
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
	struct mqtt_stats stats;

	for (int i = 1; i <= MESSAGES / 2; i++)
		publish_number(bench, i);
	BENCH_UNTIL(bench, 3000, bench->delivered >= MESSAGES / 4);
	if (deaf)
		kill(broker.pid, SIGSTOP);
	for (int i = MESSAGES / 2 + 1; i <= MESSAGES; i++)
		publish_number(bench, i);
	if (deaf) {
		bench_turn_for(bench, 100);
		mqtt_stats(bench->mqtt, &stats);
		assert_true(stats.published > stats.acknowledged);
	}
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

static void test_outbox_full_is_told(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	for (int i = 1; i <= 2010; i++)
		publish_number(bench, i);
	BENCH_UNTIL(bench, 3000, bench->dropped == 10);
	bench_stop(bench, 0);
}

/* A broker that throws its clients out with a DISCONNECT packet, and comes back. */
static void test_thrown_out(void **state)
{
	static const char connack[] = "\x20\x03\x00\x00\x00", disconnect[] = "\xe0\x02\x8b\x00";
	int server = loopback_socket(broker.port), client;
	struct bench *bench;

	(void)state;
	assert_int_equal(listen(server, 4), 0);
	bench = bench_start(broker.port);
	client = accept(server, NULL, NULL);
	assert_int_equal(send(client, connack, 5, MSG_NOSIGNAL), 5);
	BENCH_UNTIL(bench, 3000, bench->connected);
	assert_int_equal(send(client, disconnect, 4, MSG_NOSIGNAL), 4);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, "the broker ended the connection: Server shutting down");
	close(client);
	close(server);
	broker_start(&broker);
	BENCH_UNTIL(bench, 5000, bench->connects == 2);
	bench_stop(bench, 1000);
}

/* A server that takes the connection and says nothing: given up after 5 s, tried again. */
static void test_silent_server(void **state)
{
	int server = loopback_socket(broker.port), first, second;
	struct bench *bench;
	int64_t started_ms;

	(void)state;
	assert_int_equal(listen(server, 4), 0);
	bench = bench_start(broker.port);
	started_ms = clock_now_ms();
	first = accept(server, NULL, NULL);
	BENCH_UNTIL(bench, 8000, bench->disconnects == 1);
	assert_string_equal(bench->why, "the broker does not answer: no CONNACK within 5 s");
	assert_in_range(clock_now_ms() - started_ms, 4500, 7000);
	second = accept(server, NULL, NULL);
	assert_true(second >= 0);
	/* Nonsense instead of a CONNACK. */
	assert_int_equal(send(second, "\x10\x00", 2, MSG_NOSIGNAL), 2);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 2);
	close(first);
	close(second);
	close(server);
	/* And then the real one comes. By now the pauses are up to 4 s, or 8 s where one more
	 * attempt came before the broker listened. */
	broker_start(&broker);
	BENCH_UNTIL(bench, 20000, bench->connected);
	bench_stop(bench, 1000);
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
	static const char connack[] = "\x20\x03\x00\x00\x00", farewell[] = "\xe0\x01\x04";
	int server = loopback_socket(broker.port), client;
	struct bench *bench;
	char received[4096];
	size_t count = 0;
	ssize_t got;

	(void)state;
	assert_int_equal(listen(server, 4), 0);
	bench = bench_start(broker.port);
	client = accept(server, NULL, NULL);
	assert_int_equal(send(client, connack, 5, MSG_NOSIGNAL), 5);
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_publish(bench, MQTT_RETAINED, "state", "{\"status\":\"bye\"}", 0);
	bench_stop(bench, 200);
	while ((got = recv(client, received + count, sizeof(received) - count, 0)) > 0)
		count += (size_t)got;
	assert_non_null(memmem(received, count, "bye", 3));
	assert_true(count > 3);
	assert_memory_equal(received + count - 3, farewell, 3);
	close(client);
	close(server);
}

#define WITH_BROKER(test) cmocka_unit_test_setup_teardown(test, prepare, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BROKER(test_broker_absent_at_start),
		WITH_BROKER(test_broker_killed_in_mid_stream),
		WITH_BROKER(test_broker_killed_while_deaf),
		WITH_BROKER(test_outbox_full_is_told),
		WITH_BROKER(test_thrown_out),
		WITH_BROKER(test_silent_server),
		WITH_BROKER(test_stop_without_broker),
		WITH_BROKER(test_stop_with_will),
	};

	return cmocka_run_group_tests_name("mqtt outage", tests, NULL, NULL) ? 1 : 0;
}
