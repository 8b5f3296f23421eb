/*
 * A bus whose driver blocks: one thread makes every call. It shares with the
 * loop only the work (under a mutex that is never held during a call) and the
 * queue. Must not know what a poll finds.
 */
#include "daemon/base/queue.h"
#include "daemon/bus/line.h"

#include "core/clock.h"
#include "core/owner.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	IDLE_MAX_MS = 1000,      /* the heartbeat is never older while there is nothing to do */
	SPONTANEOUS_MAX_MS = 50, /* in the driver's wait(), so that a write need not wait longer */
	QUEUE_MAX = 256,
	ROOM_WAIT_MS = 5, /* between two tries to put into a full queue */
	DRAIN_BATCH = 64,
};

/* From the thread to the loop. */
enum item_kind {
	ITEM_READING,  /* reading */
	ITEM_AGAIN,    /* points, count, at_ms: seen as they were */
	ITEM_DEVICE,   /* device, error */
	ITEM_LINK,     /* error */
	ITEM_WRITTEN,  /* write, error */
	ITEM_OVERLOAD, /* overload */
};

struct item {
	enum item_kind kind;
	int error;
	union {
		struct reading reading;
		struct {
			const struct point *const *points; /* of a poll: lives as long as the set */
			size_t count;
			int64_t at_ms;
		} again;
		const struct device *device;
		struct bus_write write;
		struct schedule_overload overload;
	} u;
};

struct thread_line {
	struct bus_line line;
	const struct adapter_blocking *adapter;
	pthread_t thread;
	bool started;
	struct queue *queue;
	int wake_fd; /* eventfd: there is something new in `work` */
	atomic_bool stopping;
	_Atomic int64_t heartbeat_ms; /* the last turn, or the begin of the call under way */
	pthread_mutex_t mutex;        /* of `work` */
	struct bus_work work;
	/* The thread's own: */
	void *link; /* NULL: closed */
	struct sink sink;
	struct bus_job job;
	int64_t started_ms;
};

static struct thread_line *line_of_sink(struct sink *sink)
{
	return OWNER_OF(sink, struct thread_line, sink);
}

/* Where the queue is full it waits: a reading is only later then; one dropped may be the alarm. */
static void put(struct thread_line *l, const struct item *item)
{
	while (!l->stopping && !queue_put(l->queue, item)) {
		l->heartbeat_ms = clock_now_ms();
		poll(NULL, 0, ROOM_WAIT_MS);
	}
}

/* The begin of a read: its values are not older. See bus_event.c. */
static int64_t stamp_ms(const struct thread_line *l)
{
	return l->job.kind == BUS_JOB_READ ? l->started_ms : clock_now_ms();
}

static void sink_reading(struct sink *sink, const struct reading *reading)
{
	struct thread_line *l = line_of_sink(sink);
	struct item item = { .kind = ITEM_READING, .u.reading = *reading };

	if (item.u.reading.at_ms == 0)
		item.u.reading.at_ms = stamp_ms(l);
	put(l, &item);
}

static bool within_poll(const struct poll *poll, const struct point *const *points, size_t count)
{
	return poll && points >= poll->points && points + count <= poll->points + poll->count;
}

static void sink_unchanged(struct sink *sink, const struct point *const *points, size_t count)
{
	struct thread_line *l = line_of_sink(sink);
	const struct poll *poll = l->job.poll;
	struct item item = { .kind = ITEM_AGAIN };

	item.u.again.at_ms = stamp_ms(l);
	item.u.again.count = count;
	item.u.again.points = points;
	if (within_poll(poll, points, count)) {
		put(l, &item);
		return;
	}
	/* A list of the driver's own ends with this call; the poll's list of them stays. */
	item.u.again.count = 1;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; poll && j < poll->count; j++) {
			if (poll->points[j] != points[i])
				continue;
			item.u.again.points = &poll->points[j];
			put(l, &item);
		}
}

static void put_link(struct thread_line *l, int error)
{
	struct item item = { .kind = ITEM_LINK, .error = error };

	put(l, &item);
}

static void put_written(struct thread_line *l, const struct bus_write *write, int error)
{
	struct item item = { .kind = ITEM_WRITTEN, .error = error, .u.write = *write };

	put(l, &item);
}

static void lose_link(struct thread_line *l, int error)
{
	bool news;

	l->adapter->close(l->link);
	l->link = NULL;
	pthread_mutex_lock(&l->mutex);
	news = bus_work_lost(&l->work, error, clock_now_ms());
	pthread_mutex_unlock(&l->mutex);
	if (news)
		put_link(l, error);
}

static void run_open(struct thread_line *l)
{
	int error = l->adapter->open(l->line.bus, &l->link);
	bool news;

	if (error)
		l->link = NULL;
	pthread_mutex_lock(&l->mutex);
	news = bus_work_opened(&l->work, error, clock_now_ms());
	pthread_mutex_unlock(&l->mutex);
	if (news)
		put_link(l, error);
}

static void run_write(struct thread_line *l)
{
	const struct bus_write *write = &l->job.write;
	int error = l->adapter->write(l->link, write->point, write->value);

	put_written(l, write, error);
	if (bus_error_is_loss(error))
		lose_link(l, error);
}

static void run_read(struct thread_line *l)
{
	struct item item = { .kind = ITEM_DEVICE, .u.device = l->job.poll->device };
	struct item overload = { .kind = ITEM_OVERLOAD };
	enum schedule_change change;
	int error = l->adapter->read(l->link, l->job.poll, &l->sink);
	bool news;

	pthread_mutex_lock(&l->mutex);
	change = schedule_done(l->work.schedule, l->job.poll, error, l->started_ms, clock_now_ms());
	news = schedule_overload(l->work.schedule, &overload.u.overload);
	pthread_mutex_unlock(&l->mutex);
	item.error = change == SCHEDULE_SILENT ? error : 0;
	if (change != SCHEDULE_SAME)
		put(l, &item);
	if (news)
		put(l, &overload);
	if (bus_error_is_loss(error))
		lose_link(l, error);
}

static void run_wait(struct thread_line *l)
{
	struct pollfd wake = { .fd = l->wake_fd, .events = POLLIN };
	int64_t wait_ms = l->job.until_ms - l->started_ms;
	eventfd_t ignored;
	int error = 0;

	if (wait_ms > IDLE_MAX_MS)
		wait_ms = IDLE_MAX_MS;
	if (l->link && l->adapter->wait) {
		if (wait_ms > SPONTANEOUS_MAX_MS)
			wait_ms = SPONTANEOUS_MAX_MS;
		error = l->adapter->wait(l->link, (int)wait_ms, &l->sink);
		if (bus_error_is_loss(error))
			lose_link(l, error);
		wait_ms = 0;
	}
	if (poll(&wake, 1, (int)wait_ms) > 0)
		eventfd_read(l->wake_fd, &ignored);
}

static void drop_writes(struct thread_line *l)
{
	struct bus_write write;
	int error;
	bool dropped;

	do {
		pthread_mutex_lock(&l->mutex);
		dropped = bus_work_drop(&l->work, clock_now_ms(), &write, &error);
		pthread_mutex_unlock(&l->mutex);
		if (dropped)
			put_written(l, &write, error);
	} while (dropped);
}

static void *thread_main(void *context)
{
	static void (*const run[BUS_JOB_KIND_COUNT])(struct thread_line *) = {
		[BUS_JOB_WAIT] = run_wait,
		[BUS_JOB_OPEN] = run_open,
		[BUS_JOB_WRITE] = run_write,
		[BUS_JOB_READ] = run_read,
	};
	struct thread_line *l = context;

	while (!l->stopping) {
		drop_writes(l);
		l->started_ms = clock_now_ms();
		l->heartbeat_ms = l->started_ms;
		pthread_mutex_lock(&l->mutex);
		bus_work_next(&l->work, l->started_ms, &l->job);
		pthread_mutex_unlock(&l->mutex);
		run[l->job.kind](l);
	}
	if (l->link)
		l->adapter->close(l->link);
	return NULL;
}

static void tell(struct thread_line *l, const struct item *item)
{
	struct bus_set *set = l->line.set;

	switch (item->kind) {
	case ITEM_READING:
		bus_set_take_reading(set, &item->u.reading);
		break;
	case ITEM_AGAIN:
		bus_set_take_again(
			set, item->u.again.points, item->u.again.count, item->u.again.at_ms);
		break;
	case ITEM_DEVICE:
		bus_set_take_device(set, item->u.device, item->error);
		break;
	case ITEM_LINK:
		bus_set_take_link(set, l->line.bus, item->error);
		break;
	case ITEM_WRITTEN:
		bus_set_take_written(set, &item->u.write, item->error);
		break;
	case ITEM_OVERLOAD:
		bus_set_take_overload(set, l->line.bus, &item->u.overload);
		break;
	}
}

/* One batch per turn of the loop; the descriptor stays readable while more is left. */
static void on_items(struct waiter *waiter, uint32_t events)
{
	struct thread_line *l = (struct thread_line *)bus_line_of(waiter);
	struct item items[DRAIN_BATCH];
	size_t count = queue_take(l->queue, items, DRAIN_BATCH);

	(void)events;
	for (size_t i = 0; i < count; i++)
		tell(l, &items[i]);
}

static int thread_write(struct bus_line *line, const struct bus_write *write)
{
	struct thread_line *l = (struct thread_line *)line;
	int error;

	pthread_mutex_lock(&l->mutex);
	error = bus_work_push(&l->work, write);
	pthread_mutex_unlock(&l->mutex);
	if (error == 0)
		eventfd_write(l->wake_fd, 1);
	return error;
}

static void thread_read_now(struct bus_line *line, const struct point *point)
{
	struct thread_line *l = (struct thread_line *)line;

	pthread_mutex_lock(&l->mutex);
	schedule_want(l->work.schedule, point, clock_now_ms());
	pthread_mutex_unlock(&l->mutex);
	eventfd_write(l->wake_fd, 1);
}

static void thread_watch(struct bus_line *line, const struct point *point, bool watched)
{
	struct thread_line *l = (struct thread_line *)line;

	pthread_mutex_lock(&l->mutex);
	schedule_watch(l->work.schedule, point, watched, clock_now_ms());
	pthread_mutex_unlock(&l->mutex);
	eventfd_write(l->wake_fd, 1);
}

static int64_t thread_heartbeat_ms(const struct bus_line *line)
{
	return ((const struct thread_line *)line)->heartbeat_ms;
}

static void thread_ask_stop(struct bus_line *line)
{
	struct thread_line *l = (struct thread_line *)line;

	l->stopping = true;
	if (l->wake_fd >= 0)
		eventfd_write(l->wake_fd, 1);
}

static void thread_stop(struct bus_line *line)
{
	struct thread_line *l = (struct thread_line *)line;

	thread_ask_stop(line);
	if (l->started)
		pthread_join(l->thread, NULL);
	waiter_remove(&l->line.waiter);
	queue_free(l->queue);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->mutex);
	bus_work_free(&l->work);
	free(l);
}

static const struct bus_line_class thread_class = {
	.ask_stop = thread_ask_stop,
	.stop = thread_stop,
	.write = thread_write,
	.read_now = thread_read_now,
	.watch = thread_watch,
	.heartbeat_ms = thread_heartbeat_ms,
};

/* Signals belong to the loop: the thread is born with all of them blocked. */
static int start_thread(struct thread_line *l)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&l->thread, NULL, thread_main, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	l->started = error == 0;
	return -error;
}

static int start_line(struct thread_line *l, struct loop *loop, uint64_t seed)
{
	int64_t now_ms = clock_now_ms();
	int error = bus_work_init(&l->work, l->line.bus, now_ms, seed);

	if (error)
		return error;
	l->queue = queue_new(sizeof(struct item), QUEUE_MAX);
	if (!l->queue)
		return -errno;
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->wake_fd < 0)
		return -errno;
	l->heartbeat_ms = now_ms;
	error = waiter_add(loop, &l->line.waiter);
	if (error == 0)
		error = waiter_watch(&l->line.waiter, queue_fd(l->queue), EPOLLIN);
	return error ? error : start_thread(l);
}

struct bus_line *bus_thread_start(
	struct bus_set *set, const struct bus *bus, struct loop *loop, uint64_t seed, int *error)
{
	struct thread_line *l = calloc(1, sizeof(*l));

	*error = -ENOMEM;
	if (!l)
		return NULL;
	l->line =
		(struct bus_line){ &thread_class, set, bus, (struct waiter){ .ready = on_items } };
	l->adapter = bus->adapter->blocking;
	l->sink = (struct sink){ sink_reading, sink_unchanged };
	l->wake_fd = -1;
	pthread_mutex_init(&l->mutex, NULL);
	*error = start_line(l, loop, seed);
	if (*error) {
		thread_stop(&l->line);
		return NULL;
	}
	return &l->line;
}
