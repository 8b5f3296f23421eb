/* One connection to the broker, on libmosquitto; see the header for what it must not do. */
#include "daemon/mqtt/link.h"

#include "core/clock.h"
#include "core/log.h"
#include "daemon/mqtt/client.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	CONNECT_WITHIN_MS = 5000,
	SURVEY_QUIET_MS =
		2000, /* the retained batch has come when nothing more came for this long */
	SURVEY_MAX_MS = 30000,
	TOPIC_SIZE = 512,
	CORRELATION_MAX = 1024,
};

struct mqtt_link {
	struct mqtt_link_options options;
	struct mosquitto *client;
	enum mqtt_link_state state;
	int64_t now_ms; /* of the call under way, for callbacks */
	int64_t connect_deadline_ms;
	int64_t survey_quiet_ms, survey_end_ms; /* CLOCK_NEVER: not under way */
	char why[160];
};

/* Topics whose retained messages are looked through after each connect (promise 9). */
static const char *const surveyed[] = { "incident/+", "trouble/+", "point/+" };
enum { SURVEYED_COUNT = sizeof(surveyed) / sizeof(surveyed[0]) };

static void lost(struct mqtt_link *link, const char *what, const char *detail)
{
	if (link->state == MQTT_LINK_LOST)
		return;
	link->state = MQTT_LINK_LOST;
	snprintf(link->why, sizeof(link->why), "%s%s%s", what, *detail ? ": " : "", detail);
}

/* Was a call of the library successful? If not, the link is lost. */
static bool check(struct mqtt_link *link, const char *what, int rc)
{
	if (rc == MOSQ_ERR_SUCCESS)
		return true;
	lost(link, what, rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc));
	return false;
}

static void full_topic(const struct mqtt_link *link, const char *below, char topic[TOPIC_SIZE])
{
	snprintf(topic, TOPIC_SIZE, "%s/%s", link->options.prefix, below);
}

static void subscribe(struct mqtt_link *link, const char *below, int qos, int options)
{
	char topic[TOPIC_SIZE];

	full_topic(link, below, topic);
	check(link, "subscribe",
		mosquitto_subscribe_v5(link->client, NULL, topic, qos, options, NULL));
}

/*
 * Retained commands are asked for and marked as such (RETAIN_AS_PUBLISHED: also those that come
 * live), so that they can be refused aloud instead of being carried out at some later connect.
 */
static void subscribe_all(struct mqtt_link *link)
{
	subscribe(link, "cmd/+/+", 1, MQTT_SUB_OPT_NO_LOCAL | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED);
	for (size_t i = 0; i < SURVEYED_COUNT; i++)
		subscribe(link, surveyed[i], 0, MQTT_SUB_OPT_NO_LOCAL);
	if (link->options.settings->elsewhere)
		check(link, "subscribe",
			mosquitto_subscribe_v5(link->client, NULL,
				link->options.settings->elsewhere, 0, MQTT_SUB_OPT_NO_LOCAL, NULL));
	link->survey_quiet_ms = link->now_ms + SURVEY_QUIET_MS;
	link->survey_end_ms = link->now_ms + SURVEY_MAX_MS;
}

static void survey_end(struct mqtt_link *link)
{
	char topic[TOPIC_SIZE];

	link->survey_quiet_ms = link->survey_end_ms = CLOCK_NEVER;
	for (size_t i = 0; i < SURVEYED_COUNT; i++) {
		full_topic(link, surveyed[i], topic);
		check(link, "unsubscribe",
			mosquitto_unsubscribe_v5(link->client, NULL, topic, NULL));
	}
	if (link->options.settings->elsewhere)
		check(link, "unsubscribe",
			mosquitto_unsubscribe_v5(
				link->client, NULL, link->options.settings->elsewhere, NULL));
}

static void on_connect(struct mosquitto *client, void *context, int rc, int flags,
	const mosquitto_property *properties)
{
	struct mqtt_link *link = context;

	(void)client, (void)flags, (void)properties;
	if (link->state != MQTT_LINK_CONNECTING)
		return;
	if (rc != 0)
		lost(link, "the broker refuses the connection", mosquitto_reason_string(rc));
	else
		link->state = MQTT_LINK_CONNECTED;
}

/* What ended the connection: the reason of the broker's DISCONNECT, or an error of the library. */
static const char *end_detail(int rc)
{
	if (rc == 0 || rc == MOSQ_ERR_CONN_LOST)
		return "";
	if (rc == MOSQ_ERR_KEEPALIVE) /* mosquitto_strerror() of 2.0.11 does not know it */
		return "no answer within the keepalive";
	return rc >= MQTT_RC_UNSPECIFIED ? mosquitto_reason_string(rc) : mosquitto_strerror(rc);
}

static void on_disconnect(
	struct mosquitto *client, void *context, int rc, const mosquitto_property *properties)
{
	(void)client, (void)properties;
	lost(context,
		rc >= MQTT_RC_UNSPECIFIED ? "the broker ended the connection"
					  : "the connection was lost",
		end_detail(rc));
}

static void on_publish(struct mosquitto *client, void *context, int mid, int reason_code,
	const mosquitto_property *properties)
{
	struct mqtt_link *link = context;

	(void)client, (void)properties;
	link->options.events->acknowledged(link->options.events, mid, reason_code);
}

static void on_subscribe(struct mosquitto *client, void *context, int mid, int count,
	const int *granted, const mosquitto_property *properties)
{
	(void)client, (void)context, (void)mid, (void)properties;
	for (int i = 0; i < count; i++)
		if (granted[i] >= 0x80)
			log_warn("mqtt: the broker refuses a subscription: %s; check its access "
				 "list",
				mosquitto_reason_string(granted[i]));
}

static void deliver(struct mqtt_link *link, const struct mosquitto_message *from,
	struct mqtt_message *message, const mosquitto_property *properties)
{
	char *response = NULL;
	void *correlation = NULL;
	uint16_t length = 0;
	size_t max = message->elsewhere ? MQTT_ELSEWHERE_MAX : MQTT_MESSAGE_MAX;

	mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &response, false);
	mosquitto_property_read_binary(
		properties, MQTT_PROP_CORRELATION_DATA, &correlation, &length, false);
	message->length = (size_t)from->payloadlen;
	if (message->length > max)
		message->length = max;
	if (response && strlen(response) < TOPIC_SIZE)
		message->response_topic = response;
	if (correlation && length <= CORRELATION_MAX) {
		message->correlation = correlation;
		message->correlation_length = length;
	}
	link->options.events->message(link->options.events, message);
	free(response);
	free(correlation);
}

static void on_message(struct mosquitto *client, void *context,
	const struct mosquitto_message *from, const mosquitto_property *properties)
{
	struct mqtt_link *link = context;
	size_t prefix = strlen(link->options.prefix);
	struct mqtt_message message = {
		.payload = from->payloadlen ? from->payload : "",
		.retained = from->retain,
	};

	(void)client;
	message.elsewhere = strncmp(from->topic, link->options.prefix, prefix) != 0 ||
			    from->topic[prefix] != '/';
	message.topic = message.elsewhere ? from->topic : from->topic + prefix + 1;
	if (link->survey_quiet_ms != CLOCK_NEVER && from->retain)
		link->survey_quiet_ms = link->now_ms + SURVEY_QUIET_MS;
	deliver(link, from, &message, properties);
}

static void set_callbacks(struct mosquitto *client)
{
	mosquitto_connect_v5_callback_set(client, on_connect);
	mosquitto_disconnect_v5_callback_set(client, on_disconnect);
	mosquitto_publish_v5_callback_set(client, on_publish);
	mosquitto_subscribe_v5_callback_set(client, on_subscribe);
	mosquitto_message_v5_callback_set(client, on_message);
}

/*
 * A peer that vanished is noticed within the keepalive, not twice that; programs that the daemon
 * starts do not inherit the socket.
 */
static void set_socket(const struct mqtt_link *link)
{
	int fd = mosquitto_socket(link->client);
	unsigned timeout_ms = (unsigned)link->options.settings->keepalive_ms;

	if (fd < 0)
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
}

static void connect_start(struct mqtt_link *link)
{
	const struct mqtt_settings *settings = link->options.settings;
	int keepalive_s = (int)(settings->keepalive_ms / 1000);

	/* The asynchronous form only looks the name up; the TCP connection comes about in poll().
	 */
	if (check(link, settings->host,
		    mosquitto_connect_bind_async(link->client, settings->host, (int)settings->port,
			    keepalive_s < 5 ? 5 : keepalive_s,
			    link->options.ipv4_only ? "0.0.0.0" : NULL)))
		set_socket(link);
}

struct mqtt_link *mqtt_link_open(const struct mqtt_link_options *options, int64_t now_ms)
{
	struct mqtt_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->options = *options;
	link->now_ms = now_ms;
	link->survey_quiet_ms = link->survey_end_ms = CLOCK_NEVER;
	link->client = mosquitto_new(options->settings->client_id, true, link);
	if (!link->client) {
		free(link);
		return NULL;
	}
	set_callbacks(link->client);
	if (mqtt_client_configure(link->client, options, link->why, sizeof(link->why)))
		connect_start(link);
	else
		link->state = MQTT_LINK_LOST;
	/* The look-up has its own time. */
	link->connect_deadline_ms = clock_now_ms() + CONNECT_WITHIN_MS;
	return link;
}

void mqtt_link_free(struct mqtt_link *link)
{
	if (!link)
		return;
	mosquitto_destroy(link->client);
	free(link);
}

enum mqtt_link_state mqtt_link_state(const struct mqtt_link *link)
{
	return link->state;
}

const char *mqtt_link_why(const struct mqtt_link *link)
{
	return link->why;
}

int mqtt_link_fd(const struct mqtt_link *link)
{
	return link->state == MQTT_LINK_LOST ? -1 : mosquitto_socket(link->client);
}

short mqtt_link_poll_events(const struct mqtt_link *link)
{
	return (short)(POLLIN | (mosquitto_want_write(link->client) ? POLLOUT : 0));
}

static void run_deadlines(struct mqtt_link *link)
{
	if (link->state == MQTT_LINK_CONNECTING && link->now_ms >= link->connect_deadline_ms)
		lost(link, "the broker does not answer", "no CONNACK within 5 s");
	if (link->state == MQTT_LINK_CONNECTED &&
		(link->now_ms >= link->survey_quiet_ms || link->now_ms >= link->survey_end_ms))
		survey_end(link);
}

void mqtt_link_run(struct mqtt_link *link, short poll_events, int64_t now_ms)
{
	bool was_connected = link->state == MQTT_LINK_CONNECTED;

	link->now_ms = now_ms;
	if (link->state != MQTT_LINK_LOST && poll_events & (POLLIN | POLLHUP | POLLERR))
		check(link, "receive", mosquitto_loop_read(link->client, 1));
	if (link->state != MQTT_LINK_LOST && poll_events & POLLOUT)
		check(link, "send", mosquitto_loop_write(link->client, 1));
	if (link->state != MQTT_LINK_LOST)
		check(link, "keepalive", mosquitto_loop_misc(link->client));
	if (!was_connected && link->state == MQTT_LINK_CONNECTED)
		subscribe_all(link);
	run_deadlines(link);
}

/* Reasons that are the message's own fault; sending it again would fail for ever. */
static int publish_fault(int rc)
{
	static const struct {
		int rc, reason_code;
	} table[] = {
		{ MOSQ_ERR_OVERSIZE_PACKET, MQTT_RC_PACKET_TOO_LARGE },
		{ MOSQ_ERR_PAYLOAD_SIZE, MQTT_RC_PACKET_TOO_LARGE },
		{ MOSQ_ERR_INVAL, MQTT_RC_TOPIC_NAME_INVALID },
		{ MOSQ_ERR_MALFORMED_UTF8, MQTT_RC_TOPIC_NAME_INVALID },
		{ MOSQ_ERR_QOS_NOT_SUPPORTED, MQTT_RC_QOS_NOT_SUPPORTED },
		{ MOSQ_ERR_RETAIN_NOT_SUPPORTED, MQTT_RC_RETAIN_NOT_SUPPORTED },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].rc == rc)
			return table[i].reason_code;
	return 0;
}

static bool add_properties(
	mosquitto_property **list, const struct outbox_message *message, bool replayed)
{
	int rc = MOSQ_ERR_SUCCESS;

	if (message->length)
		rc = mosquitto_property_add_string(
			list, MQTT_PROP_CONTENT_TYPE, "application/json");
	if (rc == MOSQ_ERR_SUCCESS && replayed)
		rc = mosquitto_property_add_string_pair(
			list, MQTT_PROP_USER_PROPERTY, "replayed", "1");
	if (rc == MOSQ_ERR_SUCCESS && message->correlation_length)
		rc = mosquitto_property_add_binary(list, MQTT_PROP_CORRELATION_DATA,
			message->correlation, (uint16_t)message->correlation_length);
	return rc == MOSQ_ERR_SUCCESS;
}

int mqtt_link_publish(
	struct mqtt_link *link, const struct outbox_message *message, bool replayed, int *mid)
{
	mosquitto_property *properties = NULL;
	int rc = MOSQ_ERR_NOMEM, fault;

	if (link->state != MQTT_LINK_CONNECTED)
		return -EAGAIN;
	if (add_properties(&properties, message, replayed))
		rc = mosquitto_publish_v5(link->client, mid, message->topic, (int)message->length,
			message->payload, 1, message->retained, properties);
	mosquitto_property_free_all(&properties);
	if (rc == MOSQ_ERR_SUCCESS)
		return 0;
	fault = publish_fault(rc);
	if (fault)
		return fault;
	/* It may be in the library's queue; with the link that is freed, so the outbox decides. */
	check(link, "publish", rc);
	return -EAGAIN;
}

void mqtt_link_disconnect(struct mqtt_link *link, bool with_will)
{
	if (link->state == MQTT_LINK_CONNECTED)
		mosquitto_disconnect_v5(
			link->client, with_will ? MQTT_RC_DISCONNECT_WITH_WILL_MSG : 0, NULL);
	lost(link, "stopped", "");
}
