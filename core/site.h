/*
 * The site: zones, classes, points, buses and devices, as loaded.
 *
 * Built by config/, owned by its arena, immutable afterwards, so every thread
 * may read it. `index` is the place in the site's array of its kind.
 */
#ifndef CORE_SITE_H
#define CORE_SITE_H

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adapter;
struct bands;

/* A place in the building. zones[0] is the whole site and contains all others. */
struct zone {
	const char *id; /* "f2.tea"; the site's own id for zones[0] */
	struct text name;
	const struct zone *parent; /* NULL for zones[0]; "f2" for "f2.tea" */
	uint32_t index;
};

enum point_kind { POINT_NUMBER, POINT_STATE /* 0 or 1 */ };

/* What is measured or commanded: "water.pressure" in bar, "leak", "circuit". */
struct point_class {
	const char *id;
	struct text name;
	enum point_kind kind;
	const char *unit;          /* NUMBER: "bar", "degC", "V"; "" where none */
	int decimals;              /* for people */
	struct text off, on;       /* STATE: what 0 and 1 are called: "dry"/"wet" */
	const char *homeassistant; /* its device class there; NULL: none */
	uint32_t index;
};

struct bus;
struct device;

struct point {
	const char *id;
	struct text name;
	const struct point_class *class;
	const struct zone *zone;
	const struct device *device;
	uint32_t index;
	double min, max; /* a value outside is bad; STATE: 0 and 1 */
	/* But this far beyond min and max it is under or over; 0: the sensor can say nothing there.
	 */
	double under, over;
	/* A supervised input: its driver reads a number, and this says which state that is. */
	const struct bands *bands; /* NULL: not one */
	double deadband;           /* engineering units; a smaller change is not published */
	int64_t poll_ms;           /* period */
	int64_t poll_watched_ms;   /* while a rule on it is pending or its incident open; 0: same */
	int64_t stale_ms;          /* age at which it is stale */
	int64_t bad_ms;            /* age at which it is bad; 0: never by its age */
	int64_t heartbeat_ms;      /* published at least this often */
	/* outputs only: */
	bool writable;
	bool armed;     /* may be written at all */
	bool protected; /* emergency lighting, lifts, fire pumps: never written to 0 */
	const struct point *readback; /* proves a write; NULL where none */
	bool echoes; /* it only repeats what the output was told: it shows, and proves nothing */
	/*
	 * Where its last write left it, so that a driver which must drive an output to open it
	 * does not change it; not a number: not written. The one thing here that changes: loop
	 * thread only. NULL: not an output.
	 */
	double *held;
	void *options; /* the adapter's struct of point options */
};

/* A write that waited for its bus longer is not carried out: what it was for may be over. */
enum { WRITE_AGE_MAX_MS = 3000 };

struct device {
	const char *id;
	struct text name;
	const struct bus *bus;
	const struct zone *zone;
	const char *profile; /* the name of its register map; NULL: none */
	uint32_t index;
	struct point **points;
	size_t point_count;
	void *options; /* the adapter's */
};

struct bus {
	const char *id;
	struct text name;
	const struct adapter *adapter;
	uint32_t index;
	struct device **devices;
	size_t device_count;
	void *options; /* the adapter's */
};

struct site {
	const char *id; /* the <site> of every topic */
	struct text name;
	struct zone *zones;
	size_t zone_count;
	struct point_class *classes;
	size_t class_count;
	struct point *points;
	size_t point_count;
	struct bus *buses;
	size_t bus_count;
	struct device *devices;
	size_t device_count;
};

/* Is `inner` the zone `outer` or nested in it? */
bool zone_contains(const struct zone *outer, const struct zone *inner);

/* Are these points of one device read by the same poll? */
bool point_same_poll(const struct point *a, const struct point *b);

/* The top zone below the site ("f2" for "f2.tea"); the site itself for itself. */
const struct zone *zone_floor(const struct zone *zone);

const struct zone *site_zone(const struct site *site, const char *id);
const struct point *site_point(const struct site *site, const char *id);
/* The point of the old site that is the same quantity: by id, class and unit; NULL: none. */
const struct point *point_before(const struct site *old, const struct point *point);
const struct point_class *site_class(const struct site *site, const char *id);

/* A bus that cannot keep the periods of its points, as people are told. */
struct overload {
	bool lasting;
	int64_t needed_ms;    /* what its polls need of each second, as they took lately */
	int64_t available_ms; /* what there is: 1000 */
	int missed_percent;   /* of its periods, in the last window */
};

#endif
