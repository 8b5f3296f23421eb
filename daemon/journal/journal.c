/*
 * The journal, on the loop's side: what is to be kept goes into a queue, and what
 * was kept comes back through an eventfd. Nothing here touches the disk but
 * journal_open().
 */
#include "daemon/journal/journal.h"
#include "daemon/journal/parts.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/pages.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { HANG_MS = 5000 };

static void tell_outcomes(struct journal *j)
{
	struct journal_outcome outcome;
	uint64_t written = j->written;

	pthread_mutex_lock(&j->mutex);
	strcpy(j->told_trouble, j->trouble);
	pthread_mutex_unlock(&j->mutex);
	if (written != j->told_written) {
		j->told_written = written;
		j->events->written(j->events, written);
	}
	while (journal_queue_take_outcome(&j->queue, &outcome))
		j->events->kept(j->events, outcome.ticket, outcome.error);
	journal_query_tell(j);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *context)
{
	eventfd_t ignored;

	(void)source;
	(void)events;
	eventfd_read(fd, &ignored);
	tell_outcomes(context);
	return 0;
}

/* Changes ------------------------------------------------------------------- */

int journal_put_entry(struct journal *j, const struct journal_entry *entry)
{
	const struct journal_change change = {
		.kind = JOURNAL_ENTRY,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)entry->sequence,
			[JOURNAL_WALL_MS] = entry->wall_ms },
		.texts = { [JOURNAL_EVENT_ID] = entry->event_id,
			[JOURNAL_KIND] = entry->kind,
			[JOURNAL_TOPIC] = entry->topic,
			[JOURNAL_INCIDENT_ID] = entry->incident_id,
			[JOURNAL_USER] = entry->user,
			[JOURNAL_PAYLOAD] = entry->payload },
	};

	return journal_queue_put(&j->queue, &change);
}

int journal_put_snapshot(struct journal *j, const char *incident_id, const char *text)
{
	const struct journal_change change = {
		.kind = JOURNAL_SNAPSHOT,
		.texts = { [JOURNAL_INCIDENT_ID] = incident_id, [JOURNAL_PAYLOAD] = text },
	};

	return journal_queue_put(&j->queue, &change);
}

int journal_drop_snapshot(struct journal *j, const char *incident_id)
{
	const struct journal_change change = {
		.kind = JOURNAL_DROP,
		.texts = { [JOURNAL_INCIDENT_ID] = incident_id },
	};

	return journal_queue_put(&j->queue, &change);
}

int journal_put_counters(struct journal *j, uint64_t next_sequence, uint64_t next_serial,
	int64_t now_ms, int64_t wall_ms, const char *boot_id)
{
	const struct journal_change change = {
		.kind = JOURNAL_COUNTERS,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)next_sequence,
			[JOURNAL_SERIAL] = (int64_t)next_serial,
			[JOURNAL_NOW_MS] = now_ms,
			[JOURNAL_WALL_MS] = wall_ms },
		.texts = { [JOURNAL_BOOT_ID] = boot_id },
	};

	return journal_queue_put(&j->queue, &change);
}

int journal_delivered(struct journal *j, uint64_t sequence)
{
	const struct journal_change change = {
		.kind = JOURNAL_DELIVERED,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)sequence },
	};

	return journal_queue_put(&j->queue, &change);
}

int journal_commit(struct journal *j, uint64_t ticket)
{
	int error = journal_queue_seal(&j->queue, ticket);

	if (!error)
		eventfd_write(j->work_fd, 1);
	return error;
}

int64_t journal_heartbeat_ms(const struct journal *j)
{
	return j->heartbeat_ms;
}

const char *journal_trouble(const struct journal *j)
{
	int64_t since_ms = j->heartbeat_ms;

	if (since_ms != CLOCK_NEVER && clock_now_ms() - since_ms > HANG_MS)
		return "the disk of the journal does not answer";
	return j->told_trouble[0] ? j->told_trouble : NULL;
}

/* Beginning and end --------------------------------------------------------- */

void journal_free(struct journal *j)
{
	journal_db_close(j->worker.db);
	sd_event_source_disable_unref(j->io);
	sd_event_source_disable_unref(j->query_timer);
	journal_query_free(j);
	if (j->work_fd >= 0)
		close(j->work_fd);
	if (j->done_fd >= 0)
		close(j->done_fd);
	pthread_mutex_destroy(&j->mutex);
	journal_queue_destroy(&j->queue);
	pages_free(j);
}

/* The database, as it is found: 0 also when the disk cannot be used for now. */
static int open_first(struct journal *j, const struct journal_loader *loader, bool *damaged,
	char *error, size_t error_size)
{
	struct journal_worker *w = &j->worker;
	int failure = journal_worker_open(j, error, error_size);

	if (!failure) {
		failure = journal_db_load(w->db, loader);
		if (failure)
			snprintf(error, error_size, "%s: %s", w->disk.path, strerror(-failure));
	}
	*damaged = failure == -EUCLEAN;
	if (*damaged) {
		log_error("journal: %s: damaged: set aside, and a new one is begun", error);
		journal_db_close(w->db);
		w->db = NULL;
		failure = journal_disk_set_aside(&w->disk, "damaged");
		if (!failure)
			failure = journal_worker_open(j, error, error_size);
	}
	if (failure == -EBUSY || failure == -ENOTSUP || failure == -ENOMEM)
		return failure;
	w->loaded = failure == 0;
	w->error = failure;
	if (failure) {
		journal_db_close(w->db);
		w->db = NULL;
		log_error("journal: %s: goes on without, and tries again", error);
	}
	*error = '\0';
	return 0;
}

static int start_thread(struct journal *j, sd_event *loop)
{
	sigset_t all, before;
	int error;

	j->work_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	j->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (j->work_fd < 0 || j->done_fd < 0)
		return -errno;
	error = sd_event_add_io(loop, &j->io, j->done_fd, EPOLLIN, on_done, j);
	if (error >= 0)
		error = journal_query_start(j, loop);
	if (error < 0)
		return error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&j->thread, NULL, journal_thread_main, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	j->started = error == 0;
	return error;
}

struct journal *journal_open(const struct journal_settings *settings,
	const struct journal_loader *loader, sd_event *loop, struct journal_events *events,
	bool *damaged, char *error, size_t error_size)
{
	struct journal *j = pages_new(1, sizeof(*j));
	int failure;

	*damaged = false;
	snprintf(error, error_size, "%s", strerror(ENOMEM));
	if (!j)
		return NULL;
	j->events = events;
	j->work_fd = j->done_fd = -1;
	j->heartbeat_ms = CLOCK_NEVER;
	pthread_mutex_init(&j->mutex, NULL);
	journal_queue_init(&j->queue);
	j->worker.size_max = settings->size_max;
	j->worker.retention_ms = settings->retention_ms;
	failure = journal_disk_init(&j->worker.disk, settings->directory, settings->ballast);
	if (failure)
		snprintf(error, error_size, "%s: %s", settings->directory, strerror(-failure));
	else
		failure = open_first(j, loader, damaged, error, error_size);
	if (!failure) {
		failure = start_thread(j, loop);
		if (failure)
			snprintf(error, error_size, "thread: %s", strerror(-failure));
	}
	if (!failure)
		return j;
	journal_free(j);
	return NULL;
}

static bool has_ended(struct journal *j)
{
	bool ended;

	pthread_mutex_lock(&j->mutex);
	ended = j->ended;
	pthread_mutex_unlock(&j->mutex);
	return ended;
}

static void wait_for_end(struct journal *j, int64_t timeout_ms)
{
	struct pollfd done = { .fd = j->done_fd, .events = POLLIN };
	int64_t end_ms = clock_now_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;
	eventfd_t ignored;

	while (!has_ended(j) && left_ms > 0) {
		if (poll(&done, 1, (int)left_ms) > 0)
			eventfd_read(j->done_fd, &ignored);
		left_ms = end_ms - clock_now_ms();
	}
}

void journal_close(struct journal *j, int64_t timeout_ms)
{
	bool ended;

	if (!j)
		return;
	pthread_mutex_lock(&j->mutex);
	j->stopping = true;
	pthread_mutex_unlock(&j->mutex);
	eventfd_write(j->work_fd, 1);
	wait_for_end(j, timeout_ms);
	j->io = sd_event_source_disable_unref(j->io);
	j->query_timer = sd_event_source_disable_unref(j->query_timer);
	pthread_mutex_lock(&j->mutex);
	ended = j->ended;
	j->left = !ended;
	if (!ended) /* its thread frees it, should the disk ever answer */
		pthread_detach(j->thread);
	pthread_mutex_unlock(&j->mutex);
	if (!ended) {
		log_warn("journal: the disk does not answer: left behind");
		return;
	}
	pthread_join(j->thread, NULL);
	journal_free(j);
}
