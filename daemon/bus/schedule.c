/*
 * Due times, silent devices. Must not know of links, threads, clocks or
 * what a poll finds.
 */
#include "core/clock.h"
#include "daemon/bus/schedule_parts.h"

#include <errno.h>

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

bool schedule_overload(struct schedule *s, struct schedule_overload *overload)
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
