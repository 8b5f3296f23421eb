/* Walking through sections, and messages about names. */
#include "config/section.h"

#include "config/options.h"
#include "config/profile.h"
#include "config/utf8.h"
#include "core/id.h"

/* The text that a setting stands in: the configuration's, or a profile's. */
static const struct source *source_of(const struct loader *loader, const config_setting_t *setting)
{
	const config_setting_t *root = setting;

	while (config_setting_parent(root))
		root = config_setting_parent(root);
	for (const struct profile *p = loader->profiles; p; p = p->next)
		if (p->root == root)
			return &p->source;
	return loader->source;
}

struct place setting_place(const struct loader *loader, const config_setting_t *setting)
{
	return source_place(source_of(loader, setting), config_setting_source_line(setting));
}

struct place member_place(
	const struct loader *loader, const config_setting_t *group, const char *name)
{
	const config_setting_t *member = config_setting_get_member(group, name);

	return setting_place(loader, member ? member : group);
}

void loader_error(
	const struct loader *loader, const config_setting_t *setting, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_error_v(loader->report, setting_place(loader, setting), format, args);
	va_end(args);
}

const char *did_you_mean(const struct loader *loader, const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context)
{
	const char *nearest = id_nearest(wrong, count, word_at, context);

	return nearest ? arena_printf(loader->scratch, " (did you mean \"%s\"?)", nearest) : "";
}

static const config_setting_t *section_of_type(
	const struct loader *loader, const char *name, bool required, int type, const char *form)
{
	const config_setting_t *setting = config_setting_get_member(loader->root, name);

	if (!setting && required)
		report_error(loader->report, (struct place){ loader->source->main_file, 0 },
			"the section \"%s\" is missing; add %s", name, form);
	if (setting && config_setting_type(setting) != type) {
		loader_error(loader, setting, "%s must be of the form %s, but is %s", name, form,
			setting_words(loader, setting));
		return NULL;
	}
	if (setting && required && config_setting_length(setting) == 0)
		loader_error(loader, setting, "%s is empty; add at least one", name);
	return setting;
}

const config_setting_t *section_group(const struct loader *loader, const char *name, bool required)
{
	return section_of_type(loader, name, required, CONFIG_TYPE_GROUP,
		arena_printf(loader->scratch, "%s: { ... };", name));
}

const config_setting_t *section_list(const struct loader *loader, const char *name)
{
	return section_of_type(loader, name, true, CONFIG_TYPE_LIST,
		arena_printf(loader->scratch, "%s = ( { id = ...; }, ... );", name));
}

size_t section_count(const config_setting_t *section)
{
	return section ? (size_t)config_setting_length(section) : 0;
}

bool id_check(const struct loader *loader, const config_setting_t *setting, const char *what,
	const char *id)
{
	if (id_valid(id))
		return true;
	loader_error(loader, setting,
		"%s \"%.*s\": an id is 1 to %d of a-z and 0-9 with single '-', '_' or '.' between",
		what, utf8_head(id, 2 * ID_MAX), id, ID_MAX);
	return false;
}

const config_setting_t *section_member(
	const struct loader *loader, const config_setting_t *section, size_t i, const char *what)
{
	const config_setting_t *member = config_setting_get_elem(section, (unsigned)i);
	const char *name = config_setting_name(member);
	const config_setting_t *id;

	if (config_setting_type(member) != CONFIG_TYPE_GROUP) {
		loader_error(loader, member, "%s%s%s%s: must be a group { ... }, but is %s", what,
			name ? " \"" : "", name ? name : "", name ? "\"" : "",
			setting_words(loader, member));
		return NULL;
	}
	if (name)
		return id_check(loader, member, what, name) ? member : NULL;
	id = config_setting_get_member(member, "id");
	if (!id || config_setting_type(id) != CONFIG_TYPE_STRING) {
		loader_error(loader, id ? id : member, "%s: needs an id = \"...\"", what);
		return NULL;
	}
	return id_check(loader, id, what, config_setting_get_string(id)) ? member : NULL;
}

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

const char *subject_of(const struct loader *loader, const char *what, const char *id)
{
	return arena_printf(loader->scratch, "%s \"%s\"", what, id);
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

void section_load(struct loader *loader, const config_setting_t *section, const char *what,
	void (*load)(struct loader *loader, const config_setting_t *group))
{
	for (size_t i = 0; i < section_count(section); i++) {
		const config_setting_t *group = section_member(loader, section, i, what);

		if (group)
			load(loader, group);
	}
}
