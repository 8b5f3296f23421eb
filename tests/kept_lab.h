/*
 * Two engines of one plan and one table: what is open in `lab` is kept and given to `next`, as over
 * a restart. Only *_test.c include it.
 */
#ifndef TESTS_KEPT_LAB_H
#define TESTS_KEPT_LAB_H

#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };

static struct step steps[] = {
	{ .id = "call", .mandatory = true },
	{ .id = "dry", .action = &cut },
};

static struct incident_type types[] = {
	{ .id = "leak", .number = 16, .steps = steps, .step_count = 2 },
	{ .id = "fight", .number = 9, .steps = steps, .step_count = 1 },
};

static const struct plan plan = { .types = types, .type_count = 2 };

static struct rule rules[] = {
	{ .id = "leak",
		.type = &types[0],
		.condition = "any(leak)",
		.clear_for_ms = 100,
		.each_zone = true,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "smoke",
		.type = &types[0],
		.condition = "any(smoke)",
		.zone = &building_zones[Z_F3] },
};

static struct lab lab, next;
static char error[256];

static inline int kept_set_up(void **state)
{
	(void)state;
	lab_start_plan(&lab, &plan, rules, 2);
	lab_start_plan(&next, &plan, rules, 2);
	error[0] = '\0';
	return 0;
}

static inline int kept_tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_end(&next);
	return 0;
}

#endif
