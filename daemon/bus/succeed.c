#include "daemon/bus/succeed.h"

#include <errno.h>
#include <stdlib.h>

static struct bus_set *start(const struct site *site, const struct site *old,
	const struct reading *readings, sd_event *event, struct bus_events *events)
{
	struct bus_set *set = bus_set_start(site, event, events);

	for (uint32_t i = 0; set && i < site->point_count; i++) {
		const struct point *point = &site->points[i], *was = point_before(old, point);
		struct reading reading;

		if (!was || !readings[was->index].at_ms)
			continue;
		reading = readings[was->index];
		reading.point = i;
		bus_set_adopt(set, point, &reading);
	}
	return set;
}

static void adopt_outputs(const struct site *old, const struct site *site)
{
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i], *was = point_before(old, point);

		if (was && was->held && point->held)
			*point->held = *was->held;
	}
}

int bus_set_succeed(struct bus_set **set, const struct site *old, const struct site *site,
	sd_event *event, struct bus_events *events)
{
	struct reading *readings = calloc(old->point_count + 1, sizeof(*readings));
	int error = 0;

	if (!readings)
		return -ENOMEM;
	for (size_t i = 0; i < old->point_count; i++)
		readings[i] = *bus_set_reading(*set, &old->points[i]);
	bus_set_stop(*set);
	adopt_outputs(old, site);
	*set = start(site, old, readings, event, events);
	if (!*set) {
		*set = start(old, old, readings, event, events);
		error = *set ? -ENOMEM : -ENOTRECOVERABLE;
	}
	free(readings);
	return error;
}
