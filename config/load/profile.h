/*
 * Profiles: devices as data. A profile is the register map of a kind of device,
 * a file of its own, shipped or written by an engineer; many devices use it.
 *
 * Everything lies in the arena of the loader's configuration but the text and
 * the tree, which live until texts_free(). Blocks on file reads; start-up,
 * reload and people's tools only.
 */
#ifndef CONFIG_PROFILE_H
#define CONFIG_PROFILE_H

#include "adapters/adapter.h"
#include "config/load/keys.h"
#include "config/load/loading.h"

enum { PROFILE_ADAPTERS_MAX = 8 };

/* What a device can tell or take, by name: "voltage_l1". */
struct quantity {
	const char *id;
	struct quantity_keys keys; /* unit NULL: a state */
	void *options;             /* of the adapter's points, checked */
	const config_setting_t *group;
};

struct profile {
	struct profile *next;
	const char *name; /* its file's, without ".conf" */
	const char *path;
	struct profile_keys keys;
	const struct adapter *adapters[PROFILE_ADAPTERS_MAX]; /* that it can be used with */
	size_t adapter_count;
	struct source_keys *sources;
	size_t source_count;
	const char **notes;
	size_t note_count;
	void *device_options; /* of the first adapter; what a device must say itself is 0 */
	struct quantity *quantities;
	size_t quantity_count;
	bool sound; /* it had no error */
	struct loaded_text text;
};

/*
 * Reads and checks one file; it stands at the head of loader->loading->profiles from then on, sound
 * or not, so that its mistakes are told once. text.root is NULL when it cannot be read or parsed.
 */
struct profile *profile_read(struct loader *loader, const char *name, const char *path);

const struct quantity *profile_quantity(const struct profile *profile, const char *id);
bool profile_fits(const struct profile *profile, const struct adapter *adapter);

/*
 * The profile of a name: the site's own (the folder of daemon.profiles, or "profiles" beside the
 * main file), else a shipped one. Read once. NULL: there is none, which was reported at the
 * setting, with a suggestion.
 */
struct profile *profile_find(struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *name);

/* The names of all that there are, sorted, from the arena; *count. */
const char **profile_names(struct loader *loader, size_t *count);

/* Where this name would be read from: a path from the arena; NULL: nowhere. */
const char *profile_path(struct loader *loader, const char *name);

/* " (did you mean ...?)" of its quantities, or "". */
const char *quantity_nearest(
	const struct loader *loader, const struct profile *profile, const char *wrong);

/* A loader for people's tools, that reads no configuration but profiles. */
struct profile_shelf {
	struct config config;
	struct arena scratch;
	struct loading loading;
	struct loader loader;
};

/* `main_file`: beside which own profiles lie; `folder`: daemon.profiles or NULL. */
void shelf_open(struct profile_shelf *shelf, const char *main_file, const char *folder,
	struct config_report *report);
void shelf_close(struct profile_shelf *shelf);

#endif
