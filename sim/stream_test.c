/* Streams with peers that are slow, gone, or ask for too much. */
#include "sim/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ECHO_SIZE = 200, ASKED = 1000 };

static struct stream stream;
static struct loop loop;
static int peer;
static bool ended;

/* Each byte asks for ECHO_SIZE of itself; 'q' ends the stream; 'm' asks for far too much. */
static long echo(struct stream *s, const uint8_t *bytes, size_t size)
{
	static uint8_t much[STREAM_OUTPUT_MAX + 1];

	assert_true(size > 0);
	if (bytes[0] == 'q')
		return -1;
	memset(much, bytes[0], ECHO_SIZE);
	stream_write(s, much, bytes[0] == 'm' ? sizeof(much) : ECHO_SIZE);
	return 1;
}

static long never(struct stream *s, const uint8_t *bytes, size_t size)
{
	(void)s;
	(void)bytes;
	(void)size;
	return 0;
}

static void note_ended(struct stream *s)
{
	assert_ptr_equal(s, &stream);
	ended = true;
}

/* A few turns of the loop. */
static int64_t step(void *owner, int64_t now_ms)
{
	int *turns = owner;

	loop.quit = --*turns < 0;
	return now_ms;
}

static void run(void)
{
	int turns = 20;

	loop.quit = false;
	loop.step = step;
	loop.owner = &turns;
	assert_int_equal(loop_run(&loop), 0);
}

static int setup(void **state)
{
	int pair[2];

	(void)state;
	memset(&stream, 0, sizeof(stream));
	ended = false;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &(int){ 4096 }, sizeof(int));
	peer = pair[1];
	stream.input = echo;
	stream.ended = note_ended;
	assert_int_equal(loop_open(&loop), 0);
	assert_int_equal(stream_open(&stream, &loop, pair[0]), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!ended)
		stream_close(&stream);
	close(peer);
	loop_close(&loop);
	return 0;
}

static void slow_peer(void **state)
{
	uint8_t bytes[ASKED], answer[512];
	size_t total = 0;
	ssize_t n;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(write(peer, bytes, sizeof(bytes)), sizeof(bytes));
	run();
	/* While its output waits, no more of its input is read. */
	assert_true(stream.output_size > 0);
	memset(bytes, 'b', 3);
	assert_int_equal(write(peer, bytes, 3), 3);
	run();
	assert_int_equal(stream.size, 0);
	for (int quiet = 0; quiet < 3;) {
		n = read(peer, answer, sizeof(answer));
		quiet = n > 0 ? 0 : quiet + 1;
		total += n > 0 ? (size_t)n : 0;
		run();
	}
	assert_int_equal(total, (ASKED + 3) * ECHO_SIZE);
	assert_false(ended);
}

static void peer_gone(void **state)
{
	uint8_t bytes[ASKED] = { 0 };

	(void)state;
	assert_int_equal(write(peer, bytes, sizeof(bytes)), sizeof(bytes));
	run();
	close(peer);
	peer = -1;
	run();
	assert_true(ended);
}

static void reader_ends_it(void **state)
{
	(void)state;
	assert_int_equal(write(peer, "q", 1), 1);
	run();
	assert_true(ended);
}

static void too_much(void **state)
{
	(void)state;
	assert_int_equal(write(peer, "m", 1), 1);
	run();
	assert_true(ended);
}

static void never_used(void **state)
{
	uint8_t bytes[STREAM_INPUT_MAX] = { 0 };

	(void)state;
	stream.input = never;
	assert_int_equal(write(peer, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	run();
	assert_false(ended);
	assert_int_equal(write(peer, bytes, 1), 1);
	run();
	assert_true(ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slow_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(peer_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(reader_ends_it, setup, teardown),
		cmocka_unit_test_setup_teardown(too_much, setup, teardown),
		cmocka_unit_test_setup_teardown(never_used, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL) ? 1 : 0;
}
