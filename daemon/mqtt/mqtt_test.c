/* The link against a real broker: publish, retain, will, access list, commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/broker.h"
#include "tests/fake_broker.h"
#include "tests/witness.h"

#include "tests/mqtt_bench.h"

static struct broker broker;

static int start(void **state)
{
	broker_prepare(&broker, *state);
	broker_start(&broker);
	return 0;
}

static int end(void **state)
{
	(void)state;
	broker_remove(&broker);
	return 0;
}

static void test_published_and_acknowledged(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench->witness = witness_open("witness", broker.port);
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_publish(bench, MQTT_STREAM, "alert", "{\"n\":1,\"replayed\":false}", 1);
	bench_publish(bench, MQTT_RETAINED, "point/p", "{\"n\":2}", 2);
	BENCH_UNTIL(bench, 3000, bench->delivered == 2 && bench->witness->count == 2);
	assert_int_equal(bench->reasons[1], 0);
	assert_int_equal(bench->reasons[2], 0);
	assert_string_equal(bench->witness->seen[0].topic, "facility/t/alert");
	assert_string_equal(bench->witness->seen[0].payload, "{\"n\":1,\"replayed\":false}");
	assert_false(bench->witness->seen[0].replayed);
	assert_string_equal(bench->witness->seen[1].payload, "{\"n\":2}");
	bench_stop(bench, 1000);
}

/* A burst of many windows goes out at once, and what somebody waits for is not behind it. */
static void test_a_burst(void **state)
{
	struct bench *bench = bench_start(broker.port);
	char payload[16];
	int64_t start_ms;

	(void)state;
	BENCH_UNTIL(bench, 3000, bench->connected);
	start_ms = clock_now_ms();
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(payload, sizeof(payload), "point/%u", i);
		bench_publish(bench, MQTT_RETAINED, payload, "1", 0);
	}
	bench_publish(bench, MQTT_STREAM, "alert", "{}", 20);
	BENCH_UNTIL(bench, 3000, bench->delivered == 1);
	print_message("1000 messages took %lld ms\n", (long long)(clock_now_ms() - start_ms));
	assert_in_range(clock_now_ms() - start_ms, 0, 1000);
	bench_stop(bench, 1000);
}

static void test_retained_and_cleared(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench_publish(bench, MQTT_RETAINED, "incident/a", "{}", 1);
	bench_publish(bench, MQTT_RETAINED, "incident/b", "{}", 2);
	BENCH_UNTIL(bench, 3000, bench->delivered == 2);
	bench_publish(bench, MQTT_RETAINED, "incident/a", "", 3);
	BENCH_UNTIL(bench, 3000, bench->delivered == 3);
	bench->witness = witness_open("late", broker.port);
	BENCH_UNTIL(bench, 3000, witness_last(bench->witness, "facility/t/incident/b"));
	assert_true(bench->witness->seen[0].retained);
	bench_turn_for(bench, 200);
	assert_null(witness_last(bench->witness, "facility/t/incident/a"));
	bench_stop(bench, 1000);
}

/* The last run left something behind; what this run publishes itself is not told. */
static void test_retained_by_others_is_told(void **state)
{
	struct witness *other = witness_open("other", broker.port);
	struct bench *bench;

	(void)state;
	witness_publish(other, "facility/t/trouble/old", "{}", true, NULL);
	for (int i = 0; i < 100; i++)
		witness_turn(other);
	bench = bench_start(broker.port);
	bench->witness = other;
	BENCH_UNTIL(bench, 3000, bench->connected);
	BENCH_UNTIL(bench, 3000, bench->retained == 1);
	bench_publish(bench, MQTT_RETAINED, "trouble/new", "{}", 1);
	BENCH_UNTIL(bench, 3000, bench->delivered == 1);
	assert_string_equal(bench->retained_topic, "trouble/old");
	bench_publish(bench, MQTT_RETAINED, "trouble/old", "", 2);
	BENCH_UNTIL(bench, 3000, bench->delivered == 2);
	/* After the survey nothing of this kind comes any more, not even retained by others. */
	bench_turn_for(bench, 2600);
	witness_publish(other, "facility/t/trouble/later", "{}", true, NULL);
	bench_turn_for(bench, 300);
	assert_int_equal(bench->retained, 1);
	bench_stop(bench, 1000);
}

static void test_will(void **state)
{
	struct bench *bench;
	struct witness *witness = witness_open("witness", broker.port);
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		bench = bench_start(broker.port);
		bench_publish(bench, MQTT_RETAINED, "state", "{\"status\":\"online\"}", 0);
		bench_turn_for(bench, 10000);
		_exit(0);
	}
	for (int i = 0; i < 5000 && witness->count < 1; i++)
		witness_turn(witness);
	assert_int_equal(witness->count, 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (int i = 0; i < 5000 && witness->count < 2; i++)
		witness_turn(witness);
	assert_int_equal(witness->count, 2);
	assert_string_equal(witness->seen[1].topic, "facility/t/state");
	assert_string_equal(witness->seen[1].payload, WILL);
	witness_close(witness);
}

/* A tidy end lets no will out: the daemon's own last word stays. */
static void test_tidy_stop(void **state)
{
	struct bench *bench = bench_start(broker.port);
	struct witness *witness = witness_open("witness", broker.port);

	(void)state;
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_publish(bench, MQTT_RETAINED, "state", "{\"status\":\"bye\"}", 0);
	bench_stop(bench, 2000);
	for (int i = 0; i < 200; i++)
		witness_turn(witness);
	assert_int_equal(witness->count, 1);
	assert_string_equal(witness->seen[0].payload, "{\"status\":\"bye\"}");
	witness_close(witness);
}

static void test_refused_by_access_list(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench_publish(bench, MQTT_STREAM, "alert", "{}", 1);
	bench_publish(bench, MQTT_RETAINED, "state", "{}", 2);
	BENCH_UNTIL(bench, 3000, bench->delivered == 2);
	assert_int_equal(bench->reasons[1], 0x87);
	assert_true(bench->reasons[2] < 0x80);
	bench_stop(bench, 1000);
}

static void test_nobody_listens(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench_publish(bench, MQTT_STREAM, "alert", "{}", 1);
	BENCH_UNTIL(bench, 3000, bench->delivered == 1);
	assert_int_equal(bench->reasons[1], 0x10);
	bench_stop(bench, 1000);
}

/* What can never be sent is given back as refused, and what is behind it goes out. */
static void test_unsendable_does_not_block(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench_publish(bench, MQTT_STREAM, "alert/+", "{}", 1);
	bench_publish(bench, MQTT_STREAM, "al\xff", "{}", 2);
	bench_publish(bench, MQTT_STREAM, "alert", "{}", 3);
	BENCH_UNTIL(bench, 3000, bench->delivered == 3);
	assert_int_equal(bench->reasons[1], 0x90);
	assert_int_equal(bench->reasons[2], 0x90);
	assert_int_equal(bench->reasons[3], 0x10);
	bench_stop(bench, 1000);
}

static void test_command_and_reply(void **state)
{
	struct bench *bench = bench_start(broker.port);
	struct mqtt_publish reply = {
		.kind = MQTT_STREAM, .payload = "{\"ok\":true}", .length = 11
	};
	const struct witness_message *answer;

	(void)state;
	bench->witness = witness_open("li", broker.port);
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_turn_for(bench, 100);
	witness_publish(bench->witness, "facility/t/cmd/li/ack", "{\"id\":\"1\"}", false,
		"facility/t/reply/li/x");
	BENCH_UNTIL(bench, 3000, bench->commands == 1);
	assert_string_equal(bench->command_topic, "cmd/li/ack");
	assert_string_equal(bench->command, "{\"id\":\"1\"}");
	assert_string_equal(bench->response_topic, "facility/t/reply/li/x");
	assert_string_equal(bench->correlation, "q-7");
	assert_false(bench->command_retained);
	reply.full_topic = bench->response_topic;
	reply.correlation = bench->correlation;
	reply.correlation_length = 3;
	assert_int_equal(mqtt_publish(bench->mqtt, &reply), 0);
	BENCH_UNTIL(bench, 3000, witness_last(bench->witness, "facility/t/reply/li/x"));
	answer = witness_last(bench->witness, "facility/t/reply/li/x");
	assert_string_equal(answer->payload, "{\"ok\":true}");
	assert_string_equal(answer->correlation, "q-7");
	bench_stop(bench, 1000);
}

static void test_retained_command_is_marked(void **state)
{
	struct bench *bench = bench_start(broker.port);

	(void)state;
	bench->witness = witness_open("li", broker.port);
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_turn_for(bench, 100);
	witness_publish(bench->witness, "facility/t/cmd/li/ack", "{}", true, NULL);
	BENCH_UNTIL(bench, 3000, bench->commands == 1);
	assert_true(bench->command_retained); /* though it came live */
	mqtt_stop(bench->mqtt, 1000);
	sd_event_unref(bench->loop);
	witness_close(bench->witness);
	free(bench);
	bench = bench_start(broker.port);
	BENCH_UNTIL(bench, 3000, bench->commands == 1);
	assert_true(bench->command_retained);
	bench_stop(bench, 1000);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* From mqtt_publish() to the acknowledgement's event on the loop. */
static void test_latency(void **state)
{
	enum { ROUNDS = 200 };
	struct bench *bench = bench_start(broker.port);
	int64_t took_ms[ROUNDS];

	(void)state;
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_turn_for(bench, 100);
	for (size_t i = 0; i < ROUNDS; i++) {
		took_ms[i] = clock_now_ms();
		bench_publish(bench, MQTT_STREAM, "alert", "{\"replayed\":false}", i + 1);
		BENCH_UNTIL(bench, 3000, bench->delivered == i + 1);
		took_ms[i] = clock_now_ms() - took_ms[i];
	}
	qsort(took_ms, ROUNDS, sizeof(took_ms[0]), compare);
	print_message("publish to acknowledgement: median %d ms, worst %d ms\n",
		(int)took_ms[ROUNDS / 2], (int)took_ms[ROUNDS - 1]);
	assert_true(took_ms[ROUNDS / 2] < 20); /* no Nagle, no waiting for a turn */
	bench_stop(bench, 1000);
}

#define WITH_BROKER(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	static char acl[] = "topic readwrite facility/t/state\ntopic read facility/#\n";
	const struct CMUnitTest tests[] = {
		WITH_BROKER(test_published_and_acknowledged),
		WITH_BROKER(test_a_burst),
		WITH_BROKER(test_retained_and_cleared),
		WITH_BROKER(test_retained_by_others_is_told),
		WITH_BROKER(test_will),
		WITH_BROKER(test_tidy_stop),
		cmocka_unit_test_prestate_setup_teardown(
			test_refused_by_access_list, start, end, acl),
		WITH_BROKER(test_nobody_listens),
		WITH_BROKER(test_unsendable_does_not_block),
		WITH_BROKER(test_command_and_reply),
		WITH_BROKER(test_retained_command_is_marked),
		WITH_BROKER(test_latency),
	};

	use_built_link();
	return cmocka_run_group_tests_name("mqtt", tests, NULL, NULL) ? 1 : 0;
}
