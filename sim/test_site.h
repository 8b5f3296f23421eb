/*
 * A small site for the simulator's unit tests: two floors with water, leaks, and
 * a boiler whose supply is an output with a contactor.
 */
#ifndef SIM_TEST_SITE_H
#define SIM_TEST_SITE_H

#include "core/site.h"

enum {
	F1_PRESSURE,
	F2_PRESSURE,
	F1_LEAK,
	F2_LEAK,
	F1_SUPPLY,
	F1_CONTACTOR,
	F1_TEMPERATURE,
	TEST_POINT_COUNT
};

enum { CLASS_PRESSURE, CLASS_LEAK, CLASS_SUPPLY, CLASS_CONTACTOR, CLASS_TEMPERATURE };

static struct zone test_zones[] = {
	{ .id = "centre" },
	{ .id = "f1", .parent = &test_zones[0], .index = 1 },
	{ .id = "f1.tea", .parent = &test_zones[1], .index = 2 },
	{ .id = "f2", .parent = &test_zones[0], .index = 3 },
	{ .id = "f2.tea", .parent = &test_zones[3], .index = 4 },
};

#define TEST_STATE(i, name, zero, one)                                                             \
	{                                                                                          \
		.id = name, .kind = POINT_STATE, .unit = "", .off = { zero, zero },                \
		.on = { one, one }, .index = i                                                     \
	}

static struct point_class test_classes[] = {
	{ .id = "water.pressure", .unit = "bar", .decimals = 2 },
	TEST_STATE(CLASS_LEAK, "leak", "dry", "wet"),
	TEST_STATE(CLASS_SUPPLY, "boiler.supply", "off", "on"),
	TEST_STATE(CLASS_CONTACTOR, "boiler.contactor", "open", "closed"),
	{ .id = "boiler.temperature", .unit = "degC", .decimals = 1, .index = CLASS_TEMPERATURE },
};

static struct device test_devices[] = {
	{ .id = "water" },
	{ .id = "boiler", .index = 1 },
};

#define TEST_POINT(i, name, c, z, d, most)                                                         \
	[i] = { .id = name,                                                                        \
		.class = &test_classes[c],                                                         \
		.zone = &test_zones[z],                                                            \
		.device = &test_devices[d],                                                        \
		.index = i,                                                                        \
		.max = most }

static struct point test_points[] = {
	TEST_POINT(F1_PRESSURE, "f1-pressure", CLASS_PRESSURE, 1, 0, 10),
	TEST_POINT(F2_PRESSURE, "f2-pressure", CLASS_PRESSURE, 3, 0, 10),
	TEST_POINT(F1_LEAK, "f1-leak", CLASS_LEAK, 2, 0, 1),
	TEST_POINT(F2_LEAK, "f2-leak", CLASS_LEAK, 4, 0, 1),
	TEST_POINT(F1_SUPPLY, "f1-supply", CLASS_SUPPLY, 2, 1, 1),
	TEST_POINT(F1_CONTACTOR, "f1-contactor", CLASS_CONTACTOR, 2, 1, 1),
	TEST_POINT(F1_TEMPERATURE, "f1-temperature", CLASS_TEMPERATURE, 2, 1, 120),
};

static struct site test_site = {
	.id = "centre",
	.zones = test_zones,
	.zone_count = sizeof(test_zones) / sizeof(test_zones[0]),
	.classes = test_classes,
	.class_count = sizeof(test_classes) / sizeof(test_classes[0]),
	.points = test_points,
	.point_count = TEST_POINT_COUNT,
	.devices = test_devices,
	.device_count = sizeof(test_devices) / sizeof(test_devices[0]),
};

static inline void test_site_make(void)
{
	test_points[F1_SUPPLY].writable = true;
	test_points[F1_SUPPLY].readback = &test_points[F1_CONTACTOR];
}

#endif
