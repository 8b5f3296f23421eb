/* Loads what the building is: site, zones and classes; and the daemon's own settings. */
#include "config/load/loading.h"
#include "config/text/options.h"

static void load_settings(struct loader *loader)
{
	struct config *config = loader->config;
	const config_setting_t *mqtt = section_group(loader, "mqtt", true);
	const config_setting_t *daemon = section_group(loader, "daemon", false);

	if (mqtt)
		keys_fill(loader, mqtt, KEYS_MQTT, "mqtt", &config->mqtt);
	if (daemon)
		keys_fill(loader, daemon, KEYS_DAEMON, "daemon", &config->daemon);
	else
		options_default(key_tables[KEYS_DAEMON].specs, &config->daemon, &config->arena);
	if (!config->mqtt.client_id)
		config->mqtt.client_id =
			arena_printf(&config->arena, "facilityd-%s", config->site.id);
	if (mqtt && (config->mqtt.cert_file || config->mqtt.key_file) &&
		!(config->mqtt.cert_file && config->mqtt.key_file && config->mqtt.ca_file))
		loader_error(loader, mqtt,
			"mqtt: a certificate of our own needs ca_file, cert_file and key_file");
	if (mqtt && config->mqtt.password_file && !config->mqtt.username)
		report_error(loader->report, member_place(loader, mqtt, "password_file"),
			"mqtt: password_file needs a username too");
}

/* zones[0], the site itself, exists in any case: so that others can refer to it. */
static void load_site_group(struct loader *loader, struct zone *whole)
{
	struct site *site = &loader->config->site;
	const config_setting_t *group = section_group(loader, "site", true);
	struct site_keys keys = { 0 };

	if (group && keys_fill(loader, group, KEYS_SITE, "site", &keys)) {
		const config_setting_t *id = config_setting_get_member(group, "id");

		if (id_check(loader, id, "site", keys.id) && strchr(keys.id, '.'))
			loader_error(loader, id,
				"site \"%s\": its id has no dots, since zones nest by them",
				keys.id);
	}
	site->id = keys.id ? keys.id : "site";
	site->name = keys.name;
	*whole = (struct zone){ .id = site->id, .name = site->name };
}

static void load_zone(struct loader *loader, const config_setting_t *group)
{
	struct site *site = &loader->config->site;
	struct zone *zone = &site->zones[site->zone_count];
	struct zone_keys keys = { 0 };
	const struct zone *other;
	const char *id = config_setting_get_string(config_setting_get_member(group, "id"));

	keys_fill(loader, group, KEYS_ZONE, subject_of(loader, "zone", id), &keys);
	other = site_zone(site, keys.id ? keys.id : id);
	if (other) {
		loader_error(loader, group, "zone \"%s\": stands twice%s; ids are unique", id,
			other == site->zones ? ", for the site itself is a zone of this id" : "");
		return;
	}
	zone->id = keys.id ? keys.id : arena_strdup(loader->arena, id);
	zone->name = keys.name;
	zone->index = (uint32_t)site->zone_count;
	loader->places->zones[site->zone_count++] = setting_place(loader, group);
}

/* "f2.tea" lies in "f2", which must be listed too, before or after it. */
static void find_parent(struct loader *loader, struct zone *zone)
{
	struct site *site = &loader->config->site;
	const char *dot = strrchr(zone->id, '.');
	const char *id = dot ? arena_printf(loader->arena, "%.*s", (int)(dot - zone->id), zone->id)
			     : site->id;

	zone->parent = site_zone(site, id);
	if (zone->parent)
		return;
	zone->parent = site->zones;
	report_error(loader->report, loader->places->zones[zone->index],
		"zone \"%s\": lies in \"%s\" by its dots, but there is no such zone; add it",
		zone->id, id);
}

static void load_zones(struct loader *loader)
{
	struct site *site = &loader->config->site;
	struct arena *arena = loader->arena;
	const config_setting_t *list = section_list(loader, "zones");
	size_t count = section_count(list);

	site->zones = arena_alloc(arena, (count + 1) * sizeof(*site->zones));
	loader->places->zones = arena_alloc(arena, (count + 1) * sizeof(struct place));
	load_site_group(loader, &site->zones[0]);
	loader->places->zones[0] = (struct place){ loader->main_file, 0 };
	site->zone_count = 1;
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *group = section_member(loader, list, i, "zone");

		if (group)
			load_zone(loader, group);
	}
	for (size_t i = 1; i < site->zone_count; i++)
		find_parent(loader, &site->zones[i]);
}

/* What a table cannot say: each kind of class has texts and numbers of its own. */
static void check_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct class_keys *keys)
{
	static const char *const of_numbers[] = { "unit", "decimals", NULL };
	static const char *const of_states[] = { "off_zh", "off_en", "on_zh", "on_en", NULL };
	const config_setting_t *kind = config_setting_get_member(group, "kind");
	bool state = keys->kind == POINT_STATE;
	const char *const *needed = state ? of_states : of_numbers;
	const char *const *senseless = state ? of_numbers : of_states;

	if (!kind || config_setting_type(kind) != CONFIG_TYPE_STRING ||
		strcmp(config_setting_get_string(kind), state ? "state" : "number") != 0)
		return; /* then its kind itself was refused */
	for (; *needed; needed++)
		if (!config_setting_get_member(group, *needed))
			loader_error(loader, group, "%s: %s is missing; a %s class needs it",
				subject, *needed, state ? "state" : "number");
	for (; *senseless; senseless++)
		if (config_setting_get_member(group, *senseless))
			loader_error(loader, config_setting_get_member(group, *senseless),
				"%s: %s has no meaning for a %s class; leave it out", subject,
				*senseless, state ? "state" : "number");
}

static void load_class(struct loader *loader, const config_setting_t *group)
{
	struct site *site = &loader->config->site;
	struct point_class *class = &site->classes[site->class_count];
	struct class_keys keys = { 0 };
	const char *id = config_setting_get_string(config_setting_get_member(group, "id"));
	const char *subject = subject_of(loader, "class", id);
	unsigned before = loader->report->errors;

	keys_fill(loader, group, KEYS_CLASS, subject, &keys);
	check_class(loader, group, subject, &keys);
	check_device_class(loader, group, subject, &keys);
	if (loader->report->errors > before)
		loader->loading->points_doubtful = loader->loading->classes_doubtful = true;
	if (site_class(site, id)) {
		loader_error(loader, group, "%s: stands twice; ids are unique", subject);
		return;
	}
	*class = (struct point_class){
		.id = keys.id ? keys.id : arena_strdup(loader->arena, id),
		.name = keys.name,
		.kind = (enum point_kind)keys.kind,
		.unit = keys.unit ? keys.unit : "",
		.decimals = (int)keys.decimals,
		.off = keys.off,
		.on = keys.on,
		.homeassistant = keys.homeassistant,
		.index = (uint32_t)site->class_count,
	};
	loader->places->classes[site->class_count++] = setting_place(loader, group);
}

static void load_classes(struct loader *loader)
{
	struct site *site = &loader->config->site;
	struct arena *arena = loader->arena;
	const config_setting_t *list = section_list(loader, "classes");
	size_t count = section_count(list);

	site->classes = arena_alloc(arena, (count + 1) * sizeof(*site->classes));
	loader->places->classes = arena_alloc(arena, (count + 1) * sizeof(struct place));
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *group = section_member(loader, list, i, "class");

		if (group)
			load_class(loader, group);
		else
			loader->loading->points_doubtful = true;
	}
}

void load_site(struct loader *loader)
{
	load_zones(loader);
	load_settings(loader);
	load_homeassistant(loader);
	load_classes(loader);
}
