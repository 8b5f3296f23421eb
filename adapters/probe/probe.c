/*
 * probe: is a server, a line or a machine there? Event shape. All points of a poll are
 * asked at once, each on a socket of its own; an epoll descriptor stands for them all.
 *
 * "Does not answer" is a good reading: refused, reset, silent, unreachable as
 * somebody on the way says. What fails before anything has left this machine is our own
 * failing and no such reading: it is bad. So what connect() and send() say at
 * once is ours, what comes later is the other side's; and where the bus names its
 * interface, no silence counts while that has no carrier.
 */
#include "adapters/probe/probe.h"
#include "adapters/sink.h"
#include "adapters/tcp.h"
#include "core/clock.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

enum { EVENTS_MAX = 16, PATH_LENGTH_MAX = 250, STATUS_MIN = 200, STATUS_MAX = 399 };

/* One question under way. */
struct attempt {
	const struct point *point;
	int fd; /* -1: ended */
	bool asked;
	uint16_t token;
	int64_t start_ms;
	uint8_t got[PROBE_BUFFER];
	size_t got_size;
};

struct probe_link {
	struct link_head head;
	const struct probe_bus *options;
	int epoll_fd;
	uint16_t token;
	size_t open, count; /* attempts of this poll: still open, all */
	struct attempt attempts[];
};

/* 0; -ENETDOWN: no carrier; -ENODEV: no such interface. */
static int interface_check(const struct probe_bus *options)
{
	struct ifreq request = { 0 };
	int fd, error = 0;

	if (!options->interface)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, options->interface, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		error = -errno;
	else if (!(request.ifr_flags & IFF_UP) || !(request.ifr_flags & IFF_RUNNING))
		error = -ENETDOWN;
	close(fd);
	return error;
}

static void attempt_close(struct probe_link *link, struct attempt *attempt)
{
	close(attempt->fd);
	attempt->fd = -1;
	if (--link->open == 0)
		link->head.state = LINK_IDLE;
}

/* Our own link is down: what is still open says nothing of those who were asked. */
static void link_lose(struct probe_link *link, int error, struct sink *sink)
{
	for (size_t i = 0; i < link->count; i++) {
		if (link->attempts[i].fd < 0)
			continue;
		sink_bad(sink, link->attempts[i].point, REASON_LINK);
		attempt_close(link, &link->attempts[i]);
	}
	link->head = (struct link_head){ LINK_LOST, error };
}

static void end_local(
	struct probe_link *link, struct attempt *attempt, int error, struct sink *sink)
{
	sink_local(sink, attempt->point, error);
	attempt_close(link, attempt);
}

static void end_unanswered(
	struct probe_link *link, struct attempt *attempt, enum reason reason, struct sink *sink)
{
	const struct probe_point *options = attempt->point->options;
	int error = interface_check(link->options);

	if (error) {
		link_lose(link, error, sink);
		return;
	}
	if (options->give == PROBE_GIVE_ANSWERS || options->give == PROBE_GIVE_SILENT)
		sink_value(sink, attempt->point, options->give == PROBE_GIVE_SILENT);
	else
		sink_bad(sink, attempt->point, reason);
	attempt_close(link, attempt);
}

static void end_answered(struct probe_link *link, struct attempt *attempt, int status,
	int64_t now_ms, struct sink *sink)
{
	const struct probe_point *options = attempt->point->options;
	bool fine = options->ask != PROBE_HTTP ||
		    (status >= options->status_min && status <= options->status_max);
	const double values[] = {
		[PROBE_GIVE_ANSWERS] = fine,
		[PROBE_GIVE_SILENT] = !fine,
		[PROBE_GIVE_MS] = (double)(now_ms - attempt->start_ms),
		[PROBE_GIVE_STATUS] = status,
	};

	sink_value(sink, attempt->point, values[options->give]);
	attempt_close(link, attempt);
}

/* Ask on the connected socket. 0; -errno: nothing has left this machine. */
static int attempt_ask(struct probe_link *link, struct attempt *attempt)
{
	const struct probe_point *options = attempt->point->options;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = attempt };
	uint8_t buffer[PROBE_BUFFER];
	size_t size = probe_kinds[options->ask].question(options, attempt->token, buffer);

	attempt->asked = true;
	if (send(attempt->fd, buffer, size, MSG_NOSIGNAL) < 0)
		return -errno;
	return epoll_ctl(link->epoll_fd, EPOLL_CTL_MOD, attempt->fd, &event) < 0 ? -errno : 0;
}

static void on_connected(
	struct probe_link *link, struct attempt *attempt, int64_t now_ms, struct sink *sink)
{
	const struct probe_point *options = attempt->point->options;
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error || tcp_is_own_peer(attempt->fd))
		end_unanswered(link, attempt, REASON_OFFLINE, sink);
	else if (!probe_kinds[options->ask].question)
		end_answered(link, attempt, 0, now_ms, sink);
	else if (attempt_ask(link, attempt) < 0) /* it was connected: the other side hung up */
		end_unanswered(link, attempt, REASON_OFFLINE, sink);
}

static void on_answer(
	struct probe_link *link, struct attempt *attempt, int64_t now_ms, struct sink *sink)
{
	const struct probe_point *options = attempt->point->options;
	const struct probe_kind *kind = &probe_kinds[options->ask];
	bool stream = kind->type == SOCK_STREAM;
	enum probe_verdict verdict;
	int status = 0;
	ssize_t n;

	if (!stream)
		attempt->got_size = 0;
	n = recv(attempt->fd, attempt->got + attempt->got_size,
		sizeof(attempt->got) - attempt->got_size, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && stream)) {
		end_unanswered(link, attempt, REASON_OFFLINE, sink);
		return;
	}
	attempt->got_size += (size_t)n;
	verdict = kind->judge(options, attempt->token, attempt->got, attempt->got_size, &status);
	if (verdict == PROBE_ANSWER)
		end_answered(link, attempt, status, now_ms, sink);
	else if (verdict == PROBE_WRONG)
		end_unanswered(link, attempt, REASON_GARBLED, sink);
}

/* 0: under way; else -errno, of this machine's own, for nothing can have come back yet. */
static int attempt_open(struct probe_link *link, struct attempt *attempt)
{
	const struct probe_point *options = attempt->point->options;
	const struct probe_kind *kind = &probe_kinds[options->ask];
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = attempt };

	attempt->fd = socket(options->address.ss_family, kind->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		kind->protocol[options->address.ss_family == AF_INET6]);
	if (attempt->fd < 0)
		return -errno;
	link->open++;
	if (connect(attempt->fd, (const struct sockaddr *)&options->address,
		    options->address_size) < 0 &&
		errno != EINPROGRESS)
		return -errno;
	if (epoll_ctl(link->epoll_fd, EPOLL_CTL_ADD, attempt->fd, &event) < 0)
		return -errno;
	return kind->type == SOCK_DGRAM ? attempt_ask(link, attempt) : 0;
}

static void attempt_start(
	struct probe_link *link, const struct point *point, int64_t now_ms, struct sink *sink)
{
	struct attempt *attempt = &link->attempts[link->count++];
	int error;

	*attempt = (struct attempt){ .point = point, .token = ++link->token, .start_ms = now_ms };
	error = attempt_open(link, attempt);
	if (!error)
		return;
	if (attempt->fd < 0)
		sink_local(sink, point, error);
	else
		end_local(link, attempt, error, sink);
}

static int probe_start_read(void *opaque, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct probe_link *link = opaque;
	int error = interface_check(link->options);

	link->open = link->count = 0;
	link->head.result = 0;
	if (error) {
		sink_bad_poll(sink, poll, REASON_LINK);
		link_lose(link, error, sink);
		return 0;
	}
	for (size_t i = 0; i < poll->count; i++)
		attempt_start(link, poll->points[i], now_ms, sink);
	if (link->open > 0)
		link->head.state = LINK_BUSY;
	return 0;
}

static void probe_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct probe_link *link = opaque;
	struct epoll_event found[EVENTS_MAX];
	int count = epoll_wait(link->epoll_fd, found, EVENTS_MAX, 0);

	(void)events;
	for (int i = 0; i < count; i++) {
		struct attempt *attempt = found[i].data.ptr;

		if (attempt->fd < 0) /* the link was lost by one before */
			continue;
		if (attempt->asked)
			on_answer(link, attempt, now_ms, sink);
		else
			on_connected(link, attempt, now_ms, sink);
	}
}

static int64_t attempt_deadline_ms(const struct attempt *attempt)
{
	const struct probe_point *options = attempt->point->options;

	return attempt->fd < 0 ? CLOCK_NEVER : attempt->start_ms + options->timeout_ms;
}

static void probe_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct probe_link *link = opaque;

	for (size_t i = 0; i < link->count; i++)
		if (attempt_deadline_ms(&link->attempts[i]) <= now_ms)
			end_unanswered(link, &link->attempts[i], REASON_OFFLINE, sink);
}

static void probe_wait(const void *opaque, struct link_wait *wait)
{
	const struct probe_link *link = opaque;

	*wait = (struct link_wait){ link->epoll_fd, EPOLLIN, CLOCK_NEVER };
	for (size_t i = 0; i < link->count; i++)
		if (attempt_deadline_ms(&link->attempts[i]) < wait->deadline_ms)
			wait->deadline_ms = attempt_deadline_ms(&link->attempts[i]);
}

static int probe_open(const struct bus *bus, int64_t now_ms, void **opened)
{
	const struct probe_bus *options = bus->options;
	int error = interface_check(options);
	struct probe_link *link;
	size_t most = 0;

	(void)now_ms;
	if (error)
		return error;
	for (size_t i = 0; i < bus->device_count; i++)
		if (bus->devices[i]->point_count > most)
			most = bus->devices[i]->point_count;
	link = calloc(1, sizeof(*link) + most * sizeof(struct attempt));
	if (!link)
		return -ENOMEM;
	link->options = options;
	link->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* A stranger must not guess which answer is awaited. */
	if (link->epoll_fd < 0 || getrandom(&link->token, sizeof(link->token), 0) < 0) {
		error = -errno;
		if (link->epoll_fd >= 0)
			close(link->epoll_fd);
		free(link);
		return error;
	}
	*opened = link;
	return 0;
}

static void probe_close(void *opaque)
{
	struct probe_link *link = opaque;

	for (size_t i = 0; i < link->count; i++)
		if (link->attempts[i].fd >= 0)
			close(link->attempts[i].fd);
	close(link->epoll_fd);
	free(link);
}

/* At worst what is asked does not answer, and all are asked at once. */
static double probe_cost_ms(const struct poll *poll)
{
	int64_t longest_ms = 0;

	for (size_t i = 0; i < poll->count; i++) {
		const struct probe_point *options = poll->points[i]->options;

		if (options->timeout_ms > longest_ms)
			longest_ms = options->timeout_ms;
	}
	return (double)longest_ms;
}

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

static void probe_check_point(struct point *point, struct option_errors *errors)
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
static const struct option_spec bus_options[] = {
	{ .name = "interface", .type = OPTION_STRING, .offset = offsetof(struct probe_bus, interface),
		.help = "the network interface that leads there; while it has no carrier nothing is "
			"asked and all is bad, not 0" },
	{ .name = NULL },
};

static const struct option_spec point_options[] = {
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

static const struct adapter_event event = {
	.open = probe_open,
	.start_read = probe_start_read,
	.wait = probe_wait,
	.ready = probe_ready,
	.deadline = probe_deadline,
	.close = probe_close,
};

extern const struct adapter adapter_probe;
const struct adapter adapter_probe = {
	.name = "probe",
	.summary = "is a server, a line or a machine there: connections, echoes, web pages, names",
	.bus_options = bus_options,
	.point_options = point_options,
	.bus_size = sizeof(struct probe_bus),
	.point_size = sizeof(struct probe_point),
	.check_point = probe_check_point,
	.cost_ms = probe_cost_ms,
	.event = &event,
};
