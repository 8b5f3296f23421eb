/* The polls of a bus, made once: the points of each device grouped, planned and spread. */
#include "daemon/bus/schedule_parts.h"

#include <errno.h>
#include <stdlib.h>

static int compare_points(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;

	if (x->poll_ms != y->poll_ms)
		return x->poll_ms < y->poll_ms ? -1 : 1;
	if (x->poll_watched_ms != y->poll_watched_ms)
		return x->poll_watched_ms < y->poll_watched_ms ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* The end of the poll that begins at place `from` of the sorted points. */
static size_t poll_end(const struct point *const *points, size_t from, size_t count)
{
	size_t end = from + 1;

	while (end < count && point_same_poll(points[end], points[from]))
		end++;
	return end;
}

/* Sorts the device's points by poll into `points`; how many polls they make. */
static size_t sort_points(const struct device *device, const struct point **points)
{
	size_t polls = 0;

	for (size_t i = 0; i < device->point_count; i++)
		points[i] = device->points[i];
	qsort(points, device->point_count, sizeof(*points), compare_points);
	for (size_t i = 0; i < device->point_count; i = poll_end(points, i, device->point_count))
		polls++;
	return polls;
}

/* Cuts the device's points, sorted, into polls. */
static void add_device(struct schedule *s, size_t device, const struct point **points)
{
	const struct device *d = s->bus->devices[device];

	s->polled += d->point_count > 0;
	for (size_t i = 0, end; i < d->point_count; i = end) {
		struct entry *entry = &s->entries[s->count++];

		end = poll_end(points, i, d->point_count);
		entry->device = device;
		entry->prober = i == 0;
		entry->points = points + i;
		entry->poll = (struct poll){ .device = d,
			.points = points + i,
			.count = end - i,
			.period_ms = points[i]->poll_ms > 0 ? points[i]->poll_ms : 1000 };
		entry->period_ms = entry->poll.period_ms;
	}
}

/*
 * Where in the period a bus's slot lies. When all are taken buses share them, two in each, since
 * wake-ups are what costs; then they take those between.
 */
static int64_t slot_ms(size_t slot, int64_t period_ms)
{
	int64_t at_ms = (int64_t)slot * SCHEDULE_SLOT_MS;
	int64_t between = at_ms / period_ms / SCHEDULE_SLOT_SHARED;

	return (at_ms + between * SCHEDULE_SLOT_BETWEEN_MS % SCHEDULE_SLOT_MS) % period_ms;
}

/*
 * Polls of one period share it evenly, a few per slot; buses start in different slots. The first
 * round is spread over a second at most, so that a slow point is known soon after the start.
 */
static void spread(struct schedule *s, int64_t now_ms)
{
	size_t bus_slot = s->bus->index / SCHEDULE_SLOT_POLLS;

	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];
		int64_t period_ms = entry->poll.period_ms, first_ms = period_ms;
		size_t same = 0, before = 0;

		for (size_t j = 0; j < s->count; j++) {
			if (s->entries[j].poll.period_ms != period_ms)
				continue;
			same++;
			before += j < i;
		}
		same = (same + SCHEDULE_SLOT_POLLS - 1) / SCHEDULE_SLOT_POLLS;
		before /= SCHEDULE_SLOT_POLLS;
		if (first_ms > 1000)
			first_ms = 1000;
		entry->phase_ms = ((int64_t)before * period_ms / (int64_t)same +
					  slot_ms(bus_slot, period_ms)) %
				  period_ms;
		entry->due_ms = now_ms + ((int64_t)before * first_ms / (int64_t)same +
						 slot_ms(bus_slot, first_ms)) %
						 first_ms;
	}
}

static int plan(struct schedule *s)
{
	for (size_t i = 0; i < s->count && s->bus->adapter->plan; i++) {
		int error = s->bus->adapter->plan(&s->entries[i].poll);

		if (error)
			return error;
	}
	return 0;
}

/* All points of the bus sorted, then exactly as many entries as they make. 0 or -ENOMEM. */
static int add_devices(struct schedule *s)
{
	size_t points = 0, polls = 0;

	for (size_t i = 0; i < s->bus->device_count; i++)
		points += s->bus->devices[i]->point_count;
	/* One more than needed, since an empty bus is no lack of memory. */
	s->points = calloc(points + 1, sizeof(struct point *));
	s->devices = calloc(s->bus->device_count + 1, sizeof(*s->devices));
	if (!s->points || !s->devices)
		return -ENOMEM;
	points = 0;
	for (size_t i = 0; i < s->bus->device_count; i++) {
		polls += sort_points(s->bus->devices[i], s->points + points);
		points += s->bus->devices[i]->point_count;
	}
	s->entries = calloc(polls + 1, sizeof(*s->entries));
	if (!s->entries)
		return -ENOMEM;
	points = 0;
	for (size_t i = 0; i < s->bus->device_count && adapter_asks(s->bus->adapter); i++) {
		add_device(s, i, s->points + points);
		points += s->bus->devices[i]->point_count;
	}
	return 0;
}

struct schedule *schedule_new(const struct bus *bus, int64_t now_ms, uint64_t seed, int *error)
{
	struct schedule *s = calloc(1, sizeof(*s));

	*error = -ENOMEM;
	if (!s)
		return NULL;
	s->bus = bus;
	s->epoch_ms = now_ms - now_ms % SCHEDULE_SLOT_MS;
	s->probe_after_ms = now_ms;
	s->random = seed ? seed : 1;
	schedule_load_start(&s->load, now_ms);
	*error = add_devices(s);
	if (*error == 0) {
		spread(s, now_ms);
		*error = plan(s);
	}
	if (*error) {
		schedule_free(s);
		return NULL;
	}
	return s;
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].poll.plan && s->bus->adapter->unplan)
			s->bus->adapter->unplan(&s->entries[i].poll);
	free(s->entries);
	free(s->devices);
	free(s->points);
	free(s);
}
