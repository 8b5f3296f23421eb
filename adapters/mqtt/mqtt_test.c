/* Readings that others publish at a real broker, and writes that others take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mqtt_in_bench.h"

static void test_readings(void **state)
{
	(void)state;
	open_sound();
	publish("z/leak", "", "{\"water_leak\":true,\"battery\":87.5}");
	publish("hall/people", "", "12");
	await(COUNT, 1);
	assert_good(&b, LEAK, 1);
	assert_good(&b, BATTERY, 87.5);
	assert_good(&b, COUNT, 12);
	assert_int_equal(b.readings[VALVE], 0);
	assert_null(adapter_mqtt.event->start_read); /* nothing is asked */
}

/* A message without the value says nothing of it; one with garbage makes it bad. */
static void test_what_is_no_value(void **state)
{
	(void)state;
	open_sound();
	publish("z/leak", "", "{\"battery\":55}");
	await(BATTERY, 1);
	assert_int_equal(b.readings[LEAK], 0);
	publish("z/leak", "", "{\"water_leak\":\"maybe\",\"battery\":5555}");
	await(BATTERY, 2);
	assert_bad(&b, LEAK, REASON_GARBLED);
	assert_bad(&b, BATTERY, REASON_RANGE);
	publish("z/leak", "", "water");
	await(BATTERY, 3);
	assert_bad(&b, LEAK, REASON_GARBLED);
	assert_bad(&b, BATTERY, REASON_GARBLED);
	publish("z/leak", "", "{\"water_leak\":null,\"battery\":{}}");
	await(BATTERY, 4);
	assert_bad(&b, LEAK, REASON_DEVICE);
	assert_bad(&b, BATTERY, REASON_MISMATCH);
	publish("hall/people", "-n #", ""); /* nothing at all */
	publish("hall/people", "", "many");
	await(COUNT, 2);
	assert_bad(&b, COUNT, REASON_NAN);
	wait_link();
}

static void test_retained(void **state)
{
	(void)state;
	publish("hall/people", "-r", "40");
	open_sound();
	await(COUNT, 1);
	assert_good(&b, COUNT, 40);
	close_link();
	device_options.retained = false;
	open_sound();
	assert_int_equal(b.readings[COUNT], 0);
	publish("hall/people", "-r", "41"); /* live for those who are there */
	await(COUNT, 1);
	assert_good(&b, COUNT, 41);
}

static void test_availability(void **state)
{
	(void)state;
	device_options.availability = "z/leak/availability";
	publish("z/leak", "-r", "{\"water_leak\":false,\"battery\":50}");
	publish("z/leak/availability", "-r", "offline");
	open_sound();
	await(LEAK, 1);
	/* What is retained of a device that is away says nothing. */
	assert_bad(&b, LEAK, REASON_OFFLINE);
	assert_bad(&b, VALVE, REASON_OFFLINE);
	publish("z/leak/availability", "-r", "online");
	publish("z/leak", "-r", "{\"water_leak\":true,\"battery\":50}");
	await(LEAK, 2);
	assert_good(&b, LEAK, 1);
	publish("z/leak/availability", "-r", "what?");
	await(LEAK, 3);
	assert_bad(&b, LEAK, REASON_OFFLINE);
	publish("z/leak", "", "{\"water_leak\":true,\"battery\":50}");
	publish("z/leak/availability", "", "online");
	publish("hall/people", "", "3");
	await(COUNT, 3); /* twice bad with all others */
	assert_good(&b, COUNT, 3);
	assert_bad(&b, LEAK, REASON_OFFLINE); /* until it says something itself */
}

static void test_availability_in_json(void **state)
{
	(void)state;
	device_options.availability = "z/leak/availability";
	device_options.availability_pointer = "/state";
	open_sound();
	publish("z/leak/availability", "", "{\"state\":\"online\"}");
	publish("hall/people", "", "1");
	await(COUNT, 1);
	assert_good(&b, COUNT, 1);
	publish("z/leak/availability", "", "{}");
	await(COUNT, 2);
	assert_bad(&b, COUNT, REASON_OFFLINE);
}

/* Writes -------------------------------------------------------------------------- */

static FILE *subscriber(const char *topic)
{
	char command[128];
	FILE *pipe;

	snprintf(command, sizeof(command), "exec mosquitto_sub -p %d -q 1 -t %s -C 1 -W 10",
		broker.port, topic);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	usleep(300000);
	return pipe;
}

static void expect(FILE *pipe, const char *payload)
{
	char line[64] = "";

	assert_non_null(fgets(line, sizeof(line), pipe));
	assert_int_equal(pclose(pipe), 0);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, payload);
}

static int write_valve(double value)
{
	int error = adapter_mqtt.event->start_write(b.link, &b.points[VALVE], value, b.now_ms);

	return error ? error : job();
}

static void test_writes(void **state)
{
	static const char *const open_words[] = { "OPEN", NULL };
	static const char *const closed_words[] = { "CLOSE", "SHUT", NULL };
	FILE *pipe;

	(void)state;
	options[VALVE].on = open_words;
	options[VALVE].off = closed_words;
	open_sound();
	pipe = subscriber("z/valve/set");
	assert_int_equal(write_valve(0), 0);
	expect(pipe, "CLOSE");
	/* Nobody subscribes there: nobody has taken it. */
	options[VALVE].command_topic = "z/nobody";
	assert_int_equal(write_valve(1), -EREMOTEIO);
	options[VALVE].command_topic = "z/valve/set";
	b.points[VALVE].class = &b.number;
	options[VALVE].scale = 2;
	pipe = subscriber("z/valve/set");
	assert_int_equal(write_valve(33), 0);
	expect(pipe, "16.5");
}

/* What comes during a write is not lost. */
static void test_a_reading_during_a_write(void **state)
{
	(void)state;
	open_sound();
	publish("hall/people", "", "77");
	publish("hall/people", "", "78");
	usleep(100000);
	assert_int_equal(write_valve(1), -EREMOTEIO);
	await(COUNT, 2);
	assert_good(&b, COUNT, 78);
}

static void test_options(void **state)
{
	static const char *const both[] = { "on", "x", NULL };

	(void)state;
	bus_options.host = "broker.example";
	bus_options.password_file = "/etc/p";
	device_options.availability_pointer = "state";
	options[LEAK].topic = "z/+/leak";
	options[LEAK].on = options[LEAK].off = both;
	options[BATTERY].pointer = "battery";
	options[COUNT].on = both;
	options[COUNT].scale = 0;
	options[VALVE].command_topic = NULL;
	options[VALVE].off = both;
	bench_check(&b);
	for (size_t i = 0; i < 4; i++) {
		static const char *const told[] = { "[host] \"broker.example\" is not an IPv4",
			"[password_file] needs a username",
			"[availability_pointer] \"state\" is no", "[off] stands alone" };

		assert_non_null(strstr(b.told, told[i]));
	}
	b.told[0] = '\0';
	mqtt_in_check_point(&b.points[LEAK], &b.errors);
	assert_non_null(strstr(b.told, "[topic] \"z/+/leak\" has a wildcard"));
	assert_non_null(strstr(b.told, "[on] \"on\" is both on and off"));
	b.told[0] = '\0';
	mqtt_in_check_point(&b.points[BATTERY], &b.errors);
	mqtt_in_check_point(&b.points[COUNT], &b.errors);
	assert_non_null(strstr(b.told, "[pointer] \"battery\" is no JSON pointer"));
	assert_non_null(strstr(b.told, "[on] is for states"));
	assert_non_null(strstr(b.told, "[scale] must not be 0"));
	b.told[0] = '\0';
	mqtt_in_check_point(&b.points[VALVE], &b.errors);
	assert_non_null(strstr(b.told, "[command_topic] is missing"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_readings),
		TEST(test_what_is_no_value),
		TEST(test_retained),
		TEST(test_availability),
		TEST(test_availability_in_json),
		TEST(test_writes),
		TEST(test_a_reading_during_a_write),
		TEST(test_options),
	};

	use_built_link();
	return cmocka_run_group_tests_name("mqtt_in", tests, NULL, NULL) ? 1 : 0;
}
