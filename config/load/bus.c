/*
 * Loads buses and devices: the loader's own settings and, by the adapter's
 * tables, the adapter's. What options mean together is the adapter's check.
 */
#include "config/load/adapter_options.h"
#include "config/load/loading.h"
#include "config/load/profile.h"

static const char *adapter_name(const void *context, size_t i)
{
	(void)context;
	return adapter_table[i]->name;
}

static const struct adapter *find_adapter(const struct loader *loader,
	const config_setting_t *group, const char *subject, const char *name)
{
	const struct adapter *adapter = adapter_find(name);
	size_t count = 0;

	if (adapter)
		return adapter;
	while (adapter_table[count])
		count++;
	report_error(loader->report, member_place(loader, group, "adapter"),
		"%s: adapter \"%s\" does not exist%s", subject, name,
		did_you_mean(loader, name, count, adapter_name, NULL));
	return NULL;
}

static void load_bus(struct loader *loader, const config_setting_t *group)
{
	struct site *site = &loader->config->site;
	struct bus *bus = &site->buses[site->bus_count];
	const char *id = config_setting_name(group);
	const config_setting_t *name = config_setting_get_member(group, "adapter");
	struct bus_keys keys = { 0 };
	struct adapter_group options = {
		.subject = subject_of(loader, "bus", id),
		.kind = KEYS_BUS,
		.keys = &keys,
	};
	bool sound;

	bus->id = arena_strdup(loader->arena, id);
	bus->index = (uint32_t)site->bus_count;
	loader->places->buses[site->bus_count++] = setting_place(loader, group);
	if (name && config_setting_type(name) == CONFIG_TYPE_STRING)
		bus->adapter = find_adapter(
			loader, group, options.subject, config_setting_get_string(name));
	if (bus->adapter) {
		options.specs = bus->adapter->bus_options;
		options.size = bus->adapter->bus_size;
	}
	sound = adapter_fill(loader, group, &options, bus->adapter, &bus->options);
	if (sound && bus->adapter->check_bus) {
		struct adapter_errors errors = adapter_errors(loader, group, options.subject);

		bus->adapter->check_bus(bus, &errors.base);
		sound = !errors.any;
	}
	loader->loading->bus_sound[bus->index] = sound;
	bus->name = keys.name;
}

static const char *bus_id(const void *context, size_t i)
{
	return ((const struct site *)context)->buses[i].id;
}

static struct bus *find_bus(const struct loader *loader, const config_setting_t *group,
	const char *subject, const char *id)
{
	struct site *site = &loader->config->site;

	for (size_t i = 0; i < site->bus_count; i++)
		if (strcmp(site->buses[i].id, id) == 0)
			return &site->buses[i];
	if (site->bus_count > 0)
		report_error(loader->report, member_place(loader, group, "bus"),
			"%s: bus \"%s\" does not exist%s", subject, id,
			did_you_mean(loader, id, site->bus_count, bus_id, site));
	return NULL;
}

static void place_device(struct loader *loader, const config_setting_t *group,
	struct device *device, const struct device_keys *keys, const char *subject)
{
	device->name = keys->name;
	if (keys->zone)
		device->zone = find_zone(loader, group, "zone", subject, keys->zone);
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
	for (const struct option_spec *s = adapter->device_options; s->name; s++) {
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

static void load_device(struct loader *loader, const config_setting_t *group)
{
	struct site *site = &loader->config->site;
	struct device *device = &site->devices[site->device_count];
	const char *id = config_setting_name(group);
	const config_setting_t *name = config_setting_get_member(group, "bus");
	struct device_keys keys = { 0 };
	struct adapter_group options = {
		.subject = subject_of(loader, "device", id),
		.kind = KEYS_DEVICE,
		.keys = &keys,
	};
	unsigned before = loader->report->errors;
	const struct profile *profile;
	const struct adapter *adapter;
	bool sound = false, doubtful;

	device->id = arena_strdup(loader->arena, id);
	device->index = (uint32_t)site->device_count++;
	if (name && config_setting_type(name) == CONFIG_TYPE_STRING)
		device->bus =
			find_bus(loader, group, options.subject, config_setting_get_string(name));
	profile = device_profile(loader, group, device, options.subject, &doubtful);
	/* Without the profile that is meant nothing can be said of the adapter's options. */
	adapter = device->bus && !doubtful ? device->bus->adapter : NULL;
	if (adapter) {
		options.specs = adapter->device_options;
		options.size = adapter->device_size;
		options.behind = profile ? profile->text.root : NULL;
	}
	if (adapter_fill(loader, group, &options, adapter, &device->options)) {
		struct adapter_errors errors = adapter_errors(loader, group, options.subject);

		if (adapter->check_device && loader->loading->bus_sound[device->bus->index])
			adapter->check_device(device, &errors.base);
		sound = loader->report->errors == before &&
			loader->loading->bus_sound[device->bus->index];
	}
	place_device(loader, group, device, &keys, options.subject);
	load_points(
		loader, group, device, &(struct point_context){ &keys, profile, sound, doubtful });
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

static void allocate(
	struct loader *loader, const config_setting_t *buses, const config_setting_t *devices)
{
	struct site *site = &loader->config->site;
	struct arena *arena = loader->arena;
	size_t points = count_points(devices) + 1;

	site->buses = arena_alloc(arena, (section_count(buses) + 1) * sizeof(*site->buses));
	loader->places->buses =
		arena_alloc(arena, (section_count(buses) + 1) * sizeof(struct place));
	loader->loading->bus_sound = arena_alloc(loader->scratch, section_count(buses) + 1);
	site->devices = arena_alloc(arena, (section_count(devices) + 1) * sizeof(*site->devices));
	site->points = arena_alloc(arena, points * sizeof(*site->points));
	loader->places->points = arena_alloc(arena, points * sizeof(struct place));
	loader->loading->point_settings =
		arena_alloc(loader->scratch, points * sizeof(*loader->loading->point_settings));
	loader->loading->point_readbacks =
		arena_alloc(loader->scratch, points * sizeof(*loader->loading->point_readbacks));
}

void load_buses(struct loader *loader)
{
	const config_setting_t *buses = section_group(loader, "buses", true);
	const config_setting_t *devices = section_group(loader, "devices", true);
	const config_setting_t *group;

	allocate(loader, buses, devices);
	for (size_t i = 0; i < section_count(buses); i++) {
		group = section_member(loader, buses, i, "bus");
		if (group)
			load_bus(loader, group);
	}
	for (size_t i = 0; i < section_count(devices); i++) {
		group = section_member(loader, devices, i, "device");
		if (group)
			load_device(loader, group);
		else
			loader->loading->points_doubtful = true;
	}
	link_devices(loader);
	link_readbacks(loader);
}
