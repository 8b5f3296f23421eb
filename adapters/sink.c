#include "adapters/sink.h"

#include <math.h>

static void give(struct sink *sink, struct reading reading)
{
	sink->reading(sink, &reading);
}

static struct reading reading_of(
	const struct point *point, enum quality quality, enum reason reason, double value)
{
	return (struct reading){ .point = point->index,
		.quality = (uint8_t)quality,
		.reason = (uint8_t)reason,
		.value = value };
}

struct reading value_reading(const struct point *point, double value)
{
	/* No sensor means a number as small as that: it is what a broken one leaves. */
	if (!isfinite(value) || fpclassify(value) == FP_SUBNORMAL)
		return reading_of(point, QUALITY_BAD, REASON_NAN, 0);
	if (point->bands) /* they judge it, not min, max and class */
		return reading_of(point, QUALITY_GOOD, REASON_NONE, value);
	if (value - point->max > point->over || point->min - value > point->under ||
		(point->class->kind == POINT_STATE && value != 0 && value != 1))
		return reading_of(point, QUALITY_BAD, REASON_RANGE, 0);
	if (value > point->max)
		return reading_of(point, QUALITY_OVER, REASON_RANGE, point->max);
	if (value < point->min)
		return reading_of(point, QUALITY_UNDER, REASON_RANGE, point->min);
	return reading_of(point, QUALITY_GOOD, REASON_NONE, value);
}

void sink_value(struct sink *sink, const struct point *point, double value)
{
	give(sink, value_reading(point, value));
}

void sink_bad(struct sink *sink, const struct point *point, enum reason reason)
{
	give(sink, (struct reading){
			   .point = point->index,
			   .quality = QUALITY_BAD,
			   .reason = (uint8_t)reason,
		   });
}

void sink_local(struct sink *sink, const struct point *point, int error)
{
	give(sink, (struct reading){
			   .point = point->index,
			   .quality = QUALITY_BAD,
			   .reason = REASON_LOCAL,
			   .detail = (uint16_t)-error,
		   });
}

void sink_bad_poll(struct sink *sink, const struct poll *poll, enum reason reason)
{
	for (size_t i = 0; i < poll->count; i++)
		sink_bad(sink, poll->points[i], reason);
}

void sink_bad_device(struct sink *sink, const struct device *device, enum reason reason)
{
	for (size_t i = 0; i < device->point_count; i++)
		sink_bad(sink, device->points[i], reason);
}

void sink_bad_bus(struct sink *sink, const struct bus *bus, enum reason reason)
{
	for (size_t i = 0; i < bus->device_count; i++)
		sink_bad_device(sink, bus->devices[i], reason);
}
