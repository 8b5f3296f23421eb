/* Brokers that go, refuse, say nothing, or say something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mqtt_in_bench.h"

#include <pthread.h>

#ifdef __SANITIZE_THREAD__
/*
 * libmosquitto 2.0.11 unlocks a mutex that it never locked when a DISCONNECT packet comes
 * (handle__disconnect). Only our thread has the client, so it does no harm. Data races are not
 * suppressed.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "mutex:libmosquitto.so\n";
}
#endif

static void test_nobody_listens(void **state)
{
	(void)state;
	broker_end(&broker, SIGKILL);
	assert_true(open_link() < 0);
	assert_null(link_);
}

static void test_the_broker_goes(void **state)
{
	(void)state;
	open_sound();
	broker_end(&broker, SIGKILL);
	await_loss();
	close_link();
	broker_start(&broker);
	open_sound();
	publish("hall/people", "", "5");
	await(COUNT, 1);
	assert_good(&b, COUNT, 5);
	bench_forget(&b);
	broker_end(&broker, SIGTERM); /* it says good-bye */
	await_loss();
}

/* It stops and does not close: after the keepalive and what it waits for its answer it is lost. */
static void test_the_broker_hangs(void **state)
{
	(void)state;
	open_sound();
	kill(broker.pid, SIGSTOP);
	await_loss();
	kill(broker.pid, SIGCONT);
}

static void test_a_write_to_a_broker_that_has_gone(void **state)
{
	(void)state;
	bus_options.timeout_ms = 300;
	open_sound();
	kill(broker.pid, SIGSTOP);
	assert_int_equal(adapter_mqtt.blocking->write(link_, &b.points[VALVE], 1), -ETIMEDOUT);
	kill(broker.pid, SIGCONT);
	broker_end(&broker, SIGKILL);
	assert_true(adapter_mqtt.blocking->write(link_, &b.points[VALVE], 1) < 0);
	await_loss();
}

static void test_login(void **state)
{
	char path[96], text[300];

	(void)state;
	broker_end(&broker, SIGTERM);
	broker_file(&broker, "passwords", "w", "facilityd:secret\n", path);
	snprintf(text, sizeof(text), "chmod 600 %s; mosquitto_passwd -U %s", path, path);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "allow_anonymous false\npassword_file %s\n", path);
	broker_file(&broker, "conf", "a", text, path);
	broker_start(&broker);
	assert_int_equal(open_link(), -EACCES);
	bus_options.username = "facilityd";
	bus_options.password_file = "/no/such/file";
	assert_int_equal(open_link(), -ENOENT);
	broker_file(&broker, "ours", "w", "secret\n", path);
	bus_options.password_file = path;
	open_sound();
	bus_options.ca_file = "/no/such/ca";
	close_link();
	assert_int_equal(open_link(), -ENOENT);
}

/* Brokers that the test plays ------------------------------------------------------ */

struct script {
	const uint8_t *bytes;
	size_t size;
	bool on_subscribe; /* sent instead of a SUBACK, after a CONNACK; else instead of that */
};

static int listener;

/* Reads one packet of MQTT; its type, and its packet id where it has one at its begin. */
static int take_packet(int fd, uint8_t id[2])
{
	uint8_t head[2], body[256];

	if (recv(fd, head, 2, MSG_WAITALL) != 2 || head[1] >= 0x80 ||
		recv(fd, body, head[1], MSG_WAITALL) != head[1])
		return -1;
	memcpy(id, body, 2);
	return head[0] >> 4;
}

static void *play(void *context)
{
	static const uint8_t connack[] = { 0x20, 3, 0, 0, 0 };
	const struct script *script = context;
	uint8_t id[2], suback[] = { 0x90, 4, 0, 0, 0, 0x87 };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), type;
	bool said = false;

	while (fd >= 0 && (type = take_packet(fd, id)) > 0) {
		if (type == 1)
			send(fd, script->on_subscribe ? connack : script->bytes,
				script->on_subscribe ? sizeof(connack) : script->size,
				MSG_NOSIGNAL);
		if (type != 8)
			continue;
		memcpy(suback + 2, id, 2);
		if (!script->bytes)
			send(fd, suback, sizeof(suback), MSG_NOSIGNAL);
		else if (!said)
			send(fd, script->bytes, script->size, MSG_NOSIGNAL);
		said = true;
	}
	close(fd);
	return NULL;
}

static pthread_t broker_thread;

static int set_up_played(void **state)
{
	(void)state;
	broker = (struct broker){ .port = 0 };
	listener = loopback_socket(0);
	assert_int_equal(listen(listener, 1), 0);
	make_site(loopback_port(listener));
	bus_options.timeout_ms = 500;
	return 0;
}

static int tear_down_played(void **state)
{
	(void)state;
	close_link();
	pthread_join(broker_thread, NULL);
	close(listener);
	return 0;
}

static void start_play(struct script *script)
{
	assert_int_equal(pthread_create(&broker_thread, NULL, play, script), 0);
}

static void test_it_accepts_and_never_answers(void **state)
{
	static struct script script = { NULL, 0, false };

	(void)state;
	start_play(&script);
	assert_int_equal(open_link(), -ETIMEDOUT);
}

static void test_it_refuses(void **state)
{
	static const uint8_t busy[] = { 0x20, 3, 0, 0x89, 0 };
	static struct script script = { busy, sizeof(busy), false };

	(void)state;
	start_play(&script);
	assert_int_equal(open_link(), -ECONNREFUSED);
}

static void test_it_is_no_broker(void **state)
{
	static const uint8_t text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	static struct script script = { text, sizeof(text), false };

	(void)state;
	start_play(&script);
	assert_true(open_link() < 0);
}

/* A topic that we may not read is told, as a failing on our side of it. */
static void test_subscriptions_are_refused(void **state)
{
	static struct script script = { NULL, 0, true };

	(void)state;
	start_play(&script);
	assert_int_equal(open_link(), 0);
	for (int i = 0; i < 100 && !b.readings[VALVE]; i++)
		assert_int_equal(wait_link(), 0);
	for (size_t i = 0; i < b.poll.count; i++) {
		assert_bad(&b, i, REASON_LOCAL);
		assert_int_equal(b.last[i].detail, EACCES);
	}
}

static void test_garbage_after_the_connect(void **state)
{
	static const uint8_t garbage[] = { 0xf7, 0xff, 0xff, 0xff, 0xff, 0xff, 0x30, 0x00 };
	static struct script script = { garbage, sizeof(garbage), true };

	(void)state;
	start_play(&script);
	assert_int_equal(open_link(), 0);
	await_loss();
}

/* The server ends the session with DISCONNECT 0x8b, after which the library's own loop gives up. */
static void test_it_says_disconnect(void **state)
{
	static const uint8_t disconnect[] = { 0xe0, 1, 0x8b };
	static struct script script = { disconnect, sizeof(disconnect), true };

	(void)state;
	start_play(&script);
	assert_int_equal(open_link(), 0);
	await_loss();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define PLAYED_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_played, tear_down_played)
	const struct CMUnitTest tests[] = {
		TEST(test_nobody_listens),
		TEST(test_the_broker_goes),
		TEST(test_the_broker_hangs),
		TEST(test_a_write_to_a_broker_that_has_gone),
		TEST(test_login),
		PLAYED_TEST(test_it_accepts_and_never_answers),
		PLAYED_TEST(test_it_refuses),
		PLAYED_TEST(test_it_is_no_broker),
		PLAYED_TEST(test_subscriptions_are_refused),
		PLAYED_TEST(test_garbage_after_the_connect),
		PLAYED_TEST(test_it_says_disconnect),
	};

	return cmocka_run_group_tests_name("mqtt_in_link", tests, NULL, NULL) ? 1 : 0;
}
