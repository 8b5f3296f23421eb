/*
 * What a device of a profile answers for besides the points of the
 * configuration: as the real one has them, all registers of its profile.
 */
#ifndef SIM_PROFILE_RANGES_H
#define SIM_PROFILE_RANGES_H

#include "config/config.h"

/* Registers of a device that are readable though no point uses them. */
struct wiring_range {
	const struct device *device;
	int table; /* enum modbus_table */
	uint32_t first, last;
};

/*
 * One range for each quantity of each device's profile; *count; free() it. NULL: there are none, or
 * no memory. `main_file`: the configuration's, beside which own profiles lie. Blocks on file reads.
 */
struct wiring_range *profile_ranges(
	const struct config *config, const char *main_file, size_t *count);

#endif
