/*
 * Loads buses and devices: the loader's own settings and, by the adapter's
 * tables, the adapter's. What options mean together is the adapter's check.
 */
#include "config/load/loading.h"
#include "config/load/profile.h"

static bool load_bus(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct bus *bus = item;
	const config_setting_t *name = config_setting_get_member(group, "adapter");
	struct adapter_group options = { subject, KEYS_BUS, bus };
	bool sound;

	bus->index = (uint32_t)loader->config->site.bus_count;
	if (text_member(group, "adapter"))
		bus->adapter = find_adapter(loader, name, subject, text_member(group, "adapter"));
	if (bus->adapter) {
		options.specs = bus->adapter->bus_options;
		options.size = bus->adapter->bus_size;
	}
	sound = adapter_fill(loader, group, &options, bus->adapter, &bus->options);
	if (sound && bus->adapter->check_bus) {
		struct adapter_errors errors = adapter_errors(loader, group, subject);

		bus->adapter->check_bus(bus, &errors.base);
		sound = !errors.any;
	}
	loader->loading->bus_sound[bus->index] = sound;
	return true;
}

static void place_device(struct loader *loader, const config_setting_t *group,
	struct device *device, const struct device_keys *keys, const char *subject)
{
	device->zone = find_named(loader, group, subject, KEYS_ZONE, "zone");
	if (!device->zone) {
		loader->loading->points_doubtful = true;
		device->zone = loader->config->site.zones;
	}
	if (keys->stale_ms && keys->stale_ms <= keys->poll_ms)
		report_error(loader->report, member_place(loader, group, "stale"),
			"%s: stale must be longer than poll (%lld ms), else every value is stale",
			subject, (long long)keys->poll_ms);
	if (keys->poll_watched_ms >= keys->poll_ms)
		report_error(loader->report, member_place(loader, group, "poll_watched"),
			"%s: poll_watched (%lld ms) must be shorter than poll (%lld ms)", subject,
			(long long)keys->poll_watched_ms, (long long)keys->poll_ms);
}

/* What the profile must say is not for its devices to say otherwise. */
static void check_fixed(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct adapter *adapter)
{
	for (const struct option_spec *s = adapter->device_options; s && s->name; s++) {
		const config_setting_t *setting = config_setting_get_member(group, s->name);

		if (s->of_profile && setting)
			loader_error(loader, setting,
				"%s: %s is for the profile to say, whose registers are counted so; "
				"leave it out",
				subject, s->name);
	}
}

/* The device's profile, when it is sound and fits the bus; *doubtful: it has one that is not. */
static const struct profile *device_profile(struct loader *loader, const config_setting_t *group,
	struct device *device, const char *subject, bool *doubtful)
{
	const config_setting_t *setting = config_setting_get_member(group, "profile");
	const struct adapter *adapter = device->bus ? device->bus->adapter : NULL;
	const struct profile *profile;

	*doubtful = setting != NULL;
	if (!setting || config_setting_type(setting) != CONFIG_TYPE_STRING)
		return NULL;
	profile = profile_find(loader, setting, subject, config_setting_get_string(setting));
	if (!profile || !profile->sound || !adapter)
		return NULL;
	if (!profile_fits(profile, adapter)) {
		loader_error(loader, setting,
			"%s: profile \"%s\" is not for the adapter \"%s\" of bus \"%s\"; "
			"its list `adapters` has those that it fits",
			subject, profile->name, adapter->name, device->bus->id);
		return NULL;
	}
	check_fixed(loader, group, subject, adapter);
	device->profile = profile->name;
	*doubtful = false;
	return profile;
}

static bool load_device(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	const bool *bus_sound = loader->loading->bus_sound;
	struct device *device = item;
	struct device_keys keys = { .device = *device };
	struct adapter_group options = { subject, KEYS_DEVICE, &keys };
	unsigned before = loader->report->errors;
	const struct profile *profile;
	const struct adapter *adapter;
	bool sound = false, doubtful;

	device->index = (uint32_t)loader->config->site.device_count;
	device->bus = find_named(loader, group, subject, KEYS_BUS, "bus");
	profile = device_profile(loader, group, device, subject, &doubtful);
	/* Without the profile that is meant nothing can be said of the adapter's options. */
	adapter = device->bus && !doubtful ? device->bus->adapter : NULL;
	if (adapter) {
		options.specs = adapter->device_options;
		options.size = adapter->device_size;
		options.behind = profile ? profile->text.root : NULL;
	}
	if (adapter_fill(loader, group, &options, adapter, &device->options)) {
		struct adapter_errors errors = adapter_errors(loader, group, subject);

		if (adapter->check_device && bus_sound[device->bus->index])
			adapter->check_device(device, &errors.base);
		sound = loader->report->errors == before && bus_sound[device->bus->index];
	}
	device->name = keys.device.name;
	place_device(loader, group, device, &keys, subject);
	load_points(
		loader, group, device, &(struct point_context){ &keys, profile, sound, doubtful });
	return true;
}

/* Buses point to their devices: counted first, then put in. */
static void link_devices(struct loader *loader)
{
	struct site *site = &loader->config->site;

	for (size_t b = 0; b < site->bus_count; b++) {
		struct bus *bus = &site->buses[b];
		size_t count = 0;

		for (size_t d = 0; d < site->device_count; d++)
			count += site->devices[d].bus == bus;
		bus->devices = arena_alloc(loader->arena, (count + 1) * sizeof(struct device *));
		for (size_t d = 0; d < site->device_count; d++)
			if (site->devices[d].bus == bus)
				bus->devices[bus->device_count++] = &site->devices[d];
	}
}

/* How many points there can be, so that their array never moves. */
static size_t count_points(const config_setting_t *devices)
{
	size_t count = 0;

	for (size_t i = 0; i < section_count(devices); i++) {
		const config_setting_t *device = config_setting_get_elem(devices, (unsigned)i);

		if (config_setting_type(device) == CONFIG_TYPE_GROUP)
			count += section_count(config_setting_get_member(device, "points"));
	}
	return count;
}

/* Its members beside the points themselves: as many. */
static void allocate(struct loader *loader, const config_setting_t *buses, size_t points)
{
	struct site *site = &loader->config->site;

	loader->loading->bus_sound = arena_alloc(loader->scratch, section_count(buses) + 1);
	site->points = arena_alloc(loader->arena, points * sizeof(*site->points));
	loader->places->points = arena_alloc(loader->arena, points * sizeof(struct place));
}

void load_buses(struct loader *loader)
{
	const config_setting_t *buses = section_open(loader, KEYS_BUS, GROUP_NEEDED);
	const config_setting_t *devices = section_open(loader, KEYS_DEVICE, GROUP_NEEDED);

	allocate(loader, buses, count_points(devices) + 1);
	section_load(loader, buses, KEYS_BUS, load_bus);
	section_load(loader, devices, KEYS_DEVICE, load_device);
	link_devices(loader);
	link_readbacks(loader);
}
