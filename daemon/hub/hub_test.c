/* The wiring: a reading becomes an alert, and a write waits for its record. */
#include "tests/hub_bench.h"

static void test_a_reading_is_told(void **state)
{
	struct house *house = *state;

	see("f2-leak", 1);
	assert_non_null(said("point/f2-leak", "\"good\""));
	assert_null(said("alert", "")); /* not before the journal has it */
	wait_until(house, said("alert", "\"raised\""));
	assert_non_null(said("alert", "\"leak\""));
}

static void test_a_write_waits_for_its_record(void **state)
{
	struct house *house = *state;

	see("bypass", 1);
	see("f2-leak", 1);
	assert_int_equal(buses.writes, 0);
	wait_until(house, buses.writes > 0);
	assert_string_equal(buses.written->id, "bypass");
	assert_true(buses.value == 0);
}

static void test_a_write_is_proved_by_what_is_read(void **state)
{
	struct house *house = *state;

	building_points[building_point("bypass")].readback =
		&building_points[building_point("ats-on")];
	cut.confirm_ms = 60000; /* not by the end of its time */
	restart(house);
	see("ats-on", 1);
	see("f2-leak", 1);
	wait_until(house, buses.writes > 0);
	buses.events->written(buses.events, buses.ticket, 0);
	usleep(5000);
	see("ats-on", 0);
	wait_until(house, said("alert", "\"event\":\"step\""));
}

/* Twice not written: a person must look. */
static void test_a_write_that_fails_is_told(void **state)
{
	struct house *house = *state;

	see("bypass", 1);
	see("f2-leak", 1);
	for (unsigned n = 1; n <= 2; n++) {
		wait_until(house, buses.writes == n);
		buses.events->written(buses.events, buses.ticket, -EIO);
	}
	wait_until(house, said("trouble/output.bypass", "\"text\""));
	wait_until(house, said("alert", "\"failed\""));
}

/* What is due by time comes without any reading. */
static void test_time_decides(void **state)
{
	struct house *house = *state;

	see("f3-water", 0.5);
	assert_null(said("alert", ""));
	wait_until(house, said("alert", "\"water-loss\""));
	wait_until(house, said("stats", "\"last_10_min\":1"));
}

static void test_what_is_heard_of_the_broker(void **state)
{
	const struct failure no_route = { WORD_CAUSE_NO_ROUTE_TO_IT, 0, "10.0.0.5" };

	struct house *house = *state;
	const struct mqtt_message gone = { .topic = "point/gone", .payload = "{}", .length = 2 };
	const struct mqtt_message ack = { .topic = "cmd/li/ack",
		.payload = "{\"incident\":\"16-f2\"}",
		.length = strlen("{\"incident\":\"16-f2\"}"),
		.response_topic = "facility/centre/reply/li/x" };

	broker.events->retained(broker.events, &gone);
	assert_non_null(said("point/gone", ""));
	see("f2-leak", 1);
	wait_until(house, said("alert", "\"raised\""));
	broker.events->delivered(broker.events, 1, MQTT_NO_SUBSCRIBER);
	assert_non_null(said("trouble/mqtt.unheard", "nobody is listening"));
	broker.events->delivered(broker.events, 1, 0);
	assert_non_null(said("troubles", "[]"));
	broker.events->command(broker.events, &ack);
	wait_until(house, said("facility/centre/reply/li/x", "\"ok\""));
	broker.events->connected(broker.events, false, &no_route);
	assert_non_null(said("trouble/mqtt", "10.0.0.5: no route"));
}

static void test_troubles_of_buses_are_told(void **state)
{
	const struct device water = { .id = "water", .bus = (struct bus *)&bus };

	(void)state;
	buses.events->reach(buses.events, &bus, &water, -ETIMEDOUT);
	assert_non_null(said("trouble/device.water", "no answer in time"));
	buses.events->reach(buses.events, &bus, NULL, -ENODEV);
	assert_non_null(said("trouble/bus.b", "设备不在"));
	buses.events->reach(buses.events, &bus, NULL, 0);
	see_bad("f2-water", REASON_NAN);
	assert_non_null(said("trouble/point.f2-water", "not a number"));
}

/* One line to the local socket, and its answer. */
static void ask(struct house *house, const char *line, const char *expected)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char answer[4000] = "";
	ssize_t got = -1;

	strcpy(address.sun_path, house->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	wait_until(house, got > 0 || (got = recv(fd, answer, sizeof(answer) - 1, 0)) > 0);
	assert_non_null(strstr(answer, expected));
	close(fd);
}

static void test_the_local_socket_answers(void **state)
{
	struct house *house = *state;

	see("f2-leak", 1);
	ask(house, "{\"verb\":\"incidents\"}\n", "\"16-f2-");
	ask(house, "{\"verb\":\"stats\"}\n", "\"last_10_min\":1");
	wait_until(house, said("alert", "\"raised\""));
	ask(house, "{\"verb\":\"history\"}\n", "\"16-f2-"); /* from the journal */
}

/* Is fed only while every worker gives a sign of life. */
static void test_the_watchdog_sees_a_dead_worker(void **state)
{
	struct house *house = *state;

	buses.heartbeat_ms = 1000000;
	assert_true(hub_alive(house->hub, 1000000));
	assert_true(hub_alive(house->hub, 1019999));
	assert_false(hub_alive(house->hub, 1020000));
	buses.heartbeat_ms = CLOCK_NEVER; /* no worker */
	assert_true(hub_alive(house->hub, 1020000));
}

/* Promise 12: a full queue has a stated policy, and who relies on it is told. */
static void test_dropped_messages_are_told(void **state)
{
	broker.dropped = 7;
	wait_until(*state, said("trouble/mqtt.dropped", "7 messages"));
	assert_non_null(said("trouble/mqtt.dropped", "7 条消息"));
	assert_non_null(said("troubles", "mqtt.dropped"));
}

static void test_an_overload_is_told(void **state)
{
	struct overload overload = {
		.lasting = true, .needed_ms = 1200, .available_ms = 1000, .missed_percent = 30
	};
	const struct bus loaded = { .id = "rs485", .name = { "总线", "Bus" } };

	(void)state;
	buses.events->overload(buses.events, &loaded, &overload);
	assert_non_null(said("trouble/overload.rs485", "1200 ms of each 1000 ms"));
	assert_non_null(said("trouble/overload.rs485", "30% 的轮询"));
	overload.lasting = false;
	buses.events->overload(buses.events, &loaded, &overload);
	assert_non_null(said("troubles", "[]"));
}

/* Each second, for ever. */
static void test_heartbeats_come_again_and_again(void **state)
{
	struct house *house = *state;

	building_points[building_point("f2-leak")].heartbeat_ms = 100;
	see("f2-leak", 0);
	wait_until(house, times_said("point/f2-leak") == 4);
	assert_int_equal(times_said("point/f2-water"), 1);
}

/* Promise 2: an alert waits for a disk that hangs, but not for long. */
/* What the broker says of the last words is kept, and told to nobody. */
/* Another has it: nothing is left half made. */
/* What the broker has is not sent to it again by the next run; what it has not is. */
/* Where no message reaches a person, an output calls. */
/* What was due before the configuration came is decided by the one before. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_reading_is_told),
		TEST(test_a_write_waits_for_its_record),
		TEST(test_a_write_is_proved_by_what_is_read),
		TEST(test_a_write_that_fails_is_told),
		TEST(test_time_decides),
		TEST(test_what_is_heard_of_the_broker),
		TEST(test_troubles_of_buses_are_told),
		TEST(test_the_local_socket_answers),
		TEST(test_the_watchdog_sees_a_dead_worker),
		TEST(test_dropped_messages_are_told),
		TEST(test_an_overload_is_told),
		TEST(test_heartbeats_come_again_and_again),
	};

	log_open("hub_test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
