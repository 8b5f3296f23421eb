/* The broker, for one person: see client.h. */
#include "ctl/client.h"

#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUBSCRIPTION_MAX = 8, TOPIC_MAX = 256, RECONNECT_US = 300000, KEEPALIVE_S = 20 };

struct client {
	struct mosquitto *mosquitto;
	const struct client_settings *settings;
	struct client_events *events;
	char prefix[TOPIC_MAX];
	char subscriptions[SUBSCRIPTION_MAX][TOPIC_MAX];
	size_t subscription_count, granted; /* granted: since the last connect */
	bool connected, refused;
};

static void on_connect(struct mosquitto *mosquitto, void *context, int reason, int flags,
	const mosquitto_property *properties)
{
	struct client *client = context;

	(void)flags;
	(void)properties;
	if (reason != 0) {
		fprintf(stderr, "facilityctl: the broker refuses the connection: %s\n",
			mosquitto_reason_string(reason));
		client->refused = true;
		return;
	}
	client->connected = true;
	client->granted = 0;
	for (size_t i = 0; i < client->subscription_count; i++)
		mosquitto_subscribe_v5(mosquitto, NULL, client->subscriptions[i], 1, 0, NULL);
	if (client->events->connected)
		client->events->connected(client->events, true);
}

static void on_disconnect(struct mosquitto *mosquitto, void *context, int reason,
	const mosquitto_property *properties)
{
	struct client *client = context;

	(void)mosquitto;
	(void)reason;
	(void)properties;
	if (client->connected && client->events->connected)
		client->events->connected(client->events, false);
	client->connected = false;
}

static void on_subscribe(struct mosquitto *mosquitto, void *context, int mid, int count,
	const int *granted, const mosquitto_property *properties)
{
	struct client *client = context;

	(void)mosquitto;
	(void)mid;
	(void)properties;
	client->granted++;
	if (count > 0 && granted[0] < 0x80)
		return;
	fputs("facilityctl: the broker does not let this account see that\n", stderr);
	client->refused = true;
}

static void on_publish(struct mosquitto *mosquitto, void *context, int mid, int reason,
	const mosquitto_property *properties)
{
	struct client *client = context;

	(void)mosquitto;
	(void)mid;
	(void)properties;
	if (reason < 0x80)
		return;
	fprintf(stderr, "facilityctl: the broker does not let this account say that: %s\n",
		mosquitto_reason_string(reason));
	client->refused = true;
}

static void on_message(struct mosquitto *mosquitto, void *context,
	const struct mosquitto_message *message, const mosquitto_property *properties)
{
	struct client *client = context;
	size_t prefix_length = strlen(client->prefix);
	char *text;

	(void)mosquitto;
	(void)properties;
	if (strncmp(message->topic, client->prefix, prefix_length) != 0)
		return;
	text = strndup(message->payload ? message->payload : "", (size_t)message->payloadlen);
	if (text)
		client->events->message(
			client->events, message->topic + prefix_length, text, message->retain);
	free(text);
}

/* The first line of the password file, into `password`. */
static int read_password(const char *path, char *password, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(password, (int)size, file)) {
		perror(path);
		if (file)
			fclose(file);
		return -1;
	}
	fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	return 0;
}

static int set_login(struct client *client)
{
	const struct client_settings *settings = client->settings;
	char password[256];

	if (settings->ca_file &&
		mosquitto_tls_set(client->mosquitto, settings->ca_file, NULL, NULL, NULL, NULL)) {
		fprintf(stderr, "facilityctl: cannot use the certificate %s\n", settings->ca_file);
		return -1;
	}
	if (!settings->password_file)
		return 0;
	if (read_password(settings->password_file, password, sizeof(password)) < 0)
		return -1;
	mosquitto_username_pw_set(client->mosquitto, settings->user, password);
	return 0;
}

static int client_connect(struct client *client)
{
	const struct client_settings *settings = client->settings;
	int r = mosquitto_connect(client->mosquitto, settings->host, settings->port, KEEPALIVE_S);

	if (r == MOSQ_ERR_SUCCESS)
		return 0;
	fprintf(stderr, "facilityctl: cannot reach the broker at %s:%d: %s\n", settings->host,
		settings->port,
		r == MOSQ_ERR_ERRNO ? "connection refused or no route" : mosquitto_strerror(r));
	fputs("Is it running? See --host and --port, or the configuration's mqtt group.\n", stderr);
	return -1;
}

struct client *client_open(const struct client_settings *settings, struct client_events *events)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->settings = settings;
	client->events = events;
	snprintf(client->prefix, sizeof(client->prefix), "facility/%s/", settings->site);
	mosquitto_lib_init();
	client->mosquitto = mosquitto_new(NULL, true, client);
	if (!client->mosquitto) {
		client_close(client);
		return NULL;
	}
	mosquitto_int_option(client->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_connect_v5_callback_set(client->mosquitto, on_connect);
	mosquitto_disconnect_v5_callback_set(client->mosquitto, on_disconnect);
	mosquitto_subscribe_v5_callback_set(client->mosquitto, on_subscribe);
	mosquitto_publish_v5_callback_set(client->mosquitto, on_publish);
	mosquitto_message_v5_callback_set(client->mosquitto, on_message);
	if (set_login(client) < 0 || client_connect(client) < 0) {
		client_close(client);
		return NULL;
	}
	return client;
}

void client_close(struct client *client)
{
	if (client->mosquitto) {
		client->connected = false; /* a good-bye is no outage */
		mosquitto_disconnect(client->mosquitto);
		mosquitto_destroy(client->mosquitto);
	}
	mosquitto_lib_cleanup();
	free(client);
}

void client_subscribe(struct client *client, const char *topic)
{
	char *full;

	if (client->subscription_count == SUBSCRIPTION_MAX)
		return;
	full = client->subscriptions[client->subscription_count++];
	snprintf(full, TOPIC_MAX, "%s%s", client->prefix, topic);
	if (client->connected)
		mosquitto_subscribe_v5(client->mosquitto, NULL, full, 1, 0, NULL);
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
	int r = mosquitto_loop(client->mosquitto, timeout_ms, 1);

	if (r == MOSQ_ERR_SUCCESS)
		return;
	usleep(RECONNECT_US);
	mosquitto_reconnect(client->mosquitto);
}

int client_publish(
	struct client *client, const char *topic, const char *payload, const char *response_topic)
{
	mosquitto_property *properties = NULL;
	char full[TOPIC_MAX], answer[TOPIC_MAX];
	int r;

	snprintf(full, sizeof(full), "%s%s", client->prefix, topic);
	snprintf(answer, sizeof(answer), "%s%s", client->prefix, response_topic);
	mosquitto_property_add_string(&properties, MQTT_PROP_RESPONSE_TOPIC, answer);
	r = mosquitto_publish_v5(
		client->mosquitto, NULL, full, (int)strlen(payload), payload, 1, false, properties);
	mosquitto_property_free_all(&properties);
	if (r == MOSQ_ERR_SUCCESS)
		return 0;
	fprintf(stderr, "facilityctl: cannot send: %s\n", mosquitto_strerror(r));
	return -1;
}
