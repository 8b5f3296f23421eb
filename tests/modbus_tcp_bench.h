/*
 * A Modbus TCP server played by the test itself, byte by byte, and the driver's
 * side of the connection. Deadlines are called with a time of the test's own, so
 * nothing waits. Include cmocka first.
 */
#ifndef TESTS_MODBUS_TCP_BENCH_H
#define TESTS_MODBUS_TCP_BENCH_H

#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

extern const struct adapter adapter_modbus_tcp;

enum { TURN_MS = 2000, FIRST = 100, SECOND = 1000 };

static struct bench b;
static const struct adapter_event *verbs;
static void *link_;
static int listener = -1, server = -1;
static int64_t now_ms;
static uint8_t request[64]; /* as the server got it last */

static inline enum link_state state_of(void)
{
	return link_head(link_)->state;
}

/* Let the driver handle what has come, once. */
static inline void turn(void)
{
	struct link_wait wait;
	struct pollfd fd = { .events = 0 };

	verbs->wait(link_, &wait);
	fd.fd = wait.fd;
	fd.events = (short)wait.events; /* EPOLLIN and EPOLLOUT are POLLIN and POLLOUT */
	assert_true(wait.fd >= 0);
	assert_int_equal(poll(&fd, 1, TURN_MS), 1);
	verbs->ready(link_, (uint32_t)fd.revents, now_ms, &b.sink);
}

static inline void connect_link(void)
{
	int on = 1;

	assert_int_equal(verbs->open(&b.bus, now_ms, &link_), 0);
	assert_int_equal(state_of(), LINK_BUSY);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, 0);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	/* Else a second small segment waits 40 ms for the first one's acknowledgement. */
	assert_int_equal(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

static inline void disconnect_link(void)
{
	verbs->close(link_);
	link_ = NULL;
	if (server >= 0)
		close(server);
	server = -1;
}

/* Listen on a free port of the address, which is all but the port; -1 where there is none. */
static inline int listen_on(struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, address, size) == 0 && listen(fd, 8) == 0 &&
		getsockname(fd, address, &size) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static inline int start(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	(void)state;
	verbs = adapter_modbus_tcp.event;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = listen_on((struct sockaddr *)&address, sizeof(address));
	assert_true(listener >= 0);
	bench_init(&b);
	b.tcp = (struct modbus_tcp_bus){
		.host = "127.0.0.1", .port = ntohs(address.sin_port), .connect_timeout_ms = 3000
	};
	b.bus.options = &b.tcp;
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, FIRST)->writable = true;
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, SECOND);
	assert_int_equal(bench_ready(&b), 0);
	now_ms = 1000000;
	connect_link();
	return 0;
}

static inline int stop(void **state)
{
	(void)state;
	disconnect_link();
	if (listener >= 0)
		close(listener);
	modbus_unplan(&b.poll);
	return 0;
}

/* The server's side ------------------------------------------------------------ */

static inline void server_receive(void)
{
	size_t want = 12;
	ssize_t n;

	n = recv(server, request, want, MSG_WAITALL);
	assert_int_equal(n, want);
}

static inline unsigned request_address(void)
{
	return (unsigned)request[8] << 8 | request[9];
}

static inline void server_send(const void *bytes, size_t size)
{
	assert_int_equal(send(server, bytes, size, MSG_NOSIGNAL), size);
}

/* The right answer to the request received last: one register. */
static inline void reply_make(uint8_t reply[static 11], uint16_t value)
{
	memcpy(reply, request, 8);
	reply[4] = 0;
	reply[5] = 5;
	reply[8] = 2;
	reply[9] = (uint8_t)(value >> 8);
	reply[10] = (uint8_t)value;
}

static inline void server_answer(uint16_t value)
{
	uint8_t reply[11];

	reply_make(reply, value);
	server_send(reply, sizeof(reply));
}

static inline void read_start(void)
{
	bench_forget(&b);
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
	assert_int_equal(state_of(), LINK_BUSY);
	server_receive();
}

/* A whole poll with sound answers: both values arrive. */
static inline void poll_sound(uint16_t first, uint16_t second)
{
	read_start();
	assert_int_equal(request_address(), FIRST);
	server_answer(first);
	turn();
	server_receive();
	assert_int_equal(request_address(), SECOND);
	server_answer(second);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, 0);
	assert_true(bench_complete(&b));
}

static inline void assert_sound(uint16_t first, uint16_t second)
{
	poll_sound(first, second);
	assert_int_equal(b.last[0].quality, QUALITY_GOOD);
	assert_int_equal(b.last[1].quality, QUALITY_GOOD);
	assert_true(b.last[0].value == first && b.last[1].value == second);
}

static inline void assert_lost(int error, enum reason first, enum reason second)
{
	struct link_wait wait;

	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, error);
	assert_true(bench_complete(&b));
	assert_int_equal(b.last[0].quality, QUALITY_BAD);
	assert_int_equal(b.last[0].reason, first);
	assert_int_equal(b.last[1].quality, QUALITY_BAD);
	assert_int_equal(b.last[1].reason, second);
	verbs->wait(link_, &wait);
	assert_int_equal(wait.fd, -1);
	assert_true(wait.deadline_ms == CLOCK_NEVER);
	disconnect_link();
	connect_link();
	assert_sound(31, 32);
}

#endif
