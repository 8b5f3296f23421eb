/*
 * Groups that hold the loader's settings and an adapter's side by side: buses,
 * devices and points.
 */
#ifndef CONFIG_ADAPTER_OPTIONS_H
#define CONFIG_ADAPTER_OPTIONS_H

#include "adapters/adapter.h"
#include "config/load/keys.h"
#include "config/load/loading.h"

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

struct profile;

/* What the points of a device must know of it while they are loaded. */
struct point_context {
	const struct device_keys *keys;
	const struct profile *profile; /* NULL: none */
	bool sound;                    /* the device's options hold */
	bool doubtful; /* it has a profile that is wrong: what lacks may stand there */
};

/* load_point.c: the points of one device, and at the end what proves their writes. */
void load_points(struct loader *loader, const config_setting_t *group, struct device *device,
	const struct point_context *context);
void link_readbacks(struct loader *loader);

#endif
