/*
 * What every part of the loader reads from, and where it complains: the ground floor.
 *
 * The parts read one kind of thing each from libconfig's tree into structs, report what is wrong,
 * and go on: so that one run tells everything. Nothing here outlives the load but what lies in
 * `arena`.
 */
#ifndef CONFIG_TEXT_LOADER_H
#define CONFIG_TEXT_LOADER_H

#include "config/text/source.h"

#include <libconfig.h>
#include <stdarg.h>
#include <stdbool.h>

/* A file with its includes, and the tree that libconfig made of it. */
struct loaded_text {
	struct loaded_text *next;
	struct source source;
	config_t parsed;
	const config_setting_t *root; /* NULL: it could not be read or parsed */
};

struct config;
struct config_places;
struct loading;

struct loader {
	struct arena *arena;   /* owns what is loaded */
	struct arena *scratch; /* for what the load needs and the loaded does not */
	struct config_report *report;
	const char *main_file;
	const config_setting_t *root; /* of the main file */
	struct loaded_text *texts;
	/* What is filled, of which this room knows nothing. */
	struct config *config;
	struct config_places *places;
	struct loading *loading;
};

/*
 * Reads and parses a file into *text, which stays where it is until texts_free(); true when it
 * could, else errors were reported. Blocks on file reads.
 */
bool text_load(struct loader *loader, struct loaded_text *text, const char *path);
void texts_free(struct loader *loader);

struct place setting_place(const struct loader *loader, const config_setting_t *setting);

/* Place of the member `name` of a group; of the group itself where it lacks. */
struct place member_place(
	const struct loader *loader, const config_setting_t *group, const char *name);

void loader_error(const struct loader *loader, const config_setting_t *setting, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* "the text \"5\"", "the number 5", "a group": what a setting is, for messages; scratch. */
const char *setting_words(const struct loader *loader, const config_setting_t *setting);

/* " (did you mean "boiler.temp"?)" or "": from the scratch arena. */
const char *did_you_mean(const struct loader *loader, const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context);

/* "rule "overheat"": from the scratch arena. */
const char *subject_of(const struct loader *loader, const char *what, const char *id);

/* Walking: groups whose member names are ids, and lists of groups that carry an id. */

/* A section of the root, or NULL: lacks (an error where `required`) or is of another type. */
const config_setting_t *section_group(const struct loader *loader, const char *name, bool required);
const config_setting_t *section_list(const struct loader *loader, const char *name, bool required);

/* How many members a group or list has; 0 for NULL. */
size_t section_count(const config_setting_t *section);

/*
 * The i-th member of a section of groups, when it is a group with a valid id; else NULL, and an
 * error was reported. `what` is "zone", "rule", ...
 */
const config_setting_t *section_member(
	const struct loader *loader, const config_setting_t *section, size_t i, const char *what);

/* A list ( ... ) or an array [ ... ]; not NULL. */
bool is_sequence(const config_setting_t *setting);

/* Reports what is wrong with the id; true when nothing is. */
bool id_check(const struct loader *loader, const config_setting_t *setting, const char *what,
	const char *id);

#endif
