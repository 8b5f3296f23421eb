/*
 * The record of intents: one file, one thread that appends and syncs. Must not
 * know what a line says.
 *
 * A line counts as recorded when fdatasync() has returned; lines that wait
 * together share one. After any failure the file is closed, what was half
 * written is cut off, and the next line tries anew: a disk that was full or
 * missing is used again as soon as it can be.
 */
#include "daemon/record.h"
#include "daemon/record_file.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAIT_MS = 1000 };

struct line {
	char *text; /* with its newline */
	size_t length;
	uint64_t ticket;
	int error;
};

struct ring {
	struct line lines[RECORD_QUEUE_MAX];
	size_t first, count;
};

struct record {
	struct record_file file; /* the thread's own while it runs */
	struct record_events *events;
	sd_event_source *io;
	pthread_t thread;
	bool started;
	int work_fd, done_fd;  /* eventfds: lines wait; outcomes wait, or the thread has ended */
	pthread_mutex_t mutex; /* of the next block */
	struct ring work, done;
	size_t under_way; /* taken from work and not yet in done */
	bool stopping, ended;
	_Atomic int64_t heartbeat_ms;
	/* The thread's own: */
	int last_error; /* so that a failure is logged once */
};

static void ring_put(struct ring *ring, struct line line)
{
	ring->lines[(ring->first + ring->count++) % RECORD_QUEUE_MAX] = line;
}

static struct line ring_take(struct ring *ring)
{
	struct line line = ring->lines[ring->first];

	ring->first = (ring->first + 1) % RECORD_QUEUE_MAX;
	ring->count--;
	return line;
}

static void append_batch(struct record *r, struct line *lines, size_t count)
{
	struct iovec parts[RECORD_BATCH_MAX];
	int error;

	for (size_t i = 0; i < count; i++)
		parts[i] = (struct iovec){ lines[i].text, lines[i].length };
	error = record_file_append(&r->file, parts, (int)count);
	if (error && error != r->last_error)
		log_error("record: %s: %s", r->file.path, strerror(-error));
	if (!error && r->last_error)
		log_info("record: %s: written again", r->file.path);
	r->last_error = error;
	for (size_t i = 0; i < count; i++)
		lines[i].error = error;
}

static size_t take_batch(struct record *r, struct line *lines)
{
	size_t count = 0;

	pthread_mutex_lock(&r->mutex);
	while (count < RECORD_BATCH_MAX && r->work.count > 0)
		lines[count++] = ring_take(&r->work);
	r->under_way = count;
	pthread_mutex_unlock(&r->mutex);
	return count;
}

static void give_batch(struct record *r, struct line *lines, size_t count)
{
	pthread_mutex_lock(&r->mutex);
	r->under_way = 0;
	for (size_t i = 0; i < count; i++) {
		free(lines[i].text);
		lines[i].text = NULL;
		ring_put(&r->done, lines[i]);
	}
	pthread_mutex_unlock(&r->mutex);
	eventfd_write(r->done_fd, 1);
}

static bool should_end(struct record *r)
{
	bool end;

	pthread_mutex_lock(&r->mutex);
	end = r->stopping && r->work.count == 0;
	pthread_mutex_unlock(&r->mutex);
	return end;
}

static void *thread_main(void *context)
{
	struct record *r = context;
	struct pollfd work = { .fd = r->work_fd, .events = POLLIN };
	struct line lines[RECORD_BATCH_MAX];
	eventfd_t ignored;
	size_t count;

	while (!should_end(r)) {
		r->heartbeat_ms = CLOCK_NEVER;
		if (poll(&work, 1, WAIT_MS) > 0)
			eventfd_read(r->work_fd, &ignored);
		while ((count = take_batch(r, lines)) > 0) {
			r->heartbeat_ms = clock_now_ms();
			append_batch(r, lines, count);
			give_batch(r, lines, count);
		}
	}
	r->heartbeat_ms = CLOCK_NEVER;
	record_file_close(&r->file);
	pthread_mutex_lock(&r->mutex);
	r->ended = true;
	/* Under the mutex: after it, record_stop() may free everything. */
	eventfd_write(r->done_fd, 1);
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

static void tell_done(struct record *r)
{
	struct line line;
	bool some;

	do {
		pthread_mutex_lock(&r->mutex);
		some = r->done.count > 0;
		if (some)
			line = ring_take(&r->done);
		pthread_mutex_unlock(&r->mutex);
		if (some && line.ticket)
			r->events->recorded(r->events, line.ticket, line.error);
	} while (some);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct record *r = context;
	eventfd_t ignored;

	(void)source;
	(void)events;
	eventfd_read(fd, &ignored);
	tell_done(r);
	return 0;
}

int record_append(struct record *r, const char *line, uint64_t ticket)
{
	struct line new = { .ticket = ticket };
	bool room;

	if (strchr(line, '\n'))
		return -EINVAL;
	new.length = strlen(line) + 1;
	new.text = malloc(new.length + 1);
	if (!new.text)
		return -EAGAIN;
	memcpy(new.text, line, new.length - 1);
	memcpy(new.text + new.length - 1, "\n", 2);
	pthread_mutex_lock(&r->mutex);
	/* Those done and not yet told count too: their ring is as long. */
	room = r->work.count + r->under_way + r->done.count < RECORD_QUEUE_MAX && !r->stopping;
	if (room)
		ring_put(&r->work, new);
	pthread_mutex_unlock(&r->mutex);
	if (!room) {
		free(new.text);
		return -EAGAIN;
	}
	eventfd_write(r->work_fd, 1);
	return 0;
}

int64_t record_heartbeat_ms(const struct record *r)
{
	return r->heartbeat_ms;
}

static void record_free(struct record *r)
{
	sd_event_source_disable_unref(r->io);
	while (r->work.count > 0)
		free(ring_take(&r->work).text);
	if (r->work_fd >= 0)
		close(r->work_fd);
	if (r->done_fd >= 0)
		close(r->done_fd);
	pthread_mutex_destroy(&r->mutex);
	record_file_destroy(&r->file);
	free(r);
}

static bool has_ended(struct record *r)
{
	bool ended;

	pthread_mutex_lock(&r->mutex);
	ended = r->ended;
	pthread_mutex_unlock(&r->mutex);
	return ended;
}

static bool wait_for_end(struct record *r, int64_t timeout_ms)
{
	struct pollfd done = { .fd = r->done_fd, .events = POLLIN };
	int64_t end_ms = clock_now_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;
	eventfd_t ignored;

	while (!has_ended(r) && left_ms > 0) {
		if (poll(&done, 1, (int)left_ms) > 0)
			eventfd_read(r->done_fd, &ignored);
		left_ms = end_ms - clock_now_ms();
	}
	return has_ended(r);
}

void record_stop(struct record *r, int64_t timeout_ms)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_mutex_unlock(&r->mutex);
	if (r->started) {
		eventfd_write(r->work_fd, 1);
		if (!wait_for_end(r, timeout_ms)) {
			/* Its disk hangs, and it still uses all of this: the process ends soon. */
			log_warn("record: %s: does not answer; left behind", r->file.path);
			r->io = sd_event_source_disable_unref(r->io);
			pthread_detach(r->thread);
			return;
		}
		pthread_join(r->thread, NULL);
	}
	record_free(r);
}

static int start(struct record *r, const char *directory, sd_event *loop)
{
	sigset_t all, before;
	int error;

	error = record_file_init(&r->file, directory);
	if (error)
		return error;
	r->work_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->work_fd < 0 || r->done_fd < 0)
		return -errno;
	error = sd_event_add_io(loop, &r->io, r->done_fd, EPOLLIN, on_done, r);
	if (error < 0)
		return error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&r->thread, NULL, thread_main, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	r->started = error == 0;
	return error;
}

struct record *record_start(const char *directory, sd_event *loop, struct record_events *events)
{
	struct record *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return NULL;
	r->events = events;
	r->file.fd = r->work_fd = r->done_fd = -1;
	r->heartbeat_ms = CLOCK_NEVER;
	pthread_mutex_init(&r->mutex, NULL);
	error = start(r, directory, loop);
	if (error == 0)
		return r;
	log_error("record: cannot be started: %s", strerror(-error));
	record_free(r);
	return NULL;
}
