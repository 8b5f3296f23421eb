/* Probes against real sockets: servers that answer, refuse, say something else, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/probe_bench.h"

static uint8_t asked[PROBE_BUFFER];
static size_t asked_size;

/* The server takes the connection and the question. */
static void take_question(void)
{
	ssize_t n;

	assert_true(bench_turn(&b, TURN_MS));
	if (peer >= 0)
		close(peer);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(peer >= 0);
	n = recv(peer, asked, sizeof(asked) - 1, 0);
	assert_true(n > 0);
	asked_size = (size_t)n;
	asked[n] = 0;
}

static void test_tcp(void **state)
{
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_TCP, PROBE_GIVE_ANSWERS, port);
	add(PROBE_TCP, PROBE_GIVE_ANSWERS, closed_port(SOCK_STREAM));
	add(PROBE_TCP, PROBE_GIVE_MS, port);
	add(PROBE_TCP, PROBE_GIVE_MS, closed_port(SOCK_STREAM));
	add(PROBE_TCP, PROBE_GIVE_SILENT, port);
	add(PROBE_TCP, PROBE_GIVE_SILENT, closed_port(SOCK_STREAM));
	for (int i = 0; i < 3; i++) {
		start();
		b.now_ms += 7;
		finish();
		assert_good(&b, 0, 1);
		assert_good(&b, 1, 0);
		assert_good(&b, 2, 7);
		assert_bad(&b, 3, REASON_OFFLINE);
		assert_good(&b, 4, 0);
		assert_good(&b, 5, 1);
	}
}

/* One that hangs costs the others nothing, and all of them its timeout once. */
static void test_all_at_once(void **state)
{
	struct link_wait wait;
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	for (size_t i = 0; i < BENCH_POINT_MAX; i++)
		add(i % 2 ? PROBE_HTTP : PROBE_TCP, PROBE_GIVE_ANSWERS, port);
	start();
	while (bench_turn(&b, 200))
		;
	assert_int_equal(state_of(), LINK_BUSY);
	b.adapter->event->wait(b.link, &wait);
	assert_int_equal(wait.deadline_ms, b.now_ms + 500);
	bench_deadline(&b);
	assert_int_equal(state_of(), LINK_IDLE);
	for (size_t i = 0; i < BENCH_POINT_MAX; i++)
		assert_good(&b, i, i % 2 ? 0 : 1);
	assert_true(b.adapter->cost_ms(&b.poll) == 500);
}

static void answer_http(const char *text)
{
	start();
	take_question();
	assert_true(send(peer, text, strlen(text), MSG_NOSIGNAL) >= 0);
	finish();
}

static void test_http_answers(void **state)
{
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_HTTP, PROBE_GIVE_ANSWERS, port)->path = "/queue/health?x=1";
	answer_http("HTTP/1.1 200 OK\r\n\r\nhello");
	assert_good(&b, 0, 1);
	assert_true(strncmp((char *)asked,
			    "GET /queue/health?x=1 HTTP/1.1\r\nHost: 127.0.0.1:", 48) == 0);
	assert_string_equal((char *)asked + asked_size - 4, "\r\n\r\n");
	answer_http("HTTP/1.0 399\r\n\r\n");
	assert_good(&b, 0, 1);
	answer_http("HTTP/1.1 400 Bad Request\r\n");
	assert_good(&b, 0, 0);
	answer_http("HTTP/1.1 503 Service Unavailable\r\n");
	assert_good(&b, 0, 0);
	options[0].status_max = 503;
	answer_http("HTTP/1.1 503 Service Unavailable\r\n");
	assert_good(&b, 0, 1);
}

static void test_http_status(void **state)
{
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_HTTP, PROBE_GIVE_STATUS, port);
	answer_http("HTTP/1.1 503 Service Unavailable\r\n");
	assert_good(&b, 0, 503);
	answer_http("SSH-2.0-OpenSSH_9.2\r\n");
	assert_bad(&b, 0, REASON_GARBLED);
	answer_http("HTTP/1.1 2000 OK\r\n");
	assert_bad(&b, 0, REASON_GARBLED);
	answer_http("HTTP/1.1 2");
	assert_bad(&b, 0, REASON_OFFLINE);
}

static void test_http_that_is_none(void **state)
{
	static const char *const answers[] = { "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n",
		"http/1.1 200 OK\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1  20 OK\r\n",
		"HTTP/1.1 -20 OK\r\n", "\r\n\r\n", "\xff\xff\xff\xff" };
	char flood[8192];
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_HTTP, PROBE_GIVE_ANSWERS, port);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		answer_http(answers[i]);
		assert_good(&b, 0, 0);
	}
	memset(flood, 'A', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	answer_http(flood);
	assert_good(&b, 0, 0);
}

/* It accepts and never answers; it hangs up at once; it drips. */
static void test_http_that_hangs(void **state)
{
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_HTTP, PROBE_GIVE_ANSWERS, port);
	start();
	take_question();
	assert_false(bench_turn(&b, 50));
	finish();
	assert_good(&b, 0, 0);
	start();
	take_question();
	close(peer);
	peer = -1;
	finish();
	assert_good(&b, 0, 0);
	start();
	take_question();
	for (const char *c = "HTTP/1.1 200"; *c; c++) {
		assert_int_equal(send(peer, c, 1, MSG_NOSIGNAL), 1);
		assert_true(bench_turn(&b, TURN_MS));
		assert_int_equal(state_of(), LINK_BUSY);
	}
	finish();
	assert_good(&b, 0, 0);
}

/* The name server's side ---------------------------------------------------------- */

static struct sockaddr_in client;

static void take_query(void)
{
	socklen_t size = sizeof(client);
	ssize_t n = recvfrom(listener, asked, sizeof(asked), 0, (struct sockaddr *)&client, &size);

	assert_int_equal(n, 12 + 17 + 4);
	assert_memory_equal(asked + 12, "\3www\7example\3org\0\0\1\0\1", 21);
	asked_size = (size_t)n;
}

static void reply(const uint8_t *bytes, size_t size)
{
	assert_int_equal(
		sendto(listener, bytes, size, 0, (struct sockaddr *)&client, sizeof(client)), size);
}

/* The answer to the last query: so many records, this code. */
static void reply_dns(unsigned rcode, unsigned records)
{
	asked[2] = 0x81;
	asked[3] = (uint8_t)(0x80 | rcode);
	asked[7] = (uint8_t)records;
	reply(asked, asked_size);
}

static void test_dns(void **state)
{
	int port;

	(void)state;
	listener = server(SOCK_DGRAM, &port);
	add(PROBE_DNS, PROBE_GIVE_ANSWERS, port);
	start();
	take_query();
	reply_dns(0, 1);
	finish();
	assert_good(&b, 0, 1);
	start();
	take_query();
	reply_dns(3, 0); /* no such name */
	finish();
	assert_good(&b, 0, 0);
	start();
	take_query();
	reply_dns(0, 0); /* the name is there, and has no such record */
	finish();
	assert_good(&b, 0, 0);
}

/* What does not repeat our question is somebody else's, however good it looks. */
static void test_dns_hostile(void **state)
{
	uint8_t right[PROBE_BUFFER], wrong[PROBE_BUFFER];
	int port;

	(void)state;
	listener = server(SOCK_DGRAM, &port);
	add(PROBE_DNS, PROBE_GIVE_ANSWERS, port);
	start();
	take_query();
	memcpy(right, asked, asked_size);
	right[2] = 0x81;
	right[3] = 0x80;
	right[7] = 1;
	for (size_t i = 0; i < asked_size; i++) {
		if (i == 3 || (i >= 6 && i < 12)) /* flags and counts that say nothing of whose */
			continue;
		memcpy(wrong, right, asked_size);
		wrong[i] ^= 0x80;
		reply(wrong, asked_size);
		assert_true(bench_turn(&b, TURN_MS));
		assert_int_equal(state_of(), LINK_BUSY);
	}
	for (size_t size = 0; size < asked_size; size++) {
		reply(right, size);
		assert_true(bench_turn(&b, TURN_MS));
		assert_int_equal(state_of(), LINK_BUSY);
	}
	reply(right, asked_size);
	finish();
	assert_good(&b, 0, 1);
	start();
	take_query();
	finish(); /* no answer */
	assert_good(&b, 0, 0);
	/* An old answer does not answer a new question. */
	start();
	take_query();
	reply(right, asked_size);
	finish();
	assert_good(&b, 0, 0);
}

static void test_dns_refused(void **state)
{
	(void)state;
	add(PROBE_DNS, PROBE_GIVE_ANSWERS, closed_port(SOCK_DGRAM));
	start();
	finish();
	assert_good(&b, 0, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_tcp),
		TEST(test_all_at_once),
		TEST(test_http_answers),
		TEST(test_http_status),
		TEST(test_http_that_is_none),
		TEST(test_http_that_hangs),
		TEST(test_dns),
		TEST(test_dns_hostile),
		TEST(test_dns_refused),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL) ? 1 : 0;
}
