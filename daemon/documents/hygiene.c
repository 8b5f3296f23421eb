#include "daemon/documents/hygiene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS_PER_DAY = HYGIENE_DAY_MS / HYGIENE_WINDOW_MS, HOUR_MS = 3600 * 1000 };

struct raise {
	int64_t at_ms;
	int number;
	char zone[ID_MAX + 1];
};

/* Are we in a flood, at from_ms, and how much of it was there. */
struct flood {
	int64_t from_ms; /* raises that count at this time or later are kept */
	bool active;
	int64_t since_ms, total_ms;
};

struct hygiene {
	struct flood flood;
	size_t first, count; /* of a ring, in the order of time */
	struct raise raises[HYGIENE_RAISE_MAX];
};

struct hygiene *hygiene_new(void)
{
	struct hygiene *hygiene = calloc(1, sizeof(*hygiene));

	if (hygiene)
		hygiene->flood.from_ms = INT64_MIN / 2;
	return hygiene;
}

void hygiene_free(struct hygiene *hygiene)
{
	free(hygiene);
}

static const struct raise *raise_at(const struct hygiene *h, size_t i)
{
	return &h->raises[(h->first + i) % HYGIENE_RAISE_MAX];
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The flood's part that lies behind day_ms. */
static int64_t part(const struct flood *flood, int64_t until_ms, int64_t day_ms)
{
	return later(0, until_ms - later(flood->since_ms, day_ms));
}

/* So many raises lie within the last 10 minutes now. */
static void flood_step(struct flood *flood, size_t raises, int64_t at_ms, int64_t day_ms)
{
	if (!flood->active && raises > FLOOD_BEGINS_ABOVE) {
		flood->active = true;
		flood->since_ms = at_ms;
	} else if (flood->active && raises < FLOOD_ENDS_BELOW) {
		flood->active = false;
		flood->total_ms += part(flood, at_ms, day_ms);
	}
}

/* From flood.from_ms to now_ms, raise by raise: each comes, and 10 minutes later goes. */
static struct flood flood_at(const struct hygiene *h, int64_t now_ms)
{
	struct flood flood = h->flood;
	int64_t day_ms = now_ms - HYGIENE_DAY_MS;
	size_t in = 0, out = 0;

	while (in < h->count && raise_at(h, in)->at_ms <= flood.from_ms)
		in++;
	while (out < h->count) {
		int64_t comes_ms = in < h->count ? raise_at(h, in)->at_ms : INT64_MAX;
		int64_t goes_ms =
			out < in ? raise_at(h, out)->at_ms + HYGIENE_WINDOW_MS : INT64_MAX;
		int64_t at_ms = comes_ms < goes_ms ? comes_ms : goes_ms;

		if (at_ms > now_ms)
			break;
		if (comes_ms < goes_ms)
			in++;
		else
			out++;
		flood_step(&flood, in - out, at_ms, day_ms);
	}
	if (flood.active)
		flood.total_ms += part(&flood, now_ms, day_ms);
	return flood;
}

/* Forgets what counts no more at from_ms; whether it was a flood then is kept. */
static void forget(struct hygiene *h, int64_t from_ms)
{
	if (from_ms <= h->flood.from_ms)
		return;
	h->flood = flood_at(h, from_ms);
	h->flood.from_ms = from_ms;
	h->flood.total_ms = 0;
	while (h->count > 0 && raise_at(h, 0)->at_ms + HYGIENE_WINDOW_MS <= from_ms) {
		h->first = (h->first + 1) % HYGIENE_RAISE_MAX;
		h->count--;
	}
}

void hygiene_raise(struct hygiene *hygiene, int number, const char *zone, int64_t at_ms)
{
	struct raise *raise;

	if (hygiene->count > 0)
		at_ms = later(at_ms, raise_at(hygiene, hygiene->count - 1)->at_ms);
	/* Full: the oldest gives way, and what was before it is forgotten if it can be. */
	if (hygiene->count == HYGIENE_RAISE_MAX &&
		raise_at(hygiene, 0)->at_ms + HYGIENE_WINDOW_MS <= at_ms)
		forget(hygiene, raise_at(hygiene, 0)->at_ms + HYGIENE_WINDOW_MS);
	if (hygiene->count == HYGIENE_RAISE_MAX) {
		hygiene->first = (hygiene->first + 1) % HYGIENE_RAISE_MAX;
		hygiene->count--;
	}
	raise = &hygiene->raises[(hygiene->first + hygiene->count++) % HYGIENE_RAISE_MAX];
	raise->at_ms = at_ms;
	raise->number = number;
	snprintf(raise->zone, sizeof(raise->zone), "%s", zone);
}

/* How many lie within the last span_ms. */
static unsigned raises_within(const struct hygiene *h, int64_t now_ms, int64_t span_ms)
{
	unsigned raises = 0;

	for (size_t i = h->count; i > 0 && raise_at(h, i - 1)->at_ms > now_ms - span_ms; i--)
		raises++;
	return raises;
}

static void find_peak(const struct hygiene *h, int64_t now_ms, struct hygiene_rates *rates)
{
	size_t oldest = 0;

	for (size_t i = 0; i < h->count; i++) {
		int64_t at_ms = raise_at(h, i)->at_ms;

		while (raise_at(h, oldest)->at_ms <= at_ms - HYGIENE_WINDOW_MS)
			oldest++;
		if (at_ms <= now_ms - HYGIENE_DAY_MS || i - oldest + 1 <= rates->peak_10_min)
			continue;
		rates->peak_10_min = (unsigned)(i - oldest + 1);
		rates->peak_ms = at_ms;
	}
}

void hygiene_rates(const struct hygiene *hygiene, int64_t now_ms, struct hygiene_rates *rates)
{
	struct flood flood;

	if (hygiene->count > 0)
		now_ms = later(now_ms, raise_at(hygiene, hygiene->count - 1)->at_ms);
	flood = flood_at(hygiene, now_ms);
	*rates = (struct hygiene_rates){
		.last_10_min = raises_within(hygiene, now_ms, HYGIENE_WINDOW_MS),
		.last_hour = raises_within(hygiene, now_ms, HOUR_MS),
		.last_day = raises_within(hygiene, now_ms, HYGIENE_DAY_MS),
		.flood = flood.active,
		.flood_since_ms = flood.active ? flood.since_ms : 0,
		.flood_percent = 100.0 * (double)flood.total_ms / HYGIENE_DAY_MS,
	};
	rates->average_per_10_min = (double)rates->last_day / WINDOWS_PER_DAY;
	find_peak(hygiene, now_ms, rates);
}

static int by_place(const void *a, const void *b)
{
	const struct hygiene_frequent *x = a, *y = b;

	return x->number != y->number ? x->number - y->number : strcmp(x->zone, y->zone);
}

/* Into its place of a list that has room for HYGIENE_FREQUENT_MAX. */
static void insert(struct hygiene_frequent *list, size_t *count, const struct hygiene_frequent *new)
{
	size_t at = *count;

	while (at > 0 &&
		(list[at - 1].raises < new->raises ||
			(list[at - 1].raises == new->raises &&by_place(&list[at - 1], new) > 0)))
		at--;
	if (at == HYGIENE_FREQUENT_MAX)
		return;
	if (*count < HYGIENE_FREQUENT_MAX)
		++*count;
	memmove(&list[at + 1], &list[at], (*count - at - 1) * sizeof(*list));
	list[at] = *new;
}

static bool same_place(const struct raise *a, const struct raise *b)
{
	return a->number == b->number && strcmp(a->zone, b->zone) == 0;
}

size_t hygiene_frequent(const struct hygiene *hygiene, int64_t now_ms,
	struct hygiene_frequent list[static HYGIENE_FREQUENT_MAX])
{
	size_t begin = 0, count = 0;
	bool counted[HYGIENE_RAISE_MAX] = { false };

	while (begin < hygiene->count && raise_at(hygiene, begin)->at_ms <= now_ms - HYGIENE_DAY_MS)
		begin++;
	for (size_t i = begin; i < hygiene->count; i++) {
		const struct raise *raise = raise_at(hygiene, i);
		struct hygiene_frequent new = { .number = raise->number };

		if (counted[i])
			continue;
		for (size_t j = i; j < hygiene->count; j++)
			if (!counted[j] && same_place(raise_at(hygiene, j), raise)) {
				counted[j] = true;
				new.raises++;
			}
		memcpy(new.zone, raise->zone, sizeof(new.zone));
		insert(list, &count, &new);
	}
	return count;
}

void hygiene_count(const struct engine *engine, struct hygiene_open *open)
{
	const struct incident *incident;

	memset(open, 0, sizeof(*open));
	for (size_t i = 0; (incident = engine_incident(engine, i)); i++) {
		unsigned traits = incident_traits(incident->state);
		bool followed = traits & INCIDENT_IS_FOLLOWED, is = traits & INCIDENT_IS_TRUE;

		if (incident->drill) {
			open->drills++;
			continue;
		}
		open->active += followed && is;
		open->returned += followed && !is;
		open->unacknowledged += (traits & INCIDENT_IS_UNACKED) != 0;
		open->shelved += (traits & INCIDENT_IS_SHELVED) != 0;
		open->suppressed += (traits & INCIDENT_IS_SUPPRESSED) != 0;
		open->handed_over += incident->state == INCIDENT_HANDED_OVER;
		for (size_t k = 0; k < incident->type->fact_count; k++)
			open->questions += incident->facts[k].asked;
	}
}

int64_t hygiene_standing_since(const struct incident *incident)
{
	unsigned traits = incident_traits(incident->state);
	int64_t since_ms = 0;

	if (incident->drill || !(traits & INCIDENT_IS_TRUE) || !(traits & INCIDENT_IS_FOLLOWED))
		return 0;
	for (size_t i = 0; i < incident->cause_count; i++)
		if (incident->causes[i].active &&
			(since_ms == 0 || incident->causes[i].since_ms < since_ms))
			since_ms = incident->causes[i].since_ms;
	return since_ms;
}
