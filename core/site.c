#include "core/site.h"

#include <string.h>

bool zone_contains(const struct zone *outer, const struct zone *inner)
{
	for (; inner; inner = inner->parent)
		if (inner == outer)
			return true;
	return false;
}

bool point_same_poll(const struct point *a, const struct point *b)
{
	return a->poll_ms == b->poll_ms && a->poll_watched_ms == b->poll_watched_ms;
}

const struct zone *zone_floor(const struct zone *zone)
{
	while (zone->parent && zone->parent->parent)
		zone = zone->parent;
	return zone;
}

const struct zone *site_zone(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->zone_count; i++)
		if (strcmp(site->zones[i].id, id) == 0)
			return &site->zones[i];
	return NULL;
}

const struct point *site_point(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->point_count; i++)
		if (strcmp(site->points[i].id, id) == 0)
			return &site->points[i];
	return NULL;
}

const struct point_class *site_class(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (strcmp(site->classes[i].id, id) == 0)
			return &site->classes[i];
	return NULL;
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
