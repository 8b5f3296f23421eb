/* The options of mqtt buses, devices and points, as data, and what tables cannot say of them. */
#include "adapters/mqtt/mqtt.h"

#include <arpa/inet.h>
#include <string.h>

static const char *const on_default[] = { "on", "ON", "true", "1", NULL };
static const char *const off_default[] = { "off", "OFF", "false", "0", NULL };

void mqtt_in_check_bus(struct bus *bus, struct option_errors *errors)
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

void mqtt_in_check_device(struct device *device, struct option_errors *errors)
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

bool mqtt_in_overlap(const struct point *a, const struct point *b)
{
	const struct mqtt_in_point *of_a = a->options, *of_b = b->options;

	return a->device->bus == b->device->bus && of_a->command_topic && of_b->command_topic &&
	       strcmp(of_a->command_topic, of_b->command_topic) == 0;
}

#define BUS(member) offsetof(struct mqtt_in_bus, member)
#define DEVICE(member) offsetof(struct mqtt_in_device, member)
#define POINT(member) offsetof(struct mqtt_in_point, member)

/* clang-format off */
const struct option_spec mqtt_in_bus_options[] = {
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

const struct option_spec mqtt_in_device_options[] = {
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

const struct option_spec mqtt_in_point_options[] = {
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
