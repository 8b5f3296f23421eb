/* Walking through sections, and messages about names. */
#include "config/text/section.h"

#include "core/id.h"
#include "core/utf8.h"

static const config_setting_t *section_of_type(
	const struct loader *loader, const char *name, bool required, int type, const char *form)
{
	const config_setting_t *setting = config_setting_get_member(loader->root, name);

	if (!setting && required)
		report_error(loader->report, (struct place){ loader->main_file, 0 },
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

bool is_sequence(const config_setting_t *setting)
{
	return setting && (config_setting_is_array(setting) || config_setting_is_list(setting));
}
