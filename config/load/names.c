/* Finding what a name means, and filling by the loader's own tables. */
#include "config/load/loading.h"
#include "config/text/options.h"

bool keys_fill(struct loader *loader, const config_setting_t *group, enum key_kind kind,
	const char *subject, void *target)
{
	const struct option_group options = {
		.subject = subject,
		.tables = { { key_tables[kind].specs, target } },
		.others = key_tables[kind].others,
	};

	return options_fill(loader, group, &options);
}

static const char *zone_id(const void *context, size_t i)
{
	return ((const struct site *)context)->zones[i].id;
}

static const char *class_id(const void *context, size_t i)
{
	return ((const struct site *)context)->classes[i].id;
}

static void unknown_name(const struct loader *loader, const config_setting_t *group,
	const char *member, const char *subject, const char *id, size_t count,
	const char *(*word_at)(const void *context, size_t i))
{
	report_error(loader->report, member_place(loader, group, member),
		"%s: %s \"%s\" does not exist%s", subject, member, id,
		did_you_mean(loader, id, count, word_at, &loader->config->site));
}

const struct zone *find_zone(const struct loader *loader, const config_setting_t *group,
	const char *member, const char *subject, const char *id)
{
	const struct site *site = &loader->config->site;
	const struct zone *zone = site_zone(site, id);

	/* No zone but the site: their section is wrong as a whole, and that was told. */
	if (!zone && site->zone_count > 1)
		unknown_name(loader, group, member, subject, id, site->zone_count, zone_id);
	return zone;
}

const struct point_class *find_class(const struct loader *loader, const config_setting_t *group,
	const char *member, const char *subject, const char *id)
{
	const struct site *site = &loader->config->site;
	const struct point_class *class = site_class(site, id);

	if (!class && site->class_count > 0)
		unknown_name(loader, group, member, subject, id, site->class_count, class_id);
	return class;
}
