/*
 * The adapter "mqtt" with a real broker, and others who publish there. Include cmocka
 * first. Points: 0 "leak" and 1 "battery" of one JSON topic, 2 "count", plain, 3 "valve",
 * an output; all of one device, whose availability can be set.
 */
#ifndef TESTS_MQTT_IN_BENCH_H
#define TESTS_MQTT_IN_BENCH_H

#include "adapters/mqtt/mqtt.h"
#include "tests/adapter_bench.h"
#include "tests/broker.h"
#include "tests/fake_broker.h"

#include <errno.h>

extern const struct adapter adapter_mqtt;

enum { LEAK, BATTERY, COUNT, VALVE };

static struct adapter_bench b;
static struct broker broker;
static struct mqtt_in_bus bus_options;
static struct mqtt_in_device device_options;
static struct mqtt_in_point options[4];

static inline void publish(const char *topic, const char *flags, const char *payload)
{
	char command[512];

	snprintf(command, sizeof(command), "mosquitto_pub -p %d -q 1 -t %s %s -m '%s'", broker.port,
		topic, flags, payload);
	assert_int_equal(system(command), 0);
}

static inline void make_site(int port)
{
	bus_options = (struct mqtt_in_bus){
		.host = "127.0.0.1", .port = port, .keepalive_ms = 5000, .timeout_ms = 2000
	};
	device_options = (struct mqtt_in_device){ .available = "online", .retained = true };
	options[LEAK] = (struct mqtt_in_point){ "z/leak", "/water_leak", .scale = 1 };
	options[BATTERY] = (struct mqtt_in_point){ "z/leak", "/battery", .scale = 1 };
	options[COUNT] = (struct mqtt_in_point){ "hall/people", NULL, .scale = 1 };
	options[VALVE] = (struct mqtt_in_point){ "z/valve", NULL, .command_topic = "z/valve/set",
		.scale = 1 };
	bench_init(&b, &adapter_mqtt, &bus_options, &device_options);
	bench_add(&b, "leak", POINT_STATE, &options[LEAK]);
	bench_add(&b, "battery", POINT_NUMBER, &options[BATTERY]);
	bench_add(&b, "count", POINT_NUMBER, &options[COUNT]);
	bench_add(&b, "valve", POINT_STATE, &options[VALVE])->writable = true;
}

static inline int set_up(void **state)
{
	(void)state;
	broker_prepare(&broker, NULL);
	broker_start(&broker);
	make_site(broker.port);
	return 0;
}

static inline void close_link(void)
{
	if (b.link)
		adapter_mqtt.event->close(b.link);
	b.link = NULL;
}

static inline int tear_down(void **state)
{
	(void)state;
	close_link();
	broker_remove(&broker);
	return 0;
}

/* What comes within 50 ms, or is due. */
static inline void turn_link(void)
{
	struct link_wait wait;
	int64_t start_ms = clock_now_ms();

	adapter_mqtt.event->wait(b.link, &wait);
	if (wait.deadline_ms - b.now_ms > 50 || wait.fd >= 0)
		bench_turn(&b, wait.deadline_ms - b.now_ms > 50 ? 50 : 0);
	b.now_ms += clock_now_ms() - start_ms;
	if (wait.fd < 0 && wait.deadline_ms > b.now_ms) {
		usleep(5000);
		b.now_ms += 5;
	}
	if (wait.deadline_ms <= b.now_ms)
		bench_deadline(&b);
}

/* What the job under way ends with. */
static inline int job(void)
{
	int64_t until_ms = clock_now_ms() + 15000;

	while (link_head(b.link)->state == LINK_BUSY && clock_now_ms() < until_ms)
		turn_link();
	assert_int_not_equal(link_head(b.link)->state, LINK_BUSY);
	return link_head(b.link)->result;
}

static inline int open_link(void)
{
	int error;

	bench_check(&b);
	assert_string_equal(b.told, "");
	bench_forget(&b);
	close_link();
	assert_int_equal(adapter_mqtt.event->open(&b.bus, b.now_ms, &b.link), 0);
	error = job();
	if (error)
		assert_int_equal(link_head(b.link)->state, LINK_LOST);
	return error;
}

static inline void wait_link(void)
{
	turn_link();
	assert_int_equal(link_head(b.link)->state, LINK_IDLE);
}

/* Opens, and waits until its subscriptions are there. */
static inline void open_sound(void)
{
	int64_t until_ms = clock_now_ms() + 250;

	assert_int_equal(open_link(), 0);
	while (clock_now_ms() < until_ms)
		wait_link();
}

static inline void await(size_t point, unsigned readings)
{
	int64_t until_ms = clock_now_ms() + 10000;

	while (b.readings[point] < readings && clock_now_ms() < until_ms)
		wait_link();
	assert_int_equal(b.readings[point], readings);
}

static inline void await_loss(void)
{
	int64_t until_ms = clock_now_ms() + 20000;
	int error;

	while (link_head(b.link)->state != LINK_LOST && clock_now_ms() < until_ms)
		turn_link();
	assert_int_equal(link_head(b.link)->state, LINK_LOST);
	error = link_head(b.link)->result;
	assert_true(error < 0 && error != -ETIMEDOUT && error != -EBADMSG && error != -EREMOTEIO &&
		    error != -EINVAL); /* those would not count as a loss */
	for (size_t i = 0; i < b.poll.count; i++)
		assert_bad(&b, i, REASON_LINK);
}

#endif
