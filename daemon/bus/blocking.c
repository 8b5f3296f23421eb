/*
 * One thread for one open link. The loop gives it a job through one queue and
 * gets what it found through another; they share nothing else. The thread closes
 * a link that is lost and ends. Must not know what a poll finds.
 */
#include "daemon/bus/blocking.h"

#include "adapters/sink.h"
#include "core/clock.h"
#include "core/owner.h"
#include "daemon/base/queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum {
	IDLE_MAX_MS = 1000, /* the heartbeat is never older while there is nothing to do */
	WAIT_MAX_MS = 50,   /* in the driver's wait(), so that a job need not wait longer */
	JOBS_MAX = 2,       /* one, and the end */
	FOUND_MAX = 256,
	ROOM_WAIT_MS = 5, /* between two tries to put into a full queue */
	BATCH = 64,
};

/* From the loop to the thread. */
struct job {
	enum { JOB_READ, JOB_WRITE, JOB_STOP } kind;
	struct poll *poll;
	const struct point *point;
	double value;
};

/* From the thread to the loop. */
struct found {
	enum { FOUND_READING, FOUND_AGAIN, FOUND_ANSWER, FOUND_END } kind;
	union {
		struct reading reading;
		struct {
			const struct point *const *points;
			size_t count;
		} again;
		struct {
			int error;
			bool lost; /* the link is closed, the thread ends */
			bool ran;  /* a job has; else the link was lost by itself */
		} end;
	} u;
};

struct blocking_link {
	struct link_head head; /* the loop's */
	const struct bus *bus;
	const struct adapter_blocking *driver;
	pthread_t thread;
	struct queue *jobs, *found;
	atomic_bool stopping;
	_Atomic int64_t heartbeat_ms;
	/* The loop's own: */
	struct poll *poll; /* under way */
	/* What it has found since its last answer: a frame is handed up in one. */
	struct reading *frame;
	size_t frame_count, frame_room;
	/* The thread's own: */
	void *link;
	struct sink sink;
	bool reading, ran; /* in this turn: a read, a job */
};

/* The thread's side. */

/* Where the queue is full it waits: a reading is only later then; one dropped may be the alarm. */
static void put(struct blocking_link *l, const struct found *found)
{
	while (!l->stopping && !queue_put(l->found, found)) {
		l->heartbeat_ms = clock_now_ms();
		poll(NULL, 0, ROOM_WAIT_MS);
	}
}

static void sink_reading(struct sink *sink, const struct reading *reading)
{
	struct blocking_link *l = OWNER_OF(sink, struct blocking_link, sink);
	struct found found = { .kind = FOUND_READING, .u.reading = *reading };

	/* What a poll finds is stamped by whoever began it. */
	if (found.u.reading.at_ms == 0 && !l->reading)
		found.u.reading.at_ms = clock_now_ms();
	put(l, &found);
}

static void sink_unchanged(struct sink *sink, const struct point *const *points, size_t count)
{
	struct found found = { .kind = FOUND_AGAIN, .u.again = { points, count } };

	put(OWNER_OF(sink, struct blocking_link, sink), &found);
}

static void sink_answer(struct sink *sink)
{
	put(OWNER_OF(sink, struct blocking_link, sink), &(struct found){ .kind = FOUND_ANSWER });
}

static bool is_loss(int error)
{
	return error != 0 && error != -ETIMEDOUT && error != -EBADMSG && error != -EREMOTEIO &&
	       error != -EINVAL;
}

/* The next job within IDLE_MAX_MS, or none and what came by itself. 0, or how the link was lost. */
static int turn(struct blocking_link *l)
{
	struct pollfd jobs = { .fd = queue_fd(l->jobs), .events = POLLIN };
	struct found end = { .kind = FOUND_END };
	struct job job;

	poll(&jobs, 1, l->driver->wait ? 0 : IDLE_MAX_MS);
	l->heartbeat_ms = clock_now_ms();
	l->ran = queue_take(l->jobs, &job, 1) == 1;
	if (!l->ran) {
		int error = l->driver->wait ? l->driver->wait(l->link, WAIT_MAX_MS, &l->sink) : 0;

		return is_loss(error) ? error : 0;
	}
	if (job.kind == JOB_STOP)
		return 0;
	l->reading = job.kind == JOB_READ;
	end.u.end.error = l->reading ? l->driver->read(l->link, job.poll, &l->sink)
				     : l->driver->write(l->link, job.point, job.value);
	l->reading = false;
	if (is_loss(end.u.end.error))
		return end.u.end.error;
	put(l, &end);
	return 0;
}

static void *thread_main(void *context)
{
	struct blocking_link *l = context;
	struct found end = { .kind = FOUND_END };
	int error = l->driver->open(l->bus, &l->link);
	bool open = error == 0;

	if (open)
		put(l, &end);
	while (error == 0 && !l->stopping)
		error = turn(l);
	if (open)
		l->driver->close(l->link);
	end.u.end.error = error;
	end.u.end.lost = true;
	end.u.end.ran = l->ran;
	put(l, &end);
	return NULL;
}

/* The loop's side. */

static void link_free(struct blocking_link *l)
{
	queue_free(l->jobs);
	queue_free(l->found);
	free(l->frame);
	free(l);
}

/* Signals belong to the loop: the thread is born with all of them blocked. */
static int start_thread(struct blocking_link *l)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&l->thread, NULL, thread_main, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static int blocking_open(const struct bus *bus, int64_t now_ms, void **link)
{
	struct blocking_link *l = calloc(1, sizeof(*l));
	int error = -ENOMEM;

	if (!l)
		return -ENOMEM;
	l->bus = bus;
	l->driver = bus->adapter->blocking;
	l->sink = (struct sink){ sink_reading, sink_unchanged, sink_answer };
	l->head.state = LINK_BUSY;
	l->heartbeat_ms = now_ms;
	l->jobs = queue_new(sizeof(struct job), JOBS_MAX);
	l->found = queue_new(sizeof(struct found), FOUND_MAX);
	if (l->jobs && l->found)
		error = start_thread(l);
	if (error)
		link_free(l);
	else
		*link = l;
	return error;
}

/* There is room: it is given one job at a time. */
static int start(struct blocking_link *l, const struct job *job)
{
	l->head.state = LINK_BUSY;
	l->poll = job->poll;
	queue_put(l->jobs, job);
	return 0;
}

static int blocking_start_read(void *link, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct blocking_link *l = link;

	(void)now_ms;
	(void)sink;
	if (poll->count > l->frame_room) {
		struct reading *larger = realloc(l->frame, poll->count * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		l->frame = larger;
		l->frame_room = poll->count;
	}
	return start(link, &(struct job){ .kind = JOB_READ, .poll = poll });
}

static int blocking_start_write(void *link, const struct point *point, double value, int64_t now_ms)
{
	(void)now_ms;
	return start(link, &(struct job){ .kind = JOB_WRITE, .point = point, .value = value });
}

static void blocking_wait(const void *link, struct link_wait *wait)
{
	wait->fd = queue_fd(((const struct blocking_link *)link)->found);
	wait->events = EPOLLIN;
}

static void hand_up(struct blocking_link *l, struct sink *sink)
{
	for (size_t i = 0; i < l->frame_count; i++)
		sink->reading(sink, &l->frame[i]);
	l->frame_count = 0;
}

/* What comes by itself has a time of its own already, and goes up at once. */
static void take(struct blocking_link *l, const struct reading *reading, struct sink *sink)
{
	if (!l->poll || reading->at_ms != 0) {
		sink->reading(sink, reading);
		return;
	}
	if (l->frame_count == l->frame_room)
		hand_up(l, sink);
	l->frame[l->frame_count++] = *reading;
}

static void end(struct blocking_link *l, const struct found *found, struct sink *sink)
{
	hand_up(l, sink);
	l->head.state = found->u.end.lost ? LINK_LOST : LINK_IDLE;
	l->head.result = found->u.end.error;
	/* Given to the thread when that had lost the link already. */
	if (found->u.end.lost && !found->u.end.ran && l->poll)
		sink_bad_poll(sink, l->poll, REASON_LINK);
	l->poll = NULL;
}

/* One batch per turn of the loop; the descriptor stays readable while more is left. */
static void blocking_ready(void *link, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct blocking_link *l = link;
	struct found found[BATCH];
	size_t count = queue_take(l->found, found, BATCH);

	(void)events;
	(void)now_ms;
	for (size_t i = 0; i < count; i++) {
		switch (found[i].kind) {
		case FOUND_READING:
			take(l, &found[i].u.reading, sink);
			break;
		case FOUND_AGAIN:
			sink->unchanged(sink, found[i].u.again.points, found[i].u.again.count);
			break;
		case FOUND_ANSWER:
			hand_up(l, sink);
			break;
		case FOUND_END:
			end(l, &found[i], sink);
			break;
		}
	}
}

static void blocking_close(void *link)
{
	blocking_ask_stop(link);
	pthread_join(((struct blocking_link *)link)->thread, NULL);
	link_free(link);
}

void blocking_ask_stop(void *link)
{
	struct blocking_link *l = link;

	l->stopping = true;
	queue_put(l->jobs, &(struct job){ .kind = JOB_STOP });
}

int64_t blocking_heartbeat_ms(const void *link)
{
	return ((const struct blocking_link *)link)->heartbeat_ms;
}

const struct adapter_event blocking_shape = {
	.open = blocking_open,
	.start_read = blocking_start_read,
	.start_write = blocking_start_write,
	.wait = blocking_wait,
	.ready = blocking_ready,
	.close = blocking_close,
};
