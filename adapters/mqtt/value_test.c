/* What a payload says: JSON pointers, words, numbers, and all that is not exactly a value. */
#include "adapters/mqtt/mqtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct point_class number = { .id = "n", .kind = POINT_NUMBER };
static const struct point_class state_class = { .id = "s", .kind = POINT_STATE };

/* The document of RFC 6901, section 5, with one more member. */
static const char document[] =
	"{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
	"\"k\\\"l\":6,\" \":7,\"m~n\":8,\"t\":true,\"n\":null,\"deep\":{\"x\":[{\"y\":-1.5e1}]}}";

static void test_pointers(void **state)
{
	static const struct {
		const char *pointer, *text; /* NULL: not there */
	} samples[] = {
		{ "/foo/0", "bar" },
		{ "/foo/1", "baz" },
		{ "/foo/2", NULL },
		{ "/foo/-", NULL },
		{ "/foo/00", NULL },
		{ "/foo/01", NULL },
		{ "/foo/1x", NULL },
		{ "/foo/9999999999999999999999", NULL },
		{ "/", "0" },
		{ "/a~1b", "1" },
		{ "/c%d", "2" },
		{ "/e^f", "3" },
		{ "/g|h", "4" },
		{ "/i\\j", "5" },
		{ "/k\"l", "6" },
		{ "/ ", "7" },
		{ "/m~0n", "8" },
		{ "/t", "true" },
		{ "/deep/x/0/y", "-15" },
		{ "/deep/x/0/z", NULL },
		{ "/t/x", NULL },
		{ "/a/b", NULL },
		{ "/missing", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char text[MQTT_IN_TEXT] = "";
		enum reason reason =
			mqtt_in_text(document, strlen(document), samples[i].pointer, text);
		bool right = samples[i].text
				     ? reason == REASON_NONE && strcmp(text, samples[i].text) == 0
				     : reason == REASON_NEVER;

		if (!right)
			fail_msg("%s: \"%s\", %s", samples[i].pointer, text, reason_name(reason));
	}
}

static void test_pointers_of_other_documents(void **state)
{
	char text[MQTT_IN_TEXT];

	(void)state;
	assert_int_equal(mqtt_in_text("21.5", 4, "", text), REASON_NONE);
	assert_string_equal(text, "21.5");
	assert_int_equal(mqtt_in_text("{}", 2, "", text), REASON_MISMATCH);
	assert_int_equal(mqtt_in_text(document, strlen(document), "/n", text), REASON_DEVICE);
	assert_int_equal(mqtt_in_text(document, strlen(document), "/foo", text), REASON_MISMATCH);
	assert_true(mqtt_in_pointer_valid("") && mqtt_in_pointer_valid("/a~0~1/b"));
	assert_false(mqtt_in_pointer_valid("a"));
	assert_false(mqtt_in_pointer_valid("/a~"));
	assert_false(mqtt_in_pointer_valid("/a~2"));
}

struct sample {
	const char *payload, *pointer;
	enum reason reason;
	double value;
};

static void check(const struct point *point, const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct sample *s = &samples[i];
		double value = 0;
		enum reason reason;

		((struct mqtt_in_point *)point->options)->pointer = s->pointer;
		reason = mqtt_in_value(point, s->payload, strlen(s->payload), &value);
		if (reason != s->reason || (reason == REASON_NONE && value != s->value))
			fail_msg("sample %zu, %s: %s, %g", i, s->payload, reason_name(reason),
				value);
	}
}

static void test_numbers(void **state)
{
	static const struct sample samples[] = {
		{ "21.5", NULL, REASON_NONE, 44 },
		{ " 21.5\n", NULL, REASON_NONE, 44 },
		{ "", NULL, REASON_GARBLED, 0 },
		{ "  ", NULL, REASON_GARBLED, 0 },
		{ "21.5 C", NULL, REASON_NAN, 0 },
		{ "nan", NULL, REASON_NAN, 0 },
		{ "0x10", NULL, REASON_NAN, 0 },
		{ "true", NULL, REASON_NAN, 0 },
		{ "{\"t\":21.5}", "/t", REASON_NONE, 44 },
		{ "{\"t\":\"21.5\"}", "/t", REASON_NONE, 44 },
		{ "{\"t\":true}", "/t", REASON_NAN, 0 },
		{ "{\"t\":null}", "/t", REASON_DEVICE, 0 },
		{ "{\"t\":[1]}", "/t", REASON_MISMATCH, 0 },
		{ "{\"t\":\"\"}", "/t", REASON_GARBLED, 0 },
		{ "{\"u\":1}", "/t", REASON_NEVER, 0 },
		{ "{\"t\":1e999}", "/t", REASON_GARBLED, 0 },
		{ "{\"t\":NaN}", "/t", REASON_GARBLED, 0 },
		{ "{\"t\":1,\"t\":2}", "/t", REASON_GARBLED, 0 },
		{ "{\"t\":1", "/t", REASON_GARBLED, 0 },
		{ "{\"t\":1}x", "/t", REASON_GARBLED, 0 },
		{ "\xff\xfe", "/t", REASON_GARBLED, 0 },
		{ "21.5", "/t", REASON_NEVER, 0 },
	};
	struct mqtt_in_point options = { .scale = 2, .offset = 1 };
	struct point point = { .class = &number, .options = &options };

	(void)state;
	check(&point, samples, sizeof(samples) / sizeof(samples[0]));
}

static void test_states(void **state)
{
	static const char *const on[] = { "false", "open", NULL };
	static const char *const off[] = { "true", "closed", NULL };
	static const struct sample samples[] = {
		{ "open", NULL, REASON_NONE, 1 },
		{ "closed", NULL, REASON_NONE, 0 },
		{ "OPEN", NULL, REASON_GARBLED, 0 },
		{ "opened", NULL, REASON_GARBLED, 0 },
		{ "1", NULL, REASON_GARBLED, 0 },
		{ "{\"c\":false}", "/c", REASON_NONE, 1 },
		{ "{\"c\":true}", "/c", REASON_NONE, 0 },
		{ "{\"c\":\"open\"}", "/c", REASON_NONE, 1 },
		{ "{\"c\":0}", "/c", REASON_GARBLED, 0 },
		{ "{\"c\":null}", "/c", REASON_DEVICE, 0 },
		{ "{\"c\":{}}", "/c", REASON_MISMATCH, 0 },
	};
	struct mqtt_in_point options = { .on = on, .off = off, .scale = 1 };
	struct point point = { .class = &state_class, .options = &options };
	char text[MQTT_IN_TEXT];

	(void)state;
	check(&point, samples, sizeof(samples) / sizeof(samples[0]));
	mqtt_in_command(&point, 1, text);
	assert_string_equal(text, "false");
	mqtt_in_command(&point, 0, text);
	assert_string_equal(text, "true");
}

static void test_the_usual_words(void **state)
{
	static const struct sample samples[] = {
		{ "ON", NULL, REASON_NONE, 1 },
		{ "off", NULL, REASON_NONE, 0 },
		{ "1", NULL, REASON_NONE, 1 },
		{ "{\"w\":true}", "/w", REASON_NONE, 1 },
		{ "{\"w\":0}", "/w", REASON_NONE, 0 },
		{ "{\"w\":1.0}", "/w", REASON_NONE, 1 },
		{ "{\"w\":2}", "/w", REASON_GARBLED, 0 },
		{ "{\"w\":0.5}", "/w", REASON_GARBLED, 0 },
	};
	struct mqtt_in_point options = { .topic = "t", .scale = 1 };
	struct point point = { .class = &state_class, .options = &options };
	struct option_errors errors = { NULL };

	(void)state;
	mqtt_in_check_point(&point, &errors);
	check(&point, samples, sizeof(samples) / sizeof(samples[0]));
}

static void test_sizes(void **state)
{
	char text[MQTT_IN_TEXT], *large = malloc(MQTT_IN_PAYLOAD_MAX + 1);

	(void)state;
	memset(large, ' ', MQTT_IN_PAYLOAD_MAX + 1);
	large[0] = '7';
	assert_int_equal(mqtt_in_text(large, MQTT_IN_PAYLOAD_MAX, NULL, text), REASON_NONE);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_PAYLOAD_MAX, "", text), REASON_NONE);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_PAYLOAD_MAX + 1, NULL, text), REASON_GARBLED);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_PAYLOAD_MAX + 1, "", text), REASON_GARBLED);
	memset(large, '7', MQTT_IN_TEXT);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_TEXT - 1, NULL, text), REASON_NONE);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_TEXT, NULL, text), REASON_GARBLED);
	memset(large, '[', MQTT_IN_PAYLOAD_MAX);
	assert_int_equal(mqtt_in_text(large, MQTT_IN_PAYLOAD_MAX, "/0", text), REASON_GARBLED);
	assert_int_equal(mqtt_in_text("7\0", 2, NULL, text), REASON_GARBLED);
	assert_int_equal(mqtt_in_text(NULL, 0, NULL, text), REASON_GARBLED);
	assert_int_equal(mqtt_in_text(NULL, 0, "/x", text), REASON_GARBLED);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_pointers_of_other_documents),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_the_usual_words),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests_name("mqtt_in_value", tests, NULL, NULL) ? 1 : 0;
}
