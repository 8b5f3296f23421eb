/*
 * Whether buses keep their periods, and tells them which points rules watch, so
 * that those with a poll_watched are polled faster. A reading costs one comparison here; only where
 * the engine says that something may have changed are the points looked at.
 */
#include "core/clock.h"
#include "daemon/facility_parts.h"

#include <stdlib.h>

bool facility_start_watch(struct facility *facility)
{
	const struct site *site = &facility->config->site;
	size_t count = 0;

	for (size_t i = 0; i < site->point_count; i++)
		count += site->points[i].poll_watched_ms > 0;
	facility->watched = calloc(count + 1, sizeof(*facility->watched));
	if (!facility->watched)
		return false;
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].poll_watched_ms > 0)
			facility->watched[facility->watched_count++].point = &site->points[i];
	facility->watch_changes = UINT64_MAX; /* look at all of them at first */
	return true;
}

void facility_watch(struct facility *facility)
{
	uint64_t changes = engine_watch_changes(facility->engine);

	if (changes == facility->watch_changes || !facility->buses)
		return;
	facility->watch_changes = changes;
	for (size_t i = 0; i < facility->watched_count; i++) {
		struct watched_point *watched = &facility->watched[i];
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
	struct facility *facility =
		(struct facility *)(void *)((char *)events - offsetof(struct facility, bus_events));

	facility->now_ms = clock_now_ms();
	facility_trouble_overload(facility, bus, overload);
}
