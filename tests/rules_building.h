/*
 * A small building for the tests of this room. Only *_test.c include it.
 */
#ifndef TESTS_RULES_BUILDING_H
#define TESTS_RULES_BUILDING_H

#include "core/site.h"
#include "rules/expr/expr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { Z_CENTRE, Z_F2, Z_F2_TEA, Z_F3, Z_F3_TEA, Z_LIFT, ZONE_COUNT };

enum {
	C_LEAK,
	C_SMOKE,
	C_SWITCH,
	C_TRAPPED,
	C_PRESSURE,
	C_VOLTAGE,
	C_TEMPERATURE,
	C_HUMIDITY,
	C_FLOW,
	C_RATIO,
	C_UNUSED,
	CLASS_COUNT
};

static struct zone building_zones[ZONE_COUNT] = {
	[Z_CENTRE] = { .id = "centre" },
	[Z_F2] = { .id = "f2", .parent = &building_zones[Z_CENTRE] },
	[Z_F2_TEA] = { .id = "f2.tea", .parent = &building_zones[Z_F2] },
	[Z_F3] = { .id = "f3", .parent = &building_zones[Z_CENTRE] },
	[Z_F3_TEA] = { .id = "f3.tea", .parent = &building_zones[Z_F3] },
	[Z_LIFT] = { .id = "lift", .parent = &building_zones[Z_CENTRE] },
};

static struct point_class building_classes[CLASS_COUNT] = {
	[C_LEAK] = { .id = "leak", .kind = POINT_STATE },
	[C_SMOKE] = { .id = "smoke", .kind = POINT_STATE },
	[C_SWITCH] = { .id = "switch", .kind = POINT_STATE },
	[C_TRAPPED] = { .id = "lift.trapped", .kind = POINT_STATE },
	[C_PRESSURE] = { .id = "water.pressure", .kind = POINT_NUMBER, .unit = "bar" },
	[C_VOLTAGE] = { .id = "voltage", .kind = POINT_NUMBER, .unit = "V" },
	[C_TEMPERATURE] = { .id = "temperature", .kind = POINT_NUMBER, .unit = "°C" },
	[C_HUMIDITY] = { .id = "humidity", .kind = POINT_NUMBER, .unit = "%" },
	[C_FLOW] = { .id = "flow", .kind = POINT_NUMBER, .unit = "m3/h" },
	[C_RATIO] = { .id = "ratio", .kind = POINT_NUMBER, .unit = "" },
	[C_UNUSED] = { .id = "unused", .kind = POINT_STATE },
};

#define POINT(name, c, z)                                                                          \
	{                                                                                          \
		.id = name, .class = &building_classes[c], .zone = &building_zones[z]              \
	}

static struct point building_points[] = {
	POINT("f2-leak", C_LEAK, Z_F2),
	POINT("f2-tea-leak", C_LEAK, Z_F2_TEA),
	POINT("f3-tea-leak-a", C_LEAK, Z_F3_TEA),
	POINT("f3-tea-leak-b", C_LEAK, Z_F3_TEA),
	POINT("smoke-1", C_SMOKE, Z_F3),
	POINT("smoke-2", C_SMOKE, Z_F3),
	POINT("smoke-3", C_SMOKE, Z_F3),
	POINT("ats-on", C_SWITCH, Z_CENTRE),
	POINT("bypass", C_SWITCH, Z_CENTRE),
	POINT("lift-trapped", C_TRAPPED, Z_LIFT),
	POINT("f2-water", C_PRESSURE, Z_F2),
	POINT("f3-water", C_PRESSURE, Z_F3),
	POINT("mains-l1", C_VOLTAGE, Z_CENTRE),
	POINT("mains-l2", C_VOLTAGE, Z_CENTRE),
	POINT("t-a", C_TEMPERATURE, Z_F2),
	POINT("t-b", C_TEMPERATURE, Z_F2),
	POINT("t-c", C_TEMPERATURE, Z_F2),
	POINT("rh", C_HUMIDITY, Z_F2),
	POINT("flow-main", C_FLOW, Z_CENTRE),
	POINT("x", C_RATIO, Z_CENTRE),
	POINT("y", C_RATIO, Z_CENTRE),
};

enum { POINT_COUNT = sizeof(building_points) / sizeof(building_points[0]) };

static const struct site building = {
	.id = "centre",
	.zones = building_zones,
	.zone_count = ZONE_COUNT,
	.classes = building_classes,
	.class_count = CLASS_COUNT,
	.points = building_points,
	.point_count = POINT_COUNT,
};

/* For cmocka_run_group_tests(). */
static inline int building_setup(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ZONE_COUNT; i++)
		building_zones[i].index = i;
	for (uint32_t i = 0; i < CLASS_COUNT; i++)
		building_classes[i].index = i;
	for (uint32_t i = 0; i < POINT_COUNT; i++)
		building_points[i].index = i;
	return 0;
}

static inline uint32_t building_point(const char *id)
{
	const struct point *point = site_point(&building, id);

	assert_non_null(point);
	return point->index;
}

/* "f2-leak=1 f2-water=0.5 smoke-1=? x=>5"; "?" is bad, and so is a point that is not named; ">5" is
 * over a measuring range that ends at 5, "<5" under one. */
static inline void building_set(struct reading values[POINT_COUNT], const char *assignments)
{
	char text[256], *rest = text, *word;

	memset(values, 0, POINT_COUNT * sizeof(values[0]));
	assert_true(strlen(assignments) < sizeof(text));
	strcpy(text, assignments);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');
		struct reading *reading;

		if (!value)
			continue;
		*value++ = '\0';
		reading = &values[building_point(word)];
		reading->quality = *value == '?'   ? QUALITY_STALE
				   : *value == '>' ? QUALITY_OVER
				   : *value == '<' ? QUALITY_UNDER
						   : QUALITY_GOOD;
		reading->value = *value == '?' ? 1 : strtod(value + strspn(value, "<>"), NULL);
	}
}

#endif
