/* The polls of a bus, made once and spread over their periods. Must not know which is next. */
#include "daemon/bus/schedule_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_MAX_MS = 1000 };

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

/* All points of the bus, device by device, each device's sorted by poll. */
static void sort_points(const struct bus *bus, const struct point **points)
{
	size_t count = 0;

	for (size_t i = 0; i < bus->device_count; i++) {
		const struct device *device = bus->devices[i];

		for (size_t k = 0; k < device->point_count; k++)
			points[count + k] = device->points[k];
		qsort(points + count, device->point_count, sizeof(points[0]), compare_points);
		count += device->point_count;
	}
}

/* The end of the poll that begins at place `from` of the sorted points. */
static size_t poll_end(const struct schedule *s, size_t from, size_t count)
{
	size_t end = from + 1;

	while (end < count && s->points[end]->device == s->points[from]->device &&
		point_same_poll(s->points[end], s->points[from]))
		end++;
	return end;
}

static void add_entry(struct schedule *s, size_t from, size_t end)
{
	const struct point *first = s->points[from];
	size_t device = s->count > 0 ? s->entries[s->count - 1].device : 0;
	struct entry *entry = &s->entries[s->count];

	while (s->bus->devices[device] != first->device)
		device++;
	entry->device = device;
	entry->prober = s->count == 0 || s->entries[s->count - 1].device != device;
	entry->poll = (struct poll){ .device = first->device,
		.points = s->points + from,
		.count = end - from,
		.period_ms = first->poll_ms > 0 ? first->poll_ms : 1000 };
	entry->period_ms = entry->poll.period_ms;
	s->polled += entry->prober;
	s->count++;
}

/* All points of the bus sorted, then exactly as many entries as they make. 0 or -ENOMEM. */
static int add_entries(struct schedule *s)
{
	size_t points = 0, polls = 0;

	for (size_t i = 0; i < s->bus->device_count; i++)
		points += s->bus->devices[i]->point_count;
	/* One more than needed, since an empty bus is no lack of memory. */
	s->points = calloc(points + 1, sizeof(struct point *));
	s->devices = calloc(s->bus->device_count + 1, sizeof(*s->devices));
	if (!s->points || !s->devices)
		return -ENOMEM;
	for (size_t i = 0; i < s->bus->device_count; i++)
		s->devices[i].answered_ms = INT64_MIN;
	sort_points(s->bus, s->points);
	/* Where nothing can be asked, readings come by themselves or age. */
	if (!adapter_asks(s->bus->adapter))
		points = 0;
	for (size_t i = 0; i < points; i = poll_end(s, i, points))
		polls++;
	s->entries = calloc(polls + 1, sizeof(*s->entries));
	if (!s->entries)
		return -ENOMEM;
	for (size_t i = 0, end; i < points; i = end) {
		end = poll_end(s, i, points);
		add_entry(s, i, end);
	}
	return 0;
}

/*
 * Polls of one period share it evenly, a few per slot; buses start in different slots, and share
 * them when all are taken. The first round is spread over a second at most, so that a slow point is
 * known soon after the start.
 */
static void spread(struct schedule *s, int64_t now_ms)
{
	int64_t bus_ms = (int64_t)(s->bus->index / SCHEDULE_SLOT_POLLS) * SCHEDULE_SLOT_MS;

	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];
		int64_t period_ms = entry->poll.period_ms;
		int64_t first_ms = period_ms < FIRST_MAX_MS ? period_ms : FIRST_MAX_MS;
		int64_t same = 0, before = 0;

		for (size_t j = 0; j < s->count; j++) {
			same += s->entries[j].poll.period_ms == period_ms;
			before += s->entries[j].poll.period_ms == period_ms && j < i;
		}
		same = (same + SCHEDULE_SLOT_POLLS - 1) / SCHEDULE_SLOT_POLLS;
		entry->phase_ms = (before * period_ms / same + bus_ms) % period_ms;
		entry->due_ms = now_ms + (before * first_ms / same + bus_ms) % first_ms;
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

struct schedule *schedule_new(const struct bus *bus, int64_t now_ms, uint64_t seed, int *error)
{
	struct schedule *s = calloc(1, sizeof(*s));

	*error = -ENOMEM;
	if (!s)
		return NULL;
	s->bus = bus;
	s->epoch_ms = now_ms - now_ms % SCHEDULE_SLOT_MS;
	s->paid_ms = now_ms;
	s->lost_ms = s->spent_ms = INT64_MIN;
	s->random = seed ? seed : 1;
	schedule_load_start(&s->load, now_ms);
	*error = add_entries(s);
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
