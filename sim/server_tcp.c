/* Modbus TCP framing, listener and connections. Must not know points. */
#include "sim/server_tcp.h"

#include "core/clock.h"
#include "core/owner.h"
#include "sim/outlet.h"
#include "sim/stream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MBAP_SIZE = 7, UNIT_AT = 6, BACKLOG = 64, NOISE_SIZE = 5 };

struct connection {
	struct stream stream; /* first: the stream is handed back */
	struct outlet outlet; /* replies that are late */
	struct server_tcp *server;
	struct connection *next;
};

/*
 * MBAP: transaction id, protocol id (0), length of what follows, unit id; big-endian. The
 * first four bytes come back as they came.
 */
long server_tcp_answer(struct server_tcp *server, const uint8_t *bytes, size_t size,
	uint8_t reply[static MBAP_FRAME_MAX], size_t *reply_size)
{
	struct slave *slave;
	size_t length, pdu_size;

	*reply_size = 0;
	if (size < MBAP_SIZE)
		return 0;
	length = (size_t)(bytes[4] << 8 | bytes[5]);
	if (bytes[2] != 0 || bytes[3] != 0 || length < 2 || length > 1 + PDU_MAX)
		return -1;
	if (size < 6 + length)
		return 0;
	slave = server->units[bytes[6]];
	pdu_size =
		slave ? slave_answer(slave, bytes + MBAP_SIZE, length - 1, reply + MBAP_SIZE)
		      : slave_refuse(bytes[MBAP_SIZE], SLAVE_GATEWAY_NO_ANSWER, reply + MBAP_SIZE);
	if (pdu_size > 0) {
		memcpy(reply, bytes, 4);
		reply[4] = 0;
		reply[5] = (uint8_t)(pdu_size + 1);
		reply[6] = bytes[6];
		*reply_size = MBAP_SIZE + pdu_size;
	}
	return (long)(6 + length);
}

static struct connection *connection_of(struct outlet *outlet)
{
	return OWNER_OF(outlet, struct connection, outlet);
}

static void connection_send(struct outlet *outlet, const uint8_t *bytes, size_t size)
{
	stream_send(&connection_of(outlet)->stream, bytes, size);
}

/* A reply on its way, sound or not. False: the connection is to be reset. */
static bool connection_reply(
	struct connection *connection, struct slave_fault *spec, uint8_t *reply, size_t size)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct stream *stream = &connection->stream;
	uint8_t noise[NOISE_SIZE];
	int64_t ms = spec->ms;

	switch (slave_fault_use(spec)) {
	case SLAVE_LATE:
		outlet_put(&connection->outlet, reply, size, clock_now_ms() + ms, 0);
		return true;
	case SLAVE_DRIPPED:
		outlet_put(&connection->outlet, reply, size, clock_now_ms(), ms);
		return true;
	case SLAVE_TRUNCATED:
		size /= 2;
		break;
	case SLAVE_NOISE:
		slave_fault_noise(noise, sizeof(noise));
		stream_write(stream, noise, sizeof(noise));
		break;
	case SLAVE_WRONG_UNIT:
		reply[UNIT_AT]++;
		break;
	case SLAVE_RESET:
		setsockopt(stream->source.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		return false;
	default:
		break;
	}
	stream_write(stream, reply, size);
	return true;
}

static long connection_input(struct stream *stream, const uint8_t *bytes, size_t size)
{
	struct connection *connection = (struct connection *)stream;
	struct slave_fault sound = { 0 };
	uint8_t reply[MBAP_FRAME_MAX];
	size_t reply_size;
	long used = server_tcp_answer(connection->server, bytes, size, reply, &reply_size);
	struct slave *slave = reply_size > 0 ? connection->server->units[reply[UNIT_AT]] : NULL;

	if (reply_size > 0 &&
		!connection_reply(connection, slave ? &slave->fault : &sound, reply, reply_size))
		return -1;
	return used;
}

static void connection_ended(struct stream *stream)
{
	struct connection *connection = (struct connection *)stream, **link;

	for (link = &connection->server->connections; *link != connection;)
		link = &(*link)->next;
	*link = connection->next;
	connection->server->connection_count--;
	free(connection);
}

static int connection_open(struct server_tcp *server, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int error;

	if (!connection)
		return -ENOMEM;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	connection->stream.input = connection_input;
	connection->stream.ended = connection_ended;
	connection->outlet.send = connection_send;
	connection->server = server;
	error = stream_open(&connection->stream, server->loop, fd);
	if (error) {
		free(connection);
		return error;
	}
	connection->next = server->connections;
	server->connections = connection;
	server->connection_count++;
	return 0;
}

static void listener_ready(struct source *source, uint32_t events)
{
	struct server_tcp *server = (struct server_tcp *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	/* A gateway has few sockets too; what is beyond them is hung up on. */
	if (server->connection_count >= CONNECTIONS_MAX || connection_open(server, fd) != 0)
		close(fd);
}

static int listen_on(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int server_tcp_open(struct server_tcp *server, struct loop *loop, const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found;
	char service[8];
	int fd, error;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return -EADDRNOTAVAIL;
	fd = listen_on(found);
	freeaddrinfo(found);
	if (fd < 0)
		return fd;
	server->loop = loop;
	server->listener = (struct source){ .fd = fd, .ready = listener_ready };
	error = loop_add(loop, &server->listener, EPOLLIN);
	if (error)
		close(fd);
	return error;
}

int64_t server_tcp_step(struct server_tcp *server, int64_t now_ms)
{
	int64_t next_ms = CLOCK_NEVER;

	for (struct connection *c = server->connections; c; c = c->next) {
		int64_t connection_ms = outlet_step(&c->outlet, now_ms);

		if (connection_ms < next_ms)
			next_ms = connection_ms;
	}
	return next_ms;
}

uint16_t server_tcp_port(const struct server_tcp *server)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);

	getsockname(server->listener.fd, (struct sockaddr *)&address, &size);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

void server_tcp_close(struct server_tcp *server)
{
	while (server->connections) {
		struct connection *connection = server->connections;

		stream_close(&connection->stream);
		connection_ended(&connection->stream);
	}
	loop_remove(server->loop, &server->listener);
	close(server->listener.fd);
}
