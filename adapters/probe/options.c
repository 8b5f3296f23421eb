/* The options of probes, as data, and what tables cannot say of them. */
#include "adapters/probe/probe.h"
#include "adapters/tcp.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_LENGTH_MAX = 250, STATUS_MIN = 200, STATUS_MAX = 399 };

static const char *const ask_choices[] = { "tcp", "ping", "http", "dns", NULL };
static const char *const give_choices[] = { "answers", "silent", "ms", "status", NULL };

static void check_port(struct probe_point *options, struct option_errors *errors)
{
	int64_t default_port = probe_kinds[options->ask].default_port;

	if (options->ask == PROBE_PING && options->port)
		errors->add(errors, "port", "is not for ping; leave it out");
	if (options->ask == PROBE_TCP && !options->port)
		errors->add(errors, "port", "is missing: ask = \"tcp\" connects to a port");
	if (!options->port)
		options->port = default_port;
}

/* A path goes into the request as it is, so nothing that ends a line or word of it may be there. */
static bool is_path(const char *path)
{
	if (path[0] != '/' || strlen(path) > PATH_LENGTH_MAX)
		return false;
	for (; *path; path++)
		if (*path <= ' ' || *path > '~')
			return false;
	return true;
}

static void check_http(const struct probe_point *options, struct option_errors *errors)
{
	bool other_range = options->status_min != STATUS_MIN || options->status_max != STATUS_MAX;

	if (options->ask == PROBE_HTTP) {
		if (options->path && !is_path(options->path))
			errors->add(errors, "path",
				"\"%s\" must begin with / and be at most %d printable ASCII "
				"characters without blanks",
				options->path, PATH_LENGTH_MAX);
		if (options->status_min > options->status_max)
			errors->add(errors, "status_min", "is larger than status_max");
		return;
	}
	if (options->path)
		errors->add(errors, "path", "is for ask = \"http\"; leave it out");
	if (other_range)
		errors->add(errors, "status_min",
			"and status_max are for ask = \"http\"; leave them out");
	if (options->give == PROBE_GIVE_STATUS)
		errors->add(errors, "give", "\"status\" is for ask = \"http\"");
}

static void check_name(const struct probe_point *options, struct option_errors *errors)
{
	if (options->ask == PROBE_DNS && !options->name)
		errors->add(errors, "name", "is missing: which name is the server asked for?");
	if (options->ask == PROBE_DNS && options->name && !probe_name_valid(options->name))
		errors->add(errors, "name", "\"%s\" is no name of the domain name system",
			options->name);
	if (options->ask != PROBE_DNS && options->name)
		errors->add(errors, "name", "is for ask = \"dns\"; leave it out");
}

void probe_check_point(struct point *point, struct option_errors *errors)
{
	struct probe_point *options = point->options;
	bool state = point->class->kind == POINT_STATE;

	check_port(options, errors);
	check_http(options, errors);
	check_name(options, errors);
	options->address_size = tcp_address(options->host, options->port, &options->address);
	if (options->address_size == 0)
		errors->add(errors, "host",
			"\"%s\" is not an IPv4 or IPv6 address; looking a name up would block, and "
			"fail with the name server: write the address",
			options->host);
	if (state != (options->give == PROBE_GIVE_ANSWERS || options->give == PROBE_GIVE_SILENT))
		errors->add(errors, "give",
			state ? "must be \"answers\" or \"silent\", for the class \"%s\" is a state"
			      : "must be \"ms\" or \"status\", for the class \"%s\" is a number",
			point->class->id);
	if (options->timeout_ms > point->poll_ms)
		errors->add(errors, "timeout",
			"must not be longer than poll (%lld ms): the probe before would still wait",
			(long long)point->poll_ms);
}

#define POINT(member) offsetof(struct probe_point, member)

/* clang-format off */
const struct option_spec probe_bus_options[] = {
	{ .name = "interface", .type = OPTION_STRING, .offset = offsetof(struct probe_bus, interface),
		.help = "the network interface that leads there; while it has no carrier nothing is "
			"asked and all is bad, not 0" },
	{ .name = NULL },
};

const struct option_spec probe_point_options[] = {
	{ .name = "host", .type = OPTION_STRING, .offset = POINT(host), .required = true,
		.help = "IPv4 or IPv6 address of what is asked, not a name" },
	{ .name = "ask", .type = OPTION_CHOICE, .offset = POINT(ask), .required = true,
		.choices = ask_choices, .help = "a connection, an echo, a web page, or a name" },
	{ .name = "port", .type = OPTION_INT, .offset = POINT(port), .min = 1, .max = 65535,
		.help = "TCP or UDP port; tcp needs it, http has 80, dns 53" },
	{ .name = "give", .type = OPTION_CHOICE, .offset = POINT(give), .choices = give_choices,
		.value = "answers",
		.help = "1 where it answers; 1 where it does not; how long it took; the status of http" },
	{ .name = "path", .type = OPTION_STRING, .offset = POINT(path),
		.help = "http: what is asked for; without it \"/\"" },
	{ .name = "status_min", .type = OPTION_INT, .offset = POINT(status_min), .min = 100,
		.max = 999, .value = "200", .help = "http: the lowest status that is an answer" },
	{ .name = "status_max", .type = OPTION_INT, .offset = POINT(status_max), .min = 100,
		.max = 999, .value = "399", .help = "http: the highest status that is an answer" },
	{ .name = "name", .type = OPTION_STRING, .offset = POINT(name),
		.help = "dns: the name whose IPv4 address is asked for" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = POINT(timeout_ms), .min = 50,
		.max = 60000, .unit = "ms", .value = "1 s",
		.help = "what has not answered within this does not answer" },
	{ .name = NULL },
};
/* clang-format on */
