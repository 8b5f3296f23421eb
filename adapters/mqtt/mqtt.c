/*
 * mqtt: readings that others publish at a broker: leak sensors, people counters. Event shape: each
 * bus has a facility-link of its own (link/port.h), so that no broker of sensors can touch the one
 * of the alerts, nor the daemon.
 *
 * Nothing is asked. A retained value counts from when it arrives, for its true age is not
 * told; while a device's availability says that it is away, its values are bad and what is
 * retained of it is not looked at. Must not know what facilityd itself publishes.
 */
#include "adapters/mqtt/mqtt.h"
#include "adapters/sink.h"
#include "core/clock.h"
#include "core/owner.h"
#include "link/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	QOS_1 = 1,
	REFUSED = 0x80, /* reason codes of MQTT 5 */
	BAD_LOGIN = 0x86,
	NOT_AUTHORIZED = 0x87,
};

struct mqtt_in_link {
	struct link_head head;
	struct port_events events;
	const struct bus *bus;
	struct port *port;
	struct sink *sink; /* of the call under way */
	bool open;
	int64_t deadline_ms; /* of the job under way; CLOCK_NEVER: none is */
	uint32_t written;    /* the number of the last write */
	bool *away;          /* by device of the bus: its availability says so */
	const char **topics; /* that are subscribed, by number - 1 */
	uint32_t topic_count;
};

static struct mqtt_in_link *owner(struct port_events *events)
{
	return OWNER_OF(events, struct mqtt_in_link, events);
}

static void job_end(struct mqtt_in_link *link, int result)
{
	link->head = (struct link_head){ LINK_IDLE, result };
	link->deadline_ms = CLOCK_NEVER;
}

/* What ended it, as the contract wants it: of a link that was open never a mere timeout. */
static int loss(const struct mqtt_in_link *link, int error, int code)
{
	if (code == BAD_LOGIN || code == NOT_AUTHORIZED)
		return -EACCES;
	if (code)
		return link->open ? -ECONNRESET : -ECONNREFUSED;
	return error && (!link->open || error != ETIMEDOUT) ? -error : -ECONNRESET;
}

static void on_lost(struct port_events *events, const struct failure *why, int error, int code)
{
	struct mqtt_in_link *link = owner(events);

	(void)why;
	if (link->head.state == LINK_LOST)
		return;
	job_end(link, loss(link, error, code));
	link->head.state = LINK_LOST;
	if (link->open)
		sink_bad_bus(link->sink, link->bus, REASON_LINK);
}

/* A topic that is refused: why its points, or those of its device, have no value. */
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

static void on_answered(struct port_events *events, uint32_t number, int code, const char *words)
{
	struct mqtt_in_link *link = owner(events);

	(void)words;
	if (number <= link->topic_count) {
		if (code >= REFUSED)
			refused(link, link->topics[number - 1]);
	} else if (number == link->written && link->head.state == LINK_BUSY) {
		/* Where nobody subscribes, nobody has taken it. */
		job_end(link, code == 0 ? 0 : -EREMOTEIO);
	}
}

/* Is it away? Whatever is not the word for being there says so. */
static void take_availability(
	struct mqtt_in_link *link, size_t d, const struct port_message *message)
{
	const struct mqtt_in_device *options = link->bus->devices[d]->options;
	char text[MQTT_IN_TEXT];
	enum reason reason = mqtt_in_text(
		message->payload, message->length, options->availability_pointer, text);
	bool away = reason != REASON_NONE || strcmp(text, options->available) != 0;

	if (away)
		sink_bad_device(link->sink, link->bus->devices[d], REASON_OFFLINE);
	link->away[d] = away;
}

static void take_value(
	struct mqtt_in_link *link, const struct point *point, const struct port_message *message)
{
	double value = 0;
	enum reason reason = mqtt_in_value(point, message->payload, message->length, &value);

	if (reason == REASON_NONE)
		sink_value(link->sink, point, value);
	else if (reason != REASON_NEVER) /* a document without it says nothing of it */
		sink_bad(link->sink, point, reason);
}

static void on_message(struct port_events *events, const struct port_message *message)
{
	struct mqtt_in_link *link = owner(events);

	for (size_t d = 0; d < link->bus->device_count; d++) {
		const struct device *device = link->bus->devices[d];
		const struct mqtt_in_device *options = device->options;

		if (options->availability && strcmp(options->availability, message->topic) == 0)
			take_availability(link, d, message);
		if (link->away[d] || (message->retained && !options->retained))
			continue;
		for (size_t p = 0; p < device->point_count; p++) {
			const struct mqtt_in_point *point = device->points[p]->options;

			if (strcmp(point->topic, message->topic) == 0)
				take_value(link, device->points[p], message);
		}
	}
}

static int subscribe(struct mqtt_in_link *link, const char *topic)
{
	if (!topic)
		return 0;
	for (uint32_t i = 0; i < link->topic_count; i++)
		if (strcmp(link->topics[i], topic) == 0)
			return 0;
	link->topics[link->topic_count++] = topic;
	return port_subscribe(link->port, topic, QOS_1, link->topic_count);
}

/* Availability first: so it is known before what is retained of a device that is away. */
static void on_connected(struct port_events *events)
{
	struct mqtt_in_link *link = owner(events);
	const struct bus *bus = link->bus;
	int error = 0;

	for (size_t d = 0; d < bus->device_count && !error; d++)
		error = subscribe(link,
			((const struct mqtt_in_device *)bus->devices[d]->options)->availability);
	for (size_t d = 0; d < bus->device_count; d++) {
		for (size_t p = 0; p < bus->devices[d]->point_count && !error; p++) {
			const struct mqtt_in_point *options = bus->devices[d]->points[p]->options;

			error = subscribe(link, options->topic);
		}
	}
	if (error) {
		on_lost(events, NULL, -error, 0);
		return;
	}
	link->written = link->topic_count;
	link->open = true;
	job_end(link, 0);
}

static void mqtt_in_close(void *opaque)
{
	struct mqtt_in_link *link = opaque;

	port_close(link->port);
	free(link->away);
	free(link->topics);
	free(link);
}

static int mqtt_in_open(const struct bus *bus, int64_t now_ms, void **opened)
{
	struct mqtt_in_link *link = calloc(1, sizeof(*link));
	const struct mqtt_in_bus *options = bus->options;
	const struct port_settings settings = {
		.host = options->host,
		.port = options->port,
		.keepalive_ms = options->keepalive_ms,
		.client_id = options->client_id,
		.username = options->username,
		.password_file = options->password_file,
		.ca_file = options->ca_file,
	};
	size_t count = bus->device_count + 1;

	if (!link)
		return -ENOMEM;
	for (size_t d = 0; d < bus->device_count; d++)
		count += bus->devices[d]->point_count;
	link->events = (struct port_events){ on_connected, on_lost, on_message, on_answered };
	link->bus = bus;
	link->head.state = LINK_BUSY;
	link->deadline_ms = now_ms + options->timeout_ms;
	link->away = calloc(count, sizeof(*link->away));
	link->topics = calloc(count, sizeof(*link->topics));
	link->port = port_open(&settings, &link->events, now_ms);
	if (!link->away || !link->topics || !link->port) {
		mqtt_in_close(link);
		return -ENOMEM;
	}
	*opened = link;
	return 0;
}

static int mqtt_in_start_write(
	void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct mqtt_in_link *link = opaque;
	const struct mqtt_in_point *options = point->options;
	char text[MQTT_IN_TEXT];
	struct port_message message = { .topic = options->command_topic, .payload = text };

	mqtt_in_command(point, value, text);
	message.length = strlen(text);
	if (port_publish(link->port, &message, ++link->written) < 0)
		return -EREMOTEIO;
	link->head.state = LINK_BUSY;
	link->deadline_ms = now_ms + ((const struct mqtt_in_bus *)link->bus->options)->timeout_ms;
	return 0;
}

static void mqtt_in_wait(const void *opaque, struct link_wait *wait)
{
	const struct mqtt_in_link *link = opaque;
	struct port_wait port;

	port_wait(link->port, &port);
	*wait = (struct link_wait){ port.fd, EPOLLIN | (port.write ? EPOLLOUT : 0u),
		port.deadline_ms < link->deadline_ms ? port.deadline_ms : link->deadline_ms };
}

/* A job that takes too long: an opening has failed then; a write may still get there. */
static void mqtt_in_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct mqtt_in_link *link = opaque;

	link->sink = sink;
	port_ready(link->port, now_ms);
	if (link->head.state != LINK_BUSY || now_ms < link->deadline_ms)
		return;
	job_end(link, -ETIMEDOUT);
	if (!link->open)
		link->head.state = LINK_LOST;
}

static void mqtt_in_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	(void)events;
	mqtt_in_deadline(opaque, now_ms, sink);
}

static const char *const on_default[] = { "on", "ON", "true", "1", NULL };
static const char *const off_default[] = { "off", "OFF", "false", "0", NULL };

static void check_bus(struct bus *bus, struct option_errors *errors)
{
	const struct mqtt_in_bus *options = bus->options;
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, options->host, address) != 1 &&
		inet_pton(AF_INET6, options->host, address) != 1)
		errors->add(errors, "host",
			"\"%s\" is not an IPv4 or IPv6 address; looking a name up can block for a "
			"minute: write the address",
			options->host);
	if (options->password_file && !options->username)
		errors->add(errors, "password_file", "needs a username too");
}

/* One topic is one thing: with a wildcard the last who published would win. */
static void check_topic(const char *option, const char *topic, struct option_errors *errors)
{
	if (topic && strpbrk(topic, "+#"))
		errors->add(errors, option, "\"%s\" has a wildcard; write one whole topic", topic);
}

static void check_pointer(const char *option, const char *pointer, struct option_errors *errors)
{
	if (pointer && !mqtt_in_pointer_valid(pointer))
		errors->add(errors, option,
			"\"%s\" is no JSON pointer; write \"/name\" or \"/outer/inner\", with ~1 "
			"for a / and ~0 for a ~ in a name",
			pointer);
}

static void check_device(struct device *device, struct option_errors *errors)
{
	const struct mqtt_in_device *options = device->options;

	check_topic("availability", options->availability, errors);
	check_pointer("availability_pointer", options->availability_pointer, errors);
	if (options->availability_pointer && !options->availability)
		errors->add(errors, "availability_pointer", "needs availability, the topic");
}

static void check_words(struct point *point, struct option_errors *errors)
{
	struct mqtt_in_point *options = point->options;

	if (point->class->kind != POINT_STATE) {
		if (options->on || options->off)
			errors->add(errors, options->on ? "on" : "off",
				"is for states, and the class \"%s\" is a number",
				point->class->id);
		return;
	}
	if (!options->on != !options->off)
		errors->add(errors, options->on ? "on" : "off",
			"stands alone; say both, the words for 1 and those for 0");
	if (!options->on)
		options->on = on_default;
	if (!options->off)
		options->off = off_default;
	for (const char *const *on = options->on; *on; on++)
		for (const char *const *off = options->off; *off; off++)
			if (strcmp(*on, *off) == 0)
				errors->add(errors, "on", "\"%s\" is both on and off", *on);
}

void mqtt_in_check_point(struct point *point, struct option_errors *errors)
{
	struct mqtt_in_point *options = point->options;

	check_topic("topic", options->topic, errors);
	check_topic("command_topic", options->command_topic, errors);
	check_pointer("pointer", options->pointer, errors);
	check_words(point, errors);
	if (point->writable != (options->command_topic != NULL))
		errors->add(errors, "command_topic",
			point->writable ? "is missing: where is the output commanded?"
					: "is for outputs; add writable = true or leave it out");
	if (options->scale == 0)
		errors->add(errors, "scale", "must not be 0");
}

static bool overlap(const struct point *a, const struct point *b)
{
	const struct mqtt_in_point *of_a = a->options, *of_b = b->options;
	const char *other = b->writable ? of_b->command_topic : of_b->topic;

	return a->device->bus == b->device->bus && of_a->command_topic && other &&
	       strcmp(of_a->command_topic, other) == 0;
}

#define BUS(member) offsetof(struct mqtt_in_bus, member)
#define DEVICE(member) offsetof(struct mqtt_in_device, member)
#define POINT(member) offsetof(struct mqtt_in_point, member)

/* clang-format off */
static const struct option_spec bus_options[] = {
	{ .name = "host", .type = OPTION_STRING, .offset = BUS(host), .required = true,
		.help = "IPv4 or IPv6 address of the broker, not a name" },
	{ .name = "port", .type = OPTION_INT, .offset = BUS(port), .min = 1, .max = 65535,
		.value = "1883", .help = "the broker's port" },
	{ .name = "client_id", .type = OPTION_STRING, .offset = BUS(client_id),
		.help = "client id; without it the broker gives one" },
	{ .name = "username", .type = OPTION_STRING, .offset = BUS(username),
		.help = "login at the broker; without it anonymous" },
	{ .name = "password_file", .type = OPTION_STRING, .offset = BUS(password_file),
		.help = "file whose first line is the password" },
	{ .name = "ca_file", .type = OPTION_STRING, .offset = BUS(ca_file),
		.help = "certificates to trust; without it no TLS" },
	{ .name = "keepalive", .type = OPTION_DURATION, .offset = BUS(keepalive_ms), .min = 5000,
		.max = 3600000, .unit = "ms", .value = "20 s",
		.help = "a broker silent for longer is lost" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = BUS(timeout_ms), .min = 100,
		.max = 10000, .unit = "ms", .value = "2 s",
		.help = "the broker answers a connect or takes a write within this" },
	{ .name = NULL },
};

static const struct option_spec device_options[] = {
	{ .name = "availability", .type = OPTION_STRING, .offset = DEVICE(availability),
		.help = "topic that says whether the device is there; without it only age does" },
	{ .name = "availability_pointer", .type = OPTION_STRING,
		.offset = DEVICE(availability_pointer),
		.help = "JSON pointer to the word in its payload; without it all of it" },
	{ .name = "available", .type = OPTION_STRING, .offset = DEVICE(available),
		.value = "online", .help = "the word for being there; any other makes its points bad" },
	{ .name = "retained", .type = OPTION_BOOL, .offset = DEVICE(retained), .value = "true",
		.help = "retained values count, though of unknown age; false: only live ones do" },
	{ .name = NULL },
};

static const struct option_spec point_options[] = {
	{ .name = "topic", .type = OPTION_STRING, .offset = POINT(topic), .required = true,
		.help = "where its value is published; no wildcards" },
	{ .name = "pointer", .type = OPTION_STRING, .offset = POINT(pointer),
		.help = "JSON pointer to the value in the payload, such as \"/water_leak\"" },
	{ .name = "on", .type = OPTION_TEXTS, .offset = POINT(on),
		.help = "states: the words for 1; without them on, ON, true, 1" },
	{ .name = "off", .type = OPTION_TEXTS, .offset = POINT(off),
		.help = "states: the words for 0; without them off, OFF, false, 0" },
	{ .name = "scale", .type = OPTION_REAL, .offset = POINT(scale), .min = -1e12, .max = 1e12,
		.value = "1.0", .help = "numbers: value = number x scale + offset" },
	{ .name = "offset", .type = OPTION_REAL, .offset = POINT(offset), .min = -1e15, .max = 1e15,
		.value = "0.0", .help = "numbers: value = number x scale + offset" },
	{ .name = "command_topic", .type = OPTION_STRING, .offset = POINT(command_topic),
		.help = "outputs: where to publish the first word of on or off, or the number" },
	{ .name = NULL },
};
/* clang-format on */

static const struct adapter_event verbs = {
	.open = mqtt_in_open,
	.start_write = mqtt_in_start_write,
	.wait = mqtt_in_wait,
	.ready = mqtt_in_ready,
	.deadline = mqtt_in_deadline,
	.close = mqtt_in_close,
};

extern const struct adapter adapter_mqtt;
const struct adapter adapter_mqtt = {
	.name = "mqtt",
	.summary = "readings that others publish at a broker",
	.bus_options = bus_options,
	.device_options = device_options,
	.point_options = point_options,
	.bus_size = sizeof(struct mqtt_in_bus),
	.device_size = sizeof(struct mqtt_in_device),
	.point_size = sizeof(struct mqtt_in_point),
	.check_bus = check_bus,
	.check_device = check_device,
	.check_point = mqtt_in_check_point,
	.overlap = overlap,
	.event = &verbs,
};
