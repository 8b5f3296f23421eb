#include "adapters/sink.h"

#include <math.h>

static void give(struct sink *sink, struct reading reading)
{
	sink->reading(sink, &reading);
}

enum reason value_reason(const struct point *point, double value)
{
	if (!isfinite(value))
		return REASON_NAN;
	if (point->bands) /* they judge it, not min, max and class */
		return REASON_NONE;
	if (value < point->min || value > point->max)
		return REASON_RANGE;
	if (point->class->kind == POINT_STATE && value != 0 && value != 1)
		return REASON_RANGE;
	return REASON_NONE;
}

void sink_value(struct sink *sink, const struct point *point, double value)
{
	enum reason reason = value_reason(point, value);

	if (reason != REASON_NONE) {
		sink_bad(sink, point, reason);
		return;
	}
	give(sink, (struct reading){
			   .point = point->index,
			   .quality = QUALITY_GOOD,
			   .reason = REASON_NONE,
			   .value = value,
		   });
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
