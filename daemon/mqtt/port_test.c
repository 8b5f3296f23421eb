/* What the daemon does with its link, minute by minute, in time that is played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/mqtt_played.h"

#include <sys/eventfd.h>

/* Connecting --------------------------------------------------------------- */

static void test_connects(void **state)
{
	(void)state;
	publish(MQTT_STREAM, "alert", "{}", 1);
	assert_int_equal(port.sent, 0);
	play(connected);
	assert_string_equal(port.subscribed,
		"facility/t/cmd/+/+ 13;facility/t/state 4;facility/t/facilityd/+ 1;facility/t/locks 4;");
	play(echo);
	assert_non_null(strstr(port.subscribed,
		"facility/t/facilityd/+ 1;facility/t/locks 4;facility/t/incidents 4;facility/t/incident/+ 4;"
		"facility/t/output/+ 4;facility/t/trouble/+ 4;facility/t/point/+ 4;"));
	assert_int_equal(told.connected, 1);
	assert_string_equal(told.why, "");
	assert_string_equal(port.sent_text, "facility/t/alert={};");
	assert_false(port.message.replayed); /* there was no outage */
	assert_true(port.message.json);
	assert_false(port.message.retained);
	publish(MQTT_RETAINED, "point/p", "", 0);
	assert_true(port.message.retained);
	assert_false(port.message.json);
	assert_int_equal(told.connected, 1);
}

static void test_listens_elsewhere_too(void **state)
{
	(void)state;
	mqtt_stop(mqtt, 0);
	start("homeassistant/+/facility_t/+/config", 100);
	play(connected);
	play(echo);
	assert_non_null(strstr(port.subscribed, ";homeassistant/+/facility_t/+/config 4;"));
	run_to(now_ms + 3000);
	assert_string_equal(port.unsubscribed,
		"facility/t/incidents;facility/t/incident/+;facility/t/output/+;facility/t/trouble/+;facility/t/point/+;"
		"homeassistant/+/facility_t/+/config;");
}

static void test_loss_is_told_once_for_each_reason(void **state)
{
	(void)state;
	play(lost);
	assert_int_equal(told.lost, 1);
	assert_string_equal(told.why, "broker: connection refused");
	play(lost);
	assert_int_equal(told.lost, 1);
	play(lost_otherwise);
	assert_int_equal(told.lost, 2);
	assert_string_equal(told.why, "the broker refuses the connection");
	play(connected);
	assert_int_equal(told.connected, 1);
}

/* What is published anew at a connect is in its place before anything is sent: once a topic. */
static void test_each_topic_is_sent_once_after_an_outage(void **state)
{
	(void)state;
	told.anew = "anew";
	play(lost);
	publish(MQTT_STREAM, "alert", "{\"replayed\":false}", 1);
	publish(MQTT_RETAINED, "point/p", "old", 0);
	play(connected);
	assert_string_equal(
		port.sent_text, "facility/t/alert={\"replayed\":true};facility/t/point/p=anew;");
	assert_false(port.message.replayed);
	port.sent_text[0] = '\0';
	publish(MQTT_STREAM, "alert", "{\"replayed\":false}", 2);
	assert_string_equal(port.sent_text, "facility/t/alert={\"replayed\":false};");
	assert_false(port.message.replayed);
}

static void test_in_flight_at_a_loss_is_sent_again(void **state)
{
	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{\"replayed\":false}", 1);
	play(lost);
	port.sent_text[0] = '\0';
	publish(MQTT_STREAM, "alert", "{\"n\":2}", 2);
	assert_string_equal(port.sent_text, "");
	play(connected);
	assert_true(port.message.replayed);
	assert_string_equal(port.sent_text, "facility/t/alert={\"replayed\":true};"
					    "facility/t/alert={\"n\":2,\"replayed\":true};");
	play(taken);
	assert_int_equal(told.ticket, 2);
}

/* Sending ------------------------------------------------------------------ */

static void test_window(void **state)
{
	(void)state;
	for (int i = 0; i < WINDOW + 2; i++)
		publish(MQTT_STREAM, "alert", "{}", 0);
	play(connected);
	assert_int_equal(port.sent, WINDOW);
	play(taken);
	assert_int_equal(port.sent, WINDOW + 1);
	assert_int_equal(told.delivered, 0); /* without a ticket */
	publish(MQTT_STREAM, "alert", "{}", 0);
	assert_int_equal(port.sent, WINDOW + 1);
}

static void test_answers(void **state)
{
	static const struct {
		void (*play)(void);
		int code;
		unsigned logged;
	} table[] = { { taken, 0, 0 }, { unheard, 0x10, 0 }, { refused, REFUSED, 1 } };

	(void)state;
	play(connected);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		publish(MQTT_STREAM, "alert", "{}", 7 + i);
		play(table[i].play);
		assert_int_equal(told.delivered, i + 1);
		assert_int_equal(told.ticket, 7 + i);
		assert_int_equal(told.code, table[i].code);
		assert_int_equal(
			heard("mqtt: facility/t/alert was refused: 0x87"), table[i].logged);
	}
	play(taken); /* of what is not in flight any more */
	assert_int_equal(told.delivered, 3);
}

/* Refused for the moment: again until it is taken, and people are told when it lasts. */
static void test_refused_for_now(void **state)
{
	int64_t sent_ms = now_ms;

	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	play(refused_for_now);
	assert_int_equal(heard("mqtt: facility/t/alert is refused for now: quota exceeded"), 1);
	assert_int_equal(told.delivered, 0);
	assert_int_equal(port.sent, 1);
	for (unsigned i = 2; i < 5; i++) {
		run_to(now_ms + 10000);
		assert_int_equal(port.sent, i);
		assert_int_equal(told.lost, now_ms >= sent_ms + 20000);
		play(refused_for_now);
	}
	assert_int_equal(heard("is refused for now"), 1);
	assert_string_equal(told.why, "the broker refuses what is published: 0x97");
	assert_int_equal(told.lost, 1);
	run_to(now_ms + 10000);
	play(taken);
	assert_int_equal(told.connected, 2);
	assert_int_equal(told.delivered, 1);
	run_to(now_ms + 60000);
	assert_int_equal(told.lost, 1);
}

/* Each refusal makes the next pause longer, up to 10 s. */
static void test_pauses_between_refusals(void **state)
{
	unsigned sent;

	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	play(refused_for_now);
	run_to(now_ms + 501);
	assert_int_equal(port.sent, 2);
	for (int i = 0; i < 8; i++) {
		play(refused_for_now);
		run_to(now_ms + 10001);
	}
	sent = port.sent;
	play(refused_for_now);
	run_to(now_ms + 2000);
	assert_int_equal(port.sent, sent);
}

/* While the window is full, what is due waits for an answer, and nothing turns in vain. */
static void test_due_while_the_window_is_full(void **state)
{
	unsigned called;

	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	play(refused_for_now);
	for (int i = 0; i < WINDOW; i++)
		publish(MQTT_STREAM, "alert", "{}", 0);
	called = port.called;
	run_to(now_ms + 1000);
	assert_in_range(port.called, called, called + 3);
	play(taken);
	assert_int_equal(port.sent, WINDOW + 2);
}

static void test_acknowledges_nothing(void **state)
{
	(void)state;
	play(connected);
	run_to(now_ms + 60000); /* nothing is asked of it */
	assert_int_equal(told.lost, 0);
	publish(MQTT_STREAM, "alert", "{}", 7);
	run_to(now_ms + 19999);
	assert_int_equal(told.lost, 0);
	run_to(now_ms + 1);
	assert_int_equal(told.lost, 1);
	assert_string_equal(told.why, "the broker acknowledges nothing");
	run_to(now_ms + 60000);
	assert_int_equal(told.lost, 1);
	play(taken);
	assert_int_equal(told.connected, 2);
}

/* A new connection begins without what the last one was reproached with. */
static void test_reproach_ends_with_the_connection(void **state)
{
	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	play(refused_for_now);
	play(lost);
	run_to(now_ms + 60000);
	assert_string_equal(
		told.why, "broker: connection refused"); /* and not that it takes nothing */
	play(connected);
	run_to(now_ms + 20000);
	assert_string_equal(told.why, "the broker acknowledges nothing");
}

/* Found too long while the daemon's own call is under way: told from the loop. */
static void test_too_long(void **state)
{
	(void)state;
	play(connected);
	port.publish_error = -EMSGSIZE;
	publish(MQTT_STREAM, "alert", "{}", 7);
	assert_int_equal(told.delivered, 0);
	run_to(now_ms);
	assert_int_equal(told.delivered, 1);
	assert_int_equal(told.code, 0x95);
	port.publish_error = -EAGAIN;
	publish(MQTT_STREAM, "alert", "{}", 8);
	run_to(now_ms + 1000);
	assert_int_equal(told.delivered, 1);
	port.publish_error = 0;
	timer_arm(timer, now_ms);
	run_to(now_ms);
	assert_int_equal(port.sent, 1);
	play(taken);
	assert_int_equal(told.ticket, 8);
}

static void test_reply(void **state)
{
	const struct mqtt_publish reply = { .kind = MQTT_STREAM,
		.full_topic = "reply/x",
		.payload = "{}",
		.length = 2,
		.correlation = "q",
		.correlation_length = 1 };

	(void)state;
	play(connected);
	assert_int_equal(mqtt_publish(mqtt, &reply), 0);
	assert_string_equal(port.topic, "reply/x");
	assert_int_equal(port.message.correlation_length, 1);
}

static void test_dropped_is_counted(void **state)
{
	(void)state;
	mqtt_stop(mqtt, 0);
	start(NULL, 2);
	for (int i = 0; i < 5; i++)
		publish(MQTT_STREAM, "alert", "{}", 0);
	assert_int_equal(mqtt_dropped(mqtt), 3);
}

/* Listening ---------------------------------------------------------------- */

static void say(const char *topic, const char *payload, bool retained)
{
	const struct port_message message = {
		.topic = topic, .payload = payload, .length = strlen(payload), .retained = retained
	};

	port.events->message(port.events, &message);
}

static void say_retained(void)
{
	say("facility/t/trouble/old", "{}", true);
}

static void say_live(void)
{
	say("facility/t/trouble/old", "{}", false);
}

static void say_all(void)
{
	say("facility/t/cmd/li/ack", "{}", false);
	assert_int_equal(told.commands, 1);
	assert_string_equal(told.topic, "cmd/li/ack");
	assert_false(told.elsewhere);
	say("facility/t/cmd/li/ack", "{}", true); /* to be refused aloud */
	assert_int_equal(told.commands, 2);
	say_retained();
	assert_int_equal(told.retained, 1);
	assert_string_equal(told.topic, "trouble/old");
	say_live();
	say("facility/t/trouble/old", "", true);
	assert_int_equal(told.retained, 1);
	say("facility/tower/cmd/li/ack", "{}", true);
	assert_int_equal(told.retained, 2);
	assert_string_equal(told.topic, "facility/tower/cmd/li/ack");
	assert_true(told.elsewhere);
	say("elsewhere", "{}", true);
	assert_true(told.elsewhere);
	say("cmd/li/ack", "{}", false);
	assert_int_equal(told.retained, 3);
	assert_int_equal(told.commands, 2);
}

static void test_messages(void **state)
{
	(void)state;
	play(connected);
	play(say_all);
}

/* The retained batch has come when nothing came for 2 s, and in any case after 5 minutes. */
static void test_survey(void **state)
{
	(void)state;
	play(connected);
	play(echo);
	run_to(now_ms + 1900);
	play(say_retained);
	run_to(now_ms + 1900);
	play(say_live); /* is not of the batch */
	assert_string_equal(port.unsubscribed, "");
	run_to(now_ms + 100);
	assert_string_equal(port.unsubscribed,
		"facility/t/incidents;facility/t/incident/+;facility/t/output/+;facility/t/trouble/+;facility/t/point/+;");
	play(say_retained);
	run_to(now_ms + 60000);
	assert_int_equal(strlen(port.unsubscribed), 103); /* once */
	assert_int_equal(told.surveys, 1);
}

static void test_survey_ends(void **state)
{
	int64_t end_ms = now_ms + 300000;

	(void)state;
	play(connected);
	play(echo);
	while (now_ms + 1500 < end_ms) {
		run_to(now_ms + 1500);
		play(say_retained);
	}
	assert_string_equal(port.unsubscribed, "");
	run_to(end_ms);
	assert_string_not_equal(port.unsubscribed, "");
}

static void test_no_survey_without_a_connection(void **state)
{
	(void)state;
	play(connected);
	play(lost);
	run_to(now_ms + 60000);
	assert_string_equal(port.unsubscribed, "");
}

static void refuse_subscription(void)
{
	port.events->answered(port.events, (uint32_t)INT32_MAX + 1, 0x01, "");
	assert_int_equal(heard("subscription"), 0);
	port.events->answered(port.events, (uint32_t)INT32_MAX + 1, REFUSED, "not authorized");
	assert_int_equal(heard("refuses a subscription: not authorized"), 1);
}

static void test_refused_subscription(void **state)
{
	(void)state;
	play(connected);
	play(refuse_subscription);
}

/* The loop ----------------------------------------------------------------- */

/* Is the port called when its descriptor is ready? */
static bool is_called(void)
{
	unsigned before = port.called;

	sd_event_run(loop, 0);
	return port.called > before;
}

static int fds[2];

static void next_descriptor(void)
{
	port.wait.fd = fds[1];
}

static void test_watches_its_descriptor(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK);
	port.wait.fd = fds[0];
	play(connected);
	assert_false(is_called());
	eventfd_write(fds[0], 1);
	assert_true(is_called());
	port.wait.fd = -1; /* its process has ended */
	play(lost);
	assert_false(is_called());
	port.wait.fd = fds[0]; /* the next one, under the same number */
	play(connected);
	port.next = next_descriptor;
	assert_true(is_called());
	assert_false(is_called());
	port.wait.write = true; /* there is room at once */
	play(connected);
	assert_true(is_called());
	port.wait.write = false;
	play(connected);
	assert_false(is_called());
	port.wait.fd = -1;
	play(lost);
	eventfd_write(fds[1], 1);
	assert_false(is_called());
	port.wait.deadline_ms = now_ms + 500;
	play(lost);
	assert_int_equal(timer->at_ms, now_ms + 500);
	port.wait.deadline_ms = CLOCK_NEVER;
	close(fds[0]);
	close(fds[1]);
}

/* The end ------------------------------------------------------------------ */

static void end_in_time(void)
{
	now_ms += 10;
	say("facility/t/cmd/li/ack", "{}", false);
	if (now_ms > START_MS + 50)
		taken();
}

static void test_end_waits_for_the_last_words(void **state)
{
	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	port.wait.deadline_ms = now_ms;
	port.keep_telling = true;
	port.next = end_in_time;
	mqtt_stop(mqtt, 1000);
	assert_int_equal(told.delivered, 1);
	assert_int_equal(told.commands, 0); /* nobody is there to carry it out */
	assert_in_range(now_ms, START_MS + 51, START_MS + 100);
	assert_true(port.good_bye);
	assert_false(port.with_will);
	port.keep_telling = false;
	start(NULL, 100);
}

/* No time for it is none, however long ago the last event was. */
static void test_end_at_once(void **state)
{
	(void)state;
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 7);
	now_ms += 3000;
	mqtt_stop(mqtt, 0);
	assert_int_equal(polled_ms, 0);
	start(NULL, 100);
}

static void test_no_start_without_a_port_or_a_timer(void **state)
{
	(void)state;
	mqtt_stop(mqtt, 0);
	port.wait.deadline_ms = now_ms + 5;
	start(NULL, 100);
	run_to(now_ms);
	assert_int_equal(timer->at_ms, now_ms + 5);
	mqtt_stop(mqtt, 0);
	timer_error = -ENOMEM;
	try_start(NULL, 100);
	assert_null(mqtt);
	assert_int_equal(port.closed, 3);
	timer_error = 0;
	port.fails = true;
	try_start(NULL, 100);
	assert_null(mqtt);
}

/* Nor is the survey over for those who asked for it: they have stopped what it would touch. */
static void test_end_without_the_last_words(void **state)
{
	(void)state;
	play(connected);
	play(echo);
	publish(MQTT_STREAM, "alert", "{}", 7);
	mqtt_stop(mqtt, 3000);
	assert_int_equal(told.surveys, 0);
	start(NULL, 100);
	assert_int_equal(now_ms, START_MS + 6000);
	assert_true(port.with_will);
	assert_int_equal(
		heard("mqtt: ended with 1 messages of which the broker has not said that it has them"),
		1);
}

/* One each 100 ms, the oldest first. */
static void taken_slowly(void)
{
	static uint32_t oldest;

	now_ms += 100;
	port.number = ++oldest;
	taken();
}

/* Promise 2: a broker that is slow; what it was sent is known to be there, and not told anew. */
static void test_an_end_waits_for_what_is_in_flight(void **state)
{
	(void)state;
	play(connected);
	for (uint64_t i = 1; i <= 50; i++)
		publish(MQTT_STREAM, "alert", "{}", i);
	port.wait.deadline_ms = now_ms;
	port.keep_telling = true;
	port.next = taken_slowly;
	mqtt_stop(mqtt, 2000);
	port.keep_telling = false;
	start(NULL, 100);
	assert_int_equal(told.delivered, port.sent);
	assert_in_range(port.sent, WINDOW + 1, 49);
	assert_true(port.with_will); /* the others are the next run's */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_connects),
		TEST(test_listens_elsewhere_too),
		TEST(test_loss_is_told_once_for_each_reason),
		TEST(test_each_topic_is_sent_once_after_an_outage),
		TEST(test_in_flight_at_a_loss_is_sent_again),
		TEST(test_window),
		TEST(test_answers),
		TEST(test_refused_for_now),
		TEST(test_pauses_between_refusals),
		TEST(test_due_while_the_window_is_full),
		TEST(test_acknowledges_nothing),
		TEST(test_reproach_ends_with_the_connection),
		TEST(test_too_long),
		TEST(test_reply),
		TEST(test_dropped_is_counted),
		TEST(test_messages),
		TEST(test_survey),
		TEST(test_survey_ends),
		TEST(test_no_survey_without_a_connection),
		TEST(test_refused_subscription),
		TEST(test_watches_its_descriptor),
		TEST(test_end_waits_for_the_last_words),
		TEST(test_end_without_the_last_words),
		TEST(test_an_end_waits_for_what_is_in_flight),
		TEST(test_end_at_once),
		TEST(test_no_start_without_a_port_or_a_timer),
	};

	return cmocka_run_group_tests_name("the link's user", tests, NULL, NULL) ? 1 : 0;
}
