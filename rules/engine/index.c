/* Per point, what looks at it: rule instances, and the conditions of steps. */
#include "rules/engine/state.h"

#include <stdlib.h>

static bool looks_at(const struct expr *expr, const struct point *point)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (points[i] == point)
			return true;
	return false;
}

/*
 * Of each point that `expr` looks at, and `besides` does not: counts the entry in used[] and, where
 * there is room for entries already, puts it there.
 */
static void add_points(struct look_up *look_up, const struct expr *expr, const struct expr *besides,
	uint32_t entry, uint32_t *used)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		uint32_t point = points[i]->index;

		if (looks_at(besides, points[i]))
			continue;
		if (look_up->entries)
			look_up->entries[look_up->first[point] + used[point]] = entry;
		used[point]++;
	}
}

static void add_instances(struct engine *engine, uint32_t *used)
{
	for (uint32_t i = 0; i < engine->instance_count; i++) {
		const struct instance *instance = &engine->instances[i];

		add_points(&engine->instances_of, instance->condition, NULL, i, used);
		add_points(
			&engine->instances_of, instance->clear_when, instance->condition, i, used);
	}
}

static void add_steps(struct engine *engine, uint32_t *used)
{
	for (uint32_t i = 0; i < engine->slot_count; i++)
		for (uint32_t k = 0;
			engine->slots[i].whens && k < engine->slots[i].type->step_count; k++)
			add_points(&engine->steps_of, engine->slots[i].whens[k], NULL,
				i * STEP_MAX + k, used);
}

/* Counts, makes room, and fills it. */
static bool make_look_up(struct engine *engine, struct look_up *look_up,
	void (*add)(struct engine *engine, uint32_t *used))
{
	size_t points = engine->site->point_count;
	uint32_t *used = calloc(points + 1, sizeof(used[0]));

	look_up->first = calloc(points + 1, sizeof(look_up->first[0]));
	if (used && look_up->first) {
		add(engine, used);
		for (size_t i = 0; i < points; i++) {
			look_up->first[i + 1] = look_up->first[i] + used[i];
			used[i] = 0;
		}
		look_up->entries = calloc(look_up->first[points] + 1, sizeof(look_up->entries[0]));
	}
	if (look_up->entries)
		add(engine, used);
	free(used);
	return look_up->entries;
}

bool engine_index(struct engine *engine)
{
	return make_look_up(engine, &engine->instances_of, add_instances) &&
	       make_look_up(engine, &engine->steps_of, add_steps);
}
