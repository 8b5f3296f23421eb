/* The registers of profiles: see profile_ranges.h. */
#include "sim/profile_ranges.h"

#include "adapters/modbus/modbus.h"
#include "config/load/profile.h"

#include <stdlib.h>
#include <string.h>

static const struct profile *find(struct profile_shelf *shelf, const char *name)
{
	const char *path;

	for (const struct profile *p = shelf->loading.profiles; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p->sound ? p : NULL;
	path = profile_path(&shelf->loader, name);
	if (!path || !profile_read(&shelf->loader, name, path)->sound)
		return NULL;
	return shelf->loading.profiles;
}

static bool add(struct wiring_range **ranges, size_t *count, const struct device *device,
	const struct profile *profile)
{
	struct wiring_range *more =
		realloc(*ranges, (*count + profile->quantity_count) * sizeof(*more));

	if (!more)
		return false;
	*ranges = more;
	for (size_t i = 0; i < profile->quantity_count; i++) {
		const struct modbus_point *point = profile->quantities[i].options;

		more[(*count)++] = (struct wiring_range){
			.device = device,
			.table = point->table,
			.first = point->address,
			.last = (uint32_t)point->address + point->words - 1,
		};
	}
	return true;
}

struct wiring_range *profile_ranges(
	const struct config *config, const char *main_file, size_t *count)
{
	struct config_report report = { .out = stderr };
	struct wiring_range *ranges = NULL;
	struct profile_shelf shelf;

	*count = 0;
	shelf_open(&shelf, main_file, config->daemon.profiles, &report);
	for (size_t i = 0; i < config->site.device_count; i++) {
		const struct device *device = &config->site.devices[i];
		const struct profile *profile =
			device->profile ? find(&shelf, device->profile) : NULL;

		if (profile && !add(&ranges, count, device, profile))
			break;
	}
	shelf_close(&shelf);
	return ranges;
}
