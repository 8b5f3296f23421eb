/*
 * For tests of daemon/mqtt without a broker: the port, the timer and the clock are played here,
 * which has their functions, so that no time passes. Include cmocka first.
 */
#ifndef TESTS_MQTT_PLAYED_H
#define TESTS_MQTT_PLAYED_H

#include "core/clock.h"
#include "daemon/base/timer.h"
#include "daemon/mqtt/mqtt.h"
#include "link/port.h"
#include "tests/heard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { START_MS = 100000, WINDOW = 20, TEXT = 4096, REFUSED = 0x87, NOT_NOW = 0x97 };

static int64_t now_ms;

int64_t clock_now_ms(void)
{
	return now_ms;
}

/* What it waits for at the end: that time has passed then. */
static int polled_ms;

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	(void)fds, (void)count;
	polled_ms += timeout_ms;
	now_ms += timeout_ms;
	return 0;
}

/* The timer ---------------------------------------------------------------- */

static struct timer *timer;
static int timer_error;
static unsigned timers_stopped;

int timer_start(struct timer *started, sd_event *event, int64_t late_ms,
	void (*expired)(struct timer *timer))
{
	(void)event, (void)late_ms;
	timer = started;
	*timer = (struct timer){ .expired = expired, .at_ms = CLOCK_NEVER };
	return timer_error;
}

void timer_stop(struct timer *stopped)
{
	(void)stopped; /* one that never began is stopped, too */
	timers_stopped++;
}

void timer_arm(struct timer *armed, int64_t at_ms)
{
	if (at_ms < armed->at_ms)
		armed->at_ms = at_ms;
}

/* Time goes on until then, and what is due on the way is done. */
static inline void run_to(int64_t until_ms)
{
	for (int i = 0; timer->at_ms <= until_ms && i < 1000; i++) {
		now_ms = timer->at_ms > now_ms ? timer->at_ms : now_ms;
		timer->at_ms = CLOCK_NEVER;
		timer->expired(timer);
	}
	now_ms = until_ms;
}

/* The port ----------------------------------------------------------------- */

static struct {
	struct port_events *events;
	void (*next)(void); /* what it tells when it is called next */
	bool keep_telling, fails;
	int publish_error;
	struct port_wait wait;
	unsigned called, sent, closed;
	/* Of the last that was sent: */
	uint32_t number;
	struct port_message message;
	char topic[128], payload[128];
	char sent_text[TEXT], subscribed[TEXT], unsubscribed[TEXT];
	bool good_bye, with_will, no_will;
	char words[TEXT]; /* said to other runs, which is not counted as sent */
} port;

static inline void add(char text[TEXT], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline void add(char text[TEXT], const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, TEXT - used, format, args);
	va_end(args);
}

struct port *port_open(
	const struct port_settings *settings, struct port_events *events, int64_t at_ms)
{
	assert_string_equal(settings->host, "broker");
	assert_int_equal(settings->port, 1883);
	assert_string_equal(settings->will_topic, "facility/t/state");
	assert_string_equal(settings->will_payload, "gone");
	assert_null(settings->ca_file);
	assert_int_equal(at_ms, now_ms);
	port.events = events;
	return port.fails ? NULL : (struct port *)&port;
}

void port_close(struct port *closed)
{
	if (!port.fails)
		assert_ptr_equal(closed, &port);
	port.closed++;
}

void port_wait(const struct port *waiting, struct port_wait *wait)
{
	(void)waiting;
	*wait = port.wait;
}

void port_ready(struct port *ready, int64_t at_ms)
{
	void (*next)(void) = port.next;

	(void)ready;
	assert_int_equal(at_ms, now_ms);
	port.called++;
	if (!port.keep_telling)
		port.next = NULL;
	if (next)
		next();
}

int port_publish(struct port *to, const struct port_message *message, uint32_t number)
{
	(void)to;
	if (strstr(message->topic, "/facilityd/")) {
		add(port.words, "%.*s", (int)message->length, message->payload);
		return 0;
	}
	if (port.publish_error)
		return port.publish_error;
	port.sent++;
	port.number = number;
	port.message = *message;
	snprintf(port.topic, sizeof(port.topic), "%s", message->topic);
	snprintf(
		port.payload, sizeof(port.payload), "%.*s", (int)message->length, message->payload);
	add(port.sent_text, "%s=%s;", port.topic, port.payload);
	return 0;
}

int port_subscribe(struct port *to, const char *topic, unsigned options, uint32_t number)
{
	(void)to;
	assert_true(number > INT32_MAX);
	add(port.subscribed, "%s %u;", topic, options);
	return 0;
}

int port_unsubscribe(struct port *to, const char *topic)
{
	(void)to;
	add(port.unsubscribed, "%s;", topic);
	return 0;
}

void port_set_will(struct port *self, bool with_will)
{
	(void)self;
	port.no_will = !with_will;
}

void port_good_bye(struct port *to, bool with_will, int timeout_ms)
{
	(void)to;
	assert_true(timeout_ms >= 0);
	port.good_bye = true;
	port.with_will = with_will;
}

/* The port has something to tell: now. */
static inline void play(void (*next)(void))
{
	port.next = next;
	timer_arm(timer, now_ms);
	run_to(now_ms);
	assert_null(port.next);
}

/* The daemon --------------------------------------------------------------- */

static struct mqtt *mqtt;

static struct told {
	unsigned connected, lost, delivered, commands, retained, surveys;
	uint64_t ticket;
	int code;
	char why[128], topic[128];
	bool elsewhere;
	enum mqtt_standing standing;
	char other[MQTT_INSTANCE_SIZE];
	const char *anew; /* is published of a point when it connects */
} told;

static inline void publish(
	enum mqtt_kind kind, const char *topic, const char *payload, uint64_t ticket)
{
	const struct mqtt_publish message = { .kind = kind,
		.topic = topic,
		.payload = payload,
		.length = strlen(payload),
		.ticket = ticket };

	assert_int_equal(mqtt_publish(mqtt, &message), 0);
}

static inline void on_connected(
	struct mqtt_events *events, bool connected, const struct failure *why)
{
	(void)events;
	told.connected += connected;
	told.lost += !connected;
	told.why[0] = '\0';
	if (why)
		failure_words(why, LANGUAGE_EN, told.why, sizeof(told.why));
	if (connected && told.anew) {
		publish(MQTT_RETAINED, "point/p", "anew, first", 0);
		publish(MQTT_RETAINED, "point/p", told.anew, 0);
	}
}

static inline void on_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	(void)events;
	told.commands++;
	snprintf(told.topic, sizeof(told.topic), "%s", message->topic);
	told.elsewhere = message->elsewhere;
}

static inline void on_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	(void)events;
	told.surveys += !message;
	if (!message)
		return;
	told.retained++;
	snprintf(told.topic, sizeof(told.topic), "%s", message->topic);
	told.elsewhere = message->elsewhere;
}

static inline void on_delivered(struct mqtt_events *events, uint64_t ticket, int code)
{
	(void)events;
	told.delivered++;
	told.ticket = ticket;
	told.code = code;
}

static inline void on_standing(
	struct mqtt_events *events, enum mqtt_standing standing, const char *other)
{
	(void)events;
	told.standing = standing;
	snprintf(told.other, sizeof(told.other), "%s", other);
}

static struct mqtt_events events = { on_connected, on_command, on_retained, on_delivered,
	on_standing };
static sd_event *loop;

static inline void try_start(const char *elsewhere, int64_t outbox_max)
{
	char copied[64]; /* gone after the call */
	const struct mqtt_settings settings = { .host = "broker",
		.port = 1883,
		.keepalive_ms = 15000,
		.outbox_max = outbox_max,
		.elsewhere = elsewhere ? copied : NULL };

	snprintf(copied, sizeof(copied), "%s", elsewhere ? elsewhere : "");
	mqtt = mqtt_start(&settings, "facility/t", "me", "gone", loop, &events);
	memset(copied, '?', sizeof(copied));
}

static inline void start(const char *elsewhere, int64_t outbox_max)
{
	try_start(elsewhere, outbox_max);
	assert_non_null(mqtt);
	assert_int_equal(mqtt_take_over(mqtt), 0); /* nobody is waited for */
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&port, 0, sizeof(port));
	memset(&told, 0, sizeof(told));
	timers_stopped = 0;
	polled_ms = 0;
	timer_error = 0;
	port.wait = (struct port_wait){ -1, false, CLOCK_NEVER };
	now_ms = START_MS;
	assert_true(sd_event_new(&loop) >= 0);
	start(NULL, 100);
	hear();
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	if (mqtt)
		mqtt_stop(mqtt, 0);
	assert_true(port.good_bye);
	assert_true(port.closed > 0);
	assert_int_equal(timers_stopped, port.closed);
	sd_event_unref(loop);
	hear_no_more();
	return 0;
}

static inline void connected(void)
{
	port.events->connected(port.events);
}

/* What it says to other runs comes back. */
static inline void echo(void)
{
	static const char word[] =
		"{\"question\":1,\"instance\":\"me\",\"rank\":3,\"active_ms\":0}";
	const struct port_message message = {
		.topic = "facility/t/facilityd/me", .payload = word, .length = sizeof(word) - 1
	};

	port.events->message(port.events, &message);
}

static inline void lost(void)
{
	const struct failure refused_connection = { .cause = WORD_CAUSE_CONNECTION_REFUSED,
		.detail = "broker" };

	port.events->lost(port.events, &refused_connection, ECONNREFUSED, 0);
}

static inline void lost_otherwise(void)
{
	const struct failure not_authorized = {
		.cause = WORD_CAUSE_THE_BROKER_REFUSES_THE_CONNECTION
	};

	port.events->lost(port.events, &not_authorized, 0, 0x87);
}

static inline void answer(int code, const char *words)
{
	port.events->answered(port.events, port.number, code, words);
}

static inline void taken(void)
{
	answer(0, "");
}

static inline void unheard(void)
{
	answer(0x10, "no matching subscribers");
}

static inline void refused(void)
{
	answer(REFUSED, "not authorized");
}

static inline void refused_for_now(void)
{
	answer(NOT_NOW, "quota exceeded");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
