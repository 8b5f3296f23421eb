/* What the journal's thread does when nothing waits, or when there is no room: delete old entries
 * in small steps, put the log into the database, keep the ballast. */
#include "daemon/journal/parts.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>

enum {
	WINDOW_ENTRIES = 200,
	WINDOW_PAUSE_MS = 20, /* commits come between */
	LOG_PAGES_IDLE = 200, /* fewer are not worth two syncs */
	RETENTION_PERIOD_MS = 3600 * 1000,
	TROUBLE_PERIOD_MS = 1000,
	FULL_PERCENT = 90, /* of the size bound: from here on the oldest give way */
};

static bool is_too_big(const struct journal_worker *worker)
{
	return worker->size_max > 0 &&
	       journal_db_bytes(worker->db) > worker->size_max / 100 * FULL_PERCENT;
}

/* A pass begins anew; after one that did not help, what the broker has not seen goes too. */
static void end_pass(struct journal_worker *worker, bool too_big)
{
	if (too_big && !worker->waiting_too)
		log_warn("journal: size limit %lld bytes: entries that the broker has not "
			 "acknowledged give way too",
			(long long)worker->size_max);
	worker->waiting_too = too_big && !worker->waiting_too;
	worker->window_after = 0;
}

/* One window. True when there is more to do. */
static bool prune(struct journal_worker *worker, int64_t now_ms, int64_t *deleted)
{
	const bool too_big = is_too_big(worker);
	const int64_t old_ms = worker->wall_at_boot_ms + now_ms - worker->retention_ms;
	struct journal_window window = { .after = worker->window_after,
		.length = WINDOW_ENTRIES,
		.older_than_ms = too_big ? INT64_MAX : old_ms,
		.waiting_too = too_big && worker->waiting_too };
	bool second_pass;

	*deleted = 0;
	if (!too_big && worker->retention_ms <= 0)
		return false;
	if (journal_db_prune(worker->db, &window) < 0)
		return false;
	*deleted = window.deleted;
	worker->window_after = window.last;
	if (window.last != 0 && window.newest_ms < window.older_than_ms)
		return true;
	second_pass = worker->waiting_too;
	end_pass(worker, too_big);
	return too_big && !second_pass;
}

static bool make_room(struct journal_worker *worker)
{
	int64_t now_ms = clock_now_ms();
	int64_t deleted = 0;
	bool more = is_too_big(worker);

	worker->window_after = 0;
	while (more && deleted == 0)
		more = prune(worker, now_ms, &deleted);
	return deleted > 0;
}

static bool give_ballast(struct journal_worker *worker)
{
	if (!journal_disk_drop_ballast(&worker->disk))
		return false;
	log_error("journal: %s: disk full: the reserve of %lld bytes is given up",
		worker->disk.directory, (long long)worker->disk.ballast);
	/* The log shrinks to nothing by this, which is room too; where it fails, it stays. */
	journal_db_checkpoint(worker->db);
	return true;
}

bool journal_relieve(struct journal_worker *worker, int *step)
{
	static bool (*const STEPS[])(struct journal_worker *) = { make_room, give_ballast };

	while (*step < (int)(sizeof(STEPS) / sizeof(STEPS[0]))) {
		if (STEPS[(*step)++](worker))
			return true;
	}
	return false;
}

static void refill(struct journal_worker *worker)
{
	if (worker->disk.has_ballast == (worker->disk.ballast > 0))
		return;
	if (journal_disk_fill_ballast(&worker->disk) == 0 && worker->disk.has_ballast)
		log_info("journal: %s: the reserve of %lld bytes is there", worker->disk.directory,
			(long long)worker->disk.ballast);
}

static int64_t soonest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t journal_upkeep(struct journal_worker *worker, int64_t now_ms)
{
	int64_t wait_ms = RETENTION_PERIOD_MS;
	int64_t deleted;

	if (worker->error && worker->db)
		worker->error = journal_db_probe(worker->db);
	refill(worker);
	if (worker->error || worker->disk.has_ballast != (worker->disk.ballast > 0))
		wait_ms = TROUBLE_PERIOD_MS;
	if (!worker->db || worker->error)
		return wait_ms;
	if (journal_db_log_pages(worker->db) >= LOG_PAGES_IDLE)
		journal_db_checkpoint(worker->db);
	if (now_ms < worker->retention_at_ms && !is_too_big(worker))
		return soonest(wait_ms, worker->retention_at_ms - now_ms);
	if (prune(worker, now_ms, &deleted))
		return WINDOW_PAUSE_MS;
	worker->retention_at_ms = now_ms + RETENTION_PERIOD_MS;
	return is_too_big(worker) ? TROUBLE_PERIOD_MS : wait_ms;
}
