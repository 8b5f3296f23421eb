/*
 * What the parts of the loader share while one configuration is being loaded.
 *
 * Each part reads one kind of thing from libconfig's tree into the structs of
 * core and rules, reports what is wrong, and goes on: so that one run tells
 * everything. Nothing here outlives config_load() but what lies in the configuration's arena.
 */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/report.h"
#include "config/source.h"

#include <libconfig.h>
#include <stdbool.h>

/* Where things stand in the files, parallel to the arrays of site, plan and rules; for the lints.
 */
struct config_places {
	struct place *buses;
	struct place *points;
	struct place *types;
	struct place *rules;
	struct place *actions;
	struct place *classes;
	struct place *roles;
	struct place *zones;
	struct place fallback;
};

/* What config_load() really makes: the caller's struct and what only the lints need. */
struct loaded_config {
	struct config config;
	struct config_places places;
};

/* An expression that was read and waits to be compiled in its scopes. */
struct pending_expression {
	struct pending_expression *next;
	const char *source;
	const char *subject; /* "rule \"overheat\"" */
	const char *member;  /* "condition" */
	struct place place;
	const struct rule *rule;          /* in the scopes of this rule; */
	const struct incident_type *type; /* or of all rules of this type; neither: the site */
};

struct profile;

struct loader {
	struct config *config;
	struct arena *scratch; /* for what config_load() needs and the configuration does not */
	struct config_places *places;
	struct config_report *report;
	unsigned errors_before; /* in the report, of others */
	const struct source *source;
	const config_setting_t *root;
	struct profile *profiles;                /* that devices have named so far */
	const config_setting_t **point_settings; /* parallel to site.points */
	const char **point_readbacks;            /* as written; NULL: none */
	bool *bus_sound;                         /* parallel to site.buses: its options hold */
	struct pending_expression *expressions, **expressions_end; /* in the order of the files */
	/*
	 * A point's class or zone could not be made out: what expressions would say about
	 * classes and zones then would mislead, so they are left for the next run.
	 */
	bool points_doubtful;
	bool classes_doubtful; /* the same of a class: what its points lack is not known */
};

struct place setting_place(const struct loader *loader, const config_setting_t *setting);

/* Place of the member `name` of a group; of the group itself where it lacks. */
struct place member_place(
	const struct loader *loader, const config_setting_t *group, const char *name);

void loader_error(const struct loader *loader, const config_setting_t *setting, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* " (did you mean "boiler.temp"?)" or "": from the scratch arena. */
const char *did_you_mean(const struct loader *loader, const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context);

/* Has `source` compiled by check_expressions(); NULL source: nothing. */
void expect_expression(struct loader *loader, const config_setting_t *group, const char *member,
	const char *subject, const char *source, const struct rule *rule,
	const struct incident_type *type);

/* In the order in which they must be called. */
void load_site(struct loader *loader);     /* site, mqtt, daemon, zones, classes */
void load_buses(struct loader *loader);    /* buses, devices, points */
void load_roles(struct loader *loader);    /* roles, chain */
void load_people(struct loader *loader);   /* people */
void load_plan(struct loader *loader);     /* actions, types */
void load_fallback(struct loader *loader); /* fallback */
void load_rules(struct loader *loader);    /* rules */
void check_expressions(struct loader *loader);

#endif
