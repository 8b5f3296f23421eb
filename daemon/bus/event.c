/*
 * A bus whose driver is a state machine: it runs on the loop, with its
 * descriptor kept registered and one time to be called at. Must not know what a
 * poll finds.
 */
#include "daemon/bus/line.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_MAX = 64 }; /* jobs in one turn before others on the loop get theirs */

struct event_line {
	struct bus_line line;
	struct bus_work work;
	const struct adapter_event *adapter;
	void *link; /* NULL: closed */
	struct sink sink;
	struct bus_job job; /* under way; WAIT: none */
	int64_t started_ms; /* of the job under way */
	int64_t now_ms;     /* of the call that is being made */
	bool turning;
};

static struct event_line *line_of_sink(struct sink *sink)
{
	return OWNER_OF(sink, struct event_line, sink);
}

/*
 * What a poll finds carries the time at which the poll was begun: the value is not older. So a
 * read-back that was asked for before a write can never prove it.
 */
static int64_t stamp_ms(const struct event_line *l)
{
	return l->job.kind == BUS_JOB_READ ? l->started_ms : l->now_ms;
}

static void sink_reading(struct sink *sink, const struct reading *reading)
{
	struct event_line *l = line_of_sink(sink);
	struct reading stamped = *reading;

	if (stamped.at_ms == 0)
		stamped.at_ms = stamp_ms(l);
	bus_set_take_reading(l->line.set, &stamped);
}

static void sink_unchanged(struct sink *sink, const struct point *const *points, size_t count)
{
	struct event_line *l = line_of_sink(sink);

	bus_set_take_again(l->line.set, points, count, stamp_ms(l));
}

static void watch(struct event_line *l, const struct link_wait *wait)
{
	int error = waiter_watch(&l->line.waiter, wait->fd, wait->events);

	/* Its deadline will end the job. */
	if (error)
		log_error("%s: cannot be watched: %s", l->line.bus->id, strerror(-error));
}

static void tell_change(struct event_line *l, enum schedule_change change, int error)
{
	struct schedule_overload overload;

	if (schedule_overload(l->work.schedule, &overload))
		bus_set_take_overload(l->line.set, l->line.bus, &overload);
	if (change != SCHEDULE_SAME)
		bus_set_take_device(
			l->line.set, l->job.poll->device, change == SCHEDULE_SILENT ? error : 0);
}

static void end_wait(struct event_line *l, int error)
{
	(void)l;
	(void)error;
}

static void end_open(struct event_line *l, int error)
{
	if (bus_work_opened(&l->work, error, l->now_ms))
		bus_set_take_link(l->line.set, l->line.bus, error);
}

static void end_write(struct event_line *l, int error)
{
	bus_set_take_written(l->line.set, &l->job.write, error);
}

static void end_read(struct event_line *l, int error)
{
	tell_change(l,
		schedule_done(l->work.schedule, l->job.poll, error, l->started_ms, l->now_ms),
		error);
}

static void end_job(struct event_line *l, int error)
{
	static void (*const end[BUS_JOB_KIND_COUNT])(struct event_line *, int) = {
		[BUS_JOB_WAIT] = end_wait,
		[BUS_JOB_OPEN] = end_open,
		[BUS_JOB_WRITE] = end_write,
		[BUS_JOB_READ] = end_read,
	};

	end[l->job.kind](l, error);
	l->job.kind = BUS_JOB_WAIT;
}

static void close_link(struct event_line *l)
{
	/* Before the driver closes the descriptor, whose number may come back. */
	if (l->line.waiter.loop)
		waiter_watch(&l->line.waiter, -1, 0);
	if (l->link)
		l->adapter->close(l->link);
	l->link = NULL;
}

static void lose_link(struct event_line *l)
{
	int error = l->adapter->result(l->link);
	bool was_open = l->work.open;

	error = error ? error : -ECONNRESET;
	end_job(l, error);
	close_link(l);
	if (was_open && bus_work_lost(&l->work, error, l->now_ms))
		bus_set_take_link(l->line.set, l->line.bus, error);
}

static void drop_writes(struct event_line *l)
{
	struct bus_write write;
	int error;

	while (bus_work_drop(&l->work, l->now_ms, &write, &error))
		bus_set_take_written(l->line.set, &write, error);
}

static void begin_open(struct event_line *l)
{
	int error = l->adapter->open(l->line.bus, l->now_ms, &l->link);

	if (error == 0)
		return;
	l->link = NULL;
	end_job(l, error);
}

static void begin_write(struct event_line *l)
{
	const struct bus_write *write = &l->job.write;
	int error = l->adapter->start_write(l->link, write->point, write->value, l->now_ms);

	if (error)
		end_job(l, error);
}

static void begin_read(struct event_line *l)
{
	struct poll *poll = l->job.poll;
	int error = l->adapter->start_read(l->link, poll, l->now_ms, &l->sink);

	if (error == 0)
		return;
	bus_set_take_spoilt(l->line.set, poll, error, l->now_ms);
	end_job(l, error);
}

static void begin_job(struct event_line *l)
{
	static void (*const begin[BUS_JOB_KIND_COUNT])(struct event_line *) = {
		[BUS_JOB_OPEN] = begin_open,
		[BUS_JOB_WRITE] = begin_write,
		[BUS_JOB_READ] = begin_read,
	};

	l->started_ms = l->now_ms;
	begin[l->job.kind](l);
}

/* One job's end or begin; false when there is nothing to do but wait. */
static bool step(struct event_line *l)
{
	enum link_state state = l->link ? l->adapter->state(l->link) : LINK_IDLE;

	if (state == LINK_BUSY)
		return false;
	if (state == LINK_LOST) {
		lose_link(l);
		return true;
	}
	if (l->job.kind != BUS_JOB_WAIT)
		end_job(l, l->link ? l->adapter->result(l->link) : 0);
	drop_writes(l);
	bus_work_next(&l->work, l->now_ms, &l->job);
	if (l->job.kind == BUS_JOB_WAIT)
		return false;
	begin_job(l);
	return true;
}

/* Called with `turning` set, after whatever the driver was told. */
static void turn(struct event_line *l)
{
	struct link_wait wait = { .fd = -1, .deadline_ms = CLOCK_NEVER };
	int steps = 0;

	while (steps < TURN_MAX && step(l))
		steps++;
	if (l->link)
		l->adapter->wait(l->link, &wait);
	watch(l, &wait);
	if (steps == TURN_MAX)
		waiter_arm(&l->line.waiter, 0);
	waiter_arm(&l->line.waiter, wait.deadline_ms);
	if (l->job.kind == BUS_JOB_WAIT)
		waiter_arm(&l->line.waiter, l->job.until_ms);
	l->turning = false;
}

static void on_ready(struct waiter *waiter, uint32_t events)
{
	struct event_line *l = (struct event_line *)bus_line_of(waiter);

	l->turning = true;
	l->now_ms = clock_now_ms();
	l->adapter->ready(l->link, events, l->now_ms, &l->sink);
	turn(l);
}

/*
 * Its deadline has passed, but perhaps only since the loop was late: what has come in the meantime
 * counts first.
 */
static void end_late(struct event_line *l, struct link_wait *wait)
{
	struct pollfd fd = { .fd = wait->fd,
		.events = (short)wait->events }; /* EPOLLIN is POLLIN */

	if (poll(&fd, 1, 0) > 0) {
		l->adapter->ready(l->link, (uint32_t)fd.revents, l->now_ms, &l->sink);
		l->adapter->wait(l->link, wait);
	}
	if (wait->deadline_ms <= l->now_ms)
		l->adapter->deadline(l->link, l->now_ms, &l->sink);
}

static void on_expired(struct waiter *waiter)
{
	struct event_line *l = (struct event_line *)bus_line_of(waiter);
	struct link_wait wait = { .deadline_ms = CLOCK_NEVER };

	l->turning = true;
	l->now_ms = clock_now_ms();
	if (l->link)
		l->adapter->wait(l->link, &wait);
	if (wait.deadline_ms <= l->now_ms)
		end_late(l, &wait);
	turn(l);
}

/* Someone queued something. Within a turn it is seen anyway; the driver is never entered twice. */
static void kick(struct event_line *l)
{
	if (!l->turning)
		waiter_arm(&l->line.waiter, 0);
}

static int event_write(struct bus_line *line, const struct bus_write *write)
{
	struct event_line *l = (struct event_line *)line;
	int error = bus_work_push(&l->work, write);

	if (error == 0)
		kick(l);
	return error;
}

static void event_read_now(struct bus_line *line, const struct point *point)
{
	struct event_line *l = (struct event_line *)line;

	schedule_want(l->work.schedule, point, clock_now_ms());
	kick(l);
}

static void event_watch(struct bus_line *line, const struct point *point, bool watched)
{
	struct event_line *l = (struct event_line *)line;

	schedule_watch(l->work.schedule, point, watched, clock_now_ms());
	kick(l);
}

static void event_stop(struct bus_line *line)
{
	struct event_line *l = (struct event_line *)line;

	close_link(l);
	waiter_remove(&l->line.waiter);
	bus_work_free(&l->work);
	free(l);
}

static const struct bus_line_class event_class = {
	.stop = event_stop,
	.write = event_write,
	.read_now = event_read_now,
	.watch = event_watch,
};

struct bus_line *bus_event_start(
	struct bus_set *set, const struct bus *bus, struct loop *loop, uint64_t seed, int *error)
{
	struct event_line *l = calloc(1, sizeof(*l));

	*error = -ENOMEM;
	if (!l)
		return NULL;
	l->line = (struct bus_line){ &event_class, set, bus,
		(struct waiter){ .ready = on_ready, .expired = on_expired } };
	l->adapter = bus->adapter->event;
	l->sink = (struct sink){ sink_reading, sink_unchanged };
	*error = waiter_add(loop, &l->line.waiter);
	if (*error == 0)
		*error = bus_work_init(&l->work, bus, clock_now_ms(), seed);
	if (*error) {
		event_stop(&l->line);
		return NULL;
	}
	waiter_arm(&l->line.waiter, 0);
	return &l->line;
}
