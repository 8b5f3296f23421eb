/*
 * For tests: a client of the broker that is not the daemon's: it subscribes,
 * remembers what comes, and publishes. Runs in the test's own thread. Include
 * cmocka first.
 */
#ifndef TESTS_WITNESS_H
#define TESTS_WITNESS_H

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WITNESS_MAX_SEEN = 4096 };

struct witness_message {
	char *topic, *payload;
	bool retained;
	bool replayed; /* the user property */
	char correlation[32];
};

struct witness {
	struct mosquitto *client;
	bool subscribed;
	size_t count;
	struct witness_message seen[WITNESS_MAX_SEEN];
};

static inline void witness_on_message(struct mosquitto *client, void *context,
	const struct mosquitto_message *message, const mosquitto_property *properties)
{
	struct witness *witness = context;
	struct witness_message *seen = &witness->seen[witness->count];
	char *name = NULL, *value = NULL;
	void *correlation = NULL;
	uint16_t length = 0;

	(void)client;
	/* What runs say to each other is nothing that is published. */
	if (witness->count == WITNESS_MAX_SEEN || strstr(message->topic, "/facilityd/"))
		return;
	witness->count++;
	*seen = (struct witness_message){ .retained = message->retain };
	seen->topic = strdup(message->topic);
	seen->payload =
		strndup(message->payloadlen ? message->payload : "", (size_t)message->payloadlen);
	if (mosquitto_property_read_string_pair(
		    properties, MQTT_PROP_USER_PROPERTY, &name, &value, false))
		seen->replayed = strcmp(name, "replayed") == 0 && strcmp(value, "1") == 0;
	if (mosquitto_property_read_binary(
		    properties, MQTT_PROP_CORRELATION_DATA, &correlation, &length, false) &&
		length < sizeof(seen->correlation))
		memcpy(seen->correlation, correlation, length);
	free(name);
	free(value);
	free(correlation);
}

static inline void witness_on_subscribe(struct mosquitto *client, void *context, int mid, int count,
	const int *granted, const mosquitto_property *properties)
{
	(void)client, (void)mid, (void)count, (void)granted, (void)properties;
	((struct witness *)context)->subscribed = true;
}

static inline void witness_on_connect(struct mosquitto *client, void *context, int rc, int flags,
	const mosquitto_property *properties)
{
	(void)context, (void)flags, (void)properties;
	assert_int_equal(rc, 0);
	/*
	 * QoS 0: a witness that answers nothing loses nothing when the broker is killed. (An
	 * answer to a dead broker fails, and libmosquitto then throws unread messages away.)
	 */
	mosquitto_subscribe_v5(client, NULL, "facility/t/#", 0, 0, NULL);
}

static inline void witness_turn(struct witness *witness)
{
	mosquitto_loop(witness->client, 1, 1);
}

/* Connected and subscribed on return. A session of this id outlives the connection. */
static inline struct witness *witness_open(const char *id, int port)
{
	struct witness *witness = calloc(1, sizeof(*witness));
	mosquitto_property *properties = NULL;

	assert_non_null(witness);
	mosquitto_lib_init();
	witness->client = mosquitto_new(id, false, witness);
	assert_non_null(witness->client);
	mosquitto_int_option(witness->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(witness->client, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_int_option(witness->client, MOSQ_OPT_RECEIVE_MAXIMUM, 65535);
	mosquitto_connect_v5_callback_set(witness->client, witness_on_connect);
	mosquitto_subscribe_v5_callback_set(witness->client, witness_on_subscribe);
	mosquitto_message_v5_callback_set(witness->client, witness_on_message);
	mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 3600);
	assert_int_equal(
		mosquitto_connect_bind_v5(witness->client, "127.0.0.1", port, 60, NULL, properties),
		0);
	mosquitto_property_free_all(&properties);
	for (int i = 0; i < 1000 && !witness->subscribed; i++)
		mosquitto_loop(witness->client, 5, 1);
	assert_true(witness->subscribed);
	return witness;
}

static inline void witness_forget(struct witness *witness)
{
	for (size_t i = 0; i < witness->count; i++) {
		free(witness->seen[i].topic);
		free(witness->seen[i].payload);
	}
	witness->count = 0;
}

static inline void witness_close(struct witness *witness)
{
	mosquitto_disconnect(witness->client);
	mosquitto_destroy(witness->client);
	mosquitto_lib_cleanup();
	witness_forget(witness);
	free(witness);
}

/* The last message of this topic; NULL: none came. */
static inline const struct witness_message *witness_last(
	const struct witness *witness, const char *topic)
{
	for (size_t i = witness->count; i > 0; i--)
		if (strcmp(witness->seen[i - 1].topic, topic) == 0)
			return &witness->seen[i - 1];
	return NULL;
}

static inline void witness_publish(struct witness *witness, const char *topic, const char *payload,
	bool retain, const char *response_topic)
{
	mosquitto_property *properties = NULL;

	if (response_topic) {
		mosquitto_property_add_string(
			&properties, MQTT_PROP_RESPONSE_TOPIC, response_topic);
		mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, "q-7", 3);
	}
	assert_int_equal(mosquitto_publish_v5(witness->client, NULL, topic, (int)strlen(payload),
				 payload, 1, retain, properties),
		0);
	mosquitto_property_free_all(&properties);
}

#endif
