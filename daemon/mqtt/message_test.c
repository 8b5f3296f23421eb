/* What the broker's answer means, and how a message says that it is told late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mqtt/mqtt.h"

#include <stdlib.h>
#include <string.h>

/* Promises 2 and 5: only what the broker has kept for somebody counts as recorded. */
static void test_recorded_is_reason_0_alone(void **state)
{
	(void)state;
	assert_int_equal(mqtt_outcome(0x00), MQTT_RECORDED);
	for (int code = 0x01; code <= 0xff; code++)
		assert_int_not_equal(mqtt_outcome(code), MQTT_RECORDED);
	assert_int_equal(mqtt_outcome(MQTT_NO_SUBSCRIBER), MQTT_UNHEARD);
}

static void test_refusals(void **state)
{
	(void)state;
	for (int code = 0x80; code <= 0xff; code++) {
		bool passing = code == 0x80 || code == 0x83 || code == 0x97;

		assert_int_equal(mqtt_outcome(code), passing ? MQTT_NOT_NOW : MQTT_NEVER);
	}
}

static void expect_replayed(const char *payload, const char *expected)
{
	size_t length;
	char *text = mqtt_replayed(payload, strlen(payload), &length);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
	free(text);
}

static void test_replayed(void **state)
{
	(void)state;
	expect_replayed("{\"id\":\"r-1\",\"replayed\":false,\"x\":{\"replayed\":false}}",
		"{\"id\":\"r-1\",\"replayed\":true,\"x\":{\"replayed\":false}}");
	expect_replayed("{\"note\":\"\\\"replayed\\\":false\",\"value\":21.1}",
		"{\"note\":\"\\\"replayed\\\":false\",\"value\":21.1,\"replayed\":true}");
	expect_replayed("no document", "no document");
	expect_replayed("[1]", "[1]");
	expect_replayed("", "");
}

static void test_copy(void **state)
{
	const struct mqtt_publish message = { .topic = "t",
		.full_topic = "reply/x",
		.payload = "{}",
		.length = 2,
		.ticket = 7,
		.correlation = "q-7",
		.correlation_length = 3 };
	char *texts = malloc(mqtt_texts_size(&message));
	struct mqtt_publish copied = mqtt_copy(&message, texts);

	(void)state;
	assert_string_equal(copied.topic, "t");
	assert_string_equal(copied.full_topic, "reply/x");
	assert_string_equal(copied.payload, "{}");
	assert_string_equal(copied.correlation, "q-7");
	assert_int_equal(copied.ticket, 7);
	assert_ptr_not_equal(copied.full_topic, message.full_topic);
	free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_is_reason_0_alone),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_replayed),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests_name("mqtt outcome", tests, NULL, NULL) ? 1 : 0;
}
