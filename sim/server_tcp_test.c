/* Modbus TCP: frames by hand, then sockets for real. */
#include "sim/server_tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/test_units.h"

static struct server_tcp tcp;

static int setup(void **state)
{
	(void)state;
	units_make();
	memset(&tcp, 0, sizeof(tcp));
	for (size_t i = 0; i < 3; i++)
		tcp.units[i + 1] = &units[i];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	units_release();
	return 0;
}

static void tcp_frames(void **state)
{
	static const uint8_t request[] = "\x12\x34\0\0\0\x06\x02\x03\0\x05\0\x01\x99";
	uint8_t reply[MBAP_FRAME_MAX];
	size_t size;

	(void)state;
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(server_tcp_answer(&tcp, request, n, reply, &size), 0);
	assert_int_equal(server_tcp_answer(&tcp, request, 13, reply, &size), 12);
	assert_int_equal(size, 11);
	assert_memory_equal(reply, "\x12\x34\0\0\0\x05\x02\x03\x02\0\xcd", 11);
}

static void tcp_unit_unknown(void **state)
{
	uint8_t reply[MBAP_FRAME_MAX];
	size_t size;

	(void)state;
	server_tcp_answer(
		&tcp, (const uint8_t *)"\0\x01\0\0\0\x06\x09\x03\0\0\0\x01", 12, reply, &size);
	assert_int_equal(size, 9);
	assert_memory_equal(reply, "\0\x01\0\0\0\x03\x09\x83\x0b", 9);
}

static void tcp_silent(void **state)
{
	uint8_t reply[MBAP_FRAME_MAX];
	size_t size;
	long used;

	(void)state;
	units[1].silent = true;
	used = server_tcp_answer(
		&tcp, (const uint8_t *)"\0\x01\0\0\0\x06\x02\x03\0\0\0\x01", 12, reply, &size);
	assert_int_equal(used, 12);
	assert_int_equal(size, 0);
}

static void tcp_not_modbus(void **state)
{
	uint8_t reply[MBAP_FRAME_MAX];
	size_t size;

	(void)state;
	assert_int_equal(
		server_tcp_answer(&tcp, (const uint8_t *)"GET / HTTP/1.1", 14, reply, &size), -1);
	assert_int_equal(
		server_tcp_answer(&tcp, (const uint8_t *)"\0\x01\0\0\0\x01\x02", 7, reply, &size),
		-1);
	assert_int_equal(
		server_tcp_answer(&tcp, (const uint8_t *)"\0\x01\0\0\0\xff\x02", 7, reply, &size),
		-1);
	assert_int_equal(
		server_tcp_answer(&tcp, (const uint8_t *)"\0\x01\0\x01\0\x06\x02\x03\0\0\0\x01", 12,
			reply, &size),
		-1);
}

static int64_t step(void *owner, int64_t now_ms)
{
	(void)owner;
	loop.quit = now_ms >= loop_until_ms;
	return loop_until_ms;
}

static int dial(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void gateway(void **state)
{
	static const uint8_t requests[] = "\0\x01\0\0\0\x06\x01\x03\0\0\0\x01"
					  "\0\x02\0\0\0\x06\x02\x03\0\0\0\x01"
					  "\0\x03\0\0\0\x06\x03\x03\0\0\0\x01";
	uint8_t reply[128];
	int fd, more[CONNECTIONS_MAX];

	(void)state;
	assert_int_equal(loop_open(&loop), 0);
	assert_int_equal(server_tcp_open(&tcp, &loop, "127.0.0.1", 0), 0);
	fd = dial(server_tcp_port(&tcp));

	/* three requests in two pieces */
	assert_int_equal(write(fd, requests, 15), 15);
	run(step, 50);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 11);
	assert_int_equal(write(fd, requests + 15, 21), 21);
	run(step, 50);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 22);
	assert_memory_equal(reply, "\0\x02\0\0\0\x05\x02\x03\x02\0\xc8", 11);
	assert_memory_equal(reply + 11, "\0\x03\0\0\0\x05\x03\x03\x02\x01\x2c", 11);

	/* one too many is hung up on, those that are there go on */
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		more[i] = dial(server_tcp_port(&tcp));
	run(step, 60);
	assert_int_equal(tcp.connection_count, CONNECTIONS_MAX);
	assert_int_equal(read(more[CONNECTIONS_MAX - 1], reply, 1), 0);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		close(more[i]);
	run(step, 60);
	assert_int_equal(tcp.connection_count, 1);

	/* what is not Modbus is hung up on */
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n", 16), 16);
	run(step, 50);
	assert_int_equal(tcp.connection_count, 0);
	close(fd);
	fd = dial(server_tcp_port(&tcp));
	run(step, 50);
	server_tcp_close(&tcp);
	loop_close(&loop);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tcp_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(tcp_unit_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(tcp_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(tcp_not_modbus, setup, teardown),
		cmocka_unit_test_setup_teardown(gateway, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("server_tcp", tests, NULL, NULL) ? 1 : 0;
}
