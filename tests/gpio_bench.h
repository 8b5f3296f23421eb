/*
 * The gpio adapter on the chip of tests/gpio_fake.h: a leak sensor, a debounced smoke
 * contact to ground, and a relay. For the tests of the adapter.
 */
#ifndef TESTS_GPIO_BENCH_H
#define TESTS_GPIO_BENCH_H

#include "adapters/adapter.h"
#include "adapters/gpio/line.h"
#include "core/clock.h"
#include "tests/gpio_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

extern const struct adapter adapter_gpio;

enum { READINGS_MAX = 200 };

enum { LEAK, SMOKE, RELAY, POINTS };

static struct gpio_bus bus_options = { .chip = "inputs" };
static struct gpio_point options[POINTS];
static const struct point_class state_class = { .id = "leak", .kind = POINT_STATE };
static struct point points[POINTS];
static struct point *device_points[POINTS] = { &points[LEAK], &points[SMOKE], &points[RELAY] };
static struct bus bus = { .id = "cabinet", .adapter = &adapter_gpio, .options = &bus_options };
static struct device device = { .bus = &bus, .points = device_points, .point_count = POINTS };
static struct device *devices[] = { &device };
static struct poll poll = {
	.device = &device,
	.points = (const struct point *const *)device_points,
	.count = POINTS,
};

static struct reading readings[READINGS_MAX];
static size_t reading_count;
static const struct adapter_event *event;
static void *link;

static void take(struct sink *sink, const struct reading *reading)
{
	(void)sink;
	assert_true(reading_count < READINGS_MAX);
	readings[reading_count++] = *reading;
}

static struct sink sink = { .reading = take };

static int set_up(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	options[LEAK] = (struct gpio_point){ .line = "4" };
	options[SMOKE] =
		(struct gpio_point){ .line = "SMOKE1", .active_low = true, .debounce_ms = 50 };
	options[RELAY] = (struct gpio_point){ .line = "7" };
	for (uint32_t i = 0; i < POINTS; i++)
		points[i] = (struct point){
			.class = &state_class,
			.device = &device,
			.index = 10 + i,
			.options = &options[i],
			.writable = i == RELAY,
		};
	bus.devices = devices;
	bus.device_count = 1;
	bus_options.chip = "inputs";
	chip.levels[SMOKE] = true; /* no smoke */
	event = adapter_gpio.event;
	reading_count = 0;
	link = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (link)
		event->close(link);
	return chip.open; /* left open: the group says that tear-down failed */
}

static int64_t next_deadline(void)
{
	struct link_wait wait;

	event->wait(link, &wait);
	return wait.deadline_ms;
}

/* Opened at 1000 ms, its first readings told and forgotten. */
static void open_quietly(void)
{
	assert_int_equal(event->open(&bus, 1000, &link), 0);
	event->deadline(link, 1000, &sink);
	reading_count = 0;
}

static void assert_told(size_t i, size_t point, enum quality quality, double value)
{
	assert_true(i < reading_count);
	assert_int_equal(readings[i].point, 10 + point);
	assert_int_equal(readings[i].quality, quality);
	if (quality == QUALITY_GOOD)
		assert_true(readings[i].value == value);
}

#endif
