/*
 * For the test of the documents: a small site, its plan, one incident, and an
 * actuation that tells of one output. Include cmocka first.
 */
#ifndef TESTS_DOCUMENT_SITE_H
#define TESTS_DOCUMENT_SITE_H

#include "daemon/document.h"

enum { WATER, BOILER };

static struct zone zones[] = {
	{.id = "centre",       .name = { "行政服务中心", "Service centre" }},
	{ .id = "f3", .name = { "三层", "Floor 3" },                                         .parent = &zones[0], .index = 1 },
};
static struct point_class classes[] = {
	{.id = "water.pressure", .kind = POINT_NUMBER, .unit = "bar", .decimals = 2},
	{ .id = "boiler.supply",
         .kind = POINT_STATE,
         .unit = "",
         .off = { "断电", "off" },
         .on = { "通电", "on" } },
};
static struct point points[] = {
	{.id = "f3-water-pressure",
         .name = { "三层水压", "Water pressure, floor 3" },
         .class = &classes[WATER],
         .zone = &zones[1],
         .index = WATER },
	{ .id = "f3-boiler",
         .name = { "三层开水器", "Boiler, floor 3" },
         .class = &classes[BOILER],
         .zone = &zones[1],
         .index = BOILER},
};
static const struct site site = {
	.id = "centre",
	.name = {"行政服务中心", "Service centre"},
	.zones = zones,
	.zone_count = 2,
	.classes = classes,
	.class_count = 2,
	.points = points,
	.point_count = 2,
};
static const struct role desk = {
	"service_desk", {"总服务台", "Service desk"}
};
static const struct role property = {
	"property", {"物业", "Property"}
};
static const struct action boilers_off = {
	.id = "boilers-off",
	.name = {"关闭开水器", "Boilers off"},
	.class = &classes[BOILER],
	.mode = ACTION_AUTO,
};
static struct step steps[] = {
	{.id = "boilers-off",
         .clause = "2.2",
         .text = { "关闭开水器", "Switch the boilers off" },
         .roles = { &property, &desk },
         .role_count = 2,
         .deadline_ms = 120000,
         .mandatory = true,
         .action = &boilers_off },
	{ .id = "notices",
         .clause = "2.3",
         .text = { "张贴通知", "Put up notices" },
         .roles = { &desk },
         .role_count = 1},
	{ .id = "later",
         .clause = "2.4",
         .text = { "以后", "Later" },
         .roles = { &desk },
         .role_count = 1},
};
static const struct incident_type type = {
	.id = "water-loss",
	.number = 2,
	.name = {"停水", "Water loss"},
	.severity = SEVERITY_HIGH,
	.steps = steps,
	.step_count = 3,
};
static const struct rule rule = {
	.id = "water-pressure-low",
	.name = {"水压低", "Water pressure low"},
	.type = &type,
};

/* The instant 100 s after boot is this wall time. */
#define WALL_MS 1795489269250
static const struct document_clock now = { 100000, WALL_MS };

/* What the actuation would tell; it is not under test here. */
size_t actuation_outputs(const struct actuation *actuation, const struct incident *incident,
	int step, struct output_status *out, size_t max)
{
	(void)actuation, (void)incident;
	assert_int_equal(step, 0);
	assert_true(max > 0);
	out[0] = (struct output_status){ &points[BOILER], 0, OUTPUT_CONFIRMED, 99500, "" };
	return 1;
}

const char *output_state_name(enum output_state state)
{
	return state == OUTPUT_CONFIRMED ? "confirmed" : "?";
}

#define ACTUATION ((const struct actuation *)&now) /* any address: see above */

static struct incident incident_new(void)
{
	struct incident incident = {
		.id = "2-f3-1b3xk",
		.type = &type,
		.zone = &zones[1],
		.state = INCIDENT_ACTIVE_UNACKED,
		.raised_ms = 90000,
		.cause_count = 1,
	};
	struct cause *cause = &incident.causes[0];

	cause->rule = &rule;
	cause->active = true;
	cause->since_ms = 85000;
	cause->witness_count = 1;
	cause->witnesses[0] = (struct reading){ WATER, QUALITY_GOOD, REASON_NONE, 0, 0.31, 89500 };
	for (size_t i = 0; i < 3; i++)
		incident.steps[i].applies = TRUTH_TRUE;
	incident.steps[0].action = ACTION_WANTED;
	return incident;
}

#endif
