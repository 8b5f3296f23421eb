/* The option-table filler. It knows types, ranges and tables, and nothing of what is filled. */
#include "config/text/options.h"

#include "config/text/values.h"
#include "core/id.h"

#include <string.h>

void options_default(const struct option_spec *specs, void *target, struct arena *arena)
{
	for (const struct option_spec *spec = specs; spec && spec->name; spec++)
		value_default(spec, (char *)target + spec->offset, arena);
}

/* The i-th name that the group may hold; NULL behind the last. */
static const char *key_at(const void *context, size_t i)
{
	const struct option_group *options = context;

	for (size_t t = 0; t < OPTION_TABLES_MAX && options->tables[t].specs; t++)
		for (const struct option_spec *s = options->tables[t].specs; s->name; s++)
			if (i-- == 0)
				return s->name;
	for (const char *const *other = options->others; other && *other; other++)
		if (i-- == 0)
			return *other;
	return NULL;
}

static size_t key_count(const struct option_group *options)
{
	size_t count = 0;

	while (key_at(options, count))
		count++;
	return count;
}

static bool key_known(const struct option_group *options, const char *name)
{
	for (size_t k = 0; key_at(options, k); k++)
		if (strcmp(key_at(options, k), name) == 0)
			return true;
	return false;
}

/* Does an unknown setting of the group look like this one, misspelt? Then that is told instead. */
static bool misspelt(const config_setting_t *group, const struct option_group *options,
	const struct option_spec *spec)
{
	size_t count = key_count(options);

	for (int i = 0; i < config_setting_length(group); i++) {
		const char *name = config_setting_name(config_setting_get_elem(group, (unsigned)i));
		const char *nearest;

		if (options->any_key || key_known(options, name))
			continue;
		nearest = id_nearest(name, count, key_at, options);
		if (nearest && strcmp(nearest, spec->name) == 0)
			return true;
	}
	return false;
}

static const config_setting_t *find_setting(
	const config_setting_t *group, const struct option_target *table, const char *name)
{
	const config_setting_t *setting = config_setting_get_member(group, name);

	return setting || !table->behind ? setting : config_setting_get_member(table->behind, name);
}

static bool fill_table(struct loader *loader, const config_setting_t *group,
	const struct option_group *options, const struct option_target *table)
{
	bool good = true;

	options_default(table->specs, table->target, loader->arena);
	for (const struct option_spec *spec = table->specs; spec && spec->name; spec++) {
		const struct filling f = {
			.loader = loader,
			.setting = find_setting(group, table, spec->name),
			.subject = options->subject,
			.spec = spec,
		};

		if (f.setting) {
			good &= value_fill(&f, (char *)table->target + spec->offset);
		} else if (spec->required && (!table->partial || spec->of_profile)) {
			good = false;
			if (!misspelt(group, options, spec))
				loader_error(loader, group, "%s: %s is missing (%s)",
					options->subject, spec->name, spec->help);
		}
	}
	return good;
}

static bool check_keys(
	struct loader *loader, const config_setting_t *group, const struct option_group *options)
{
	size_t count = key_count(options);
	bool good = true;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(member);

		if (key_known(options, name))
			continue;
		loader_error(loader, member, "%s: unknown setting \"%s\"%s", options->subject, name,
			did_you_mean(loader, name, count, key_at, options));
		good = false;
	}
	return good;
}

bool options_fill(
	struct loader *loader, const config_setting_t *group, const struct option_group *options)
{
	bool good = true;

	for (size_t t = 0; t < OPTION_TABLES_MAX && options->tables[t].specs; t++)
		good &= fill_table(loader, group, options, &options->tables[t]);
	if (!options->any_key)
		good &= check_keys(loader, group, options);
	return good;
}
