/*
 * The quality of every point: what was told last, what is new, what has become
 * stale. Pure: time is an argument; nothing is allocated after
 * quality_table_new().
 *
 * A good reading that is not refreshed within its point's stale_ms becomes one
 * stale one; so does a point that was never read; and a bad one at the age of
 * bad_ms. What was bad before stays so, since its own reason says more than its
 * age.
 */
#ifndef DAEMON_BUS_QUALITY_H
#define DAEMON_BUS_QUALITY_H

#include "core/reading.h"
#include "core/site.h"

struct quality_table;

/* Points that are never read are stale from start_ms + stale_ms. NULL: out of memory. */
struct quality_table *quality_table_new(const struct site *site, int64_t start_ms);
void quality_table_free(struct quality_table *table);

/* What an earlier table had of the point, before anything is taken or refreshed. */
void quality_adopt(struct quality_table *table, uint32_t point, const struct reading *reading);

/*
 * A stamped reading came from a driver. True when it differs from the last one in value,
 * quality, reason or detail, so that it is to be told: quality_last() is it then. One that is
 * older than the last changes nothing.
 */
bool quality_take(struct quality_table *table, const struct reading *reading);

/* The driver saw the point again as it gave it last. True when that is news: it was stale. */
bool quality_refresh(struct quality_table *table, uint32_t point, int64_t at_ms);

/* The daemon itself could not have it read. True when that is news. */
bool quality_spoil(struct quality_table *table, uint32_t point, enum reason reason, int64_t at_ms);

/* As told last; at_ms is of its last refresh. Valid as long as the table. */
const struct reading *quality_last(const struct quality_table *table, uint32_t point);

/*
 * Call at quality_deadline(). Makes stale or bad what is due and puts at most max of the new
 * readings in `aged`; when it returns max there may be more: call again.
 */
size_t quality_sweep(struct quality_table *table, int64_t now_ms, struct reading *aged, size_t max);

/* The next time at which a point may become stale or bad, or earlier; CLOCK_NEVER: none can. */
int64_t quality_deadline(const struct quality_table *table);

#endif
