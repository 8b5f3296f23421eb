/* Both framings: frames by hand, split bytes, noise, several units; sockets and ptys for real. */
#include "sim/server_rtu.h"
#include "sim/server_tcp.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct slave units[3];
static struct server_tcp tcp;
static struct server_rtu rtu;
static struct loop loop;
static int64_t loop_until_ms;

/* Units 1 to 3: holding registers 0 to 9 with 100 * unit + address, all writable. */
static void units_make(void)
{
	memset(&tcp, 0, sizeof(tcp));
	memset(&rtu, 0, sizeof(rtu));
	for (uint8_t i = 0; i < 3; i++) {
		units[i] = (struct slave){ .unit = (uint8_t)(i + 1) };
		assert_int_equal(slave_table_init(&units[i], SLAVE_HOLDING, 0, 9), 0);
		slave_allow_write(&units[i], SLAVE_HOLDING, 0, 10);
		for (uint32_t a = 0; a < 10; a++)
			*slave_word(&units[i], SLAVE_HOLDING, a) = (uint16_t)(100u * (i + 1u) + a);
		tcp.units[i + 1] = rtu.units[i + 1] = &units[i];
	}
	rtu.silence_ms = CLOCK_NEVER;
}

static int setup(void **state)
{
	(void)state;
	units_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		slave_release(&units[i]);
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

/* Puts the CRC behind size bytes; returns the frame's size. */
static size_t frame(uint8_t *bytes, const char *body, size_t size)
{
	uint16_t crc;

	memcpy(bytes, body, size);
	crc = server_rtu_crc(bytes, size);
	bytes[size] = (uint8_t)crc;
	bytes[size + 1] = (uint8_t)(crc >> 8);
	return size + 2;
}

static void rtu_crc(void **state)
{
	(void)state;
	/* The example of the Modbus over serial line specification, and one from a data sheet. */
	assert_int_equal(server_rtu_crc((const uint8_t *)"\x02\x07", 2), 0x1241);
	assert_int_equal(server_rtu_crc((const uint8_t *)"\x01\x03\0\0\0\x0a", 6), 0xcdc5);
}

static void rtu_frames(void **state)
{
	uint8_t request[64], reply[RTU_FRAME_MAX], expected[64];
	size_t size, request_size = frame(request, "\x03\x03\0\x02\0\x01", 6), expected_size;

	(void)state;
	for (size_t n = 0; n < request_size; n++)
		assert_int_equal(server_rtu_answer(&rtu, request, n, false, reply, &size), 0);
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, false, reply, &size), 8);
	expected_size = frame(expected, "\x03\x03\x02\x01\x2e", 5);
	assert_int_equal(size, expected_size);
	assert_memory_equal(reply, expected, expected_size);
	request[7] ^= 1;
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, false, reply, &size), 0);
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, true, reply, &size), 0);
	assert_int_equal(size, 0);
}

static void rtu_not_for_us(void **state)
{
	uint8_t request[64], reply[RTU_FRAME_MAX];
	size_t size, request_size = frame(request, "\x09\x03\0\x02\0\x01", 6);

	(void)state;
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, false, reply, &size), 8);
	assert_int_equal(size, 0);
}

static void rtu_function_unknown(void **state)
{
	uint8_t request[64], reply[RTU_FRAME_MAX], expected[8];
	size_t size, request_size = frame(request, "\x02\x07", 2);

	(void)state;
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, false, reply, &size), 0);
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, true, reply, &size), 4);
	frame(expected, "\x02\x87\x01", 3);
	assert_int_equal(size, 5);
	assert_memory_equal(reply, expected, 5);
}

static void rtu_broadcast(void **state)
{
	uint8_t request[64], reply[RTU_FRAME_MAX];
	size_t size, request_size = frame(request, "\0\x06\0\x04\0\x2a", 6);

	(void)state;
	assert_int_equal(server_rtu_answer(&rtu, request, request_size, false, reply, &size), 8);
	assert_int_equal(size, 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(*slave_word(&units[i], SLAVE_HOLDING, 4), 42);
}

/* Runs the loop for some ms, with the line's timer. */
static int64_t step(void *owner, int64_t now_ms)
{
	(void)owner;
	server_rtu_step(&rtu, now_ms);
	if (now_ms >= loop_until_ms)
		loop.quit = true;
	return loop_until_ms < rtu.silence_ms ? loop_until_ms : rtu.silence_ms;
}

static void run(int ms)
{
	loop.quit = false;
	loop.step = step;
	loop_until_ms = clock_now_ms() + ms;
	assert_int_equal(loop_run(&loop), 0);
}

static size_t receive(int fd, uint8_t *bytes, size_t room)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&wait, 1, 0) == 1 ? read(fd, bytes, room) : 0;

	return n > 0 ? (size_t)n : 0;
}

static char line_folder[32], line_path[64];

static int line_setup(void **state)
{
	setup(state);
	strcpy(line_folder, "/tmp/sim-line-XXXXXX");
	assert_non_null(mkdtemp(line_folder));
	snprintf(line_path, sizeof(line_path), "%s/line", line_folder);
	assert_int_equal(symlink("/nowhere", line_path), 0); /* left by one that was killed */
	assert_int_equal(loop_open(&loop), 0);
	assert_int_equal(server_rtu_open(&rtu, &loop, line_path), 0);
	return 0;
}

static int line_teardown(void **state)
{
	server_rtu_close(&rtu);
	loop_close(&loop);
	assert_int_equal(access(line_path, F_OK), -1);
	assert_int_equal(rmdir(line_folder), 0);
	return teardown(state);
}

static int line_master(void)
{
	int fd = open(line_path, O_RDWR | O_NOCTTY | O_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static void line_bytes(void **state)
{
	uint8_t request[64], reply[64], expected[16];
	size_t size;
	int fd = line_master();

	(void)state;
	/* byte by byte */
	size = frame(request, "\x01\x03\0\x01\0\x01", 6);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(write(fd, request + i, 1), 1);
		run(1);
	}
	run(40);
	frame(expected, "\x01\x03\x02\0\x65", 5);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);
	assert_memory_equal(reply, expected, 7);

	/* noise spoils the frame that follows at once, and not the one after a silence */
	assert_int_equal(write(fd, "\x55\xaa\x00", 3), 3);
	assert_int_equal(write(fd, request, size), size);
	run(2 * RTU_SILENCE_MS);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 0);
	assert_int_equal(write(fd, request, size), size);
	run(40);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);

	/* a master that goes and comes */
	close(fd);
	fd = line_master();
	assert_int_equal(write(fd, request, size), size);
	run(40);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);
	close(fd);
}

static void line_babble(void **state)
{
	uint8_t request[64], reply[64];
	size_t size;
	int fd = line_master();

	(void)state;
	/* babble without a silence does not end the line */
	memset(reply, 0x55, sizeof(reply));
	for (int i = 0; i < 40; i++) {
		assert_int_equal(write(fd, reply, sizeof(reply)), sizeof(reply));
		run(1);
	}
	run(2 * RTU_SILENCE_MS);
	size = frame(request, "\x02\x03\0\x01\0\x01", 6);
	assert_int_equal(write(fd, request, size), size);
	run(40);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);
	assert_int_equal(reply[0], 2);
	close(fd);
}

static void line_path_taken(void **state)
{
	char path[] = "/tmp/sim-line-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(loop_open(&loop), 0);
	assert_int_equal(server_rtu_open(&rtu, &loop, path), -EEXIST);
	assert_int_equal(server_rtu_open(&rtu, &loop, "/nonexistent/line"), -ENOENT);
	loop_close(&loop);
	close(fd);
	assert_int_equal(unlink(path), 0);
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
	run(50);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 11);
	assert_int_equal(write(fd, requests + 15, 21), 21);
	run(50);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 22);
	assert_memory_equal(reply, "\0\x02\0\0\0\x05\x02\x03\x02\0\xc8", 11);
	assert_memory_equal(reply + 11, "\0\x03\0\0\0\x05\x03\x03\x02\x01\x2c", 11);

	/* one too many is hung up on, those that are there go on */
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		more[i] = dial(server_tcp_port(&tcp));
	run(60);
	assert_int_equal(tcp.connection_count, CONNECTIONS_MAX);
	assert_int_equal(read(more[CONNECTIONS_MAX - 1], reply, 1), 0);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		close(more[i]);
	run(60);
	assert_int_equal(tcp.connection_count, 1);

	/* what is not Modbus is hung up on */
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n", 16), 16);
	run(50);
	assert_int_equal(tcp.connection_count, 0);
	close(fd);
	fd = dial(server_tcp_port(&tcp));
	run(50);
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
		cmocka_unit_test_setup_teardown(rtu_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_not_for_us, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_function_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_broadcast, setup, teardown),
		cmocka_unit_test_setup_teardown(line_bytes, line_setup, line_teardown),
		cmocka_unit_test_setup_teardown(line_babble, line_setup, line_teardown),
		cmocka_unit_test_setup_teardown(line_path_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(gateway, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("server", tests, NULL, NULL) ? 1 : 0;
}
