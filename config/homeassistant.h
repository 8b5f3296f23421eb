/*
 * What Home Assistant knows: its device classes, which units each permits, and
 * how it spells units. Tables only; pure.
 */
#ifndef CONFIG_HOMEASSISTANT_H
#define CONFIG_HOMEASSISTANT_H

#include "core/site.h"

/* A device class of sensor or binary_sensor. */
struct device_class {
	const char *name;
	/* sensor: as Home Assistant spells them, NULL-terminated, "" where none is permitted;
	 * binary_sensor: NULL */
	const char *const *units;
	const char *state_class; /* sensor: what it permits; NULL: none */
};

/* NULL: Home Assistant has no such device class for this kind of point. */
const struct device_class *device_class_find(enum point_kind kind, const char *name);
/* The i-th name of those for this kind; NULL at the end. */
const char *device_class_name(enum point_kind kind, size_t i);

/* As Home Assistant spells it: "degC" is "°C"; what is not in its table stays as it is. */
const char *device_unit(const char *unit);
/* May a sensor of this device class have this unit, as Home Assistant spells it? */
bool device_class_permits(const struct device_class *device_class, const char *unit);

#endif
