/* What goes from one engine to the next: incidents, readings, running delays. */
#include "rules/engine/adopt.h"

#include "rules/engine/snapshot.h"
#include "rules/engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int adopt_incidents(
	struct engine *engine, const struct engine *old, char *error, size_t error_size)
{
	const struct incident *incident;
	char text[SNAPSHOT_MAX];

	for (size_t i = 0; (incident = engine_incident(old, i)); i++) {
		if (engine_snapshot(old, incident, text, sizeof(text)) == 0) {
			snprintf(error, error_size, "incident %s: too large", incident->id);
			return -EINVAL;
		}
		if (engine_restore(engine, text, 0, error, error_size) < 0)
			return -EINVAL;
	}
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_quantity(const struct point *a, const struct point *b)
{
	return strcmp(a->class->id, b->class->id) == 0 && a->class->kind == b->class->kind &&
	       same_text(a->class->unit, b->class->unit);
}

const struct point *point_before(const struct site *old, const struct point *point)
{
	/* Most stay where they were. */
	const struct point *same =
		point->index < old->point_count &&
				strcmp(old->points[point->index].id, point->id) == 0
			? &old->points[point->index]
			: site_point(old, point->id);

	return same && same_quantity(point, same) ? same : NULL;
}

static void adopt_readings(struct engine *engine, const struct engine *old)
{
	for (size_t i = 0; i < engine->site->point_count; i++) {
		const struct point *point = &engine->site->points[i];
		const struct point *was = point_before(old->site, point);

		if (!was)
			continue;
		engine->values[i] = old->values[was->index];
		engine->values[i].point = (uint32_t)i;
	}
}

static bool same_instance(const struct engine *engine, const struct instance *a,
	const struct engine *old, const struct instance *b)
{
	const struct slot *x = &engine->slots[a->slot], *y = &old->slots[b->slot];

	return strcmp(a->rule->id, b->rule->id) == 0 && strcmp(x->type->id, y->type->id) == 0 &&
	       strcmp(x->zone->id, y->zone->id) == 0 &&
	       same_text(a->rule->condition, b->rule->condition) &&
	       same_text(a->rule->clear_when, b->rule->clear_when);
}

static const struct instance *instance_adopted(
	const struct engine *engine, uint32_t index, const struct engine *old)
{
	const struct instance *instance = &engine->instances[index];

	if (index < old->instance_count &&
		same_instance(engine, instance, old, &old->instances[index]))
		return &old->instances[index];
	for (size_t i = 0; i < old->instance_count; i++)
		if (same_instance(engine, instance, old, &old->instances[i]))
			return &old->instances[i];
	return NULL;
}

static void adopt_instance(struct instance *instance, const struct instance *was)
{
	/* Whether it raised is said by the incident. */
	if (instance->active != was->active)
		return;
	instance->clear = was->clear;
	instance->raises = was->raises;
	instance->window_ms = was->window_ms;
	instance->chattering = was->chattering;
	instance->delay = was->delay;
	instance->delay.left_ms += instance_delay(instance) - instance_delay(was);
}

int engine_adopt(struct engine *engine, const struct engine *old, char *error, size_t error_size)
{
	int failure = adopt_incidents(engine, old, error, error_size);

	if (failure)
		return failure;
	adopt_readings(engine, old);
	for (uint32_t i = 0; i < engine->instance_count; i++) {
		const struct instance *was = instance_adopted(engine, i, old);

		if (was)
			adopt_instance(&engine->instances[i], was);
	}
	engine->now_ms = old->now_ms;
	engine->input_ms = old->input_ms;
	engine->restored = true;
	engine->adopted = true;
	return 0;
}
