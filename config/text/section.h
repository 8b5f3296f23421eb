/*
 * Walking through the sections of a configuration: groups whose member names
 * are ids, and lists of groups that carry an id.
 */
#ifndef CONFIG_TEXT_SECTION_H
#define CONFIG_TEXT_SECTION_H

#include "config/text/loader.h"

/* A section of the root, or NULL: lacks (an error where `required`) or is of another type. */
const config_setting_t *section_group(const struct loader *loader, const char *name, bool required);
const config_setting_t *section_list(const struct loader *loader, const char *name);

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
