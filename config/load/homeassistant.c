/* Loads what Home Assistant is told: the section, and the device class of each class. */
#include "config/homeassistant.h"
#include "config/load/loading.h"
#include "config/text/options.h"

/* One level of topics or several: no wildcard, no empty level, neither the broker's nor ours. */
static bool prefix_valid(const char *prefix)
{
	size_t length = strlen(prefix), first = strcspn(prefix, "/");

	return prefix[strcspn(prefix, "+#")] == '\0' && !strstr(prefix, "//") && first > 0 &&
	       prefix[length - 1] != '/' && prefix[0] != '$' &&
	       !(first == strlen("facility") && strncmp(prefix, "facility", first) == 0);
}

void load_homeassistant(struct loader *loader)
{
	struct config *config = loader->config;
	struct homeassistant_settings *settings = &config->homeassistant;
	const config_setting_t *group = section_group(loader, "homeassistant", false);

	settings->published = group != NULL;
	if (group)
		keys_fill(loader, group, KEYS_HOMEASSISTANT, "homeassistant", settings);
	else
		options_default(key_tables[KEYS_HOMEASSISTANT].specs, settings, &config->arena);
	if (!prefix_valid(settings->prefix))
		report_error(loader->report, member_place(loader, group, "prefix"),
			"homeassistant: prefix \"%s\" is no beginning of a topic; it has neither "
			"wildcards nor empty levels and is not \"facility\"; Home Assistant's own "
			"is \"homeassistant\"",
			settings->prefix);
	/* Without the section too: what an earlier configuration has published is to be cleared. */
	config->mqtt.elsewhere = arena_printf(
		&config->arena, "%s/+/facility_%s/+/config", settings->prefix, config->site.id);
}

static const char *class_name_at(const void *context, size_t i)
{
	return device_class_name(*(const enum point_kind *)context, i);
}

static const char *suggestion(const struct loader *loader, enum point_kind kind, const char *wrong)
{
	size_t count = 0;

	while (device_class_name(kind, count))
		count++;
	return did_you_mean(loader, wrong, count, class_name_at, &kind);
}

static const char *permitted(const struct loader *loader, const struct device_class *class)
{
	const char *list = "";

	for (const char *const *unit = class->units; *unit; unit++)
		list = arena_printf(loader->scratch, "%s%s%s", list, *list ? ", " : "",
			**unit ? *unit : "\"\"");
	return list;
}

void check_device_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct point_class *class)
{
	enum point_kind kind = class->kind;
	const struct device_class *known;
	struct place place = member_place(loader, group, "homeassistant");

	if (!class->homeassistant)
		return;
	known = device_class_find(kind, class->homeassistant);
	if (!known) {
		report_error(loader->report, place,
			"%s: Home Assistant has no device class \"%s\" for a %s%s; leave it out "
			"where none fits",
			subject, class->homeassistant, kind == POINT_STATE ? "state" : "number",
			suggestion(loader, kind, class->homeassistant));
		return;
	}
	if (kind == POINT_STATE || !class->unit ||
		device_class_permits(known, device_unit(class->unit)))
		return;
	report_error(loader->report, place,
		"%s: the device class \"%s\" does not permit the unit \"%s\", only %s; take "
		"another class or leave it out",
		subject, known->name, device_unit(class->unit), permitted(loader, known));
}
