/*
 * For tests of daemon/mqtt.c: the daemon's side: a loop, an mqtt on it and all
 * that it told; and the test's turn, which drives both sides. Include cmocka,
 * broker.h and witness.h first.
 */
#ifndef TESTS_MQTT_BENCH_H
#define TESTS_MQTT_BENCH_H

#include "core/clock.h"
#include "daemon/mqtt/mqtt.h"

#define WILL "{\"v\":1,\"status\":\"offline\"}"

enum { BENCH_TICKETS = 4096 };

struct bench {
	struct mqtt_events events; /* first: events are cast back */
	sd_event *loop;
	struct mqtt *mqtt;
	struct witness *witness; /* NULL: none */
	bool connected;
	const char *anew; /* published of two points when it connects; NULL: nothing is */
	unsigned connects, disconnects;
	char why[160];              /* of the last disconnect */
	int reasons[BENCH_TICKETS]; /* by ticket; -1: not told */
	size_t delivered;
	char command_topic[64], command[256], response_topic[64], correlation[32];
	bool command_retained;
	unsigned commands, retained;
	char retained_topic[64];
	size_t retained_length;
	enum mqtt_standing standing;
	char other[MQTT_INSTANCE_SIZE];
};

static inline void bench_connected(
	struct mqtt_events *events, bool connected, const struct failure *why)
{
	struct bench *bench = (struct bench *)events;

	bench->connected = connected;
	(*(connected ? &bench->connects : &bench->disconnects))++;
	for (int i = 0; connected && bench->anew && i < 2; i++)
		mqtt_publish(bench->mqtt, &(struct mqtt_publish){ .kind = MQTT_RETAINED,
						  .topic = i ? "point/q" : "point/p",
						  .payload = bench->anew,
						  .length = strlen(bench->anew) });
	if (!connected)
		failure_words(why, LANGUAGE_EN, bench->why, sizeof(bench->why));
}

static inline void bench_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct bench *bench = (struct bench *)events;

	bench->commands++;
	bench->command_retained = message->retained;
	snprintf(bench->command_topic, sizeof(bench->command_topic), "%s", message->topic);
	snprintf(bench->command, sizeof(bench->command), "%s", message->payload);
	assert_int_equal(message->payload[message->length], '\0');
	snprintf(bench->response_topic, sizeof(bench->response_topic), "%s",
		message->response_topic ? message->response_topic : "");
	if (message->correlation_length < sizeof(bench->correlation))
		memcpy(bench->correlation, message->correlation ? message->correlation : "",
			message->correlation_length);
}

static inline void bench_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct bench *bench = (struct bench *)events;

	if (!message) /* that was all */
		return;
	bench->retained++;
	snprintf(bench->retained_topic, sizeof(bench->retained_topic), "%s", message->topic);
	bench->retained_length = message->length;
}

static inline void bench_delivered(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	struct bench *bench = (struct bench *)events;

	assert_true(ticket < BENCH_TICKETS);
	assert_int_equal(bench->reasons[ticket], -1);
	bench->reasons[ticket] = reason_code;
	bench->delivered++;
}

static inline void bench_standing(
	struct mqtt_events *events, enum mqtt_standing standing, const char *other)
{
	struct bench *bench = (struct bench *)events;

	bench->standing = standing;
	snprintf(bench->other, sizeof(bench->other), "%s", other);
}

static inline struct mqtt_settings bench_settings(int port)
{
	return (struct mqtt_settings){
		.host = "localhost",
		.port = port,
		.client_id = "facilityd-t",
		.keepalive_ms = 15000,
		.outbox_max = 2000,
	};
}

static inline struct bench *bench_start_with(const struct mqtt_settings *settings)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->events = (struct mqtt_events){ bench_connected, bench_command, bench_retained,
		bench_delivered, bench_standing };
	for (size_t i = 0; i < BENCH_TICKETS; i++)
		bench->reasons[i] = -1;
	assert_true(sd_event_new(&bench->loop) >= 0);
	bench->mqtt = mqtt_start(settings, "facility/t", "me", WILL, bench->loop, &bench->events);
	assert_non_null(bench->mqtt);
	assert_int_equal(mqtt_take_over(bench->mqtt), 0); /* nobody is waited for */
	return bench;
}

static inline struct bench *bench_start(int port)
{
	const struct mqtt_settings settings = bench_settings(port);

	return bench_start_with(&settings);
}

static inline void bench_stop(struct bench *bench, int64_t timeout_ms)
{
	mqtt_stop(bench->mqtt, timeout_ms);
	sd_event_unref(bench->loop);
	if (bench->witness)
		witness_close(bench->witness);
	free(bench);
}

static inline void bench_turn(struct bench *bench)
{
	sd_event_run(bench->loop, bench->witness ? 0 : 2000);
	if (bench->witness)
		witness_turn(bench->witness);
}

/* Turn both sides until `condition` holds; it must within `within_ms`. */
#define BENCH_UNTIL(bench, within_ms, condition)                                                   \
	do {                                                                                       \
		int64_t until_ms_ = clock_now_ms() + (within_ms);                                  \
		while (!(condition) && clock_now_ms() < until_ms_)                                 \
			bench_turn(bench);                                                         \
		assert_true(condition);                                                            \
	} while (0)

static inline void bench_turn_for(struct bench *bench, int64_t duration_ms)
{
	int64_t until_ms = clock_now_ms() + duration_ms;

	while (clock_now_ms() < until_ms)
		bench_turn(bench);
}

static inline void bench_publish(struct bench *bench, enum mqtt_kind kind, const char *topic,
	const char *payload, uint64_t ticket)
{
	const struct mqtt_publish publish = {
		.kind = kind,
		.topic = topic,
		.payload = payload,
		.length = strlen(payload),
		.ticket = ticket,
	};

	assert_int_equal(mqtt_publish(bench->mqtt, &publish), 0);
}

#endif
