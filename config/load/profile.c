/* Finds profiles by their names in the two folders. It knows nothing of what they say. */
#include "config/load/profile.h"

#include "core/id.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const char suffix[] = ".conf";

enum { FOLDERS = 2, SUFFIX = sizeof(suffix) - 1 };

/* Tests, and who has not installed it, have the shipped ones elsewhere. */
static const char *shipped_folder(void)
{
	const char *folder = getenv("FACILITYD_PROFILES");

	return folder && *folder ? folder : FACILITYD_PROFILES;
}

/* "profiles" seen from the folder of the main file. */
static const char *own_folder(struct loader *loader)
{
	const char *folder = loader->config->daemon.profiles;
	const char *main_file = loader->main_file;
	const char *slash = strrchr(main_file, '/');

	if (!folder)
		folder = "profiles";
	if (folder[0] == '/' || !slash)
		return folder;
	return arena_printf(loader->arena, "%.*s/%s", (int)(slash - main_file), main_file, folder);
}

static const char *folder_at(struct loader *loader, int i)
{
	return i == 0 ? own_folder(loader) : shipped_folder();
}

const char *profile_path(struct loader *loader, const char *name)
{
	for (int i = 0; i < FOLDERS; i++) {
		const char *path =
			arena_printf(loader->arena, "%s/%s%s", folder_at(loader, i), name, suffix);

		if (access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

static int is_profile(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > SUFFIX && strcmp(entry->d_name + length - SUFFIX, suffix) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **profile_names(struct loader *loader, size_t *count)
{
	struct arena *arena = loader->arena;
	struct dirent **entries[FOLDERS];
	int counts[FOLDERS];
	size_t total = 0, kept = 0;
	const char **names;

	for (int i = 0; i < FOLDERS; i++) {
		counts[i] = scandir(folder_at(loader, i), &entries[i], is_profile, alphasort);
		total += counts[i] > 0 ? (size_t)counts[i] : 0;
	}
	names = arena_alloc(arena, (total + 1) * sizeof(*names));
	total = 0;
	for (int i = 0; i < FOLDERS; i++) {
		for (int e = 0; e < counts[i]; e++) {
			const char *file = entries[i][e]->d_name;

			names[total++] =
				arena_printf(arena, "%.*s", (int)(strlen(file) - SUFFIX), file);
			free(entries[i][e]);
		}
		if (counts[i] >= 0)
			free(entries[i]);
	}
	qsort(names, total, sizeof(*names), compare_names);
	for (size_t i = 0; i < total; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	*count = kept;
	return names;
}

static const char *name_at(const void *context, size_t i)
{
	return ((const char *const *)context)[i];
}

struct profile *profile_find(struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *name)
{
	const char *path = NULL;
	const char **names;
	size_t count;

	for (struct profile *p = loader->loading->profiles; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	if (id_valid(name))
		path = profile_path(loader, name);
	if (path)
		return profile_read(loader, name, path);
	names = profile_names(loader, &count);
	loader_error(loader, setting, "%s: profile \"%s\" does not exist in %s or %s%s", subject,
		name, own_folder(loader), shipped_folder(),
		did_you_mean(loader, name, count, name_at, names));
	return NULL;
}

void shelf_open(struct profile_shelf *shelf, const char *main_file, const char *folder,
	struct config_report *report)
{
	*shelf = (struct profile_shelf){
		.config.daemon.profiles = folder,
		.loader.main_file = main_file,
		.loader.report = report,
	};
	shelf->loader.config = &shelf->config;
	shelf->loader.arena = &shelf->config.arena;
	shelf->loader.scratch = &shelf->scratch;
	shelf->loader.loading = &shelf->loading;
}

void shelf_close(struct profile_shelf *shelf)
{
	texts_free(&shelf->loader);
	arena_free(&shelf->scratch);
	arena_free(&shelf->config.arena);
}
