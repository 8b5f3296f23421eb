/* Judges and tells what comes in. Must not know of links, schedules or threads. */
#include "daemon/bus/intake.h"

#include "core/bands.h"
#include "core/clock.h"
#include "core/owner.h"

#include <errno.h>
#include <stdlib.h>

enum { AGED_BATCH = 64 };

static void arm(struct intake *intake)
{
	timer_arm(&intake->ageing, quality_deadline(intake->quality));
}

static void on_ageing(struct timer *timer)
{
	struct intake *intake = OWNER_OF(timer, struct intake, ageing);
	struct reading aged[AGED_BATCH];
	int64_t now_ms = clock_now_ms();
	size_t count;

	do {
		count = quality_sweep(intake->quality, now_ms, aged, AGED_BATCH);
		if (count > 0)
			intake->events->frame(intake->events, aged, count);
	} while (count == AGED_BATCH);
	arm(intake);
}

int intake_start(
	struct intake *intake, const struct site *site, sd_event *event, struct bus_events *events)
{
	int error;

	*intake = (struct intake){ .site = site, .events = events };
	intake->quality = quality_table_new(site, clock_now_ms());
	intake->frame = calloc(site->point_count + 1, sizeof(*intake->frame));
	intake->framed = calloc(site->point_count + 1, sizeof(*intake->framed));
	if (!intake->quality || !intake->frame || !intake->framed)
		return -ENOMEM;
	error = timer_start(&intake->ageing, event, 0, on_ageing);
	if (error == 0)
		arm(intake);
	return error;
}

void intake_stop(struct intake *intake)
{
	timer_stop(&intake->ageing);
	quality_table_free(intake->quality);
	free(intake->frame);
	free(intake->framed);
}

void intake_adopt(struct intake *intake, const struct point *point, const struct reading *reading)
{
	quality_adopt(intake->quality, point->index, reading);
	arm(intake);
}

void intake_end_frame(struct intake *intake)
{
	size_t count = intake->frame_count;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		intake->framed[intake->frame[i].point] = false;
	intake->frame_count = 0;
	intake->events->frame(intake->events, intake->frame, count);
}

/* Into the frame, as the table has it now. */
static void tell(struct intake *intake, uint32_t point)
{
	if (intake->framed[point])
		intake_end_frame(intake);
	intake->framed[point] = true;
	intake->frame[intake->frame_count++] = *quality_last(intake->quality, point);
}

void intake_reading(struct intake *intake, const struct reading *reading)
{
	const struct point *point = &intake->site->points[reading->point];
	struct reading judged = *reading;

	if (point->bands)
		bands_judge(point->bands, &judged);
	if (!quality_take(intake->quality, &judged))
		return;
	arm(intake);
	tell(intake, reading->point);
}

void intake_again(
	struct intake *intake, const struct point *const *points, size_t count, int64_t at_ms)
{
	/* Its index by its place: the point itself need not be fetched from memory. */
	for (size_t i = 0; i < count; i++) {
		uint32_t point = (uint32_t)(points[i] - intake->site->points);

		if (quality_refresh(intake->quality, point, at_ms))
			tell(intake, point);
	}
	arm(intake);
}

static enum reason error_reason(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return REASON_TIMEOUT;
	case -EBADMSG:
		return REASON_GARBLED;
	case -EREMOTEIO:
		return REASON_EXCEPTION;
	case -EINVAL:
		return REASON_DEVICE;
	default:
		return REASON_LINK;
	}
}

void intake_spoilt(struct intake *intake, const struct poll *poll, int error, int64_t at_ms)
{
	for (size_t i = 0; i < poll->count; i++) {
		uint32_t point = poll->points[i]->index;

		if (quality_spoil(intake->quality, point, error_reason(error), at_ms))
			tell(intake, point);
	}
}

void intake_written(
	struct intake *intake, const struct point *point, double value, uint64_t ticket, int error)
{
	if (!error && point->held)
		*point->held = value;
	intake->events->written(intake->events, ticket, error);
}
