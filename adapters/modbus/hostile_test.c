/*
 * modbus-tcp against a hostile server: never a wrong value, and afterwards the
 * link is sound, or known to be lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after setjmp.h */
#include <cmocka.h>
/* after cmocka.h */
#include "tests/modbus_tcp_bench.h"

static void late(void **state)
{
	uint8_t reply[11];

	(void)state;
	for (unsigned i = 0; i < 5; i++) { /* while idle, and while the next one is awaited */
		read_start();
		reply_make(reply, 999);
		now_ms += b.options.timeout_ms;
		verbs->deadline(link_, now_ms, &b.sink);
		assert_int_equal(link_head(link_)->result, -ETIMEDOUT);
		if (i % 2) {
			server_send(reply, sizeof(reply));
			turn();
			assert_int_equal(state_of(), LINK_IDLE);
			assert_sound((uint16_t)(50 + i), 51);
			continue;
		}
		read_start();
		server_send(reply, sizeof(reply)); /* then the true one, in one segment or two */
		server_answer((uint16_t)(60 + i));
		turn();
		if (!b.readings[0])
			turn();
		assert_true(b.last[0].value == 60 + i);
		server_receive();
		server_answer(61);
		turn();
		assert_int_equal(state_of(), LINK_IDLE);
		assert_true(b.last[1].value == 61);
	}
}

static void twice(void **state)
{
	(void)state;
	read_start();
	server_answer(1);
	server_answer(1);
	while (!b.readings[0])
		turn();
	server_receive();
	server_answer(2);
	while (state_of() == LINK_BUSY)
		turn();
	assert_true(b.last[0].value == 1 && b.last[1].value == 2);
}

static void dripped(void **state)
{
	uint8_t reply[11];

	(void)state;
	read_start();
	reply_make(reply, 321);
	for (size_t i = 0; i < sizeof(reply); i++) {
		assert_int_equal(b.readings[0], 0);
		server_send(reply + i, 1);
		turn();
	}
	assert_true(b.last[0].value == 321);
	server_receive();
	reply_make(reply, 322);
	server_send(reply, 5); /* too slow: what comes after the deadline has lost its place */
	turn();
	now_ms += b.options.timeout_ms;
	verbs->deadline(link_, now_ms, &b.sink);
	assert_int_equal(b.last[0].quality, QUALITY_GOOD);
	b.last[0].quality = QUALITY_BAD; /* as assert_lost() wants it */
	b.last[0].reason = REASON_TIMEOUT;
	assert_lost(-ETIMEDOUT, REASON_TIMEOUT, REASON_TIMEOUT);
}

/* Replies that lose the link: one byte of the right answer is changed. */
static void wrong_bytes(void **state)
{
	static const struct {
		size_t at;
		uint8_t flip;
		enum reason reason;
	} vectors[] = {
		{ 0, 0x80, REASON_MISMATCH },                              /* transaction */
		{ 1, 0x03, REASON_MISMATCH }, { 2, 0x01, REASON_GARBLED }, /* protocol */
		{ 3, 0x01, REASON_GARBLED }, { 4, 0x10, REASON_GARBLED },  /* length, absurd */
		{ 5, 0x05, REASON_GARBLED },                               /* length 0 */
		{ 5, 0x01, REASON_GARBLED },  /* length 4: the byte count disagrees */
		{ 6, 0x01, REASON_MISMATCH }, /* unit */
		{ 7, 0x07, REASON_MISMATCH }, /* function */
		{ 8, 0x01, REASON_GARBLED },  /* byte count */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t reply[11];

		read_start();
		reply_make(reply, 999);
		reply[vectors[i].at] ^= vectors[i].flip;
		server_send(reply, sizeof(reply));
		turn();
		assert_lost(-EPROTO, vectors[i].reason, REASON_LINK);
	}
}

static void garbage(void **state)
{
	uint8_t bytes[600];

	(void)state;
	read_start();
	memset(bytes, 0x5a, sizeof(bytes));
	server_send(bytes, sizeof(bytes));
	turn();
	assert_lost(-EPROTO, REASON_GARBLED, REASON_LINK);
}

static void truncated(void **state)
{
	uint8_t reply[11];

	(void)state;
	read_start();
	reply_make(reply, 999);
	server_send(reply, 9);
	shutdown(server, SHUT_WR);
	turn();
	turn();
	assert_lost(-ECONNRESET, REASON_LINK, REASON_LINK);
}

static void reset(void **state)
{
	struct linger abort_it = { .l_onoff = 1 };

	(void)state;
	read_start();
	setsockopt(server, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(server);
	server = -1;
	turn();
	assert_lost(-ECONNRESET, REASON_LINK, REASON_LINK);
}

static void closed_while_idle(void **state)
{
	(void)state;
	bench_forget(&b);
	shutdown(server, SHUT_WR);
	turn();
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(b.readings[0], 0);
}

/*
 * Some hundreds of requests with every fault at random. A register's value is that of the
 * request that asks for it, so whatever belongs to another one shows.
 */
enum fault { SOUND, LATE_REPLY, NO_REPLY, WRONG_BYTE, SHORT, TWICE, EXCEPTION, FAULT_COUNT };

static uint8_t kept[11]; /* a late reply */
static bool keeping;

static uint16_t truth_of(unsigned serial, unsigned address)
{
	return (uint16_t)(serial * 31 + address * 7);
}

static void play(enum fault fault, uint16_t value)
{
	uint8_t reply[11];
	size_t at;

	reply_make(reply, value);
	if (keeping && random() % 2) {
		server_send(kept, sizeof(kept));
		keeping = false;
	}
	switch (fault) {
	case LATE_REPLY:
		memcpy(kept, reply, sizeof(kept));
		keeping = true;
		break;
	case NO_REPLY:
		break;
	case WRONG_BYTE: /* of the header; behind it nothing protects a value but TCP */
		at = (size_t)random() % 9;
		reply[at] ^= (uint8_t)(1 << random() % 8);
		server_send(reply, sizeof(reply));
		break;
	case SHORT:
		server_send(reply, 1 + (size_t)random() % 10);
		break;
	case TWICE:
		server_send(reply, sizeof(reply));
		server_send(reply, sizeof(reply));
		break;
	case EXCEPTION:
		reply[5] = 3;
		reply[7] |= 0x80;
		server_send(reply, 9);
		break;
	default:
		server_send(reply, sizeof(reply));
		break;
	}
}

/* Let the driver take everything; then time passes. */
static void settle(void)
{
	struct link_wait wait;
	struct pollfd fd = { .events = POLLIN };

	while (state_of() == LINK_BUSY) {
		verbs->wait(link_, &wait);
		fd.fd = wait.fd;
		if (poll(&fd, 1, 2) == 0)
			return;
		verbs->ready(link_, (uint32_t)fd.revents, now_ms, &b.sink);
	}
}

static void random_faults(void **state)
{
	unsigned seed = (unsigned)getpid() ^ (unsigned)clock_now_ms();
	unsigned good = 0, bad = 0, wrong = 0, lost = 0;

	(void)state;
	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned serial = 1; serial <= 1000; serial++) {
		uint16_t expected[2] = { 0, 0 };

		bench_forget(&b);
		assert_int_equal(verbs->start_read(link_, &b.poll, now_ms, &b.sink), 0);
		for (unsigned i = 0; i < 2 && state_of() == LINK_BUSY; i++) {
			enum fault fault =
				random() % 2 ? SOUND : (enum fault)(random() % FAULT_COUNT);

			server_receive();
			expected[i] = truth_of(serial, request_address());
			play(fault, expected[i]);
			settle();
			now_ms += b.options.timeout_ms;
			if (state_of() == LINK_BUSY && b.readings[i] == 0)
				verbs->deadline(link_, now_ms, &b.sink);
		}
		assert_true(state_of() != LINK_BUSY);
		assert_true(bench_complete(&b));
		for (unsigned i = 0; i < 2; i++) {
			bool is_good = b.last[i].quality == QUALITY_GOOD;

			good += is_good;
			bad += !is_good;
			if (is_good && b.last[i].value != expected[i])
				print_message("serial %u, %u: %g instead of %u\n", serial, i,
					b.last[i].value, expected[i]);
			wrong += is_good && b.last[i].value != expected[i];
		}
		if (state_of() == LINK_LOST) {
			lost++;
			keeping = false;
			disconnect_link();
			connect_link();
		}
	}
	print_message("%u good, %u bad, %u wrong, %u reconnects\n", good, bad, wrong, lost);
	assert_int_equal(wrong, 0);
	assert_true(good > 500 && bad > 200 && lost > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(late, start, stop),
		cmocka_unit_test_setup_teardown(twice, start, stop),
		cmocka_unit_test_setup_teardown(dripped, start, stop),
		cmocka_unit_test_setup_teardown(wrong_bytes, start, stop),
		cmocka_unit_test_setup_teardown(garbage, start, stop),
		cmocka_unit_test_setup_teardown(truncated, start, stop),
		cmocka_unit_test_setup_teardown(reset, start, stop),
		cmocka_unit_test_setup_teardown(closed_while_idle, start, stop),
		cmocka_unit_test_setup_teardown(random_faults, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_hostile", tests, NULL, NULL) ? 1 : 0;
}
