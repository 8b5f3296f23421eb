/*
 * For the test of buses on the real modbus-tcp driver: a gateway of several
 * units on the test's own loop, of which one may be dead, and what is told.
 */
#ifndef TESTS_BUS_TCP_BENCH_H
#define TESTS_BUS_TCP_BENCH_H

#include "daemon/bus/bus.h"

#include "adapters/adapter.h"
#include "adapters/modbus/modbus.h"
#include "core/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/loop_run.h"

enum { UNITS = 6, PERIOD_MS = 50, TIMEOUT_MS = 200, REQUEST_SIZE = 12, DEAD = 2 };

static struct gateway {
	int listener, connection;
	sd_event_source *accept_source, *source;
	uint16_t port;
	uint16_t registers[UNITS]; /* each unit has one, at address 0 */
	unsigned polls[UNITS], writes;
	bool dead[UNITS];
	unsigned nap_ms; /* all hangs for so long after the next answer */
} gateway;

static struct bench {
	struct modbus_tcp_bus bus_options;
	struct modbus_device device_options[UNITS];
	struct modbus_point point_options[UNITS];
	struct point points[UNITS];
	struct point *point_list[UNITS];
	struct device devices[UNITS];
	struct device *device_list[UNITS];
	struct bus bus;
	struct site site;
	sd_event *loop;
	struct bus_set *set;
	struct bus_events events;
	struct reading last[UNITS];
	unsigned bad, told[UNITS], device_events, link_events, written_events;
	int device_error, link_error, written_error;
	unsigned overloads;
	struct overload overload;
} b;

/* The slave: function codes 3 and 6, one request at a time. */

static void slave_drop(void)
{
	gateway.source = sd_event_source_disable_unref(gateway.source);
	if (gateway.connection >= 0)
		close(gateway.connection);
	gateway.connection = -1;
}

static void slave_answer(uint8_t frame[static REQUEST_SIZE])
{
	unsigned unit = frame[6];
	uint8_t reply[REQUEST_SIZE];
	size_t size = REQUEST_SIZE;

	assert_in_range(unit, 0, UNITS - 1);
	memcpy(reply, frame, REQUEST_SIZE);
	if (frame[7] == 3) {
		gateway.polls[unit]++;
		reply[5] = 5;
		reply[8] = 2;
		reply[9] = (uint8_t)(gateway.registers[unit] >> 8);
		reply[10] = (uint8_t)gateway.registers[unit];
		size = 11;
	} else {
		assert_int_equal(frame[7], 6);
		gateway.writes++;
		gateway.registers[unit] = (uint16_t)(frame[10] << 8 | frame[11]);
	}
	if (!gateway.dead[unit])
		assert_int_equal(send(gateway.connection, reply, size, MSG_NOSIGNAL), size);
	usleep(gateway.nap_ms * 1000);
	gateway.nap_ms = 0;
}

static int on_request(sd_event_source *source, int fd, uint32_t events, void *context)
{
	uint8_t frame[REQUEST_SIZE];
	ssize_t got = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);

	(void)source;
	(void)events;
	(void)context;
	if (got <= 0)
		slave_drop();
	else if (got == REQUEST_SIZE)
		slave_answer(frame);
	return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)events;
	(void)context;
	slave_drop();
	gateway.connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	sd_event_add_io(b.loop, &gateway.source, gateway.connection, EPOLLIN, on_request, NULL);
	return 0;
}

/* On the port that it had, if it had one. */
static void slave_listen(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(gateway.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int on = 1;

	gateway.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(gateway.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(gateway.listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(gateway.listener, 4), 0);
	getsockname(gateway.listener, (struct sockaddr *)&address, &size);
	gateway.port = ntohs(address.sin_port);
	sd_event_add_io(
		b.loop, &gateway.accept_source, gateway.listener, EPOLLIN, on_connection, NULL);
}

static void slave_stop_listening(void)
{
	gateway.accept_source = sd_event_source_disable_unref(gateway.accept_source);
	close(gateway.listener);
}

static void slave_start(void)
{
	memset(&gateway, 0, sizeof(gateway));
	gateway.connection = -1;
	slave_listen();
}

/* What is told. */

static void on_frame(struct bus_events *events, const struct reading *readings, size_t count)
{
	(void)events;
	for (size_t i = 0; i < count; i++) {
		b.told[readings[i].point]++;
		b.last[readings[i].point] = readings[i];
		b.bad += readings[i].quality == QUALITY_BAD;
	}
}

static void on_reach(
	struct bus_events *events, const struct bus *bus, const struct device *device, int error)
{
	(void)events;
	(void)bus;
	assert_true(!device || device->index == DEAD);
	*(device ? &b.device_events : &b.link_events) += 1;
	*(device ? &b.device_error : &b.link_error) = error;
}

static void on_overload(
	struct bus_events *events, const struct bus *bus, const struct overload *overload)
{
	(void)events;
	(void)bus;
	b.overloads++;
	b.overload = *overload;
}

static void on_written(struct bus_events *events, uint64_t ticket, int error)
{
	(void)events;
	(void)ticket;
	b.written_events++;
	b.written_error = error;
}

static void no_error(struct option_errors *errors, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void no_error(struct option_errors *errors, const char *option, const char *format, ...)
{
	(void)errors;
	(void)option;
	(void)format;
	fail();
}

static void build_point(uint32_t i)
{
	static const struct point_class class = { .id = "level", .kind = POINT_NUMBER };
	struct option_errors errors = { no_error };

	b.device_options[i] = (struct modbus_device){
		.unit = (int64_t)i, .max_registers = 125, .max_bits = 2000, .timeout_ms = TIMEOUT_MS
	};
	b.point_options[i] = (struct modbus_point){
		.bit = -1, .scale = 1, .table = MODBUS_TABLE_HOLDING, .type = MODBUS_TYPE_U16
	};
	b.points[i] = (struct point){ .id = "p",
		.class = &class,
		.index = i,
		.device = &b.devices[i],
		.min = 0,
		.max = 65535,
		.poll_ms = PERIOD_MS,
		.stale_ms = 3000,
		.writable = true,
		.options = &b.point_options[i] };
	b.point_list[i] = &b.points[i];
	b.devices[i] = (struct device){ .id = "d",
		.bus = &b.bus,
		.index = i,
		.points = &b.point_list[i],
		.point_count = 1,
		.options = &b.device_options[i] };
	b.device_list[i] = &b.devices[i];
	b.bus.adapter->check_point(&b.points[i], &errors);
}

static int set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	assert_int_equal(sd_event_new(&b.loop), 0);
	slave_start();
	b.bus_options = (struct modbus_tcp_bus){ "127.0.0.1", gateway.port, 1000 };
	b.bus = (struct bus){ .id = "gateway",
		.adapter = adapter_find("modbus-tcp"),
		.devices = b.device_list,
		.device_count = UNITS,
		.options = &b.bus_options };
	for (uint32_t i = 0; i < UNITS; i++)
		build_point(i);
	b.site = (struct site){ .points = b.points,
		.point_count = UNITS,
		.buses = &b.bus,
		.bus_count = 1,
		.devices = b.devices,
		.device_count = UNITS };
	b.events = (struct bus_events){ on_frame, on_reach, on_written, on_overload };
	b.set = bus_set_start(&b.site, b.loop, &b.events);
	return b.set ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	bus_set_stop(b.set);
	slave_drop();
	slave_stop_listening();
	sd_event_unref(b.loop);
	return 0;
}

static void run_ms(int64_t ms)
{
	loop_run(b.loop, ms);
}

#define run_until(condition) loop_until(b.loop, condition)

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
