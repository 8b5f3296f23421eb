/* modbus-tcp against a server that behaves, refuses or says nothing. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after setjmp.h */
#include <cmocka.h>
/* after cmocka.h */
#include "tests/modbus_tcp_bench.h"

static void sound(void **state)
{
	(void)state;
	assert_sound(11, 12);
	poll_sound(11, 13);
	assert_int_equal(b.unchanged[0], 1);
	assert_int_equal(b.unchanged[1], 0);
	assert_true(b.last[1].value == 13);
}

static void one_send_each(void **state)
{
	static const uint8_t frame[] = { 0, 1, 0, 0, 0, 6, 7, 3, 0, FIRST, 0, 1 };

	(void)state;
	read_start();
	assert_memory_equal(request, frame, sizeof(frame));
	server_answer(1);
	turn();
	server_receive();
	assert_int_equal(request[1], 2); /* another transaction */
}

static void refuse(uint8_t code)
{
	uint8_t reply[9];

	memcpy(reply, request, 8);
	reply[5] = 3;
	reply[7] = 0x83;
	reply[8] = code;
	server_send(reply, sizeof(reply));
	turn();
}

static void exceptions(void **state)
{
	static const uint8_t codes[] = { 2, 0x55 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		read_start();
		refuse(codes[i]);
		server_receive(); /* the others go on */
		server_answer(77);
		turn();
		assert_int_equal(state_of(), LINK_IDLE);
		assert_int_equal(link_head(link_)->result, -EREMOTEIO);
		assert_int_equal(b.last[0].reason, REASON_EXCEPTION);
		assert_int_equal(b.last[0].detail, codes[i]);
		if (b.readings[1])
			assert_true(b.last[1].value == 77);
	}
	assert_sound(1, 2);
}

/* The gateway answers, the unit behind it does not: as much a failure as silence. */
static void absent_behind_a_gateway(void **state)
{
	static const uint8_t codes[] = { 0x0a, 0x0b };

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		read_start();
		refuse(codes[i]);
		assert_int_equal(state_of(), LINK_IDLE); /* the others are given up */
		assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
		assert_true(bench_complete(&b));
		assert_int_equal(b.last[0].reason, REASON_EXCEPTION);
		assert_int_equal(b.last[0].detail, codes[i]);
		assert_int_equal(b.last[1].reason, REASON_TIMEOUT);
	}
	assert_sound(1, 2);
}

/* The other end has forgotten the connection and says nothing: another is tried. */
static void half_open(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(state_of(), LINK_IDLE);
		read_start();
		now_ms += b.options.timeout_ms;
		verbs->deadline(link_, now_ms, &b.sink);
		assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
	}
	assert_int_equal(state_of(), LINK_LOST);
	disconnect_link();
	connect_link();
	assert_sound(3, 4);
}

static void silent(void **state)
{
	struct link_wait wait;

	(void)state;
	read_start();
	verbs->wait(link_, &wait);
	assert_true(wait.deadline_ms == now_ms + b.options.timeout_ms);
	verbs->deadline(link_, wait.deadline_ms - 1, &b.sink); /* too early: nothing */
	assert_int_equal(state_of(), LINK_BUSY);
	verbs->deadline(link_, wait.deadline_ms, &b.sink);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
	assert_true(bench_complete(&b)); /* of both requests: the second was not sent */
	assert_int_equal(b.last[0].reason, REASON_TIMEOUT);
	assert_int_equal(b.last[1].reason, REASON_TIMEOUT);
	assert_sound(5, 6);
}

/* Send a write and hand its frame's PDU to the server. */
static void write_start(double value)
{
	bench_forget(&b);
	assert_int_equal(verbs->start_write(link_, &b.points[0], value, now_ms), 0);
	assert_int_equal(state_of(), LINK_BUSY);
	server_receive();
	assert_int_equal(request[7], 6);
}

static void writes(void **state)
{
	uint8_t echo[12];

	(void)state;
	write_start(513);
	assert_int_equal(request[10], 2);
	assert_int_equal(request[11], 1);
	server_send(request, 12);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, 0);

	write_start(514);
	memcpy(echo, request, sizeof(echo));
	echo[5] = 3;
	echo[7] = 0x86;
	echo[8] = 4;
	server_send(echo, 9);
	turn();
	assert_int_equal(link_head(link_)->result, -EREMOTEIO);
	assert_int_equal(state_of(), LINK_IDLE);

	write_start(515);
	now_ms += b.options.timeout_ms;
	verbs->deadline(link_, now_ms, &b.sink);
	assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
	assert_int_equal(state_of(), LINK_IDLE);

	write_start(516); /* acknowledged, but another value */
	memcpy(echo, request, sizeof(echo));
	echo[11] ^= 1;
	server_send(echo, sizeof(echo));
	turn();
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, -EPROTO);
	assert_int_equal(b.readings[0], 0);
}

static void impossible_writes(void **state)
{
	(void)state;
	assert_int_equal(verbs->start_write(link_, &b.points[0], 65536, now_ms), -EINVAL);
	assert_int_equal(verbs->start_write(link_, &b.points[1], 1, now_ms), -EINVAL);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_sound(1, 2);
}

static void busy(void **state)
{
	(void)state;
	read_start();
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), -EINVAL);
	assert_int_equal(verbs->start_write(link_, &b.points[0], 1, now_ms), -EINVAL);
}

static void refused(void **state)
{
	(void)state;
	disconnect_link();
	close(listener); /* the port is free now, and nobody listens */
	listener = -1;
	assert_int_equal(verbs->open(&b.bus, now_ms, &link_), 0);
	turn();
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, -ECONNREFUSED);
}

static void slow_connection(void **state)
{
	struct link_wait wait;

	(void)state;
	disconnect_link();
	assert_int_equal(verbs->open(&b.bus, now_ms, &link_), 0);
	verbs->wait(link_, &wait);
	assert_true(wait.events & EPOLLOUT);
	assert_true(wait.deadline_ms == now_ms + b.tcp.connect_timeout_ms);
	now_ms = wait.deadline_ms;
	verbs->deadline(link_, now_ms, &b.sink);
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
}

static void socket_options(void **state)
{
	struct link_wait wait;
	int value = 0;
	socklen_t size = sizeof(value);

	(void)state;
	verbs->wait(link_, &wait);
	getsockopt(wait.fd, IPPROTO_TCP, TCP_NODELAY, &value, &size);
	assert_int_equal(value, 1);
	getsockopt(wait.fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size);
	assert_int_equal(value, 1);
	assert_true(fcntl(wait.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(wait.fd, F_GETFL) & O_NONBLOCK);
}

static void over_ipv6(void **state)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };

	(void)state;
	disconnect_link();
	close(listener);
	listener = listen_on((struct sockaddr *)&address, sizeof(address));
	if (listener < 0)
		skip(); /* a machine without IPv6 */
	b.tcp.host = "::1";
	b.tcp.port = ntohs(address.sin6_port);
	connect_link();
	assert_sound(8, 9);
}

/* One attempt on a port where nobody listens: did the socket connect to itself? */
static bool attempt_is_own_peer(void)
{
	struct sockaddr_in own = { .sin_port = 0 };
	socklen_t size = sizeof(own);
	struct link_wait wait;

	assert_int_equal(verbs->open(&b.bus, now_ms, &link_), 0);
	verbs->wait(link_, &wait);
	assert_int_equal(getsockname(wait.fd, (struct sockaddr *)&own, &size), 0);
	turn();
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, -ECONNREFUSED);
	verbs->close(link_);
	link_ = NULL;
	return own.sin_port == htons((uint16_t)b.tcp.port);
}

/* The kernel tries its ports in turn, so that within one round it comes to this one. */
static void own_peer(void **state)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	struct link_wait wait;
	unsigned attempts = 0;

	(void)state;
	verbs->wait(link_, &wait);
	assert_int_equal(getsockname(wait.fd, (struct sockaddr *)&own, &size), 0);
	disconnect_link();
	b.tcp.port = ntohs(own.sin_port); /* of the ports that connect() prefers */
	while (attempts < 60000 && !attempt_is_own_peer())
		attempts++;
	print_message("own peer after %u attempts\n", attempts);
	if (attempts == 60000)
		skip(); /* other kernels may choose otherwise */
}

static void bad_address(void **state)
{
	void *none = NULL;

	(void)state;
	b.tcp.host = "gateway.local";
	assert_int_equal(verbs->open(&b.bus, now_ms, &none), -EINVAL);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sound, start, stop),
		cmocka_unit_test_setup_teardown(one_send_each, start, stop),
		cmocka_unit_test_setup_teardown(exceptions, start, stop),
		cmocka_unit_test_setup_teardown(absent_behind_a_gateway, start, stop),
		cmocka_unit_test_setup_teardown(half_open, start, stop),
		cmocka_unit_test_setup_teardown(silent, start, stop),
		cmocka_unit_test_setup_teardown(writes, start, stop),
		cmocka_unit_test_setup_teardown(impossible_writes, start, stop),
		cmocka_unit_test_setup_teardown(busy, start, stop),
		cmocka_unit_test_setup_teardown(refused, start, stop),
		cmocka_unit_test_setup_teardown(slow_connection, start, stop),
		cmocka_unit_test_setup_teardown(socket_options, start, stop),
		cmocka_unit_test_setup_teardown(over_ipv6, start, stop),
		cmocka_unit_test_setup_teardown(own_peer, start, stop),
		cmocka_unit_test_setup_teardown(bad_address, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_tcp", tests, NULL, NULL) ? 1 : 0;
}
