/*
 * Walking through the sections of a configuration: groups whose member names
 * are ids, and lists of groups that carry an id.
 */
#ifndef CONFIG_SECTION_H
#define CONFIG_SECTION_H

#include "config/keys.h"
#include "config/loader.h"

#include <string.h>

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

/* `load` for every member that is a group with a valid id. */
void section_load(struct loader *loader, const config_setting_t *section, const char *what,
	void (*load)(struct loader *loader, const config_setting_t *group));

/* Reports what is wrong with the id; true when nothing is. */
bool id_check(const struct loader *loader, const config_setting_t *setting, const char *what,
	const char *id);

/* Fill a struct by one of the loader's own tables; false when something was wrong. */
bool keys_fill(struct loader *loader, const config_setting_t *group, enum key_kind kind,
	const char *subject, void *target);

/* "rule "overheat"": from the scratch arena. */
const char *subject_of(const struct loader *loader, const char *what, const char *id);

/*
 * Finding what a name means. An unknown one is reported at `member` of `group` with a
 * suggestion, unless there is none at all of its kind, which was told before; the result is
 * then NULL.
 */
const struct zone *find_zone(const struct loader *loader, const config_setting_t *group,
	const char *member, const char *subject, const char *id);
const struct point_class *find_class(const struct loader *loader, const config_setting_t *group,
	const char *member, const char *subject, const char *id);

/* roles = [ "service_desk", ... ]: one to STEP_ROLE_MAX, each once. */
void load_role_list(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count);

/* load_homeassistant.c: the section, and whether a class's device class and unit fit there. */
void load_homeassistant(struct loader *loader);
void check_device_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct class_keys *keys);

/* actions.<id>, or NULL: reported at `setting`. */
const struct action *find_action(const struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *id);

/* A time of the plan, as daemon.deadline_scale has it; never 0 but from 0. */
int64_t scaled(const struct loader *loader, int64_t time_ms);

#endif
