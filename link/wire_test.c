/* Frames: whole, in pieces, long, too long, nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire a, b;

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	a = (struct wire){ .fd = ends[0] };
	b = (struct wire){ .fd = ends[1] };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	wire_free(&a);
	wire_free(&b);
	close(a.fd);
	close(b.fd);
	return 0;
}

static void test_all_members_come(void **state)
{
	const struct wire_frame sent = {
		.kind = WIRE_PUBLISH,
		.number = 7,
		.code = 0x8e,
		.flags = WIRE_RETAINED | WIRE_JSON,
		.text = { [WIRE_TOPIC] = wire_text("a/b"),
			[WIRE_PAYLOAD] = { "x\0y", 3 },
			[WIRE_CORRELATION] = { "", 0 } },
	};
	struct wire_frame frame;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(wire_put(&a, &sent), 0);
	assert_int_equal(wire_flush(&a), 0);
	assert_int_equal(wire_backlog(&a), 0);
	assert_int_equal(wire_fill(&b), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wire_take(&b, &frame), 1);
		assert_int_equal(frame.kind, WIRE_PUBLISH);
		assert_int_equal(frame.number, 7);
		assert_int_equal(frame.code, 0x8e);
		assert_int_equal(frame.flags, WIRE_RETAINED | WIRE_JSON);
		assert_string_equal(frame.text[WIRE_TOPIC].at, "a/b");
		assert_int_equal(frame.text[WIRE_PAYLOAD].length, 3);
		assert_memory_equal(frame.text[WIRE_PAYLOAD].at, "x\0y", 4);
		assert_null(frame.text[WIRE_RESPONSE].at);
		assert_non_null(frame.text[WIRE_CORRELATION].at); /* empty is not none */
		assert_int_equal(frame.text[WIRE_CORRELATION].length, 0);
	}
	assert_int_equal(wire_take(&b, &frame), 0);
}

/* Byte by byte, and with a long one that needs many pieces between short ones. */
static void test_in_pieces(void **state)
{
	enum { LONG = 3 * 1024 * 1024 };
	char *payload = malloc(LONG);
	struct wire_frame sent = { .kind = WIRE_MESSAGE, .text[WIRE_PAYLOAD] = { payload, LONG } };
	const struct wire_frame ping = { .kind = WIRE_PING, .number = 3 };
	struct wire_frame frame;
	int taken = 0, frames = 0;

	(void)state;
	memset(payload, 'p', LONG);
	assert_int_equal(wire_put(&a, &ping), 0);
	assert_int_equal(wire_put(&a, &sent), 0);
	assert_int_equal(wire_put(&a, &ping), 0);
	while (frames < 3) {
		assert_int_equal(wire_flush(&a), 0);
		assert_int_equal(wire_fill(&b), 0);
		while ((taken = wire_take(&b, &frame)) > 0) {
			frames++;
			if (frames == 2) {
				assert_int_equal(frame.text[WIRE_PAYLOAD].length, LONG);
				assert_memory_equal(frame.text[WIRE_PAYLOAD].at, payload, LONG);
			} else {
				assert_int_equal(frame.number, 3);
			}
		}
		assert_int_equal(taken, 0);
	}
	assert_int_equal(wire_fill(&b), 0);
	assert_true(b.in.size < LONG); /* the room is given back */
	free(payload);
}

static void test_bounds(void **state)
{
	char *payload = calloc(1, WIRE_FRAME_MAX);
	struct wire_frame sent = { .kind = WIRE_PUBLISH,
		.text[WIRE_PAYLOAD] = { payload, WIRE_FRAME_MAX } };
	size_t put = 0;

	(void)state;
	assert_int_equal(wire_put(&a, &sent), -EMSGSIZE);
	sent.text[WIRE_PAYLOAD].length = WIRE_FRAME_MAX - 1;
	assert_int_equal(wire_put(&a, &sent), -EMSGSIZE); /* with its head it is too long */
	sent.text[WIRE_PAYLOAD].length = WIRE_FRAME_MAX / 2;
	while (wire_put(&a, &sent) == 0)
		put++;
	assert_int_equal(put, WIRE_BACKLOG_MAX / (WIRE_FRAME_MAX / 2) - 1);
	assert_int_equal(wire_put(&a, &sent), -ENOBUFS);
	free(payload);
}

static void test_nonsense_is_refused(void **state)
{
	uint32_t head[4 + WIRE_TEXT_COUNT] = { WIRE_KIND_COUNT };
	struct wire_frame frame;

	(void)state;
	assert_int_equal(write(a.fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(wire_fill(&b), 0);
	assert_int_equal(wire_take(&b, &frame), -EPROTO);
	wire_free(&b);
	head[0] = WIRE_PING;
	head[5] = WIRE_FRAME_MAX;
	assert_int_equal(write(a.fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(wire_fill(&b), 0);
	assert_int_equal(wire_take(&b, &frame), -EPROTO);
	wire_free(&b);
	for (size_t i = 4; i < 4 + WIRE_TEXT_COUNT; i++)
		head[i] = UINT32_MAX;
	assert_int_equal(write(a.fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(wire_fill(&b), 0);
	assert_int_equal(wire_take(&b, &frame), -EPROTO);
}

static void test_the_other_end_goes(void **state)
{
	const struct wire_frame ping = { .kind = WIRE_PING };

	(void)state;
	assert_int_equal(shutdown(a.fd, SHUT_RDWR), 0);
	assert_int_equal(wire_fill(&b), -EPIPE);
	assert_int_equal(wire_put(&b, &ping), 0);
	assert_int_equal(wire_flush(&b), -EPIPE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_all_members_come),
		TEST(test_in_pieces),
		TEST(test_bounds),
		TEST(test_nonsense_is_refused),
		TEST(test_the_other_end_goes),
	};

	return cmocka_run_group_tests_name("link wire", tests, NULL, NULL) ? 1 : 0;
}
