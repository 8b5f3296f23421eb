/*
 * Giving readings to a sink: what most drivers do with a value or with none. The
 * thread of the driver's call; never blocks.
 */
#ifndef ADAPTERS_SINK_H
#define ADAPTERS_SINK_H

#include "adapters/adapter.h"

/* The value as a reading of the point: good; over or under, where its sensor can say so; bad (not a
 * number, or beyond even that) where the point cannot have this value. */
struct reading value_reading(const struct point *point, double value);

void sink_value(struct sink *sink, const struct point *point, double value);
void sink_bad(struct sink *sink, const struct point *point, enum reason reason);
/* This machine could not ask; `error` is -errno. */
void sink_local(struct sink *sink, const struct point *point, int error);

/* Every point of the poll, of the device, of the bus. */
void sink_bad_poll(struct sink *sink, const struct poll *poll, enum reason reason);
void sink_bad_device(struct sink *sink, const struct device *device, enum reason reason);
void sink_bad_bus(struct sink *sink, const struct bus *bus, enum reason reason);

#endif
