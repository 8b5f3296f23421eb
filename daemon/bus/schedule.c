/*
 * Which poll is next; due times; what is suspect or silent. Must not know of links, threads,
 * clocks or what a poll finds.
 */
#include "daemon/bus/schedule_inside.h"

#include "core/clock.h"

#include <errno.h>

enum {
	ANSWER_DECAY = 64, /* a longest answer is forgotten by a 64th with each that was shorter */
	PATIENCE_LEAST_MS = 20,
	PATIENCE_ANSWERS =
		3,        /* a probe waits so many times what sound answers take, and the least */
	PROBES_SHORT = 3, /* then one waits the whole time-out, where there is room for it; */
	PROBES_SHORT_NEW = 16,  /* in any case, where the device was never heard; */
	PROBES_SHORT_MAX = 128, /* and where it was, as it may have become slower */
};

/* What is next -------------------------------------------------------------- */

static struct schedule_device *device_of(const struct schedule *s, const struct entry *entry)
{
	return &s->devices[entry->device];
}

static bool device_is_silent(const struct schedule_device *device)
{
	return device->failures >= SCHEDULE_FAILURES;
}

/* The whole device, or this poll of one that answers others. */
static bool is_silent(const struct schedule *s, const struct entry *entry)
{
	return device_is_silent(device_of(s, entry)) || entry->failures >= SCHEDULE_FAILURES;
}

static bool is_sound(const struct schedule *s, const struct entry *entry)
{
	return device_of(s, entry)->failures == 0 && entry->failures == 0;
}

/* xorshift: repeatable from the seed, which is all that jitter needs. */
static int64_t jittered(struct schedule *s, int64_t ms)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return ms - ms / 4 + (int64_t)(s->random % (uint64_t)(ms / 2 + 1));
}

/* Whose turn it is of those that are due; the dead go in the pauses. */
enum turn {
	TURN_WANTED,
	TURN_AGAIN, /* the second try after a lone loss */
	TURN_LIVE,  /* has answered since the loss, and was due as the last time-out ended */
	TURN_DUE,
	TURN_SUSPECT,
	TURN_PROBE,
	TURN_NEVER, /* none that is due is so */
};

static enum turn turn_of(const struct schedule *s, const struct entry *entry)
{
	if (is_silent(s, entry))
		return TURN_PROBE;
	if (!is_sound(s, entry))
		return entry->again ? TURN_AGAIN : TURN_SUSPECT;
	if (entry->wanted)
		return TURN_WANTED;
	return entry->due_ms <= s->spent_ms && device_of(s, entry)->answered_ms >= s->lost_ms
		       ? TURN_LIVE
		       : TURN_DUE;
}

static int64_t probe_due_ms(const struct schedule *s, const struct entry *entry)
{
	bool others_live = s->silent < s->polled;

	if (device_is_silent(device_of(s, entry)) && !entry->prober)
		return CLOCK_NEVER;
	if (entry->called || !others_live || entry->due_ms >= s->paid_ms)
		return entry->due_ms;
	return s->paid_ms;
}

/* What may go next of the living or of the dead, and when. */
struct choice {
	struct entry *entry;
	enum turn turn;
	int64_t at_ms;   /* the turn's first */
	int64_t next_ms; /* of all turns; CLOCK_NEVER: nothing */
};

static void consider(
	struct choice *choice, struct entry *entry, enum turn turn, int64_t at_ms, int64_t now_ms)
{
	if (at_ms < choice->next_ms)
		choice->next_ms = at_ms;
	if (at_ms > now_ms || turn > choice->turn)
		return;
	/* Probes that wait for the same share take turns: the longest due first. */
	if (turn == choice->turn &&
		(at_ms > choice->at_ms ||
			(at_ms == choice->at_ms && entry->due_ms >= choice->entry->due_ms)))
		return;
	choice->entry = entry;
	choice->turn = turn;
	choice->at_ms = at_ms;
}

/* How long a probe waits: 0, the whole time-out. */
static int64_t probe_patience_ms(
	const struct schedule *s, const struct entry *entry, int64_t now_ms)
{
	const struct schedule_device *device = device_of(s, entry);
	bool heard = device->answered_ms != INT64_MIN;
	int64_t patience_ms = PATIENCE_ANSWERS * s->answer_ms + PATIENCE_LEAST_MS;
	bool room = now_ms - s->paid_ms >= SCHEDULE_PROBE_SHARE * device->took_ms;

	if (s->answer_ms == 0 || patience_ms >= device->took_ms ||
		(entry->shorts >= PROBES_SHORT && room) ||
		entry->shorts >= (heard ? PROBES_SHORT_MAX : PROBES_SHORT_NEW))
		return 0;
	return patience_ms;
}

/*
 * The dead go where they do not make the next living one late; but they do not wait for ever, and
 * then each after all that were due as the last ended.
 */
static bool dead_goes(
	const struct schedule *s, const struct choice *dead, int64_t living_ms, int64_t now_ms)
{
	const struct entry *entry = dead->entry;
	int64_t takes_ms;

	if (!entry)
		return false;
	takes_ms = entry->poll.patience_ms ? entry->poll.patience_ms : device_of(s, entry)->took_ms;
	return living_ms >= now_ms + takes_ms ||
	       (living_ms > s->spent_ms && now_ms >= dead->at_ms + SCHEDULE_PROBE_PATIENCE_MS);
}

/* Cleared here and not when it ends: one that is asked for meanwhile wants a newer look. */
static struct poll *give(struct entry *entry)
{
	entry->wanted = entry->called = false;
	return &entry->poll;
}

struct poll *schedule_next(struct schedule *s, int64_t now_ms, int64_t *due_ms)
{
	struct choice living = { NULL, TURN_NEVER, 0, CLOCK_NEVER }, dead = living;
	int64_t dead_ms;

	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];
		enum turn turn = turn_of(s, entry);

		if (turn == TURN_PROBE)
			consider(&dead, entry, turn, probe_due_ms(s, entry), now_ms);
		else
			consider(turn == TURN_SUSPECT ? &dead : &living, entry, turn,
				entry->wanted ? INT64_MIN : entry->due_ms, now_ms);
	}
	if (dead.entry)
		dead.entry->poll.patience_ms =
			dead.turn == TURN_PROBE ? probe_patience_ms(s, dead.entry, now_ms) : 0;
	if (living.turn > TURN_AGAIN && dead_goes(s, &dead, living.next_ms, now_ms))
		return give(dead.entry);
	if (living.entry) {
		living.entry->poll.patience_ms = 0;
		return give(living.entry);
	}
	dead_ms = dead.next_ms;
	if (dead.entry)
		dead_ms = dead.at_ms + SCHEDULE_PROBE_PATIENCE_MS;
	*due_ms = living.next_ms < dead_ms ? living.next_ms : dead_ms;
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

static void hear(
	struct schedule *s, struct schedule_device *device, int64_t started_ms, int64_t took_ms)
{
	device->answered_ms = started_ms;
	s->answer_ms -= (s->answer_ms + ANSWER_DECAY - 1) / ANSWER_DECAY;
	if (took_ms > s->answer_ms)
		s->answer_ms = took_ms;
	if (s->answer_ms == 0)
		s->answer_ms = 1;
}

/* All of it is asked at once, and the others that are silent: what took them may be over. */
static void come_back(struct schedule *s, const struct entry *back, int64_t now_ms)
{
	s->silent--;
	for (size_t i = 0; i < s->count; i++) {
		struct entry *entry = &s->entries[i];

		if (entry == back)
			continue;
		if (entry->device == back->device) {
			entry->failures = 0;
			entry->backoff_ms = 0;
			entry->due_ms = now_ms;
		} else if (device_is_silent(device_of(s, entry))) {
			entry->called = entry->prober;
			entry->due_ms = now_ms;
		}
	}
}

static enum schedule_change answered(
	struct schedule *s, struct entry *entry, int64_t started_ms, int64_t now_ms)
{
	struct schedule_device *device = device_of(s, entry);
	bool was_silent = device_is_silent(device), was_probe = is_silent(s, entry);
	int64_t due_ms = entry->due_ms;

	s->missing -= device->failures > 0 && !was_silent;
	device->failures = entry->failures = 0;
	entry->backoff_ms = 0;
	entry->shorts = 0;
	entry->again = false;
	hear(s, device, started_ms, now_ms - started_ms);
	entry->due_ms = regular_ms(s, entry, now_ms);
	if (!was_probe)
		schedule_load_met(&s->load,
			(entry->due_ms - due_ms + entry->period_ms - 1) / entry->period_ms);
	if (!was_silent)
		return SCHEDULE_SAME;
	come_back(s, entry, now_ms);
	return SCHEDULE_ANSWERS;
}

/* The first loss of a sound device: a lone one is asked again at once. */
static void lose(struct schedule *s, struct entry *entry, int64_t started_ms, int64_t now_ms)
{
	if (device_of(s, entry)->answered_ms >= s->lost_ms)
		s->lost_ms = started_ms;
	entry->again = s->missing == 1;
	entry->due_ms = now_ms;
}

/* A share of the bus for all probes; what was not used of it lately may be. */
static void pay(struct schedule *s, int64_t started_ms, int64_t now_ms)
{
	int64_t earliest_ms = started_ms - SCHEDULE_PROBE_SHARE * SCHEDULE_PROBE_SAVED_MS;

	if (s->paid_ms < earliest_ms)
		s->paid_ms = earliest_ms;
	s->paid_ms += SCHEDULE_PROBE_SHARE * (now_ms - started_ms);
}

static void probe_failed(
	struct schedule *s, struct entry *entry, int64_t started_ms, int64_t now_ms)
{
	if (entry->backoff_ms == 0)
		entry->backoff_ms = SCHEDULE_PROBE_FIRST_MS;
	entry->tried_ms = started_ms;
	entry->shorts = entry->poll.patience_ms ? entry->shorts + 1 : 0;
	entry->due_ms = now_ms + jittered(s, entry->backoff_ms);
	entry->backoff_ms *= 2;
	if (entry->backoff_ms > SCHEDULE_PROBE_MAX_MS)
		entry->backoff_ms = SCHEDULE_PROBE_MAX_MS;
}

/* From now on it is probed with its shortest poll. */
static void fall_silent(struct schedule *s, const struct entry *lost, int64_t now_ms)
{
	s->silent++;
	s->missing--;
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].device == lost->device && &s->entries[i] != lost)
			s->entries[i].due_ms = now_ms + jittered(s, SCHEDULE_PROBE_FIRST_MS);
}

static enum schedule_change failed(
	struct schedule *s, struct entry *entry, int64_t started_ms, int64_t now_ms)
{
	struct schedule_device *device = device_of(s, entry);
	bool was_sound = is_sound(s, entry), was_silent = device_is_silent(device);

	if (is_silent(s, entry))
		pay(s, started_ms, now_ms);
	if (!entry->poll.patience_ms)
		device->took_ms = now_ms - started_ms;
	schedule_load_failed(&s->load, now_ms - started_ms);
	s->spent_ms = now_ms;
	entry->again = false;
	s->missing += device->failures == 0;
	device->failures += device->failures < SCHEDULE_FAILURES;
	entry->failures += entry->failures < SCHEDULE_FAILURES;
	if (is_silent(s, entry))
		probe_failed(s, entry, started_ms, now_ms);
	else if (was_sound)
		lose(s, entry, started_ms, now_ms);
	else
		entry->due_ms = now_ms + (entry->period_ms < SCHEDULE_PROBE_FIRST_MS
							 ? entry->period_ms
							 : SCHEDULE_PROBE_FIRST_MS);
	if (was_silent || !device_is_silent(device))
		return SCHEDULE_SAME;
	fall_silent(s, entry, now_ms);
	return SCHEDULE_SILENT;
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
		change = answered(s, entry, started_ms, now_ms);
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
		int64_t probe_ms = entry->tried_ms + SCHEDULE_PROBE_FIRST_MS;

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
	for (size_t i = 0; i < s->count; i++) {
		s->entries[i].due_ms = now_ms;
		s->entries[i].backoff_ms = SCHEDULE_PROBE_FIRST_MS;
	}
}

bool schedule_forgives(const struct schedule *s, const struct poll *poll)
{
	return is_sound(s, &s->entries[(const struct entry *)poll - s->entries]);
}
