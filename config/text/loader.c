/*
 * Texts that were read, places in them, and messages about what stands there. What libconfig would
 * misread, or not survive, source_read() has refused before it comes here.
 */
#include "config/text/loader.h"

#include "core/id.h"
#include "core/utf8.h"

#include <string.h>

enum { WORDS_MAX = 64 };

/* libconfig's few words, and ours for them. */
static const struct {
	const char *theirs, *ours;
} words[] = {
	{ "syntax error", "syntax error at or before this line; a setting is name = value;" },
	{ "duplicate setting name",
		"a setting or id stands twice in the same group; keep one of them" },
	{ "mismatched element type in array", "the elements of [ ... ] must all be of one type" },
};

static void report_parser(
	const config_t *parsed, const struct source *source, struct config_report *report)
{
	const char *said = config_error_text(parsed);

	for (size_t i = 0; said && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(said, words[i].theirs) == 0)
			said = words[i].ours;
	report_error(report, source_place(source, (unsigned)config_error_line(parsed)), "%s",
		said ? said : "cannot be parsed");
}

bool text_load(struct loader *loader, struct loaded_text *text, const char *path)
{
	unsigned before = loader->report->errors;

	config_init(&text->parsed);
	text->next = loader->texts;
	loader->texts = text;
	source_read(&text->source, path, loader->arena, loader->report);
	if (loader->report->errors > before)
		return false;
	if (config_read_string(&text->parsed, text->source.text) == CONFIG_TRUE)
		text->root = config_root_setting(&text->parsed);
	else
		report_parser(&text->parsed, &text->source, loader->report);
	return text->root != NULL;
}

void texts_free(struct loader *loader)
{
	for (struct loaded_text *text = loader->texts; text; text = text->next) {
		config_destroy(&text->parsed);
		source_free(&text->source);
	}
	loader->texts = NULL;
}

struct place setting_place(const struct loader *loader, const config_setting_t *setting)
{
	const config_setting_t *root = setting;

	while (config_setting_parent(root))
		root = config_setting_parent(root);
	for (const struct loaded_text *text = loader->texts; text; text = text->next)
		if (text->root == root)
			return source_place(&text->source, config_setting_source_line(setting));
	return (struct place){ loader->main_file, config_setting_source_line(setting) };
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

const char *setting_words(const struct loader *loader, const config_setting_t *setting)
{
	struct arena *arena = loader->scratch;
	const char *text;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
		return arena_printf(arena, "the number %d", config_setting_get_int(setting));
	case CONFIG_TYPE_INT64:
		return arena_printf(arena, "the number %lld", config_setting_get_int64(setting));
	case CONFIG_TYPE_FLOAT:
		return arena_printf(arena, "the number %g", config_setting_get_float(setting));
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(setting);
		return arena_printf(arena, "the text \"%.*s\"%s", utf8_head(text, WORDS_MAX), text,
			text[utf8_head(text, WORDS_MAX)] ? "..." : "");
	case CONFIG_TYPE_BOOL:
		return config_setting_get_bool(setting) ? "the word true" : "the word false";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ... ]";
	case CONFIG_TYPE_LIST:
		return "a list ( ... )";
	default:
		return "a group { ... }";
	}
}

const char *did_you_mean(const struct loader *loader, const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context)
{
	const char *nearest = id_nearest(wrong, count, word_at, context);

	return nearest ? arena_printf(loader->scratch, " (did you mean \"%s\"?)", nearest) : "";
}

const char *subject_of(const struct loader *loader, const char *what, const char *id)
{
	return arena_printf(loader->scratch, "%s \"%s\"", what, id);
}

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

const config_setting_t *section_list(const struct loader *loader, const char *name, bool required)
{
	return section_of_type(loader, name, required, CONFIG_TYPE_LIST,
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
