/*
 * Change detection and staleness. Must not know of buses, threads or clocks.
 *
 * Refreshes only ever move a point's stale time further away, so the earliest
 * one that a sweep found stays a safe lower bound: a reading costs no search, and
 * a sweep of all points happens about once per shortest stale_ms.
 */
#include "daemon/bus/quality.h"

#include "core/clock.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEP_MIN_MS = 250 }; /* so that staggered points do not cause a sweep each */

struct quality_slot {
	struct reading last;  /* as told; its time only where `parted` */
	struct reading given; /* as the driver gave it last: what its `unchanged` refers to */
	int64_t beyond_ms;    /* over or under since then */
};

/*
 * By far the most that comes is that a value is as it was. So what that changes stands apart from
 * the slots, which then need not be fetched from memory.
 */
struct quality_table {
	const struct site *site;
	struct quality_slot *slots;
	int64_t *seen_ms; /* when the driver gave it, or saw it again */
	bool *parted;     /* `last` is not what the driver gave, but older or worse */
	int64_t deadline_ms;
	int64_t swept_ms;
};

/* Over or under, and not for so long yet that it is a trouble. */
static bool is_new_beyond(const struct reading *reading)
{
	return (reading->quality == QUALITY_OVER || reading->quality == QUALITY_UNDER) &&
	       !reading->detail;
}

/* When it is stale or, being that, bad, or beyond its range for long; CLOCK_NEVER: it does not age.
 */
static int64_t ages_at_ms(const struct quality_table *table, uint32_t point)
{
	const struct reading *last = quality_last(table, point);
	const struct point *p = &table->site->points[point];

	if (last->quality == QUALITY_STALE)
		return p->bad_ms > 0 ? table->seen_ms[point] + p->bad_ms : CLOCK_NEVER;
	if (is_new_beyond(last) && table->slots[point].beyond_ms < last->at_ms)
		return table->slots[point].beyond_ms + p->stale_ms;
	if (reading_usable(last) || last->reason == REASON_NEVER)
		return last->at_ms + p->stale_ms;
	return CLOCK_NEVER;
}

static void deadline_lower(struct quality_table *table, uint32_t point)
{
	int64_t at_ms = ages_at_ms(table, point);

	if (at_ms < table->deadline_ms)
		table->deadline_ms = at_ms;
}

struct quality_table *quality_table_new(const struct site *site, int64_t start_ms)
{
	struct quality_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->site = site;
	table->deadline_ms = CLOCK_NEVER;
	table->swept_ms = start_ms;
	/* One more than needed, since an empty site is no lack of memory. */
	table->slots = calloc(site->point_count + 1, sizeof(*table->slots));
	table->seen_ms = calloc(site->point_count + 1, sizeof(*table->seen_ms));
	table->parted = calloc(site->point_count + 1, sizeof(*table->parted));
	if (!table->slots || !table->seen_ms || !table->parted) {
		quality_table_free(table);
		return NULL;
	}
	for (uint32_t i = 0; i < site->point_count; i++) {
		table->slots[i].last = (struct reading){ .point = i,
			.quality = QUALITY_BAD,
			.reason = REASON_NEVER,
			.at_ms = start_ms };
		table->slots[i].given = table->slots[i].last;
		table->seen_ms[i] = start_ms;
		deadline_lower(table, i);
	}
	return table;
}

void quality_table_free(struct quality_table *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table->seen_ms);
	free(table->parted);
	free(table);
}

static bool differs(const struct reading *a, const struct reading *b)
{
	return a->quality != b->quality || a->reason != b->reason || a->detail != b->detail ||
	       (reading_usable(a) && a->value != b->value);
}

/* `parted`: not as the driver gave it, but worse. */
static bool tell(struct quality_table *table, const struct reading *reading, bool parted)
{
	struct reading *last = &table->slots[reading->point].last;
	bool news = differs(last, reading);

	*last = *reading;
	table->parted[reading->point] = parted;
	if (news)
		deadline_lower(table, reading->point);
	return news;
}

void quality_adopt(struct quality_table *table, uint32_t point, const struct reading *reading)
{
	struct quality_slot *slot = &table->slots[point];

	slot->last = *reading;
	slot->last.point = point;
	slot->given = slot->last;
	slot->beyond_ms = table->seen_ms[point] = reading->at_ms;
	deadline_lower(table, point);
}

bool quality_take(struct quality_table *table, const struct reading *reading)
{
	struct quality_slot *slot = &table->slots[reading->point];

	if (reading->at_ms < table->seen_ms[reading->point])
		return false;
	slot->given = *reading;
	table->seen_ms[reading->point] = reading->at_ms;
	/* A driver's slip must not become a number that rules compare. */
	if (reading_usable(reading) && !isfinite(reading->value)) {
		slot->given.quality = QUALITY_BAD;
		slot->given.reason = REASON_NAN;
	}
	if (!reading_usable(&slot->given))
		slot->given.value = 0;
	if (slot->given.quality != slot->last.quality)
		slot->beyond_ms = reading->at_ms;
	else if (is_new_beyond(&slot->given))
		slot->given.detail = slot->last.detail;
	return tell(table, &slot->given, false);
}

bool quality_refresh(struct quality_table *table, uint32_t point, int64_t at_ms)
{
	if (at_ms < table->seen_ms[point])
		return false;
	table->seen_ms[point] = at_ms;
	return table->parted[point] && tell(table, &table->slots[point].given, false);
}

bool quality_spoil(struct quality_table *table, uint32_t point, enum reason reason, int64_t at_ms)
{
	struct reading spoilt = {
		.point = point, .quality = QUALITY_BAD, .reason = (uint8_t)reason, .at_ms = at_ms
	};

	return tell(table, &spoilt, true);
}

const struct reading *quality_last(const struct quality_table *table, uint32_t point)
{
	struct reading *last = &table->slots[point].last;

	if (!table->parted[point])
		last->at_ms = table->seen_ms[point];
	return last;
}

static const struct reading *age(struct quality_table *table, uint32_t point, int64_t now_ms)
{
	struct reading *last = &table->slots[point].last;

	if (is_new_beyond(last) &&
		table->seen_ms[point] + table->site->points[point].stale_ms > now_ms) {
		last->detail = table->slots[point].given.detail = 1;
		return last;
	}
	*last = (struct reading){
		.point = point,
		.quality = last->quality == QUALITY_STALE ? QUALITY_BAD : QUALITY_STALE,
		.reason = REASON_AGE,
		.at_ms = now_ms,
	};
	table->parted[point] = true;
	return last;
}

size_t quality_sweep(struct quality_table *table, int64_t now_ms, struct reading *aged, size_t max)
{
	size_t found = 0;
	int64_t next_ms = CLOCK_NEVER;

	if (now_ms < quality_deadline(table))
		return 0;
	for (uint32_t i = 0; i < table->site->point_count; i++) {
		int64_t at_ms = ages_at_ms(table, i);

		if (at_ms <= now_ms && found < max) {
			aged[found++] = *age(table, i, now_ms);
			at_ms = ages_at_ms(table, i);
		}
		next_ms = at_ms < next_ms ? at_ms : next_ms;
	}
	table->deadline_ms = next_ms;
	/* Cut short, the rest is due at once. */
	table->swept_ms = found == max ? now_ms - SWEEP_MIN_MS : now_ms;
	return found;
}

int64_t quality_deadline(const struct quality_table *table)
{
	int64_t earliest_ms = table->swept_ms + SWEEP_MIN_MS;

	if (table->deadline_ms == CLOCK_NEVER || table->deadline_ms > earliest_ms)
		return table->deadline_ms;
	return earliest_ms;
}
