/* The broker, for one person: see client.h. */
#include "ctl/verbs/client.h"

#include "core/clock.h"
#include "core/owner.h"
#include "link/port.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SUBSCRIPTION_MAX = 8,
	TOPIC_MAX = 256,
	KEEPALIVE_MS = 20000,
	GOOD_BYE_MS = 500,
	TURN_MS = 1000,
	QOS_1 = 1,
	REFUSED = 0x80,                 /* reason codes of MQTT 5 */
	MESSAGE = SUBSCRIPTION_MAX + 1, /* the number of what is published */
};

struct client {
	struct port_events port_events;
	struct port *port;
	const struct client_settings *settings;
	struct client_events *events;
	char prefix[TOPIC_MAX];
	char subscriptions[SUBSCRIPTION_MAX][TOPIC_MAX];
	size_t subscription_count, granted; /* granted: since the last connect */
	bool tried, connected, refused;     /* tried: it is known whether the broker is there */
};

static struct client *owner(struct port_events *events)
{
	return OWNER_OF(events, struct client, port_events);
}

static void on_connected(struct port_events *events)
{
	struct client *client = owner(events);

	client->tried = client->connected = true;
	client->granted = 0;
	for (uint32_t i = 0; i < client->subscription_count; i++)
		port_subscribe(client->port, client->subscriptions[i], QOS_1, i + 1);
	if (client->events->connected)
		client->events->connected(client->events, true);
}

static void on_lost(struct port_events *events, const char *why, int error, int code)
{
	struct client *client = owner(events);
	const struct client_settings *settings = client->settings;

	(void)error;
	if (client->connected && client->events->connected)
		client->events->connected(client->events, false);
	else if (code)
		fprintf(stderr, "facilityctl: %s\n", why);
	else if (!client->tried)
		fprintf(stderr,
			"facilityctl: cannot reach the broker at %s:%d: %s\n"
			"Is it running? See --host and --port, or the configuration's mqtt "
			"group.\n",
			settings->host, settings->port, why);
	client->refused = client->refused || (!client->connected && code);
	client->connected = false;
	client->tried = true;
}

static void on_answered(struct port_events *events, uint32_t number, int code, const char *words)
{
	struct client *client = owner(events);

	client->granted += number < MESSAGE;
	if (code < REFUSED)
		return;
	client->refused = true;
	if (number < MESSAGE)
		fputs("facilityctl: the broker does not let this account see that\n", stderr);
	else
		fprintf(stderr, "facilityctl: the broker does not let this account say that: %s\n",
			words);
}

static void on_message(struct port_events *events, const struct port_message *message)
{
	struct client *client = owner(events);
	size_t length = strlen(client->prefix);

	if (strncmp(message->topic, client->prefix, length) == 0)
		client->events->message(client->events, message->topic + length, message->payload,
			message->retained);
}

struct client *client_open(const struct client_settings *settings, struct client_events *events)
{
	const struct port_settings port = {
		.host = settings->host,
		.port = settings->port,
		.keepalive_ms = KEEPALIVE_MS,
		.username = settings->password_file ? settings->user : NULL,
		.password_file = settings->password_file,
		.ca_file = settings->ca_file,
	};
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->settings = settings;
	client->events = events;
	snprintf(client->prefix, sizeof(client->prefix), "facility/%s/", settings->site);
	client->port_events =
		(struct port_events){ on_connected, on_lost, on_message, on_answered };
	client->port = port_open(&port, &client->port_events, clock_now_ms());
	while (client->port && !client->tried)
		client_run(client, TURN_MS);
	if (client->connected)
		return client;
	client_close(client);
	return NULL;
}

void client_close(struct client *client)
{
	if (client->port)
		port_good_bye(client->port, false, GOOD_BYE_MS);
	port_close(client->port);
	free(client);
}

void client_subscribe(struct client *client, const char *topic)
{
	char *full;

	if (client->subscription_count == SUBSCRIPTION_MAX)
		return;
	full = client->subscriptions[client->subscription_count++];
	snprintf(full, TOPIC_MAX, "%s%s", client->prefix, topic);
	port_subscribe(client->port, full, QOS_1, (uint32_t)client->subscription_count);
}

bool client_ready(const struct client *client)
{
	return client->connected && client->granted >= client->subscription_count;
}

bool client_refused(const struct client *client)
{
	return client->refused;
}

void client_run(struct client *client, int timeout_ms)
{
	struct port_wait wait;
	struct pollfd fd;
	int64_t left_ms;

	port_wait(client->port, &wait);
	left_ms = wait.deadline_ms - clock_now_ms();
	fd = (struct pollfd){ wait.fd, (short)(POLLIN | (wait.write ? POLLOUT : 0)), 0 };
	poll(&fd, 1, left_ms < 0 ? 0 : left_ms < timeout_ms ? (int)left_ms : timeout_ms);
	port_ready(client->port, clock_now_ms());
}

int client_publish(
	struct client *client, const char *topic, const char *payload, const char *response_topic)
{
	char full[TOPIC_MAX], answer[TOPIC_MAX];
	const struct port_message message = {
		.topic = full,
		.payload = payload,
		.length = strlen(payload),
		.response_topic = answer,
	};
	int error;

	snprintf(full, sizeof(full), "%s%s", client->prefix, topic);
	snprintf(answer, sizeof(answer), "%s%s", client->prefix, response_topic);
	error = port_publish(client->port, &message, MESSAGE);
	if (error)
		fprintf(stderr, "facilityctl: cannot send: %s\n", strerror(-error));
	return error ? -1 : 0;
}
