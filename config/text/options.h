/*
 * Fills structs from libconfig groups by tables of options (core/option.h).
 *
 * Values are never converted: a text is no number, 5 is no duration. Every
 * mistake is reported at the line of its setting, and the member then keeps its
 * default, so that the caller can go on.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include "config/text/loader.h"
#include "core/option.h"

enum { OPTION_TABLES_MAX = 3, OPTION_MAY_BE_EMPTY = -1 /* as `min` of a STRING */ };

struct option_target {
	const struct option_spec *specs; /* NULL: no options */
	void *target;                    /* zeroed struct */
	/* Where a setting is taken from that the group lacks: a profile's group; or NULL. */
	const config_setting_t *behind;
	/* A required setting may lack, since another group will have it; but not one of_profile. */
	bool partial;
};

struct option_group {
	const char *subject;                            /* "rule \"overheat\"", for messages */
	struct option_target tables[OPTION_TABLES_MAX]; /* ended by specs NULL */
	const char *const
		*others; /* settings that the caller reads itself, NULL-terminated; or NULL */
	bool any_key;    /* the table is not known: let unknown keys pass */
};

/* True when nothing was wrong. Defaults are put where settings lack. */
bool options_fill(
	struct loader *loader, const config_setting_t *group, const struct option_group *options);

/* Defaults alone. */
void options_default(const struct option_spec *specs, void *target, struct arena *arena);

/* "5 s" -> 5000; false where it is no duration. */
bool duration_parse(const char *text, int64_t *ms);

#endif
