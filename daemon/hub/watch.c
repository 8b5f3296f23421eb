/*
 * Whether buses keep their periods, and tells them which points rules watch, so
 * that those with a poll_watched are polled faster. A reading costs one comparison here; only where
 * the engine says that something may have changed are the points looked at.
 */
#include "core/clock.h"
#include "core/owner.h"
#include "daemon/hub/parts.h"

#include <stdlib.h>

struct watched_point *facility_watched_new(const struct site *site)
{
	struct watched_point *watched;
	size_t count = 0;

	for (size_t i = 0; i < site->point_count; i++)
		count += site->points[i].poll_watched_ms > 0;
	watched = calloc(count + 1, sizeof(*watched));
	if (!watched)
		return NULL;
	count = 0;
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].poll_watched_ms > 0)
			watched[count++].point = &site->points[i];
	return watched;
}

void facility_watch_anew(struct facility *facility)
{
	for (struct watched_point *watched = facility->watched; watched->point; watched++)
		watched->told = false;
	facility->watch_changes = UINT64_MAX;
}

void facility_watch(struct facility *facility)
{
	uint64_t changes = engine_watch_changes(facility->engine);

	if (changes == facility->watch_changes || !facility->buses)
		return;
	facility->watch_changes = changes;
	for (struct watched_point *watched = facility->watched; watched->point; watched++) {
		bool now = engine_watches(facility->engine, watched->point);

		if (now == watched->told)
			continue;
		watched->told = now;
		bus_set_watch(facility->buses, watched->point, now);
	}
}

void facility_on_overload(
	struct bus_events *events, const struct bus *bus, const struct schedule_overload *overload)
{
	struct facility *facility = OWNER_OF(events, struct facility, bus_events);

	facility_begin_event(facility);
	facility_trouble_overload(facility, bus, overload);
}
