/*
 * The set of buses: one line each, the quality of all points, and one waiter
 * for what becomes stale. Must not know of links or threads.
 */
#include "daemon/bus/line.h"
#include "daemon/bus/quality.h"

#include "core/bands.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STALE_BATCH = 64 };

struct bus_set {
	const struct site *site;
	struct bus_events *events;
	struct bus_line **lines; /* by bus; NULL: could not be started */
	struct quality_table *quality;
	struct waiter waiter; /* for what becomes stale */
	bool stopping;
};

static void arm_quality(struct bus_set *set)
{
	waiter_arm(&set->waiter, quality_deadline(set->quality));
}

static void on_quality(struct waiter *waiter)
{
	struct bus_set *set = OWNER_OF(waiter, struct bus_set, waiter);
	struct reading stale[STALE_BATCH];
	int64_t now_ms = clock_now_ms();
	size_t count;

	do {
		count = quality_sweep(set->quality, now_ms, stale, STALE_BATCH);
		for (size_t i = 0; i < count; i++)
			set->events->reading(set->events, &stale[i]);
	} while (count == STALE_BATCH);
	arm_quality(set);
}

static struct bus_line *start_line(
	struct bus_set *set, const struct bus *bus, struct loop *loop, int64_t now_ms)
{
	/* Any number will do, as long as buses differ; a restart need not repeat its jitter. */
	uint64_t seed = (uint64_t)now_ms * 2654435761u + bus->index + 1;
	struct bus_line *line;
	int error = 0;

	if (bus->adapter->event)
		line = bus_event_start(set, bus, loop, seed, &error);
	else
		line = bus_thread_start(set, bus, loop, seed, &error);
	if (!line)
		log_error("%s: cannot be started: %s", bus->id, strerror(-error));
	return line;
}

struct bus_set *bus_set_start(const struct site *site, struct loop *loop, struct bus_events *events)
{
	struct bus_set *set = calloc(1, sizeof(*set));
	int64_t now_ms = clock_now_ms();

	if (!set)
		return NULL;
	set->site = site;
	set->events = events;
	set->lines = calloc(site->bus_count + 1, sizeof(struct bus_line *));
	set->quality = quality_table_new(site, now_ms);
	set->waiter = (struct waiter){ .expired = on_quality };
	if (!set->lines || !set->quality || waiter_add(loop, &set->waiter)) {
		bus_set_stop(set);
		return NULL;
	}
	arm_quality(set);
	for (size_t i = 0; i < site->bus_count; i++) {
		set->lines[i] = start_line(set, &site->buses[i], loop, now_ms);
		if (!set->lines[i]) {
			bus_set_stop(set);
			return NULL;
		}
	}
	return set;
}

void bus_set_stop(struct bus_set *set)
{
	if (!set)
		return;
	set->stopping = true;
	/* First all are asked, so that the wait is for the slowest and not for one after the other.
	 */
	for (size_t i = 0; set->lines && i < set->site->bus_count; i++)
		if (set->lines[i] && set->lines[i]->class->ask_stop)
			set->lines[i]->class->ask_stop(set->lines[i]);
	for (size_t i = 0; set->lines && i < set->site->bus_count; i++)
		if (set->lines[i])
			set->lines[i]->class->stop(set->lines[i]);
	waiter_remove(&set->waiter);
	quality_table_free(set->quality);
	free(set->lines);
	free(set);
}

int bus_set_write(struct bus_set *set, const struct point *point, double value, uint64_t ticket)
{
	const struct bus *bus = point->device->bus;
	const struct adapter *adapter = bus->adapter;
	struct bus_line *line = set->lines[bus->index];
	struct bus_write write = { point, value, ticket, clock_now_ms() };

	if (!point->writable ||
		(adapter->event ? !adapter->event->start_write : !adapter->blocking->write))
		return -ENOTSUP;
	return line->class->write(line, &write);
}

void bus_set_read_now(struct bus_set *set, const struct point *point)
{
	struct bus_line *line = set->lines[point->device->bus->index];

	line->class->read_now(line, point);
}

void bus_set_watch(struct bus_set *set, const struct point *point, bool watched)
{
	struct bus_line *line = set->lines[point->device->bus->index];

	if (point->poll_watched_ms)
		line->class->watch(line, point, watched);
}

const struct reading *bus_set_reading(const struct bus_set *set, const struct point *point)
{
	return quality_last(set->quality, point->index);
}

int64_t bus_set_heartbeat_ms(const struct bus_set *set)
{
	int64_t oldest_ms = CLOCK_NEVER;

	for (size_t i = 0; i < set->site->bus_count; i++) {
		const struct bus_line *line = set->lines[i];
		int64_t at_ms = CLOCK_NEVER;

		if (line->class->heartbeat_ms)
			at_ms = line->class->heartbeat_ms(line);
		if (at_ms < oldest_ms)
			oldest_ms = at_ms;
	}
	return oldest_ms;
}

static void tell_reading(struct bus_set *set, uint32_t point)
{
	/* A copy: what is told may lead to a call that changes the table. */
	struct reading reading = *quality_last(set->quality, point);

	if (!set->stopping)
		set->events->reading(set->events, &reading);
}

/* The timer goes by the earliest stale time, which only a point that became good can lower. */
static void rearm_quality(struct bus_set *set, int64_t before_ms)
{
	if (quality_deadline(set->quality) < before_ms)
		arm_quality(set);
}

void bus_set_adopt(struct bus_set *set, const struct point *point, const struct reading *reading)
{
	int64_t before_ms = quality_deadline(set->quality);

	quality_adopt(set->quality, point->index, reading);
	rearm_quality(set, before_ms);
}

void bus_set_take_reading(struct bus_set *set, const struct reading *reading)
{
	int64_t before_ms = quality_deadline(set->quality);
	const struct point *point = &set->site->points[reading->point];
	struct reading judged = *reading;

	if (point->bands)
		bands_judge(point->bands, &judged);
	if (!quality_take(set->quality, &judged))
		return;
	rearm_quality(set, before_ms);
	tell_reading(set, reading->point);
}

void bus_set_take_again(
	struct bus_set *set, const struct point *const *points, size_t count, int64_t at_ms)
{
	int64_t before_ms = quality_deadline(set->quality);

	/* Its index by its place: the point itself need not be fetched from memory. */
	for (size_t i = 0; i < count; i++) {
		uint32_t point = (uint32_t)(points[i] - set->site->points);

		if (quality_refresh(set->quality, point, at_ms))
			tell_reading(set, point);
	}
	rearm_quality(set, before_ms);
}

static enum reason error_reason(int error)
{
	static const struct {
		int error;
		enum reason reason;
	} reasons[] = {
		{ -ETIMEDOUT, REASON_TIMEOUT },
		{ -EBADMSG, REASON_GARBLED },
		{ -EREMOTEIO, REASON_EXCEPTION },
		{ -EINVAL, REASON_DEVICE },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == error)
			return reasons[i].reason;
	return REASON_LINK;
}

void bus_set_take_spoilt(struct bus_set *set, const struct poll *poll, int error, int64_t at_ms)
{
	for (size_t i = 0; i < poll->count; i++)
		if (quality_spoil(set->quality, poll->points[i]->index, error_reason(error), at_ms))
			tell_reading(set, poll->points[i]->index);
}

void bus_set_take_device(struct bus_set *set, const struct device *device, int error)
{
	if (!set->stopping)
		set->events->device(set->events, device, error);
}

void bus_set_take_link(struct bus_set *set, const struct bus *bus, int error)
{
	if (!set->stopping)
		set->events->link(set->events, bus, error);
}

void bus_set_take_overload(
	struct bus_set *set, const struct bus *bus, const struct schedule_overload *overload)
{
	if (!set->stopping)
		set->events->overload(set->events, bus, overload);
}

void bus_set_take_written(struct bus_set *set, const struct bus_write *write, int error)
{
	if (!error && write->point->held)
		*write->point->held = write->value;
	if (!set->stopping)
		set->events->written(set->events, write->point, write->ticket, error);
}
