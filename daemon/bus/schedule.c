/*
 * The polls of a bus, made once and spread; due times; silent devices. Must not
 * know of links, threads, clocks or what a poll finds.
 */
#include "daemon/bus/schedule.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_MAX_MS = 1000 };

struct schedule_device {
	unsigned failures;  /* in a row */
	int64_t backoff_ms; /* of the next probe; silent only */
	int64_t tried_ms;   /* start of the last probe */
	int64_t took_ms;    /* it took so long to fail */
};

struct entry {
	struct poll poll; /* first, so that a poll is its entry */
	size_t device;    /* place in bus->devices */
	bool prober;      /* the device's shortest poll, with which it is probed */
	bool wanted;
	unsigned watched;  /* points of it that rules watch */
	int64_t period_ms; /* for now: poll.period_ms, or less while watched */
	int64_t phase_ms;  /* of the regular times, from epoch_ms */
	int64_t due_ms;
	int64_t cost_us; /* average of the last polls */
};

struct schedule {
	const struct bus *bus;
	struct entry *entries;
	size_t count;
	struct schedule_device *devices;
	const struct point **points; /* all entries' points in one piece */
	size_t polled;               /* devices that have points */
	size_t silent;               /* how many devices are */
	int64_t epoch_ms;
	int64_t probe_after_ms; /* no probe before, while something on the bus lives */
	uint64_t random;
	struct schedule_load load;
};

/* Made once --------------------------------------------------------------- */

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

/* What is next -------------------------------------------------------------- */

static bool is_silent(const struct schedule *s, const struct entry *entry)
{
	return s->devices[entry->device].failures >= SCHEDULE_FAILURES;
}

/* xorshift: repeatable from the seed, which is all that jitter needs. */
static int64_t jittered(struct schedule *s, int64_t ms)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return ms - ms / 4 + (int64_t)(s->random % (uint64_t)(ms / 2 + 1));
}

/* What may go next of one kind, and when. */
struct choice {
	struct entry *entry;
	int64_t at_ms; /* CLOCK_NEVER: nothing */
};

static void consider(struct choice *choice, struct entry *entry, int64_t at_ms)
{
	/* Probes that wait for the same budget take turns: the longest due first. */
	if (at_ms > choice->at_ms || at_ms == CLOCK_NEVER ||
		(choice->entry && at_ms == choice->at_ms && entry->due_ms >= choice->entry->due_ms))
		return;
	*choice = (struct choice){ entry, at_ms };
}

static int64_t probe_due_ms(const struct schedule *s, const struct entry *entry)
{
	bool others_live = s->silent < s->polled;

	if (!entry->prober)
		return CLOCK_NEVER;
	return others_live && entry->due_ms < s->probe_after_ms ? s->probe_after_ms : entry->due_ms;
}

/* Only where it does not make the next poll late; but it does not wait for ever. */
static bool probe_goes(const struct schedule *s, const struct choice *probe,
	const struct choice *live, int64_t now_ms)
{
	if (!probe->entry || now_ms < probe->at_ms)
		return false;
	return live->at_ms >= now_ms + s->devices[probe->entry->device].took_ms ||
	       now_ms >= probe->at_ms + SCHEDULE_PROBE_PATIENCE_MS;
}

struct poll *schedule_next(struct schedule *s, int64_t now_ms, int64_t *due_ms)
{
	struct choice live = { NULL, CLOCK_NEVER }, probe = { NULL, CLOCK_NEVER };
	int64_t probe_ms;

	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];

		if (is_silent(s, entry))
			consider(&probe, entry, probe_due_ms(s, entry));
		else
			consider(&live, entry, entry->wanted ? INT64_MIN : entry->due_ms);
	}
	if (live.at_ms != INT64_MIN && probe_goes(s, &probe, &live, now_ms))
		live = probe;
	*due_ms = live.at_ms;
	if (live.entry && live.at_ms <= now_ms) {
		/* Cleared here and not when it ends: one that is asked for meanwhile wants a
		 * newer look. */
		live.entry->wanted = false;
		return &live.entry->poll;
	}
	probe_ms = probe.at_ms > now_ms || !probe.entry ? probe.at_ms
							: probe.at_ms + SCHEDULE_PROBE_PATIENCE_MS;
	if (probe_ms < *due_ms)
		*due_ms = probe_ms;
	return NULL;
}

/* The next regular time after now: periods that were missed are not made up for. */
static int64_t regular_ms(const struct schedule *s, const struct entry *entry, int64_t now_ms)
{
	int64_t period_ms = entry->period_ms;
	int64_t first_ms = s->epoch_ms + entry->phase_ms % period_ms;
	int64_t since_ms = now_ms - first_ms;

	if (since_ms < 0)
		return first_ms;
	return first_ms + (since_ms / period_ms + 1) * period_ms;
}

/* An exception is an answer, and a request that cannot be asked says nothing of the device. */
static bool is_failure(int error)
{
	return error != 0 && error != -EREMOTEIO && error != -EINVAL;
}

static enum schedule_change answered(struct schedule *s, struct entry *entry, int64_t now_ms)
{
	struct schedule_device *device = &s->devices[entry->device];
	bool was_silent = is_silent(s, entry);
	int64_t due_ms = entry->due_ms;

	device->failures = 0;
	entry->due_ms = regular_ms(s, entry, now_ms);
	if (!was_silent) {
		schedule_load_met(&s->load,
			(entry->due_ms - due_ms + entry->period_ms - 1) / entry->period_ms);
		return SCHEDULE_SAME;
	}
	s->silent--;
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].device == entry->device && &s->entries[i] != entry)
			s->entries[i].due_ms = now_ms;
	return SCHEDULE_ANSWERS;
}

static enum schedule_change failed(
	struct schedule *s, struct entry *entry, int64_t started_ms, int64_t now_ms)
{
	struct schedule_device *device = &s->devices[entry->device];
	enum schedule_change change = SCHEDULE_SAME;

	device->took_ms = now_ms - started_ms;
	schedule_load_failed(&s->load, device->took_ms);
	if (device->failures < SCHEDULE_FAILURES && ++device->failures < SCHEDULE_FAILURES) {
		entry->due_ms = regular_ms(s, entry, now_ms);
		return SCHEDULE_SAME;
	}
	if (device->backoff_ms == 0) {
		device->backoff_ms = SCHEDULE_PROBE_FIRST_MS;
		s->silent++;
		change = SCHEDULE_SILENT;
	}
	device->tried_ms = started_ms;
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].device == entry->device)
			s->entries[i].due_ms = now_ms + jittered(s, device->backoff_ms);
	s->probe_after_ms = now_ms + (SCHEDULE_PROBE_SHARE - 1) * (now_ms - started_ms);
	device->backoff_ms *= 2;
	if (device->backoff_ms > SCHEDULE_PROBE_MAX_MS)
		device->backoff_ms = SCHEDULE_PROBE_MAX_MS;
	return change;
}

/* Of each second, by what the polls took lately and the periods that they have for now. */
static int64_t needed_ms(const struct schedule *s)
{
	int64_t needed_us = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!is_silent(s, &s->entries[i]))
			needed_us += s->entries[i].cost_us * 1000 / s->entries[i].period_ms;
	return needed_us / 1000;
}

enum schedule_change schedule_done(
	struct schedule *s, const struct poll *poll, int error, int64_t started_ms, int64_t now_ms)
{
	struct entry *entry = &s->entries[(const struct entry *)poll - s->entries];
	int64_t took_us = (now_ms - started_ms) * 1000;
	enum schedule_change change;

	if (is_failure(error)) {
		change = failed(s, entry, started_ms, now_ms);
	} else {
		change = answered(s, entry, now_ms);
		s->devices[entry->device].backoff_ms = 0;
		entry->cost_us += entry->cost_us ? (took_us - entry->cost_us) / 4 : took_us;
	}
	if (now_ms - s->load.since_ms >= SCHEDULE_WINDOW_MS)
		schedule_load_judge(&s->load, needed_ms(s), now_ms);
	return change;
}

bool schedule_overload(struct schedule *s, struct overload *overload)
{
	bool news = s->load.news;

	*overload = s->load.overload;
	s->load.news = false;
	return news;
}

static struct entry *entry_of(struct schedule *s, const struct point *point)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].poll.device == point->device &&
			point_same_poll(s->entries[i].poll.points[0], point))
			return &s->entries[i];
	return NULL;
}

void schedule_watch(struct schedule *s, const struct point *point, bool watched, int64_t now_ms)
{
	struct entry *entry = entry_of(s, point);

	if (!entry || !point->poll_watched_ms)
		return;
	entry->watched += watched ? 1 : (unsigned)-1;
	entry->period_ms = entry->watched ? point->poll_watched_ms : entry->poll.period_ms;
	if (!is_silent(s, entry))
		entry->due_ms = regular_ms(s, entry, now_ms);
}

void schedule_want(struct schedule *s, const struct point *point, int64_t now_ms)
{
	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];
		struct schedule_device *device = &s->devices[entry->device];
		int64_t probe_ms = device->tried_ms + SCHEDULE_PROBE_FIRST_MS;

		if (entry->poll.device != point->device)
			continue;
		if (point_same_poll(entry->poll.points[0], point))
			entry->wanted = true;
		if (is_silent(s, entry) && probe_ms < entry->due_ms)
			entry->due_ms = probe_ms > now_ms ? probe_ms : now_ms;
	}
}

void schedule_opened(struct schedule *s, int64_t now_ms)
{
	if (s->silent < s->polled)
		return;
	s->probe_after_ms = now_ms;
	for (size_t i = 0; i < s->count; i++) {
		s->entries[i].due_ms = now_ms;
		s->devices[s->entries[i].device].backoff_ms = SCHEDULE_PROBE_FIRST_MS;
	}
}

const struct poll *schedule_poll(const struct schedule *s, size_t i)
{
	return i < s->count ? &s->entries[i].poll : NULL;
}
