/* Points as they are: what differs enough, and each again after its heartbeat. */
#include "daemon/documents/document.h"
#include "daemon/tell/parts.h"

#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void publish(struct tell *tell, const struct point *point, const struct reading *reading,
	struct moment moment)
{
	struct published *last = &tell->published[point->index];
	char topic[TELL_TOPIC_MAX];
	char *document = document_point(point, reading, &moment);

	last->reading = *reading;
	last->due_ms = moment.now_ms + point->heartbeat_ms;
	if (!document)
		return;
	snprintf(topic, sizeof(topic), "point/%s", point->id);
	tell_retain(tell, topic, document);
}

static void tell_point(struct tell *tell, const struct reading *reading, struct moment moment)
{
	const struct point *point = &tell->plant->config->site.points[reading->point];
	const struct reading *last = &tell->published[reading->point].reading;
	bool same = reading->quality == last->quality && reading->reason == last->reason;

	if (same && reading->quality != QUALITY_GOOD)
		return;
	if (same && fabs(reading->value - last->value) < point->deadband)
		return;
	publish(tell, point, reading, moment);
}

void tell_points(
	struct tell *tell, const struct reading *readings, size_t count, struct moment moment)
{
	for (size_t i = 0; i < count; i++)
		tell_point(tell, &readings[i], moment);
}

void tell_heartbeats(struct tell *tell, struct moment moment)
{
	const struct site *site = &tell->plant->config->site;
	int64_t next_ms = CLOCK_NEVER;

	if (moment.now_ms < tell->heartbeat_ms)
		return;
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		if (tell->published[i].due_ms <= moment.now_ms)
			publish(tell, point, tell->ports.reading(tell->ports.context, point),
				moment);
		if (tell->published[i].due_ms < next_ms)
			next_ms = tell->published[i].due_ms;
	}
	/* What is published in the meantime only moves a heartbeat further away. */
	tell->heartbeat_ms = next_ms;
}

void tell_points_due(struct tell *tell, struct moment moment)
{
	for (size_t i = 0; i < tell->plant->config->site.point_count; i++)
		tell->published[i].due_ms = moment.now_ms;
	tell->heartbeat_ms = moment.now_ms;
}

bool tell_prepare(struct tell *tell, const struct site *site)
{
	struct published *published = calloc(site->point_count + 1, sizeof(*published));

	for (uint32_t i = 0; published && tell->published && i < site->point_count; i++) {
		const struct point *was =
			point_before(&tell->plant->config->site, &site->points[i]);

		if (was)
			published[i] = tell->published[was->index];
	}
	free(tell->prepared);
	tell->prepared = published;
	return published != NULL;
}

void tell_use_prepared(struct tell *tell)
{
	free(tell->published);
	tell->published = tell->prepared;
	tell->prepared = NULL;
}
