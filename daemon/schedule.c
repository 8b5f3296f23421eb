/*
 * Polls, due times, silent devices. Must not know of links, threads, clocks or
 * what a poll finds.
 */
#include "daemon/schedule.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>

struct schedule_device {
	unsigned failures;  /* in a row */
	int64_t backoff_ms; /* of the next probe; silent only */
	int64_t tried_ms;   /* start of the last probe */
};

struct entry {
	struct poll poll; /* first, so that a poll is its entry */
	size_t device;    /* place in bus->devices */
	bool prober;      /* the device's shortest poll, with which it is probed */
	bool wanted;
	int64_t phase_ms; /* of the regular times, from epoch_ms */
	int64_t due_ms;
	const struct point **points;
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
};

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

static int compare_points(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;

	if (x->poll_ms != y->poll_ms)
		return x->poll_ms < y->poll_ms ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Cuts the device's points, sorted by period, into polls. */
static void add_device(struct schedule *s, size_t device, const struct point **points)
{
	const struct device *d = s->bus->devices[device];
	bool first = true;

	s->polled += d->point_count > 0;
	for (size_t i = 0; i < d->point_count; i++)
		points[i] = d->points[i];
	qsort(points, d->point_count, sizeof(*points), compare_points);
	for (size_t i = 0; i < d->point_count;) {
		struct entry *entry = &s->entries[s->count++];
		size_t end = i + 1;

		while (end < d->point_count && points[end]->poll_ms == points[i]->poll_ms)
			end++;
		entry->device = device;
		entry->prober = first;
		entry->points = points + i;
		entry->poll = (struct poll){ .device = d,
			.points = points + i,
			.count = end - i,
			.period_ms = points[i]->poll_ms > 0 ? points[i]->poll_ms : 1000 };
		first = false;
		i = end;
	}
}

/*
 * Polls of one period share it evenly, a few per slot; buses start in different slots. The first
 * round is spread over a second at most, so that a slow point is known soon after the start.
 */
static void spread(struct schedule *s, int64_t now_ms)
{
	int64_t bus_ms = (int64_t)(s->bus->index / SCHEDULE_SLOT_POLLS) * SCHEDULE_SLOT_MS;

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
		entry->phase_ms =
			((int64_t)before * period_ms / (int64_t)same + bus_ms) % period_ms;
		entry->due_ms =
			now_ms + ((int64_t)before * first_ms / (int64_t)same + bus_ms) % first_ms;
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

/* Where nothing can be asked, there are no polls: readings come by themselves or age. */
static bool can_ask(const struct adapter *adapter)
{
	if (adapter->event)
		return adapter->event->start_read != NULL;
	return !adapter->blocking || adapter->blocking->read != NULL;
}

struct schedule *schedule_new(const struct bus *bus, int64_t now_ms, uint64_t seed, int *error)
{
	struct schedule *s = calloc(1, sizeof(*s));
	size_t points = 1;

	*error = -ENOMEM;
	if (!s)
		return NULL;
	for (size_t i = 0; i < bus->device_count; i++)
		points += bus->devices[i]->point_count;
	s->bus = bus;
	s->epoch_ms = now_ms - now_ms % SCHEDULE_SLOT_MS;
	s->probe_after_ms = now_ms;
	s->random = seed ? seed : 1;
	/* A poll holds a point at least, so there are no more polls than points. */
	s->entries = calloc(points, sizeof(*s->entries));
	s->devices = calloc(bus->device_count + 1, sizeof(*s->devices));
	s->points = calloc(points, sizeof(struct point *));
	if (!s->entries || !s->devices || !s->points) {
		schedule_free(s);
		return NULL;
	}
	points = 0;
	for (size_t i = 0; i < bus->device_count && can_ask(bus->adapter); i++) {
		add_device(s, i, s->points + points);
		points += bus->devices[i]->point_count;
	}
	spread(s, now_ms);
	*error = plan(s);
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

/* When this entry may go; CLOCK_NEVER: not for now. */
static int64_t entry_due_ms(const struct schedule *s, const struct entry *entry)
{
	bool others_live = s->silent < s->polled;

	if (!is_silent(s, entry))
		return entry->wanted ? INT64_MIN : entry->due_ms;
	if (!entry->prober)
		return CLOCK_NEVER;
	if (others_live && entry->due_ms < s->probe_after_ms)
		return s->probe_after_ms;
	return entry->due_ms;
}

struct poll *schedule_next(struct schedule *s, int64_t now_ms, int64_t *due_ms)
{
	struct entry *best = NULL;

	*due_ms = CLOCK_NEVER;
	for (size_t i = 0; i < s->count; i++) {
		int64_t at_ms = entry_due_ms(s, &s->entries[i]);

		/* Probes that wait for the same budget take turns: the longest due first. */
		if (at_ms > *due_ms ||
			(best && at_ms == *due_ms && s->entries[i].due_ms >= best->due_ms))
			continue;
		*due_ms = at_ms;
		best = &s->entries[i];
	}
	if (!best || *due_ms > now_ms)
		return NULL;
	/* Cleared here and not when it ends: one that is asked for meanwhile wants a newer look. */
	best->wanted = false;
	return &best->poll;
}

/* The next regular time after now: periods that were missed are not made up for. */
static int64_t regular_ms(const struct schedule *s, const struct entry *entry, int64_t now_ms)
{
	int64_t period_ms = entry->poll.period_ms;
	int64_t since_ms = now_ms - s->epoch_ms - entry->phase_ms;

	if (since_ms < 0)
		return s->epoch_ms + entry->phase_ms;
	return s->epoch_ms + entry->phase_ms + (since_ms / period_ms + 1) * period_ms;
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

	device->failures = 0;
	entry->due_ms = regular_ms(s, entry, now_ms);
	if (!was_silent)
		return SCHEDULE_SAME;
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

enum schedule_change schedule_done(
	struct schedule *s, const struct poll *poll, int error, int64_t started_ms, int64_t now_ms)
{
	struct entry *entry = &s->entries[(const struct entry *)poll - s->entries];
	enum schedule_change change;

	if (is_failure(error))
		return failed(s, entry, started_ms, now_ms);
	change = answered(s, entry, now_ms);
	s->devices[entry->device].backoff_ms = 0;
	return change;
}

void schedule_want(struct schedule *s, const struct point *point, int64_t now_ms)
{
	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];
		struct schedule_device *device = &s->devices[entry->device];
		int64_t probe_ms = device->tried_ms + SCHEDULE_PROBE_FIRST_MS;

		if (entry->poll.device != point->device)
			continue;
		if (entry->poll.points[0]->poll_ms == point->poll_ms)
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
