#include "daemon/bus/watch.h"

#include "daemon/bus/bus.h"

#include <stdlib.h>

struct watched_point {
	const struct point *point;
	bool told; /* its bus knows that a rule watches it */
};

struct watch {
	bool looked; /* at all */
	uint64_t changes;
	size_t count;
	struct watched_point points[];
};

struct watch *watch_new(const struct site *site)
{
	struct watch *watch =
		calloc(1, sizeof(*watch) + site->point_count * sizeof(watch->points[0]));

	for (size_t i = 0; watch && i < site->point_count; i++)
		if (site->points[i].poll_watched_ms > 0)
			watch->points[watch->count++].point = &site->points[i];
	return watch;
}

void watch_free(struct watch *watch)
{
	free(watch);
}

void watch_forget(struct watch *watch)
{
	watch->looked = false;
	for (size_t i = 0; i < watch->count; i++)
		watch->points[i].told = false;
}

void watch_look(struct watch *watch, struct bus_set *buses, uint64_t changes,
	bool (*watches)(const void *context, const struct point *point), const void *context)
{
	if (watch->looked && changes == watch->changes)
		return;
	watch->looked = true;
	watch->changes = changes;
	for (size_t i = 0; i < watch->count; i++) {
		struct watched_point *watched = &watch->points[i];
		bool now = watches(context, watched->point);

		if (now == watched->told)
			continue;
		watched->told = now;
		bus_set_watch(buses, watched->point, now);
	}
}
