/*
 * modbus-tcp: a non-blocking Modbus TCP client, event shape. The connection's
 * state machine is modbus_tcp_link.c. Knows no host names and no clock.
 */
#include "adapters/modbus/options.h"
#include "adapters/modbus/tcp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	KEEPALIVE_IDLE_S = 10,
	KEEPALIVE_INTERVAL_S = 5,
	KEEPALIVE_COUNT = 3,
	UNACKNOWLEDGED_MS = 10000,
};

static int address_parse(
	const struct modbus_tcp_bus *options, struct sockaddr_storage *address, socklen_t *size)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, options->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)options->port);
		*size = sizeof(*v4);
		return 0;
	}
	if (inet_pton(AF_INET6, options->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)options->port);
		*size = sizeof(*v6);
		return 0;
	}
	return -EINVAL;
}

/* None of these can fail on a fresh TCP socket, and none is worth failing for. */
static void socket_tune(int fd)
{
	static const struct {
		int level, name, value;
	} settings[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		setsockopt(fd, settings[i].level, settings[i].name, &settings[i].value,
			sizeof(settings[i].value));
}

static int tcp_open(const struct bus *bus, int64_t now_ms, void **out)
{
	const struct modbus_tcp_bus *options = bus->options;
	struct sockaddr_storage address;
	struct tcp_link *link;
	socklen_t size;
	int error = address_parse(options, &address, &size);

	if (error)
		return error;
	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		goto failed;
	socket_tune(link->fd);
	if (connect(link->fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS)
		goto failed;
	link->state = TCP_CONNECTING;
	link->now_ms = now_ms;
	link->deadline_ms = now_ms + options->connect_timeout_ms;
	*out = link;
	return 0;

failed:
	error = -errno;
	if (link->fd >= 0)
		close(link->fd);
	free(link);
	return error;
}

static int tcp_start_read(void *opaque, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	if (link->state != TCP_IDLE || !poll->plan)
		return -EINVAL;
	link->now_ms = now_ms;
	tcp_link_read(link, poll->device, poll->plan, sink);
	return 0;
}

static int tcp_start_write(void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct tcp_link *link = opaque;
	uint16_t words[MODBUS_WORDS_MAX];
	int error = modbus_write_words(point, value, words);

	if (error)
		return error;
	if (link->state != TCP_IDLE)
		return -EINVAL;
	link->now_ms = now_ms;
	tcp_link_write(link, point, words);
	return 0;
}

static void tcp_wait(const void *opaque, struct link_wait *wait)
{
	const struct tcp_link *link = opaque;
	bool output = link->state == TCP_CONNECTING || tcp_link_sending(link);

	*wait = (struct link_wait){
		.fd = link->state == TCP_LOST ? -1 : link->fd,
		.events = output ? EPOLLOUT | EPOLLIN : EPOLLIN,
		.deadline_ms = link->deadline_ms,
	};
}

static void tcp_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	link->now_ms = now_ms;
	if (events & EPOLLOUT)
		tcp_link_event(link, TCP_ON_OUTPUT, sink);
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		tcp_link_event(link, TCP_ON_INPUT, sink);
}

static void tcp_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	link->now_ms = now_ms;
	if (now_ms >= link->deadline_ms)
		tcp_link_event(link, TCP_ON_DEADLINE, sink);
}

static enum link_state tcp_state(const void *opaque)
{
	static const enum link_state states[TCP_STATE_COUNT] = {
		[TCP_CONNECTING] = LINK_BUSY,
		[TCP_IDLE] = LINK_IDLE,
		[TCP_READING] = LINK_BUSY,
		[TCP_WRITING] = LINK_BUSY,
		[TCP_LOST] = LINK_LOST,
	};

	return states[((const struct tcp_link *)opaque)->state];
}

static int tcp_result(const void *opaque)
{
	return ((const struct tcp_link *)opaque)->result;
}

static void tcp_close(void *opaque)
{
	struct tcp_link *link = opaque;

	if (!link)
		return;
	close(link->fd);
	free(link);
}

static double request_ms(const struct device *device, const struct modbus_request *request)
{
	(void)request;
	return (double)((const struct modbus_device *)device->options)->latency_ms;
}

static double tcp_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

static const struct adapter_event tcp_verbs = {
	.open = tcp_open,
	.start_read = tcp_start_read,
	.start_write = tcp_start_write,
	.wait = tcp_wait,
	.ready = tcp_ready,
	.deadline = tcp_deadline,
	.state = tcp_state,
	.result = tcp_result,
	.close = tcp_close,
};

extern const struct adapter adapter_modbus_tcp;
const struct adapter adapter_modbus_tcp = {
	.name = "modbus-tcp",
	.summary = "Modbus TCP devices and gateways",
	.bus_options = modbus_tcp_bus_options,
	.device_options = modbus_tcp_device_options,
	.point_options = modbus_point_options,
	.bus_size = sizeof(struct modbus_tcp_bus),
	.device_size = sizeof(struct modbus_device),
	.point_size = sizeof(struct modbus_point),
	.check_bus = modbus_check_tcp_bus,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = tcp_cost_ms,
	.event = &tcp_verbs,
};
