/* Per point, what looks at it: rule instances, and the conditions of steps. */
#include "rules/engine/state.h"

#include <stdlib.h>

/* What looks at a point; a list of these becomes a look_up. */
struct pair {
	uint32_t point, entry;
};

struct pairs {
	struct pair *list;
	size_t count, room;
};

static bool add_pair(struct pairs *pairs, uint32_t point, uint32_t entry)
{
	size_t room = pairs->room ? 2 * pairs->room : 16;
	struct pair *list;

	if (pairs->count == pairs->room) {
		list = realloc(pairs->list, room * sizeof(*list));
		if (!list)
			return false;
		pairs->list = list;
		pairs->room = room;
	}
	pairs->list[pairs->count++] = (struct pair){ point, entry };
	return true;
}

static bool add_points(struct pairs *pairs, const struct expr *expr, uint32_t entry)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (!add_pair(pairs, points[i]->index, entry))
			return false;
	return true;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/* Sorts, leaves out what stands there twice, and takes the list away. */
static bool make_look_up(size_t points, struct pairs *pairs, struct look_up *look_up)
{
	size_t used = 0, next = 0;

	look_up->first = calloc(points + 1, sizeof(look_up->first[0]));
	look_up->entries = calloc(pairs->count + 1, sizeof(look_up->entries[0]));
	if (!look_up->first || !look_up->entries)
		return false;
	if (pairs->count > 0)
		qsort(pairs->list, pairs->count, sizeof(pairs->list[0]), compare_pairs);
	for (size_t point = 0; point < points; point++) {
		look_up->first[point] = (uint32_t)used;
		for (; next < pairs->count && pairs->list[next].point == point; next++)
			if (next == 0 || compare_pairs(&pairs->list[next - 1], &pairs->list[next]))
				look_up->entries[used++] = pairs->list[next].entry;
	}
	look_up->first[points] = (uint32_t)used;
	return true;
}

static bool index_instances(struct engine *engine)
{
	struct pairs pairs = { 0 };
	bool ok = true;

	for (uint32_t i = 0; ok && i < engine->instance_count; i++)
		ok = add_points(&pairs, engine->instances[i].condition, i) &&
		     add_points(&pairs, engine->instances[i].clear_when, i);
	ok = ok && make_look_up(engine->site->point_count, &pairs, &engine->instances_of);
	free(pairs.list);
	return ok;
}

static bool index_steps(struct engine *engine)
{
	struct pairs pairs = { 0 };
	bool ok = true;

	for (uint32_t i = 0; ok && i < engine->slot_count; i++)
		for (uint32_t k = 0;
			ok && engine->slots[i].whens && k < engine->slots[i].type->step_count; k++)
			ok = add_points(&pairs, engine->slots[i].whens[k], i * STEP_MAX + k);
	ok = ok && make_look_up(engine->site->point_count, &pairs, &engine->steps_of);
	free(pairs.list);
	return ok;
}

bool engine_index(struct engine *engine)
{
	return index_instances(engine) && index_steps(engine);
}
