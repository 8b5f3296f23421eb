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
static void load_site_group(struct loader *loader)
{
	struct site *site = &loader->config->site;
	const config_setting_t *group = section_group(loader, "site", true);

	if (group && keys_fill(loader, group, KEYS_SITE, "site", site)) {
		const config_setting_t *id = config_setting_get_member(group, "id");

		if (id_check(loader, id, "site", site->id) && strchr(site->id, '.'))
			loader_error(loader, id,
				"site \"%s\": its id has no dots, since zones nest by them",
				site->id);
	}
	if (!site->id)
		site->id = "site";
	site->zones[0] = (struct zone){ .id = site->id, .name = site->name };
	site->zone_count = 1;
	loader->places->zones[0] = (struct place){ loader->main_file, 0 };
}

static bool load_zone(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct site *site = &loader->config->site;
	struct zone *zone = item;
	const struct zone *other;

	keys_fill(loader, group, KEYS_ZONE, subject, zone);
	zone->index = (uint32_t)site->zone_count;
	other = site_zone(site, zone->id);
	if (other)
		loader_error(loader, group, "%s: stands twice%s; ids are unique", subject,
			other == site->zones ? ", for the site itself is a zone of this id" : "");
	return !other;
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
	const config_setting_t *list = section_open(loader, KEYS_ZONE, LIST_NEEDED);

	load_site_group(loader);
	section_load(loader, list, KEYS_ZONE, load_zone);
	for (size_t i = 1; i < site->zone_count; i++)
		find_parent(loader, &site->zones[i]);
}

/* What a table cannot say: each kind of class has texts and numbers of its own. */
static void check_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct point_class *class)
{
	static const char *const of_numbers[] = { "unit", "decimals", NULL };
	static const char *const of_states[] = { "off_zh", "off_en", "on_zh", "on_en", NULL };
	const config_setting_t *kind = config_setting_get_member(group, "kind");
	bool state = class->kind == POINT_STATE;
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

static bool load_class(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct site *site = &loader->config->site;
	struct class_keys keys = { .class = *(struct point_class *)item };
	unsigned before = loader->report->errors;

	keys_fill(loader, group, KEYS_CLASS, subject, &keys);
	check_class(loader, group, subject, &keys.class);
	check_device_class(loader, group, subject, &keys.class);
	if (loader->report->errors > before)
		loader->loading->points_doubtful = loader->loading->classes_doubtful = true;
	if (site_class(site, keys.class.id)) {
		loader_error(loader, group, "%s: stands twice; ids are unique", subject);
		return false;
	}
	if (!keys.class.unit)
		keys.class.unit = "";
	keys.class.decimals = (int)keys.decimals;
	keys.class.index = (uint32_t)site->class_count;
	*(struct point_class *)item = keys.class;
	return true;
}

void load_site(struct loader *loader)
{
	load_zones(loader);
	load_settings(loader);
	load_homeassistant(loader);
	section_load(loader, section_open(loader, KEYS_CLASS, LIST_NEEDED), KEYS_CLASS, load_class);
}
