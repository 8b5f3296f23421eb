/* What the parts share while one configuration is being loaded. */
#ifndef CONFIG_LOAD_LOADING_H
#define CONFIG_LOAD_LOADING_H

#include "config/load/keys.h"
#include "config/load/load.h"
#include "config/text/loader.h"
#include "config/text/section.h"

#include <string.h>

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

/* What load_site() and its sisters hand on to each other. */
struct loading {
	unsigned errors_before;                  /* in the report, of others */
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

/* Fill a struct by one of the loader's own tables; false when something was wrong. */
bool keys_fill(struct loader *loader, const config_setting_t *group, enum key_kind kind,
	const char *subject, void *target);

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

/* homeassistant.c: the section, and whether a class's device class and unit fit there. */
void load_homeassistant(struct loader *loader);
void check_device_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct class_keys *keys);

/* actions.<id>, or NULL: reported at `setting`. */
const struct action *find_action(const struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *id);

/* A time of the plan, as daemon.deadline_scale has it; never 0 but from 0. */
int64_t scaled(const struct loader *loader, int64_t time_ms);

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
