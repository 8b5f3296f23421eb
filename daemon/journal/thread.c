/* The journal's thread: whatever waits for the disk waits here, and nowhere else. */
#include "daemon/journal/parts.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

enum {
	GROUP_CHANGES = 256, /* about so many share a transaction */
	IDLE_MS = 250,       /* so long without a commit, and there is time for upkeep */
	LOG_PAGES_MAX = 1000,
	RELIEF_MAX = 4,
};

/* Opening ------------------------------------------------------------------- */

/*
 * An older run's database that could not be read at start: this run has not continued from it and
 * gives its sequences anew, so the two must not mix.
 */
static int open_late(struct journal_worker *w, char *text, size_t size)
{
	int error;

	if (w->loaded || !journal_db_used(w->db)) {
		w->loaded = true;
		return 0;
	}
	journal_db_close(w->db);
	w->db = NULL;
	log_error("journal: %s: could not be read at start: set aside as .unread", w->disk.path);
	error = journal_disk_set_aside(&w->disk, "unread");
	if (!error)
		error = journal_db_open(&w->db, w->disk.path, w->size_max, text, size);
	w->loaded = error == 0;
	return error;
}

static void begin_upkeep(struct journal_worker *w)
{
	int64_t now_ms = clock_now_ms();
	int64_t wall_ms = clock_wall_ms();
	int64_t last_ms = journal_db_last_wall_ms(w->db);

	/* A wall clock that jumped ahead would call every entry old: the last one knows better. */
	w->wall_at_boot_ms = (last_ms < wall_ms ? last_ms : wall_ms) - now_ms;
	journal_disk_fill_ballast(&w->disk);
}

int journal_worker_open(struct journal *j, char *text, size_t size)
{
	struct journal_worker *w = &j->worker;
	int error = journal_disk_make_directory(&w->disk);

	if (error)
		snprintf(text, size, "%s: %s", w->disk.directory, strerror(-error));
	if (!error)
		error = journal_db_open(&w->db, w->disk.path, w->size_max, text, size);
	/* One of an older schema needs some room to become a new one. */
	if (error == -ENOSPC && journal_disk_drop_ballast(&w->disk))
		error = journal_db_open(&w->db, w->disk.path, w->size_max, text, size);
	if (!error)
		begin_upkeep(w);
	return error;
}

static int set_damaged_aside(struct journal_worker *w)
{
	log_error("journal: %s: damaged: set aside, and a new one is begun", w->disk.path);
	w->loaded = true;
	return journal_disk_set_aside(&w->disk, "damaged");
}

static int open_again(struct journal *j)
{
	struct journal_worker *w = &j->worker;
	char text[JOURNAL_ERROR_MAX];
	int error = journal_worker_open(j, text, sizeof(text));

	if (error == -EUCLEAN && set_damaged_aside(w) == 0)
		error = journal_worker_open(j, text, sizeof(text));
	if (!error)
		error = open_late(w, text, sizeof(text));
	if (error && error != w->error)
		log_error("journal: %s", text);
	return error;
}

/* Writing ------------------------------------------------------------------- */

static int write_once(struct journal *j, size_t first, size_t end)
{
	struct journal_worker *w = &j->worker;
	int error = w->db ? 0 : open_again(j);

	if (!error)
		error = journal_db_begin(w->db);
	if (error)
		return error;
	for (size_t i = first; i < end && !error; i++)
		error = journal_db_apply(w->db, journal_queue_at(&j->queue, i));
	return journal_db_end(w->db, error);
}

/* After what fails otherwise than for lack of room, the next attempt opens it anew. */
static void note_result(struct journal_worker *w, int error)
{
	if (error == -EINVAL) {
		log_error("journal: a commit is refused: it has an entry twice, or lacks a text");
		return;
	}
	if (error && error != w->error)
		log_error("journal: %s: %s", w->disk.path, strerror(-error));
	if (!error && w->error)
		log_info("journal: %s: written again", w->disk.path);
	w->error = error;
	if (!error || error == -ENOSPC)
		return;
	journal_db_close(w->db);
	w->db = NULL;
	if (error == -EUCLEAN)
		set_damaged_aside(w);
}

static int write_group(struct journal *j, size_t first, size_t end)
{
	struct journal_worker *w = &j->worker;
	int error = write_once(j, first, end);
	int step = 0;

	for (int i = 0; i < RELIEF_MAX && error == -ENOSPC && w->db; i++) {
		if (!journal_relieve(w, &step))
			break;
		error = write_once(j, first, end);
	}
	return error;
}

/* What waits only for the kernel to have it is told before the disk is waited for. */
static int keep_group(struct journal *j, size_t count)
{
	struct journal_worker *w = &j->worker;
	int error = write_group(j, 0, count);

	if (error)
		return error;
	j->written = w->ended + journal_queue_commits(&j->queue, count);
	eventfd_write(j->done_fd, 1);
	error = journal_db_sync(w->db);
	return error ? -EIO : 0;
}

static void finish_group(struct journal *j, size_t count, int error)
{
	note_result(&j->worker, error);
	j->worker.ended += journal_queue_commits(&j->queue, count);
	j->written = j->worker.ended;
	journal_queue_finish(&j->queue, count, error);
}

/* One wrong commit must not take the others of its group with it: each by itself. */
static void write_singly(struct journal *j, size_t count)
{
	while (count > 0) {
		size_t end = journal_queue_ready(&j->queue, 1);

		finish_group(j, end, keep_group(j, end));
		count -= end;
	}
}

static void write_ready(struct journal *j, size_t count)
{
	int error = keep_group(j, count);

	if (error == -EINVAL)
		write_singly(j, count);
	else
		finish_group(j, count, error);
}

/* Telling ------------------------------------------------------------------- */

static void say_trouble(const struct journal_worker *w, char text[static JOURNAL_TROUBLE_MAX])
{
	text[0] = '\0';
	if (w->error)
		snprintf(text, JOURNAL_TROUBLE_MAX,
			"the journal cannot be written: %s: what happens now is not kept on disk",
			strerror(-w->error));
	else if (w->disk.ballast > 0 && !w->disk.has_ballast)
		snprintf(text, JOURNAL_TROUBLE_MAX,
			"the disk is full or nearly so: the journal lacks its reserve of %lld KiB",
			(long long)w->disk.ballast / 1024);
}

static void tell(struct journal *j)
{
	char text[JOURNAL_TROUBLE_MAX];

	say_trouble(&j->worker, text);
	pthread_mutex_lock(&j->mutex);
	strcpy(j->trouble, text);
	pthread_mutex_unlock(&j->mutex);
	eventfd_write(j->done_fd, 1);
}

/* The thread ---------------------------------------------------------------- */

static void work(struct journal *j)
{
	struct journal_worker *w = &j->worker;
	size_t count;

	while ((count = journal_queue_ready(&j->queue, GROUP_CHANGES)) > 0) {
		j->heartbeat_ms = clock_now_ms();
		write_ready(j, count);
		tell(j);
		w->upkeep_at_ms = clock_now_ms() + IDLE_MS;
		/* Without an idle moment: the log must not grow for ever. */
		if (w->db && journal_db_log_pages(w->db) >= LOG_PAGES_MAX)
			journal_db_checkpoint(w->db);
	}
}

/* One window of a page after the other; changes that have come meanwhile are written first. */
static void answer_one(struct journal *j)
{
	struct journal_asked *asked = journal_query_take(j);
	struct journal_page page = { 0 };
	struct journal_reading reading = { 0 };
	bool more = asked != NULL;

	if (!asked)
		return;
	while (more && !journal_query_forgotten(j, asked)) {
		j->heartbeat_ms = clock_now_ms();
		page.error = j->worker.db ? journal_db_read(j->worker.db, &asked->query, &reading)
					  : -EIO;
		more = page.error == 0 && !reading.complete;
		work(j);
	}
	if (more)
		page.error = -ECANCELED;
	journal_reading_end(&reading, &page);
	journal_query_finish(j, asked, &page);
	eventfd_write(j->done_fd, 1);
}

static void keep_up(struct journal *j)
{
	struct journal_worker *w = &j->worker;
	int64_t now_ms = clock_now_ms();

	if (now_ms < w->upkeep_at_ms)
		return;
	j->heartbeat_ms = now_ms;
	if (!w->db)
		note_result(w, open_again(j));
	w->upkeep_at_ms = now_ms + journal_upkeep(w, now_ms);
	tell(j);
}

static bool should_end(struct journal *j)
{
	bool end;

	pthread_mutex_lock(&j->mutex);
	end = j->stopping && (j->left || journal_queue_ready(&j->queue, 1) == 0);
	pthread_mutex_unlock(&j->mutex);
	return end;
}

void *journal_thread_main(void *context)
{
	struct journal *j = context;
	struct pollfd waiting = { .fd = j->work_fd, .events = POLLIN };
	eventfd_t ignored;
	bool left;

	while (!should_end(j)) {
		int64_t wait_ms =
			journal_query_waits(j) ? 0 : j->worker.upkeep_at_ms - clock_now_ms();

		j->heartbeat_ms = CLOCK_NEVER;
		if (poll(&waiting, 1, wait_ms > 0 ? (int)wait_ms : 0) > 0)
			eventfd_read(j->work_fd, &ignored);
		work(j);
		answer_one(j);
		keep_up(j);
	}
	journal_db_close(j->worker.db);
	j->worker.db = NULL;
	j->heartbeat_ms = CLOCK_NEVER;
	pthread_mutex_lock(&j->mutex);
	j->ended = true;
	left = j->left;
	/* Under the mutex: after it, journal_close() may free everything. */
	eventfd_write(j->done_fd, 1);
	pthread_mutex_unlock(&j->mutex);
	if (left)
		journal_free(j);
	return NULL;
}
