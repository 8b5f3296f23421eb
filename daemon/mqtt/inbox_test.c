/* The queue from the MQTT thread to the loop: order, copies, bound, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mqtt/inbox.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct listener {
	struct mqtt_events events; /* first: events are cast back */
	char text[512];            /* what was told, in order */
	unsigned commands, retained, dropped_told;
	uint64_t last_ticket, dropped;
	bool in_order;
};

static struct listener listener;
static sd_event *loop;

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	size_t used = strlen(listener.text);
	va_list args;

	va_start(args, format);
	vsnprintf(listener.text + used, sizeof(listener.text) - used, format, args);
	va_end(args);
}

static void on_connected(struct mqtt_events *events, bool connected, const char *why)
{
	(void)events;
	tell("%s(%s) ", connected ? "connected" : "lost", why);
}

static void on_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	(void)events;
	listener.commands++;
	tell("command(%s %s%s %s %.*s) ", message->topic, message->payload,
		message->retained ? " retained" : "",
		message->response_topic ? message->response_topic : "-",
		(int)message->correlation_length,
		message->correlation ? (const char *)message->correlation : "");
}

static void on_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	(void)events;
	listener.retained++;
	tell("retained(%s%s%s) ", message->topic, message->length ? " " : "", message->payload);
}

static void on_delivered(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	(void)events;
	listener.in_order = listener.in_order && ticket == listener.last_ticket + 1;
	listener.last_ticket = ticket;
	tell("delivered(%d 0x%02x) ", (int)ticket, (unsigned)reason_code);
}

static void on_dropped(struct mqtt_events *events, uint64_t count)
{
	(void)events;
	listener.dropped = count;
	listener.dropped_told++;
}

static int make(void **state)
{
	listener = (struct listener){
		.events = { on_connected, on_command, on_retained, on_delivered, on_dropped },
		.in_order = true,
	};
	if (sd_event_new(&loop) < 0)
		return -1;
	*state = mqtt_inbox_new(loop, &listener.events);
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	mqtt_inbox_free(*state);
	sd_event_unref(loop);
	return 0;
}

static void turn(void)
{
	while (sd_event_run(loop, 0) > 0)
		;
}

static void test_order_and_copies(void **state)
{
	char topic[] = "cmd/li/ack", payload[] = "{}", response[] = "r", correlation[] = "cd";
	const struct mqtt_message command = { topic, payload, 2, true, response, correlation, 2 };
	const struct mqtt_message bare = { .topic = "cmd/li/x", .payload = "" };

	mqtt_inbox_connected(*state, true, "");
	mqtt_inbox_message(*state, &command);
	mqtt_inbox_message(*state, &bare);
	mqtt_inbox_delivered(*state, 7, 0x10);
	mqtt_inbox_connected(*state, false, "gone");
	memset(topic, '?', 3);
	memset(payload, '?', 2);
	memset(response, '?', 1);
	memset(correlation, '?', 2);
	assert_string_equal(listener.text, ""); /* on the loop, and only there */
	turn();
	assert_string_equal(listener.text,
		"connected() command(cmd/li/ack {} retained r cd) command(cmd/li/x  - ) "
		"delivered(7 0x10) lost(gone) ");
}

/* What the broker has acknowledged is not sent again by the next run. */
static void test_the_end(void **state)
{
	const struct mqtt_message command = { .topic = "cmd/li/x", .payload = "" };

	mqtt_inbox_message(*state, &command);
	mqtt_inbox_delivered(*state, 7, 0);
	mqtt_inbox_connected(*state, false, "gone");
	mqtt_inbox_delivered(*state, 8, 0);
	mqtt_inbox_end(*state);
	assert_string_equal(listener.text, "delivered(7 0x00) delivered(8 0x00) ");
	turn();
	assert_string_equal(listener.text, "delivered(7 0x00) delivered(8 0x00) ");
}

/* Only what the broker really retains is told; an empty payload is a clear. */
static void test_retained(void **state)
{
	const struct mqtt_message kept = { "point/p", "{}", 2, true, NULL, NULL, 0 };
	const struct mqtt_message live = { "point/q", "{}", 2, false, NULL, NULL, 0 };
	const struct mqtt_message clear = { "point/r", "", 0, true, NULL, NULL, 0 };
	const struct mqtt_message elsewhere = { "cmd/x/config", "{}", 2, true, .elsewhere = true };
	const struct mqtt_message elsewhere_live = { "cmd/y/config", "{}", 2, false,
		.elsewhere = true };

	mqtt_inbox_message(*state, &kept);
	mqtt_inbox_message(*state, &live);
	mqtt_inbox_message(*state, &clear);
	turn();
	assert_string_equal(listener.text, "retained(point/p) ");
	listener.text[0] = '\0';
	/* No command, though its topic looks like one. */
	mqtt_inbox_message(*state, &elsewhere);
	mqtt_inbox_message(*state, &elsewhere_live);
	turn();
	assert_string_equal(listener.text, "retained(cmd/x/config {}) ");
}

static void test_bounded(void **state)
{
	const struct mqtt_message command = { .topic = "cmd/li/ack", .payload = "" };

	for (int i = 0; i < MQTT_INBOX_MAX + 100; i++)
		mqtt_inbox_message(*state, &command);
	mqtt_inbox_delivered(*state, 1, 0); /* is told all the same */
	turn();
	assert_int_equal(listener.commands, MQTT_INBOX_MAX);
	assert_int_equal(listener.last_ticket, 1);
	mqtt_inbox_message(*state, &command);
	turn();
	assert_int_equal(listener.commands, MQTT_INBOX_MAX + 1);
}

static void test_dropped_told_once(void **state)
{
	for (uint64_t count = 1; count <= 500; count++)
		mqtt_inbox_dropped(*state, count);
	turn();
	assert_int_equal(listener.dropped, 500);
	assert_int_equal(listener.dropped_told, 1);
}

enum { TICKETS = 20000 };

static void *deliver_all(void *inbox)
{
	for (uint64_t ticket = 1; ticket <= TICKETS; ticket++)
		mqtt_inbox_delivered(inbox, ticket, 0);
	return NULL;
}

static void test_other_thread(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, deliver_all, *state), 0);
	/* However many turns it takes: two seconds without anything end it. */
	while (listener.last_ticket < TICKETS && sd_event_run(loop, 2000000) > 0)
		continue;
	pthread_join(thread, NULL);
	assert_int_equal(listener.last_ticket, TICKETS);
	assert_true(listener.in_order);
}

/* What nobody came to hear is freed. */
static void test_freed_with_entries(void **state)
{
	mqtt_inbox_connected(*state, true, "");
	mqtt_inbox_delivered(*state, 1, 0);
}

#define WITH_INBOX(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_INBOX(test_order_and_copies),
		WITH_INBOX(test_the_end),
		WITH_INBOX(test_retained),
		WITH_INBOX(test_bounded),
		WITH_INBOX(test_dropped_told_once),
		WITH_INBOX(test_other_thread),
		WITH_INBOX(test_freed_with_entries),
	};

	return cmocka_run_group_tests_name("mqtt inbox", tests, NULL, NULL) ? 1 : 0;
}
