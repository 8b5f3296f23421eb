/*
 * What comes in from the buses: each reading is judged, and told where it is news; what is not
 * refreshed ages. Loop only; never blocks.
 */
#ifndef DAEMON_BUS_INTAKE_H
#define DAEMON_BUS_INTAKE_H

#include "adapters/adapter.h"
#include "daemon/base/timer.h"
#include "daemon/bus/bus.h"
#include "daemon/bus/quality.h"

struct intake {
	const struct site *site;
	struct bus_events *events;
	struct quality_table *quality;
	struct timer ageing;
	struct reading *frame; /* what is news of what is being handed up; room for each point */
	size_t frame_count;
	bool *framed; /* by point: it is in there */
};

/* 0 or -errno. intake_stop() in both cases. */
int intake_start(
	struct intake *intake, const struct site *site, sd_event *event, struct bus_events *events);
void intake_stop(struct intake *intake);

/* The point's reading of an earlier set: nothing is told; news only when the next one differs. */
void intake_adopt(struct intake *intake, const struct point *point, const struct reading *reading);

/* A stamped reading, for the frame that is being handed up. */
void intake_reading(struct intake *intake, const struct reading *reading);
/* Points that were seen at at_ms as they were given last. */
void intake_again(
	struct intake *intake, const struct point *const *points, size_t count, int64_t at_ms);
/* The driver could not even be asked: all points of the poll are bad. */
void intake_spoilt(struct intake *intake, const struct poll *poll, int error, int64_t at_ms);
/* The frame is whole: its news are told. A second reading of a point does so too. */
void intake_end_frame(struct intake *intake);
/* A write ended with 0 or -errno. */
void intake_written(
	struct intake *intake, const struct point *point, double value, uint64_t ticket, int error);

#endif
