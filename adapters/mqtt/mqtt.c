/*
 * mqtt: readings that others publish at a broker: leak sensors, people counters. Blocking
 * shape, a thread for each bus; every call ends within the bus's timeout.
 *
 * Nothing is asked. A retained value counts from when it arrives, for its true age is not
 * told; while a device's availability says that it is away, its values are bad and what is
 * retained of it is not looked at. Must not know what facilityd itself publishes.
 *
 * libmosquitto's own thread gives up for good in some cases, so its loop is turned here,
 * and a connection that failed is thrown away whole.
 */
#include "adapters/mqtt/mqtt.h"
#include "adapters/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_MS = 50, SUBSCRIBE_FAILED = 0x80 };

/* A topic that is subscribed, and the number of its SUBSCRIBE. */
struct topic {
	const char *topic;
	int mid;
};

struct mqtt_in_link {
	struct sink holder; /* first: takes what comes while no sink is there */
	const struct bus *bus;
	struct mosquitto *client;
	struct sink *sink; /* of the call under way, or the holder */
	bool connected;
	int error; /* the connection has ended: why */
	int publish_mid, publish_result;
	bool published;
	bool *away; /* by device of the bus: its availability says so */
	struct topic *topics;
	size_t topic_count;
	struct reading *held; /* one per point at most, the newest */
	size_t held_count;
};

static void lib_init(void)
{
	mosquitto_lib_init(); /* counts its users; the daemon is another */
}

static void hold(struct sink *sink, const struct reading *reading)
{
	struct mqtt_in_link *link = (struct mqtt_in_link *)(void *)sink;
	size_t i = 0;

	while (i < link->held_count && link->held[i].point != reading->point)
		i++;
	link->held[i] = *reading;
	if (i == link->held_count)
		link->held_count++;
}

static void give_held(struct mqtt_in_link *link, struct sink *sink)
{
	for (size_t i = 0; i < link->held_count; i++)
		sink->reading(sink, &link->held[i]);
	link->held_count = 0;
}

/* Why the library ended the connection, as the contract wants it: never a mere timeout. */
static int loss(int rc)
{
	switch (rc) {
	case MOSQ_ERR_ERRNO:
		return errno && errno != ETIMEDOUT ? -errno : -ECONNRESET;
	case MOSQ_ERR_TLS:
	case MOSQ_ERR_PROTOCOL:
		return -EPROTO;
	case MOSQ_ERR_NOMEM:
		return -ENOMEM;
	default:
		return -ECONNRESET;
	}
}

/* One turn of the library's loop. */
static void turn(struct mqtt_in_link *link, int timeout_ms)
{
	int rc = mosquitto_loop(link->client, timeout_ms, 1);

	if (rc != MOSQ_ERR_SUCCESS && !link->error)
		link->error = loss(rc);
}

static void on_connect(struct mosquitto *client, void *context, int rc, int flags,
	const mosquitto_property *properties)
{
	struct mqtt_in_link *link = context;
	bool login = rc == MQTT_RC_BAD_USERNAME_OR_PASSWORD || rc == MQTT_RC_NOT_AUTHORIZED;

	(void)client, (void)flags, (void)properties;
	link->connected = rc == 0;
	if (rc != 0)
		link->error = login ? -EACCES : -ECONNREFUSED;
}

static void on_disconnect(
	struct mosquitto *client, void *context, int rc, const mosquitto_property *properties)
{
	struct mqtt_in_link *link = context;

	(void)client, (void)rc, (void)properties;
	if (!link->error)
		link->error = -ECONNRESET;
}

static void on_publish(struct mosquitto *client, void *context, int mid, int reason_code,
	const mosquitto_property *properties)
{
	struct mqtt_in_link *link = context;

	(void)client, (void)properties;
	if (mid != link->publish_mid)
		return;
	link->published = true;
	/* Nobody subscribes there: so nobody has taken it. */
	link->publish_result = reason_code == 0 ? 0 : -EREMOTEIO;
}

static void refused(struct mqtt_in_link *link, const char *topic)
{
	for (size_t d = 0; d < link->bus->device_count; d++) {
		const struct device *device = link->bus->devices[d];
		const struct mqtt_in_device *options = device->options;
		bool whole = options->availability && strcmp(options->availability, topic) == 0;

		for (size_t p = 0; p < device->point_count; p++) {
			const struct mqtt_in_point *point = device->points[p]->options;

			if (whole || strcmp(point->topic, topic) == 0)
				sink_local(link->sink, device->points[p], -EACCES);
		}
	}
}

static void on_subscribe(struct mosquitto *client, void *context, int mid, int count,
	const int *granted, const mosquitto_property *properties)
{
	struct mqtt_in_link *link = context;

	(void)client, (void)properties;
	if (count < 1 || granted[0] < SUBSCRIBE_FAILED)
		return;
	for (size_t i = 0; i < link->topic_count; i++)
		if (link->topics[i].mid == mid)
			refused(link, link->topics[i].topic);
}

/* Is it away? Whatever is not the word for being there says so. */
static void take_availability(
	struct mqtt_in_link *link, size_t d, const struct mosquitto_message *message)
{
	const struct mqtt_in_device *options = link->bus->devices[d]->options;
	char text[MQTT_IN_TEXT];
	enum reason reason = mqtt_in_text(
		message->payload, (size_t)message->payloadlen, options->availability_pointer, text);
	bool away = reason != REASON_NONE || strcmp(text, options->available) != 0;

	if (away)
		sink_bad_device(link->sink, link->bus->devices[d], REASON_OFFLINE);
	link->away[d] = away;
}

static void take_value(struct mqtt_in_link *link, const struct point *point,
	const struct mosquitto_message *message)
{
	double value = 0;
	enum reason reason =
		mqtt_in_value(point, message->payload, (size_t)message->payloadlen, &value);

	if (reason == REASON_NONE)
		sink_value(link->sink, point, value);
	else if (reason != REASON_NEVER) /* a document without it says nothing of it */
		sink_bad(link->sink, point, reason);
}

static void on_message(struct mosquitto *client, void *context,
	const struct mosquitto_message *message, const mosquitto_property *properties)
{
	struct mqtt_in_link *link = context;

	(void)client, (void)properties;
	for (size_t d = 0; d < link->bus->device_count; d++) {
		const struct device *device = link->bus->devices[d];
		const struct mqtt_in_device *options = device->options;

		if (options->availability && strcmp(options->availability, message->topic) == 0)
			take_availability(link, d, message);
		if (link->away[d] || (message->retain && !options->retained))
			continue;
		for (size_t p = 0; p < device->point_count; p++) {
			const struct mqtt_in_point *point = device->points[p]->options;

			if (strcmp(point->topic, message->topic) == 0)
				take_value(link, device->points[p], message);
		}
	}
}

static int configure(struct mqtt_in_link *link)
{
	struct mosquitto *client = link->client;

	mosquitto_connect_v5_callback_set(client, on_connect);
	mosquitto_disconnect_v5_callback_set(client, on_disconnect);
	mosquitto_publish_v5_callback_set(client, on_publish);
	mosquitto_subscribe_v5_callback_set(client, on_subscribe);
	mosquitto_message_v5_callback_set(client, on_message);
	return mqtt_in_setup(client, link->bus->options);
}

/* Up to the broker's answer. The asynchronous form only begins, and an address needs no look-up. */
static int connect_broker(struct mqtt_in_link *link, const struct mqtt_in_bus *options)
{
	int rc = mosquitto_connect_bind_async(link->client, options->host, (int)options->port,
		(int)(options->keepalive_ms / 1000), NULL);
	int64_t left_ms = options->timeout_ms;

	if (rc != MOSQ_ERR_SUCCESS)
		return loss(rc);
	fcntl(mosquitto_socket(link->client), F_SETFD, FD_CLOEXEC);
	for (; left_ms > 0 && !link->connected && !link->error; left_ms -= TURN_MS)
		turn(link, TURN_MS);
	if (link->error)
		return link->error;
	return link->connected ? 0 : -ETIMEDOUT;
}

static int subscribe(struct mqtt_in_link *link, const char *topic)
{
	struct topic *slot = &link->topics[link->topic_count];

	if (!topic)
		return 0;
	for (size_t i = 0; i < link->topic_count; i++)
		if (strcmp(link->topics[i].topic, topic) == 0)
			return 0;
	slot->topic = topic;
	link->topic_count++;
	return mosquitto_subscribe(link->client, &slot->mid, topic, 1) == MOSQ_ERR_SUCCESS
		       ? 0
		       : -ECONNRESET;
}

/* Availability first: so it is known before what is retained of a device that is away. */
static int subscribe_all(struct mqtt_in_link *link)
{
	const struct bus *bus = link->bus;
	int error = 0;

	for (size_t d = 0; d < bus->device_count && !error; d++) {
		const struct mqtt_in_device *options = bus->devices[d]->options;

		error = subscribe(link, options->availability);
	}
	for (size_t d = 0; d < bus->device_count; d++) {
		for (size_t p = 0; p < bus->devices[d]->point_count && !error; p++) {
			const struct mqtt_in_point *options = bus->devices[d]->points[p]->options;

			error = subscribe(link, options->topic);
		}
	}
	return error;
}

static void mqtt_in_close(void *opaque)
{
	struct mqtt_in_link *link = opaque;

	if (link->client)
		mosquitto_destroy(link->client);
	free(link->away);
	free(link->topics);
	free(link->held);
	free(link);
}

static struct mqtt_in_link *link_new(const struct bus *bus)
{
	struct mqtt_in_link *link = calloc(1, sizeof(*link));
	const struct mqtt_in_bus *options = bus->options;
	size_t count = bus->device_count + 1;

	if (!link)
		return NULL;
	for (size_t d = 0; d < bus->device_count; d++)
		count += bus->devices[d]->point_count;
	link->bus = bus;
	link->holder = (struct sink){ .reading = hold };
	link->sink = &link->holder;
	link->away = calloc(bus->device_count + 1, sizeof(*link->away));
	link->topics = calloc(count, sizeof(*link->topics));
	link->held = calloc(count, sizeof(*link->held));
	link->client = mosquitto_new(options->client_id, true, link);
	if (link->away && link->topics && link->held && link->client)
		return link;
	mqtt_in_close(link);
	return NULL;
}

static int mqtt_in_open(const struct bus *bus, void **opened)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mqtt_in_link *link;
	int error;

	pthread_once(&once, lib_init);
	link = link_new(bus);
	if (!link)
		return -ENOMEM;
	error = configure(link);
	if (!error)
		error = connect_broker(link, bus->options);
	if (!error)
		error = subscribe_all(link);
	if (error)
		mqtt_in_close(link);
	else
		*opened = link;
	return error;
}

static int mqtt_in_wait(void *opaque, int timeout_ms, struct sink *sink)
{
	struct mqtt_in_link *link = opaque;

	give_held(link, sink);
	link->sink = sink;
	if (!link->error)
		turn(link, timeout_ms);
	link->sink = &link->holder;
	if (link->error)
		sink_bad_bus(sink, link->bus, REASON_LINK);
	return link->error;
}

/* A connection that ends meanwhile is told by the next wait(), which can tell readings. */
static int mqtt_in_write(void *opaque, const struct point *point, double value)
{
	struct mqtt_in_link *link = opaque;
	const struct mqtt_in_point *options = point->options;
	int64_t left_ms = ((const struct mqtt_in_bus *)link->bus->options)->timeout_ms;
	char text[MQTT_IN_TEXT];

	mqtt_in_command(point, value, text);
	link->published = false;
	if (link->error ||
		mosquitto_publish_v5(link->client, &link->publish_mid, options->command_topic,
			(int)strlen(text), text, 1, false, NULL) != MOSQ_ERR_SUCCESS)
		return -EREMOTEIO;
	for (; left_ms > 0 && !link->published && !link->error; left_ms -= TURN_MS)
		turn(link, TURN_MS);
	return link->published ? link->publish_result : -ETIMEDOUT;
}

static const struct adapter_blocking verbs = {
	.open = mqtt_in_open,
	.wait = mqtt_in_wait,
	.write = mqtt_in_write,
	.close = mqtt_in_close,
};

extern const struct adapter adapter_mqtt;
const struct adapter adapter_mqtt = {
	.name = "mqtt",
	.summary = "readings that others publish at a broker",
	.bus_options = mqtt_in_bus_options,
	.device_options = mqtt_in_device_options,
	.point_options = mqtt_in_point_options,
	.bus_size = sizeof(struct mqtt_in_bus),
	.device_size = sizeof(struct mqtt_in_device),
	.point_size = sizeof(struct mqtt_in_point),
	.check_bus = mqtt_in_check_bus,
	.check_device = mqtt_in_check_device,
	.check_point = mqtt_in_check_point,
	.overlap = mqtt_in_overlap,
	.blocking = &verbs,
};
