/* The journal on its disk: opening, writing, and what is given up when there is no room. */
#include "daemon/journal/store.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	ERROR_MAX = 256,
	WINDOW_ENTRIES = 200,
	WINDOW_PAUSE_MS = 20, /* commits come between */
	LOG_PAGES_IDLE = 200, /* fewer are not worth two syncs */
	LOG_PAGES_MAX = 1000,
	RETENTION_PERIOD_MS = 3600 * 1000,
	TROUBLE_PERIOD_MS = 1000,
	MARK_PERIOD_MS = 2000,
	LOOK_PERIOD_MS = 2000, /* is the file there yet? */
	READER_MS = 5000,      /* whoever reads the database at the start has so long to end */
	READER_LOOK_US = 100 * 1000,
	ID_BYTES = JOURNAL_ID_MAX / 2,
	FULL_PERCENT = 90, /* of the size bound: from here on the oldest give way */
};

/* The marker ---------------------------------------------------------------- */

/* Nothing was written in this run: what the last one has marked stays. */
#define NOT_YET UINT64_MAX

/* It says what the broker has been told by then: never more than is kept, and a little less. */
static void put_mark(struct journal_store *store, uint64_t sequence)
{
	struct journal_mark mark = { .sequence = sequence };

	if (sequence == NOT_YET || (store->marked != NOT_YET && sequence <= store->marked))
		return;
	strcpy(mark.id, store->id);
	if (journal_disk_write_mark(&store->disk, &mark) == 0)
		store->marked = sequence;
}

static void note_sequence(
	struct journal_store *store, struct journal_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (const struct journal_change *c = commits[i]->first; c; c = c->next)
			if (c->kind == JOURNAL_COUNTERS)
				store->sequence = (uint64_t)c->numbers[JOURNAL_SEQUENCE] - 1;
	store->written_ms = clock_now_ms();
}

/* What nobody has added to for a while; how long that takes yet. */
static int64_t mark_quiet(struct journal_store *store, int64_t now_ms)
{
	int64_t left_ms = store->written_ms + MARK_PERIOD_MS - now_ms;

	if (store->sequence == store->marked)
		return RETENTION_PERIOD_MS;
	if (left_ms > 0)
		return left_ms;
	put_mark(store, store->sequence);
	return RETENTION_PERIOD_MS;
}

/* Opening ------------------------------------------------------------------- */

static void begin_upkeep(struct journal_store *store)
{
	int64_t now_ms = clock_now_ms();
	int64_t wall_ms = clock_wall_ms();
	int64_t last_ms = journal_db_last_wall_ms(store->db);

	/* A wall clock that jumped ahead would call every entry old: the last one knows better. */
	store->wall_at_boot_ms = (last_ms < wall_ms ? last_ms : wall_ms) - now_ms;
	journal_disk_fill_ballast(&store->disk);
}

static void close_db(struct journal_store *store)
{
	journal_db_close(store->db);
	store->db = NULL;
}

static int open_db(struct journal_store *store, char *text, size_t size)
{
	int error = journal_disk_make_directory(&store->disk);

	if (error)
		snprintf(text, size, "%s: %s", store->disk.directory, strerror(-error));
	if (!error)
		error = journal_db_open(&store->db, store->disk.path, store->size_max, text, size);
	/* A new one needs some room. */
	if (error == -ENOSPC && journal_disk_drop_ballast(&store->disk))
		error = journal_db_open(&store->db, store->disk.path, store->size_max, text, size);
	if (!error)
		error = journal_db_identify(store->db, store->id);
	if (!error) {
		journal_disk_note(&store->disk);
		begin_upkeep(store);
	}
	return error;
}

static int set_aside(struct journal_store *store, const char *why)
{
	close_db(store);
	log_error("journal: %s: %s: set aside, and a new one is begun", store->disk.path, why);
	return journal_disk_set_aside(&store->disk, why);
}

/*
 * An older run's database that could not be read at start: this run has not continued from it and
 * gives its sequences anew, so the two must not mix.
 */
static int replace_unread(struct journal_store *store, char *text, size_t size)
{
	int error = 0;

	if (!store->loaded && journal_db_used(store->db)) {
		error = set_aside(store, "unread");
		if (!error)
			error = open_db(store, text, size);
	}
	store->loaded = error == 0;
	return error;
}

static int open_again(struct journal_store *store)
{
	char text[ERROR_MAX] = "";
	int error = open_db(store, text, sizeof(text));

	if (error == -EUCLEAN && set_aside(store, "damaged") == 0)
		error = open_db(store, text, sizeof(text));
	if (!error)
		error = replace_unread(store, text, sizeof(text));
	if (error && error != store->error)
		log_error("journal: %s", text);
	return error;
}

/* Whoever reads it ends, perhaps; the building is not left unwatched for him. */
static int open_patiently(struct journal_store *store, char *text, size_t size)
{
	int64_t end_ms = clock_now_ms() + READER_MS;
	int error;

	while ((error = open_db(store, text, size)) == -EBUSY && clock_now_ms() < end_ms)
		usleep(READER_LOOK_US);
	return error;
}

/* Of a journal that is made in this run. */
static void make_id(struct journal_store *store)
{
	unsigned char bytes[ID_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(store->id + 2 * i, 3, "%02x", bytes[i]);
}

int journal_store_start(struct journal_store *store, const struct journal_settings *settings,
	const struct journal_loader *loader, struct journal_found *found, char *error,
	size_t error_size)
{
	int failure = journal_disk_init(&store->disk, settings->directory, settings->ballast);

	*found = (struct journal_found){ 0 };
	make_id(store);
	store->sequence = store->next_mark = store->marked = NOT_YET;
	store->size_max = settings->size_max;
	store->retention_ms = settings->retention_ms;
	if (failure) {
		snprintf(error, error_size, "%s: %s", settings->directory, strerror(-failure));
		return failure;
	}
	found->mark = journal_disk_read_mark(&store->disk);
	if (!journal_disk_make_directory(&store->disk) && journal_disk_lock(&store->disk)) {
		snprintf(error, error_size,
			"%s: another process has it open: end the other facilityd first",
			store->disk.path);
		return -EBUSY;
	}
	failure = open_patiently(store, error, error_size);
	if (!failure) {
		found->used = journal_db_used(store->db);
		failure = journal_db_load(store->db, loader);
		if (failure)
			snprintf(error, error_size, "%s: %s", store->disk.path, strerror(-failure));
	}
	found->damaged = failure == -EUCLEAN;
	if (found->damaged) {
		log_error("journal: %s", error);
		found->used = false;
		make_id(store);
		failure = set_aside(store, "damaged");
		if (!failure)
			failure = open_db(store, error, error_size);
	}
	if (failure == -ENOTSUP || failure == -ENOMEM)
		return failure;
	store->loaded = failure == 0;
	store->error = failure;
	strcpy(found->id, store->id);
	if (failure) {
		found->used = false;
		close_db(store);
		journal_disk_unlock(&store->disk); /* it may have to be unmounted */
		log_error("journal: %s: goes on without, and tries again", error);
	}
	return 0;
}

void journal_store_close(struct journal_store *store)
{
	if (store->db && !store->error)
		put_mark(store, store->sequence);
	close_db(store);
	journal_disk_unlock(&store->disk);
}

/* Deleting what is old ------------------------------------------------------ */

static bool is_too_big(const struct journal_store *store)
{
	return store->size_max > 0 &&
	       journal_db_bytes(store->db) > store->size_max / 100 * FULL_PERCENT;
}

/* A pass begins anew; after one that did not help, what the broker has not seen goes too. */
static void end_pass(struct journal_store *store, bool too_big)
{
	if (too_big && !store->waiting_too)
		log_warn(
			"journal: size limit %lld bytes: entries that the broker has not acknowledged give way too",
			(long long)store->size_max);
	store->waiting_too = too_big && !store->waiting_too;
	store->window_after = 0;
}

/* One window, and how many it deleted, where it came so far. True when there is more to do. */
static bool prune(struct journal_store *store, int64_t now_ms, int64_t *deleted)
{
	const bool too_big = is_too_big(store);
	const int64_t old_ms = store->wall_at_boot_ms + now_ms - store->retention_ms;
	struct journal_window window = { .after = store->window_after,
		.length = WINDOW_ENTRIES,
		.older_than_ms = too_big ? INT64_MAX : old_ms,
		.waiting_too = too_big && store->waiting_too };
	const bool second_pass = store->waiting_too;

	if (!too_big && store->retention_ms <= 0)
		return false;
	if (journal_db_prune(store->db, &window) < 0)
		return false;
	*deleted = window.deleted;
	store->window_after = window.last;
	if (window.last != 0 && window.newest_ms < window.older_than_ms)
		return true;
	end_pass(store, too_big);
	return too_big && !second_pass;
}

/* Room ---------------------------------------------------------------------- */

static bool make_room(struct journal_store *store)
{
	int64_t now_ms = clock_now_ms();
	int64_t deleted = 0;
	bool more = is_too_big(store);

	store->window_after = 0;
	while (more && deleted == 0)
		more = prune(store, now_ms, &deleted);
	return deleted > 0;
}

static bool give_ballast(struct journal_store *store)
{
	if (!journal_disk_drop_ballast(&store->disk))
		return false;
	log_error("journal: %s: disk full: the reserve of %lld bytes is given up",
		store->disk.directory, (long long)store->disk.ballast);
	/* The log shrinks to nothing by this, which is room too; where it fails, it stays. */
	journal_db_checkpoint(store->db);
	return true;
}

static void refill_ballast(struct journal_store *store)
{
	if (store->disk.has_ballast == (store->disk.ballast > 0))
		return;
	if (journal_disk_fill_ballast(&store->disk) == 0 && store->disk.has_ballast)
		log_info("journal: %s: the reserve of %lld bytes is there", store->disk.directory,
			(long long)store->disk.ballast);
}

/* Writing ------------------------------------------------------------------- */

static int write_once(
	struct journal_store *store, struct journal_commit *const *commits, size_t count)
{
	int error = store->db ? 0 : open_again(store);

	if (!error)
		error = journal_db_begin(store->db);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		for (const struct journal_change *c = commits[i]->first; c && !error; c = c->next)
			error = journal_db_apply(store->db, c);
	return journal_db_end(store->db, error);
}

int journal_store_write(
	struct journal_store *store, struct journal_commit *const *commits, size_t count)
{
	static bool (*const reliefs[])(struct journal_store *) = { make_room, give_ballast };
	int error = write_once(store, commits, count);

	for (size_t i = 0; i < sizeof(reliefs) / sizeof(reliefs[0]); i++)
		if (error == -ENOSPC && store->db && reliefs[i](store))
			error = write_once(store, commits, count);
	if (!error)
		note_sequence(store, commits, count);
	return error;
}

int journal_store_sync(struct journal_store *store)
{
	return journal_db_sync(store->db) ? -EIO : 0;
}

/* After what fails otherwise than for lack of room, the next attempt opens it anew. */
void journal_store_ended(struct journal_store *store, int error)
{
	if (error == -EINVAL) {
		log_error("journal: a commit is refused: it has an entry twice, or lacks a text");
		return;
	}
	if (error && error != store->error)
		log_error("journal: %s: %s", store->disk.path, strerror(-error));
	if (!error && store->error)
		log_info("journal: %s: written again", store->disk.path);
	store->error = error;
	if (!error || error == -ENOSPC)
		return;
	if (error == -EUCLEAN)
		set_aside(store, "damaged");
	else
		close_db(store);
}

/* Upkeep -------------------------------------------------------------------- */

void journal_store_bound(struct journal_store *store, int64_t now_ms)
{
	if (store->db && journal_db_log_pages(store->db) >= LOG_PAGES_MAX)
		journal_db_checkpoint(store->db);
	if (now_ms - store->mark_at_ms < MARK_PERIOD_MS)
		return;
	put_mark(store, store->next_mark);
	store->next_mark = store->sequence;
	store->mark_at_ms = now_ms;
}

static int64_t soonest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Deleted, or another one in its place: what was written is nowhere. The next is begun at once. */
static void look_for_file(struct journal_store *store)
{
	if (!store->db || journal_disk_is_there(&store->disk))
		return;
	close_db(store);
	log_error("journal: %s was deleted or replaced while it was open: a new one is begun",
		store->disk.path);
	journal_disk_set_aside(&store->disk, "replaced");
	store->marked = NOT_YET;
	store->renewals++;
}

static int64_t keep_up(struct journal_store *store, int64_t now_ms)
{
	int64_t wait_ms = RETENTION_PERIOD_MS;
	int64_t deleted = 0;

	if (!store->db)
		journal_store_ended(store, open_again(store));
	else if (store->error)
		store->error = journal_db_probe(store->db);
	refill_ballast(store);
	if (store->error || store->disk.has_ballast != (store->disk.ballast > 0))
		wait_ms = TROUBLE_PERIOD_MS;
	if (!store->db || store->error)
		return wait_ms;
	wait_ms = soonest(wait_ms, mark_quiet(store, now_ms));
	if (journal_db_log_pages(store->db) >= LOG_PAGES_IDLE)
		journal_db_checkpoint(store->db);
	if (now_ms < store->retention_at_ms && !is_too_big(store))
		return soonest(wait_ms, store->retention_at_ms - now_ms);
	if (prune(store, now_ms, &deleted))
		return WINDOW_PAUSE_MS;
	store->retention_at_ms = now_ms + RETENTION_PERIOD_MS;
	return is_too_big(store) ? TROUBLE_PERIOD_MS : wait_ms;
}

int64_t journal_store_keep_up(struct journal_store *store, int64_t now_ms)
{
	look_for_file(store);
	return soonest(keep_up(store, now_ms), LOOK_PERIOD_MS);
}
