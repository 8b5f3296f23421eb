/*
 * The loader's own settings as data: what may stand in each kind of group, and
 * the structs that the tables fill. Names of other things (a zone, a class) are
 * texts here; the loader finds what they mean.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "core/option.h"
#include "core/text.h"

struct site_keys {
	const char *id;
	struct text name;
};

struct zone_keys {
	const char *id;
	struct text name;
};

struct class_keys {
	const char *id, *unit, *homeassistant;
	struct text name, off, on;
	int kind; /* enum point_kind */
	int64_t decimals;
};

struct bus_keys {
	const char *adapter;
	struct text name;
};

struct device_keys {
	const char *bus, *zone, *profile;
	struct text name;
	int64_t poll_ms, poll_watched_ms, stale_ms, bad_ms; /* stale 0: by poll; bad 0: by stale */
};

struct point_keys {
	const char *class, *zone, *readback, *from, *bands;
	struct text name;
	double min, max, deadband;
	int64_t poll_ms, poll_watched_ms, stale_ms, bad_ms,
		heartbeat_ms; /* 0: the device's or daemon's */
	bool writable, armed, protected;
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
	bool writable;
};

struct role_keys {
	struct text name;
};

struct person_keys {
	struct text name;
	const char *phone, *account;
};

struct action_keys {
	const char *class, *interlock;
	struct text name;
	int scope, mode; /* enum action_scope, enum action_mode */
	double value;
	int64_t confirm_ms;
};

struct fallback_keys {
	const char *const *actions;
	int severity; /* enum severity */
	int64_t acknowledge_within_ms, unheard_after_ms, broker_away_after_ms;
};

struct type_keys {
	struct text name;
	int64_t number;
	int severity; /* enum severity */
};

struct step_keys {
	const char *id, *clause, *action, *when;
	struct text text;
	int64_t deadline_ms, after_ms;
	bool mandatory;
};

struct chain_keys {
	int64_t remind_ms;
};

struct level_keys {
	int64_t after_ms;
};

struct rule_keys {
	const char *type, *condition, *clear_when, *zone;
	struct text name;
	int64_t for_ms, clear_for_ms, detect_within_ms, unsuppress_after_ms;
	int64_t chatter_max, chatter_within_ms;
	int each; /* 1: zone */
};

/* A kind of group, as the manual shows it. */
struct key_table {
	const char *path; /* "devices.<id>" */
	const struct option_spec *specs;
	const char *const *others; /* settings that are no options: lists and groups; or NULL */
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
	KEYS_ACTION,
	KEYS_TYPE,
	KEYS_STEP,
	KEYS_RULE,
	KEYS_FALLBACK,
	KEYS_COUNT
};

extern const struct key_table key_tables[KEYS_COUNT];

#endif
