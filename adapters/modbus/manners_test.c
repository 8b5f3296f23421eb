/* modbus-tcp and the manners of devices: what is asked again, when, and what is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after setjmp.h */
#include <cmocka.h>
/* after cmocka.h */
#include "adapters/modbus/frame.h"
#include "tests/modbus_tcp_bench.h"

enum { PAUSE_MS = 30, SETTLE_MS = 200, BUSY_MS = 100 };

static int64_t deadline_ms(void)
{
	struct link_wait wait;

	verbs->wait(link_, &wait);
	return wait.deadline_ms;
}

static void pass_until(int64_t at_ms)
{
	now_ms = at_ms;
	verbs->deadline(link_, now_ms, &b.sink);
}

static bool server_has_request(void)
{
	uint8_t byte;

	return recv(server, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* The driver connects anew, and asks what it wanted to. */
static void connect_again(void)
{
	turn();
	close(server);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	server_receive();
}

static void refuse(uint8_t code)
{
	uint8_t reply[9];

	memcpy(reply, request, 8);
	reply[5] = 3;
	reply[7] |= 0x80;
	reply[8] = code;
	server_send(reply, sizeof(reply));
	turn();
}

static void pause_after_an_answer(void **state)
{
	(void)state;
	b.tcp.turnaround_ms = PAUSE_MS;
	read_start();
	server_answer(1);
	turn();
	assert_int_equal(state_of(), LINK_BUSY);
	assert_false(server_has_request());
	assert_true(deadline_ms() == now_ms + PAUSE_MS);
	pass_until(now_ms + PAUSE_MS - 1);
	assert_false(server_has_request());
	pass_until(now_ms + 1);
	server_receive();
	server_answer(2);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_true(bench_complete(&b) && b.last[1].value == 2);
	/* Of another device of the gateway, too. */
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
	assert_false(server_has_request());
}

static void pause_after_connecting(void **state)
{
	(void)state;
	disconnect_link();
	b.tcp.settle_ms = SETTLE_MS;
	assert_int_equal(verbs->open(&b.bus, now_ms, &link_), 0);
	turn();
	assert_int_equal(state_of(), LINK_BUSY);
	assert_true(deadline_ms() == now_ms + SETTLE_MS);
	pass_until(now_ms + SETTLE_MS);
	assert_int_equal(state_of(), LINK_IDLE);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_sound(1, 2);
}

static void asked_again_when_busy(void **state)
{
	static const uint8_t codes[] = { 5, 6 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		read_start();
		refuse(codes[i]);
		assert_int_equal(b.readings[0], 0);
		assert_false(server_has_request());
		pass_until(now_ms + BUSY_MS);
		server_receive();
		assert_int_equal(request_address(), FIRST);
		server_answer((uint16_t)(70 + i));
		turn();
		server_receive();
		server_answer(9);
		turn();
		assert_true(bench_complete(&b) && b.last[0].value == 70 + (double)i);
	}
}

/* Not for ever: within the time that an answer may take. */
static void busy_for_long(void **state)
{
	unsigned asked = 0;

	(void)state;
	read_start();
	while (b.readings[0] == 0 && asked++ < 100) {
		refuse(6);
		if (b.readings[0] == 0)
			pass_until(now_ms + BUSY_MS);
		server_receive();
	}
	assert_int_equal(b.last[0].reason, REASON_EXCEPTION);
	assert_int_equal(b.last[0].detail, 6);
	assert_in_range(asked, 8, 10);
}

/* A write that is acknowledged as taking long is not sent twice; one to a busy device is. */
static void busy_writes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(verbs->start_write(link_, &b.points[0], 3, now_ms), 0);
		server_receive();
		refuse(i == 0 ? 5 : 6);
		assert_int_equal(state_of(), i == 0 ? LINK_IDLE : LINK_BUSY);
	}
	pass_until(now_ms + BUSY_MS);
	server_receive();
	server_send(request, 12);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, 0);
}

static void closes_when_idle(void **state)
{
	struct link_wait wait;

	(void)state;
	assert_sound(1, 2);
	for (unsigned i = 0; i < 3; i++) {
		shutdown(server, SHUT_RDWR);
		turn();
		assert_int_equal(state_of(), LINK_IDLE); /* no trouble, and nothing to watch */
		verbs->wait(link_, &wait);
		assert_int_equal(wait.fd, -1);
		bench_forget(&b);
		assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
		connect_again();
		server_answer(5);
		turn();
		server_receive();
		server_answer((uint16_t)i);
		turn();
		assert_int_equal(link_head(link_)->result, 0);
		assert_true(bench_complete(&b) && b.last[1].value == i);
	}
	/* A write connects, too. */
	shutdown(server, SHUT_RDWR);
	turn();
	assert_int_equal(verbs->start_write(link_, &b.points[0], 3, now_ms), 0);
	connect_again();
	server_send(request, 12);
	turn();
	assert_int_equal(link_head(link_)->result, 0);
}

static void closes_after_each_answer(void **state)
{
	(void)state;
	read_start();
	for (unsigned i = 0; i < 4; i++) {
		server_answer((uint16_t)(40 + i));
		shutdown(server, SHUT_WR);
		turn(); /* takes the answer, and asks for the next */
		if (state_of() == LINK_IDLE) {
			assert_true(bench_complete(&b));
			assert_true(b.last[0].value == 39 + i && b.last[1].value == 40 + i);
			assert_int_equal(link_head(link_)->result, 0);
			bench_forget(&b);
			assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
		}
		turn(); /* sees that it is closed */
		connect_again();
	}
}

/* Nothing more than once for each request, and a server that never answers is a loss. */
static void closes_without_an_answer(void **state)
{
	(void)state;
	assert_sound(1, 2);
	read_start();
	shutdown(server, SHUT_WR);
	turn();
	assert_int_equal(state_of(), LINK_BUSY);
	connect_again();
	shutdown(server, SHUT_WR);
	turn();
	assert_lost(-ECONNRESET, REASON_LINK, REASON_LINK);
}

static void gone_while_idle(void **state)
{
	(void)state;
	assert_sound(1, 2);
	shutdown(server, SHUT_RDWR);
	turn();
	close(listener);
	listener = -1;
	bench_forget(&b);
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
	turn();
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(link_)->result, -ECONNREFUSED);
	assert_true(bench_complete(&b));
}

static void send_changed(size_t at, uint8_t flip, uint16_t value)
{
	uint8_t reply[11];

	reply_make(reply, value);
	reply[at] ^= flip;
	server_send(reply, sizeof(reply));
	turn();
}

static void names_another_unit(void **state)
{
	(void)state;
	b.tcp.any_unit = true;
	read_start();
	send_changed(6, 0xff, 7);
	server_receive();
	send_changed(6, 1, 8);
	assert_true(bench_complete(&b) && b.last[0].value == 7 && b.last[1].value == 8);
	read_start(); /* what else does not fit does not fit */
	send_changed(0, 1, 7);
	assert_lost(-EPROTO, REASON_MISMATCH, REASON_LINK);
}

static void names_another_transaction(void **state)
{
	uint8_t reply[22];

	(void)state;
	b.tcp.any_transaction = true;
	read_start();
	send_changed(0, 0xff, 7);
	server_receive();
	send_changed(1, 1, 8);
	assert_true(bench_complete(&b) && b.last[0].value == 7 && b.last[1].value == 8);
	/* Two at once: the second might be taken for the answer to the next. */
	read_start();
	reply_make(reply, 9);
	reply_make(reply + 11, 9);
	server_send(reply, sizeof(reply));
	turn();
	assert_lost(-EPROTO, REASON_MISMATCH, REASON_LINK);
	/* One that comes late comes to a connection that is gone. */
	read_start();
	now_ms += b.options.timeout_ms;
	verbs->deadline(link_, now_ms, &b.sink);
	assert_lost(-ETIMEDOUT, REASON_TIMEOUT, REASON_LINK);
}

/* Serial frames ---------------------------------------------------------------- */

static void serial_receive(void)
{
	uint8_t sealed[16];

	assert_int_equal(recv(server, request, 8, MSG_WAITALL), 8);
	memcpy(sealed, request, 6);
	assert_int_equal(frame_seal(sealed, 6), 8);
	assert_memory_equal(sealed, request, 8);
	assert_int_equal(request[0], b.options.unit);
}

static size_t serial_make(uint8_t *reply, uint16_t value)
{
	memcpy(reply, request, 2);
	reply[2] = 2;
	reply[3] = (uint8_t)(value >> 8);
	reply[4] = (uint8_t)value;
	return frame_seal(reply, 5);
}

static void serial_answer(uint16_t value)
{
	uint8_t reply[16];

	server_send(reply, serial_make(reply, value));
	turn();
}

/* What was asked for before is out of the way first. */
static void serial_start(void)
{
	b.tcp.framing = MODBUS_FRAMING_RTU;
	disconnect_link();
	connect_link();
	bench_forget(&b);
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
	assert_false(server_has_request());
	assert_true(deadline_ms() == now_ms + b.options.timeout_ms);
	pass_until(deadline_ms());
	serial_receive();
}

static void serial_sound(void **state)
{
	(void)state;
	serial_start();
	serial_answer(21);
	serial_receive();
	serial_answer(22);
	assert_int_equal(link_head(link_)->result, 0);
	assert_true(bench_complete(&b) && b.last[0].value == 21 && b.last[1].value == 22);
	assert_int_equal(verbs->start_write(link_, &b.points[0], 513, now_ms), 0);
	serial_receive();
	server_send(request, 8);
	turn();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(link_)->result, 0);
}

static void serial_among_noise(void **state)
{
	uint8_t reply[32] = { 0x00, 0xff, 0x07 };
	size_t size;

	(void)state;
	serial_start();
	size = 3 + serial_make(reply + 3, 99);
	server_send(reply, 6);
	turn();
	assert_int_equal(b.readings[0], 0);
	server_send(reply + 6, size - 6);
	turn();
	assert_true(b.readings[0] == 1 && b.last[0].value == 99);
	serial_receive();
	size = serial_make(reply, 98);
	reply[4] ^= 1; /* its checksum is of another value */
	server_send(reply, size);
	turn();
	assert_int_equal(b.readings[1], 0);
	pass_until(deadline_ms());
	assert_int_equal(link_head(link_)->result, -EBADMSG);
	assert_int_equal(b.last[1].reason, REASON_GARBLED);
}

/* Late, while nothing else is asked for: never the value of the next request. */
static void serial_late(void **state)
{
	uint8_t reply[16];
	size_t size;

	(void)state;
	serial_start();
	size = serial_make(reply, 77);
	pass_until(deadline_ms());
	assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
	assert_true(bench_complete(&b));
	bench_forget(&b);
	assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
	server_send(reply, size);
	turn();
	assert_int_equal(b.readings[0], 0);
	assert_false(server_has_request());
	pass_until(deadline_ms());
	serial_receive();
	serial_answer(78);
	assert_true(b.last[0].value == 78);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pause_after_an_answer, start, stop),
		cmocka_unit_test_setup_teardown(pause_after_connecting, start, stop),
		cmocka_unit_test_setup_teardown(asked_again_when_busy, start, stop),
		cmocka_unit_test_setup_teardown(busy_for_long, start, stop),
		cmocka_unit_test_setup_teardown(busy_writes, start, stop),
		cmocka_unit_test_setup_teardown(closes_when_idle, start, stop),
		cmocka_unit_test_setup_teardown(closes_after_each_answer, start, stop),
		cmocka_unit_test_setup_teardown(closes_without_an_answer, start, stop),
		cmocka_unit_test_setup_teardown(gone_while_idle, start, stop),
		cmocka_unit_test_setup_teardown(names_another_unit, start, stop),
		cmocka_unit_test_setup_teardown(names_another_transaction, start, stop),
		cmocka_unit_test_setup_teardown(serial_sound, start, stop),
		cmocka_unit_test_setup_teardown(serial_among_noise, start, stop),
		cmocka_unit_test_setup_teardown(serial_late, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_manners", tests, NULL, NULL) ? 1 : 0;
}
