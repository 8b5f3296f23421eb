/* Modbus RTU: frames by hand, then a pty for real, with split bytes, noise and several units. */
#include "sim/server_rtu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/test_units.h"

static struct server_rtu rtu;

static int setup(void **state)
{
	(void)state;
	units_make();
	memset(&rtu, 0, sizeof(rtu));
	for (size_t i = 0; i < 3; i++)
		rtu.units[i + 1] = &units[i];
	rtu.silence_ms = CLOCK_NEVER;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	units_release();
	return 0;
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

/* With the line's timer. */
static int64_t step(void *owner, int64_t now_ms)
{
	(void)owner;
	server_rtu_step(&rtu, now_ms);
	if (now_ms >= loop_until_ms)
		loop.quit = true;
	return loop_until_ms < rtu.silence_ms ? loop_until_ms : rtu.silence_ms;
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
		run(step, 1);
	}
	run(step, 40);
	frame(expected, "\x01\x03\x02\0\x65", 5);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);
	assert_memory_equal(reply, expected, 7);

	/* noise spoils the frame that follows at once, and not the one after a silence */
	assert_int_equal(write(fd, "\x55\xaa\x00", 3), 3);
	assert_int_equal(write(fd, request, size), size);
	run(step, 2 * RTU_SILENCE_MS);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 0);
	assert_int_equal(write(fd, request, size), size);
	run(step, 40);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 7);

	/* a master that goes and comes */
	close(fd);
	fd = line_master();
	assert_int_equal(write(fd, request, size), size);
	run(step, 40);
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
		run(step, 1);
	}
	run(step, 2 * RTU_SILENCE_MS);
	size = frame(request, "\x02\x03\0\x01\0\x01", 6);
	assert_int_equal(write(fd, request, size), size);
	run(step, 40);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rtu_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_not_for_us, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_function_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(rtu_broadcast, setup, teardown),
		cmocka_unit_test_setup_teardown(line_bytes, line_setup, line_teardown),
		cmocka_unit_test_setup_teardown(line_babble, line_setup, line_teardown),
		cmocka_unit_test_setup_teardown(line_path_taken, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("server_rtu", tests, NULL, NULL) ? 1 : 0;
}
