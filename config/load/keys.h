/*
 * The loader's own settings as data: what may stand in each kind of group, and the structs that
 * the tables fill: those of core where they have a member for each setting, else one of these.
 */
#ifndef CONFIG_LOAD_KEYS_H
#define CONFIG_LOAD_KEYS_H

#include "config/config.h"
#include "core/option.h"

struct class_keys {
	struct point_class class;
	int64_t decimals;
};

/* Times that are 0 come from elsewhere: stale from poll, bad from stale. */
struct device_keys {
	struct device device;
	int64_t poll_ms, poll_watched_ms, stale_ms, bad_ms;
};

/* What a sensor can say beyond min and max. */
struct reach_keys {
	double fault_low, fault_high;
	int loop; /* enum loop */
};
enum loop { LOOP_NONE, LOOP_0_20, LOOP_4_20 };

/* A point's times that are 0 are the device's or the daemon's. */
struct point_keys {
	struct point point;
	const char *readback, *bands;
	struct reach_keys reach;
};

struct profile_keys {
	struct text name;
	const char *manufacturer, *model;
};

struct source_keys {
	const char *title, *revision, *found;
};

struct quantity_keys {
	struct text name;
	const char *unit, *readback, *note;
	double min, max, deadband;
	struct reach_keys reach;
	bool writable;
};

struct action_keys {
	struct action action;
	const char *const *over;
};

struct fallback_keys {
	struct fallback_settings settings;
	const char *const *actions;
};

struct type_keys {
	struct incident_type type;
	int64_t number;
};

struct fact_keys {
	struct fact fact;
	int worse; /* 0: no */
};

struct step_keys {
	struct step step;
	const char *fact; /* "ID", or "!ID": at its no */
	int stage;        /* 1: the first */
};

struct rule_keys {
	struct rule rule;
	int each; /* 1: zone */
};

/* A kind of group, as the manual shows it; and where its things lie, when it is a section of many.
 */
struct key_table {
	const char *path; /* "devices.<id>": below the section "devices" */
	const struct option_spec *specs;
	const char *const *others; /* settings that are no options: lists and groups; or NULL */
	const char *what;          /* "device" */
	size_t size;               /* of one, whose first member is its id */
	size_t items, count;       /* offsets in struct config: of the array and of their number */
	size_t places;             /* offset in struct config_places, of an array parallel to it */
};

enum key_kind {
	KEYS_SITE,
	KEYS_MQTT,
	KEYS_DAEMON,
	KEYS_HOMEASSISTANT,
	KEYS_ZONE,
	KEYS_CLASS,
	KEYS_BUS,
	KEYS_DEVICE,
	KEYS_POINT,
	KEYS_PROFILE,
	KEYS_SOURCE,
	KEYS_QUANTITY,
	KEYS_ROLE,
	KEYS_CHAIN,
	KEYS_LEVEL,
	KEYS_PERSON,
	KEYS_ACCOUNT,
	KEYS_ACTION,
	KEYS_TYPE,
	KEYS_FACT,
	KEYS_STEP,
	KEYS_RULE,
	KEYS_FALLBACK,
	KEYS_LOCK,
	KEYS_COUNT
};

extern const struct key_table key_tables[KEYS_COUNT];

#endif
