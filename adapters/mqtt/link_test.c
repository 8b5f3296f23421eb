/* Brokers that go, refuse, say nothing, or say something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mqtt_in_bench.h"

static struct fake_broker fake;

static void test_nobody_listens(void **state)
{
	(void)state;
	broker_end(&broker, SIGKILL);
	assert_true(open_link() < 0);
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
	open_sound();
	bus_options.timeout_ms = 300; /* of a write: a process is begun in its own time */
	kill(broker.pid, SIGSTOP);
	assert_int_equal(adapter_mqtt.event->start_write(b.link, &b.points[VALVE], 1, b.now_ms), 0);
	assert_int_equal(job(), -ETIMEDOUT);
	kill(broker.pid, SIGCONT);
	broker_end(&broker, SIGKILL);
	assert_int_equal(adapter_mqtt.event->start_write(b.link, &b.points[VALVE], 1, b.now_ms), 0);
	assert_true(job() < 0);
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

static int set_up_played(void **state)
{
	(void)state;
	broker = (struct broker){ .port = 0 };
	fake_listen(&fake, 0);
	make_site(fake.port);
	bus_options.timeout_ms = 2000;
	bench_check(&b);
	assert_int_equal(adapter_mqtt.event->open(&b.bus, b.now_ms, &b.link), 0);
	while (!fake_waits(&fake))
		turn_link();
	fake_accept(&fake);
	return 0;
}

static int tear_down_played(void **state)
{
	(void)state;
	close_link();
	fake_end(&fake);
	return 0;
}

static void let_in(void)
{
	fake_send(&fake, "\x20\x03\x00\x00\x00", 5);
	assert_int_equal(job(), 0);
}

static void test_it_accepts_and_never_answers(void **state)
{
	(void)state;
	assert_int_equal(job(), -ETIMEDOUT);
	assert_int_equal(link_head(b.link)->state, LINK_LOST);
}

static void test_it_refuses(void **state)
{
	(void)state;
	fake_send(&fake, "\x20\x03\x00\x89\x00", 5);
	assert_int_equal(job(), -ECONNREFUSED);
}

static void test_it_is_no_broker(void **state)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	(void)state;
	fake_send(&fake, text, sizeof(text));
	assert_true(job() < 0);
	assert_int_equal(link_head(b.link)->state, LINK_LOST);
}

/* A topic that we may not read is told, as a failing on our side of it. */
static void test_subscriptions_are_refused(void **state)
{
	(void)state;
	let_in();
	for (int i = 0; i < 3; i++) { /* two of the points have one topic */
		fake_expect(&fake, MQTT_SUBSCRIBE);
		fake_answer(&fake, 0x87);
	}
	await(VALVE, 1);
	for (size_t i = 0; i < b.poll.count; i++) {
		assert_bad(&b, i, REASON_LOCAL);
		assert_int_equal(b.last[i].detail, EACCES);
	}
}

static void test_garbage_after_the_connect(void **state)
{
	static const uint8_t garbage[] = { 0xf7, 0xff, 0xff, 0xff, 0xff, 0xff, 0x30, 0x00 };

	(void)state;
	let_in();
	fake_send(&fake, garbage, sizeof(garbage));
	await_loss();
}

/* The server ends the session with DISCONNECT 0x8b, after which the library's own loop gives up. */
static void test_it_says_disconnect(void **state)
{
	(void)state;
	let_in();
	fake_send(&fake, "\xe0\x01\x8b", 3);
	await_loss();
}

/* What ends the process that the library is in is a lost link, and the daemon lives. */
static void test_strange_packets(void **state)
{
	(void)state;
	for (size_t i = 1; i < STRANGE_COUNT; i++) {
		let_in();
		fake_expect(&fake, MQTT_SUBSCRIBE);
		if (i == 2)
			assert_int_equal(adapter_mqtt.event->start_write(
						 b.link, &b.points[VALVE], 1, b.now_ms),
				0);
		fake_send(&fake, strange_packets[i].bytes, strange_packets[i].size);
		await_loss();
		fake_hang_up(&fake);
		close_link();
		assert_int_equal(adapter_mqtt.event->open(&b.bus, b.now_ms, &b.link), 0);
		while (!fake_waits(&fake))
			turn_link();
		fake_accept(&fake);
	}
	fake_send(&fake, strange_packets[0].bytes, strange_packets[0].size);
	assert_true(job() < 0);
	assert_int_equal(link_head(b.link)->state, LINK_LOST);
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
		PLAYED_TEST(test_strange_packets),
	};

	use_built_link();
	return cmocka_run_group_tests_name("mqtt_in_link", tests, NULL, NULL) ? 1 : 0;
}
