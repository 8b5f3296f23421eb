/* What the other run's words make of what is published, of commands, and of the last will. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mqtt_played.h"

static int begin(void **state)
{
	int error = set_up(state);

	mqtt_stop(mqtt, 0);
	try_start(NULL, 100);
	assert_non_null(mqtt);
	return error;
}

static const char *topic, *payload;

static void hear_it(void)
{
	const struct port_message message = {
		.topic = topic, .payload = payload, .length = strlen(payload)
	};

	port.events->message(port.events, &message);
}

static void hear_of(const char *on, const char *text)
{
	topic = on;
	payload = text;
	play(hear_it);
}

static void see_other(void)
{
	hear_of("facility/t/state", "{\"status\":\"online\",\"instance\":\"you\"}");
}

static void hear_answer(int number)
{
	char text[120];

	snprintf(text, sizeof(text),
		"{\"answer\":%d,\"to\":\"me\",\"instance\":\"you\",\"rank\":2,\"active_ms\":99999}",
		number);
	hear_of("facility/t/facilityd/you", text);
}

static void stand_by(void)
{
	play(connected);
	see_other();
	play(echo);
	assert_int_equal(told.standing, MQTT_ASKING);
	hear_answer(1);
	assert_int_equal(told.standing, MQTT_STANDING_BY);
}

/* The same, over a new connection; and it has an alert, which the other tells. */
static void go_on_standing_by(void)
{
	stand_by();
	play(lost);
	play(connected);
	publish(MQTT_STREAM, "alert", "{}", 3);
}

static void test_nothing_goes_out_before_it_is_known(void **state)
{
	(void)state;
	publish(MQTT_STREAM, "alert", "{}", 1);
	publish(MQTT_RETAINED, "point/p", "{}", 2);
	play(connected);
	assert_string_equal(port.sent_text, "");
	assert_non_null(strstr(port.words, "\"question\":1"));
	play(echo);
	assert_string_equal(port.sent_text, "facility/t/alert={};facility/t/point/p={};");
	assert_int_equal(told.standing, MQTT_ACTIVE);
	assert_false(port.no_will);
}

static void test_who_stands_by_says_nothing(void **state)
{
	(void)state;
	publish(MQTT_STREAM, "alert", "{}", 1);
	stand_by();
	assert_string_equal(told.other, "you");
	/* What waits has been told by the other; and nothing more comes of it. */
	assert_int_equal(told.delivered, 1);
	publish(MQTT_RETAINED, "point/p", "{}", 2);
	publish(MQTT_STREAM, "alert", "{}", 3);
	hear_of("facility/t/cmd/li/ack", "{}");
	assert_int_equal(told.commands, 0);
	/* Without a last will, and nobody is told that the connection was gone. */
	assert_true(port.good_bye);
	assert_false(port.with_will);
	assert_true(port.no_will);
	play(lost);
	play(lost);
	play(connected);
	assert_int_equal(told.lost, 0);
	assert_string_equal(port.sent_text, "");
	hear_answer(3);
	assert_int_equal(told.ticket, 3);
	assert_string_equal(port.subscribed,
		"facility/t/cmd/+/+ 13;facility/t/state 4;facility/t/facilityd/+ 1;facility/t/locks 4;"
		"facility/t/cmd/+/+ 13;facility/t/state 4;facility/t/facilityd/+ 1;facility/t/locks 4;");
}

static void test_it_takes_over_with_a_will(void **state)
{
	(void)state;
	go_on_standing_by();
	run_to(now_ms + 15000);
	assert_int_equal(told.standing, MQTT_TAKEN_OVER);
	assert_false(port.no_will);
	told.anew = "{\"n\":1}";
	play(lost);
	play(connected);
	assert_non_null(strstr(port.sent_text, "facility/t/alert={};"));
	assert_non_null(strstr(port.sent_text, "facility/t/point/p={\"n\":1};"));
	hear_of("facility/t/cmd/li/ack", "{}");
	assert_int_equal(told.commands, 1);
}

/* The elder puts right what another has told in its place, and clears what that has left. */
static void test_the_elder_puts_it_right(void **state)
{
	(void)state;
	play(connected);
	play(echo);
	run_to(now_ms + 60000);
	told.anew = "{\"n\":1}";
	hear_of("facility/t/facilityd/you",
		"{\"question\":7,\"instance\":\"you\",\"rank\":1,\"active_ms\":5}");
	assert_non_null(strstr(port.words, "\"answer\":7"));
	assert_string_equal(port.sent_text, "");
	port.subscribed[0] = '\0';
	hear_of("facility/t/facilityd/you",
		"{\"question\":8,\"instance\":\"you\",\"rank\":0,\"active_ms\":0}");
	assert_string_equal(port.sent_text, "facility/t/point/p={\"n\":1};");
	assert_non_null(strstr(port.subscribed, "facility/t/incident/+"));
	assert_int_equal(told.standing, MQTT_ACTIVE);
}

static void refuse_word(void)
{
	port.events->answered(port.events, INT32_MAX, 0x87, "Not authorized");
}

/* Some end the connection for it: so it is said once. */
static void test_a_broker_that_forbids_it(void **state)
{
	(void)state;
	play(connected);
	play(refuse_word);
	assert_int_equal(heard("check its access list"), 1);
	assert_int_equal(told.standing, MQTT_ACTIVE);
	port.words[0] = '\0';
	play(lost);
	play(connected);
	assert_string_equal(port.words, "");
	assert_non_null(strstr(port.subscribed, "facility/t/incident/+"));
}

/* It goes without a word: what is retained is the other's, and streams wait for the next run. */
static void test_the_end_of_one_that_stands_by(void **state)
{
	(void)state;
	go_on_standing_by();
	polled_ms = 0;
	mqtt_stop(mqtt, 3000);
	assert_int_equal(polled_ms, 0);
	assert_string_equal(port.sent_text, "");
	assert_false(port.with_will);
	start(NULL, 100);
}

#define TEST_BEGUN(function) cmocka_unit_test_setup_teardown(function, begin, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_BEGUN(test_nothing_goes_out_before_it_is_known),
		TEST_BEGUN(test_who_stands_by_says_nothing),
		TEST_BEGUN(test_it_takes_over_with_a_will),
		TEST_BEGUN(test_the_elder_puts_it_right),
		TEST_BEGUN(test_a_broker_that_forbids_it),
		TEST_BEGUN(test_the_end_of_one_that_stands_by),
	};

	return cmocka_run_group_tests_name("talk", tests, NULL, NULL) ? 1 : 0;
}
