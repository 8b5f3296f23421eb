/* The set of buses: a line for each, and what comes in. Must not know of links or threads. */
#include "daemon/bus/bus.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/bus/intake.h"
#include "daemon/bus/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct watched_point {
	const struct point *point;
	bool told; /* its line knows that a rule watches it */
};

struct bus_set {
	const struct site *site;
	struct intake intake;
	struct timer due;    /* of the earliest line */
	int64_t *due_ms;     /* by bus, apart from the lines: they are looked through each time */
	struct line **lines; /* by bus; NULL: could not be started */
	bool looked;         /* at what is watched, at all */
	uint64_t watch_changes;
	size_t watched_count;
	struct watched_point *watched; /* those with a poll_watched */
};

/* A call may make another line due: of those that had their turn the next one asks. */
static void on_due(struct timer *timer)
{
	struct bus_set *set = OWNER_OF(timer, struct bus_set, due);
	int64_t now_ms = clock_now_ms(), next_ms = CLOCK_NEVER;

	for (size_t i = 0; i < set->site->bus_count; i++)
		if (set->due_ms[i] <= now_ms)
			line_call(set->lines[i]);
	for (size_t i = 0; i < set->site->bus_count; i++)
		next_ms = set->due_ms[i] < next_ms ? set->due_ms[i] : next_ms;
	timer_arm(&set->due, next_ms);
}

static int start_lines(struct bus_set *set, sd_event *event)
{
	int64_t now_ms = clock_now_ms();

	for (size_t i = 0; i < set->site->bus_count; i++) {
		const struct bus *bus = &set->site->buses[i];
		/* Any number will do, as long as buses differ; a restart need not repeat its
		 * jitter. */
		uint64_t seed = (uint64_t)now_ms * 2654435761u + bus->index + 1;
		int error;

		set->lines[i] = line_start(
			&set->intake, bus, event, &set->due, &set->due_ms[i], seed, &error);
		if (!set->lines[i]) {
			log_error("%s: cannot be started: %s", bus->id, strerror(-error));
			return error;
		}
	}
	return 0;
}

static int find_watched(struct bus_set *set)
{
	set->watched = calloc(set->site->point_count + 1, sizeof(*set->watched));
	for (size_t i = 0; set->watched && i < set->site->point_count; i++)
		if (set->site->points[i].poll_watched_ms > 0)
			set->watched[set->watched_count++].point = &set->site->points[i];
	return set->watched ? 0 : -ENOMEM;
}

struct bus_set *bus_set_start(const struct site *site, sd_event *event, struct bus_events *events)
{
	struct bus_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->site = site;
	set->lines = calloc(site->bus_count + 1, sizeof(struct line *));
	set->due_ms = calloc(site->bus_count + 1, sizeof(*set->due_ms));
	if (intake_start(&set->intake, site, event, events) ||
		timer_start(&set->due, event, 0, on_due) || !set->lines || !set->due_ms ||
		find_watched(set) || start_lines(set, event)) {
		bus_set_stop(set);
		return NULL;
	}
	return set;
}

void bus_set_stop(struct bus_set *set)
{
	if (!set)
		return;
	/* First all are asked, so that the wait is for the slowest and not for one after the other.
	 */
	for (size_t i = 0; set->lines && i < set->site->bus_count; i++)
		if (set->lines[i])
			line_ask_stop(set->lines[i]);
	for (size_t i = 0; set->lines && i < set->site->bus_count; i++)
		if (set->lines[i])
			line_stop(set->lines[i]);
	timer_stop(&set->due);
	intake_stop(&set->intake);
	free(set->lines);
	free(set->due_ms);
	free(set->watched);
	free(set);
}

static struct bus_set *start_after(const struct site *site, const struct site *old,
	const struct reading *readings, sd_event *event, struct bus_events *events)
{
	struct bus_set *set = bus_set_start(site, event, events);

	for (uint32_t i = 0; set && i < site->point_count; i++) {
		const struct point *point = &site->points[i], *was = point_before(old, point);

		if (was && readings[was->index].at_ms)
			intake_adopt(&set->intake, point, &readings[was->index]);
	}
	return set;
}

static void adopt_outputs(const struct site *old, const struct site *site)
{
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i], *was = point_before(old, point);

		if (was && was->held && point->held)
			*point->held = *was->held;
	}
}

int bus_set_succeed(
	struct bus_set **set, const struct site *site, sd_event *event, struct bus_events *events)
{
	const struct site *old = (*set)->site;
	struct reading *readings = calloc(old->point_count + 1, sizeof(*readings));
	int error = 0;

	if (!readings)
		return -ENOMEM;
	for (size_t i = 0; i < old->point_count; i++)
		readings[i] = *bus_set_reading(*set, &old->points[i]);
	bus_set_stop(*set);
	adopt_outputs(old, site);
	*set = start_after(site, old, readings, event, events);
	if (!*set) {
		*set = start_after(old, old, readings, event, events);
		error = *set ? -ENOMEM : -ENOTRECOVERABLE;
	}
	free(readings);
	return error;
}

int bus_set_write(struct bus_set *set, const struct point *point, double value, uint64_t ticket)
{
	const struct bus *bus = point->device->bus;
	const struct adapter *adapter = bus->adapter;
	struct bus_write write = { point, value, ticket, clock_now_ms() };

	if (!point->writable ||
		(adapter->event ? !adapter->event->start_write : !adapter->blocking->write))
		return -ENOTSUP;
	return line_write(set->lines[bus->index], &write);
}

void bus_set_read_now(struct bus_set *set, const struct point *point)
{
	line_read_now(set->lines[point->device->bus->index], point);
}

int bus_port_write(void *set, const struct point *point, double value, uint64_t ticket)
{
	return bus_set_write(*(struct bus_set **)set, point, value, ticket);
}

void bus_port_read_now(void *set, const struct point *point)
{
	bus_set_read_now(*(struct bus_set **)set, point);
}

const struct reading *bus_port_reading(void *set, const struct point *point)
{
	return bus_set_reading(*(struct bus_set **)set, point);
}

void bus_set_look(struct bus_set *set, uint64_t changes,
	bool (*watches)(const void *context, const struct point *point), const void *context)
{
	if (set->looked && changes == set->watch_changes)
		return;
	set->looked = true;
	set->watch_changes = changes;
	for (size_t i = 0; i < set->watched_count; i++) {
		struct watched_point *watched = &set->watched[i];
		const struct point *point = watched->point;
		bool now = watches(context, point);

		if (now == watched->told)
			continue;
		watched->told = now;
		line_watch(set->lines[point->device->bus->index], point, now);
	}
}

const struct reading *bus_set_reading(const struct bus_set *set, const struct point *point)
{
	return quality_last(set->intake.quality, point->index);
}

int64_t bus_set_heartbeat_ms(const struct bus_set *set)
{
	int64_t oldest_ms = CLOCK_NEVER;

	for (size_t i = 0; i < set->site->bus_count; i++) {
		int64_t at_ms = line_heartbeat_ms(set->lines[i]);

		if (at_ms < oldest_ms)
			oldest_ms = at_ms;
	}
	return oldest_ms;
}
