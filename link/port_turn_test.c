/* One turn of the loop: of what has come at once each hears a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "link/port.h"
#include "link/wire.h"
#include "tests/fake_broker.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { MANY = 200, HEAD = (4 + WIRE_TEXT_COUNT) * sizeof(uint32_t), PATIENCE_MS = 20000 };

static struct fake_broker fake;
static struct port *port;
static unsigned connects, messages;

static void on_connected(struct port_events *events)
{
	(void)events;
	connects++;
}

static void on_lost(struct port_events *events, const struct failure *why, int error, int code)
{
	(void)events, (void)why, (void)error, (void)code;
}

static void on_message(struct port_events *events, const struct port_message *message)
{
	(void)events, (void)message;
	messages++;
}

static void on_answered(struct port_events *events, uint32_t number, int code, const char *words)
{
	(void)events, (void)number, (void)code, (void)words;
}

static struct port_events events = { on_connected, on_lost, on_message, on_answered };

static void connect_fake(void)
{
	const int64_t until_ms = clock_now_ms() + PATIENCE_MS;

	while (!fake_waits(&fake) && clock_now_ms() < until_ms) {
		port_ready(port, clock_now_ms());
		usleep(1000);
	}
	fake_let_in(&fake);
	while (connects == 0 && clock_now_ms() < until_ms) {
		port_ready(port, clock_now_ms());
		usleep(1000);
	}
	assert_int_equal(connects, 1);
}

/* The link has handed all of them on, and nobody has heard one. */
static void send_many(void)
{
	static const char packet[] = "\x30\x07\x00\x03z/a\x00x";
	const int size = MANY * (HEAD + (int)sizeof("z/a") + (int)sizeof("x"));
	const int64_t until_ms = clock_now_ms() + PATIENCE_MS;
	struct port_wait wait;
	int here = 0;

	port_wait(port, &wait);
	for (int i = 0; i < MANY; i++)
		fake_send(&fake, packet, sizeof(packet) - 1);
	while (here < size && clock_now_ms() < until_ms && ioctl(wait.fd, FIONREAD, &here) == 0)
		usleep(1000);
	assert_true(here >= size);
}

/* Others on the loop get their turn, and nobody sleeps on the rest, nor turns in vain. */
static void test_a_burst(void **state)
{
	unsigned turns = 0, heard;
	struct port_wait wait;

	(void)state;
	connect_fake();
	send_many();
	do {
		struct pollfd fd = { .events = POLLIN };

		port_wait(port, &wait);
		fd.fd = wait.fd;
		assert_true(wait.deadline_ms == 0 || poll(&fd, 1, 0) == 1);
		heard = messages;
		port_ready(port, clock_now_ms());
		assert_in_range(messages - heard, 0, PORT_TURN_MAX);
	} while (messages < MANY && ++turns < 2 * MANY);
	assert_int_equal(messages, MANY);
	assert_in_range(turns, MANY / PORT_TURN_MAX - 1, MANY / PORT_TURN_MAX + 3);
	port_ready(port, clock_now_ms());
	port_wait(port, &wait);
	assert_true(wait.deadline_ms > 0);
}

static int set_up(void **state)
{
	struct port_settings settings = {
		.host = "127.0.0.1", .keepalive_ms = 20000, .client_id = "turn"
	};

	(void)state;
	fake_listen(&fake, 0);
	settings.port = fake.port;
	port = port_open(&settings, &events, clock_now_ms());
	return port ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	port_close(port);
	fake_end(&fake);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_burst, set_up, tear_down),
	};

	use_built_link();
	return cmocka_run_group_tests_name("link port turn", tests, NULL, NULL) ? 1 : 0;
}
