/*
 * config_load(): text, check, parse, then every kind of thing in the order in
 * which they refer to each other.
 */
#include "config/load/loading.h"

#include "core/id.h"

#include <stdlib.h>

/* The name of the section that the i-th table is for: what stands before ".<id>" in its path. */
static const char *section_name(const void *context, size_t i)
{
	const struct loader *loader = context;
	const char *path = key_tables[i].path, *dot = strchr(path, '.');

	if (i == KEYS_PROFILE || (dot && dot[1] != '<'))
		return section_name(context, KEYS_SITE); /* parts of files and sections */
	return dot ? arena_printf(loader->scratch, "%.*s", (int)(dot - path), path) : path;
}

static void check_sections(struct loader *loader)
{
	for (int i = 0; i < config_setting_length(loader->root); i++) {
		const config_setting_t *setting =
			config_setting_get_elem(loader->root, (unsigned)i);
		const char *name = config_setting_name(setting);
		size_t s = 0;

		while (s < KEYS_COUNT && strcmp(section_name(loader, s), name) != 0)
			s++;
		if (s == KEYS_COUNT)
			loader_error(loader, setting, "unknown section \"%s\"%s", name,
				did_you_mean(loader, name, KEYS_COUNT, section_name, loader));
	}
}

static void load_all(struct loader *loader)
{
	loader->loading->expressions_end = &loader->loading->expressions;
	loader->loading->readbacks_end = &loader->loading->readbacks;
	check_sections(loader);
	load_site(loader);
	load_buses(loader);
	load_roles(loader);
	load_people(loader);
	load_plan(loader);
	load_locks(loader);
	check_expressions(loader);
}

struct config *config_load(const char *path, struct config_report *report)
{
	struct loaded_config *loaded = calloc(1, sizeof(*loaded));
	unsigned before = report->errors;
	struct arena scratch = { 0 };
	struct loaded_text text = { 0 };
	struct loading loading = { .errors_before = before };
	struct loader loader = { .scratch = &scratch, .report = report, .loading = &loading };

	if (!loaded) {
		report_error(report, (struct place){ path, 0 }, "out of memory");
		return NULL;
	}
	loader.arena = &loaded->config.arena;
	loader.config = &loaded->config;
	loader.places = &loaded->places;
	if (text_load(&loader, &text, path)) {
		loader.main_file = text.source.main_file;
		loader.root = text.root;
		load_all(&loader);
	}
	texts_free(&loader);
	arena_free(&scratch);
	if (report->errors == before)
		return &loaded->config;
	config_free(&loaded->config);
	return NULL;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	arena_free(&config->arena);
	free((struct loaded_config *)config);
}
