/* What the parts share while one configuration is being loaded. */
#ifndef CONFIG_LOAD_LOADING_H
#define CONFIG_LOAD_LOADING_H

#include "adapters/adapter.h"
#include "config/load/keys.h"
#include "config/load/load.h"
#include "config/text/loader.h"

#include <string.h>

/* Where things stand in the files, parallel to the arrays of site, plan and rules; for the lints.
 */
struct config_places {
	struct place *zones, *classes, *buses, *devices, *points;
	struct place *roles, *people, *accounts, *actions, *types, *rules, *locks;
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

/* What proves an output, which may stand behind it. */
struct pending_readback {
	struct pending_readback *next;
	struct point *output;
	const char *id;
	const config_setting_t *setting; /* that says it */
	bool of_profile;                 /* the device's register map pairs them */
};

struct profile;

/* What load_site() and its sisters hand on to each other. */
struct loading {
	unsigned errors_before;   /* in the report, of others */
	struct profile *profiles; /* that devices have named so far */
	struct pending_readback *readbacks, **readbacks_end;
	bool *bus_sound; /* parallel to site.buses: its options hold */
	struct pending_expression *expressions, **expressions_end; /* in the order of the files */
	/*
	 * A point's class or zone could not be made out: what expressions would say about
	 * classes and zones then would mislead, so they are left for the next run.
	 */
	bool points_doubtful;
	bool order_doubtful;   /* of actions: it goes round in a circle */
	bool classes_doubtful; /* the same of a class: what its points lack is not known */
};

/* A text setting of a group; NULL where it lacks or is none. */
const char *text_member(const config_setting_t *group, const char *name);

enum form { GROUP, GROUP_NEEDED, LIST, LIST_NEEDED };

/* The section of a kind of things, or NULL; and room for all that it may hold. */
const config_setting_t *section_open(struct loader *loader, enum key_kind kind, enum form form);

/*
 * `load` for every member that is a group with a valid id: `item` is the next of the array, its id
 * and place are set. False: it is not counted, and the next one takes its place.
 */
void section_load(struct loader *loader, const config_setting_t *section, enum key_kind kind,
	bool (*load)(struct loader *loader, const config_setting_t *group, const char *subject,
		void *item));

/*
 * Fill a struct by one of the loader's own tables, and find what its names mean; false when
 * something was wrong with its values.
 */
bool keys_fill(struct loader *loader, const config_setting_t *group, enum key_kind kind,
	const char *subject, void *target);

/*
 * Finding what a name means. An unknown one is reported with a suggestion, unless there is none at
 * all of its kind, which was told before; the result is then NULL. find_named: by a text setting
 * of the group; NULL too where it lacks.
 */
void *find_thing(const struct loader *loader, const config_setting_t *setting, const char *subject,
	enum key_kind kind, const char *id);
void *find_named(const struct loader *loader, const config_setting_t *group, const char *subject,
	enum key_kind kind, const char *member);
const struct adapter *find_adapter(const struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *name);

/* roles.c: `name` = [ "service_desk", ... ]: one to STEP_ROLE_MAX, each once. */
void load_role_list(struct loader *loader, const config_setting_t *group, const char *name,
	const char *subject, const struct role *roles[static STEP_ROLE_MAX], size_t *count);

/* homeassistant.c: the section, and whether a class's device class and unit fit there. */
void load_homeassistant(struct loader *loader);
void check_device_class(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct point_class *class);

/* A time of the plan, as daemon.deadline_scale has it; never 0 but from 0. */
int64_t scaled(const struct loader *loader, int64_t time_ms);

/* A group that holds the loader's settings and an adapter's. */
struct adapter_group {
	const char *subject;
	enum key_kind kind;              /* the loader's table ... */
	void *keys;                      /* ... and what it fills */
	const struct option_spec *specs; /* the adapter's table ... */
	size_t size;                     /* ... and the size of its struct */
	/* Of a profile, where the group lacks a setting: of the adapter's table, and of ours. */
	const config_setting_t *behind, *keys_behind;
	bool partial, keys_partial; /* the adapter's table, and ours: as of struct option_target */
};

/*
 * Fills both; *options becomes the adapter's struct, from the arena. Without an adapter (it is
 * unknown) unknown keys pass and *options stays NULL. True when an adapter's check may follow.
 */
bool adapter_fill(struct loader *loader, const config_setting_t *group,
	const struct adapter_group *options, const struct adapter *adapter, void **filled);

/* What an adapter's check reports to: adds file and line of the option. */
struct adapter_errors {
	struct option_errors base;
	const struct loader *loader;
	const config_setting_t *group;
	const char *subject;
	bool any;
};

struct adapter_errors adapter_errors(
	const struct loader *loader, const config_setting_t *group, const char *subject);

/* What the points of a device must know of it while they are loaded. */
struct point_context {
	const struct device_keys *keys;
	const struct profile *profile; /* NULL: none */
	bool sound;                    /* the device's options hold */
	bool doubtful; /* it has a profile that is wrong: what lacks may stand there */
};

/* quantity.c: */

/*
 * The quantity that `from` names; NULL: the point has none, or it does not exist, which was
 * reported with a suggestion and makes *doubtful true. A point without `from` is never doubtful.
 */
const struct quantity *quantity_find(struct loader *loader, const config_setting_t *group,
	const char *subject, const struct profile *profile, bool *doubtful);

/* A setting of the point, else of its quantity (may be NULL). */
const config_setting_t *quantity_setting(
	const config_setting_t *group, const struct quantity *quantity, const char *name);

/*
 * What the tables cannot take over: the names, which are the device's and the quantity's, and the
 * read-back, which is the point of the same device that comes from the quantity's read-back.
 */
void quantity_complete(struct loader *loader, const config_setting_t *group,
	const struct quantity *quantity, const struct device *device, struct point_keys *keys);

/* Is it of the class's kind and unit, or does the point scale it itself? Reports where not. */
bool quantity_suits(const struct loader *loader, const config_setting_t *group, const char *subject,
	const struct quantity *quantity, const struct point *point);

/* point.c: the points of one device, and at the end what proves their writes. */
void load_points(struct loader *loader, const config_setting_t *group, struct device *device,
	const struct point_context *context);
void link_readbacks(struct loader *loader);

/* Has `source` compiled by check_expressions(); NULL source: nothing. */
void expect_expression(struct loader *loader, const config_setting_t *group, const char *member,
	const char *subject, const char *source, const struct rule *rule,
	const struct incident_type *type);

/* actions.c: the actions with their order; and, once the types are there, where they have none. */
void load_actions(struct loader *loader);
void check_contradictions(struct loader *loader);

/* type.c: an incident type with its facts and steps, for section_load(). */
bool load_type(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item);

/* In the order in which they must be called. */
void load_site(struct loader *loader);   /* site, mqtt, daemon, zones, classes */
void load_buses(struct loader *loader);  /* buses, devices, points */
void load_roles(struct loader *loader);  /* roles, chain */
void load_people(struct loader *loader); /* people, accounts */
void load_locks(struct loader *loader);  /* locks */
void load_plan(struct loader *loader);   /* actions, types, fallback, rules */
void check_expressions(struct loader *loader);

/* reach.c: where a point or a quantity states its fault limits. */
struct reach_place {
	const config_setting_t *group, *behind; /* the quantity's, behind a point's; NULL: none */
	const char *subject;
	bool is_number;
};
/* False: they cannot be used at all. */
bool reach_check(struct loader *loader, const struct reach_place *at, double min, double max,
	const struct reach_keys *keys);
/* Into the point, whose min and max are the ends of a loop until then. */
void reach_load(struct loader *loader, const struct reach_place *at, struct point *point,
	const struct reach_keys *keys);

#endif
