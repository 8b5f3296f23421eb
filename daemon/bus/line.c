/*
 * A bus at work: its driver is a state machine on the loop, with a descriptor to
 * wait on and a time to be called at. Must not know what a poll finds.
 */
#include "daemon/bus/line.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/bus/blocking.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_MAX = 64 }; /* jobs in one turn before others on the loop get theirs */

struct line {
	const struct bus *bus;
	struct intake *intake;
	const struct adapter_event *adapter;
	void *link; /* NULL: closed */
	sd_event *event;
	sd_event_source *source; /* of the link's descriptor; NULL: it has none */
	struct timer *timer;     /* of all lines */
	int64_t *due_ms;         /* to be called then; CLOCK_NEVER: not */
	struct bus_work work;
	struct sink sink;
	struct bus_job job; /* under way; WAIT: none */
	int64_t started_ms; /* of the job under way */
	int64_t now_ms;     /* of the call that is being made */
	bool turning;
};

/*
 * What a poll finds carries the time at which the poll was begun: the value is not older. So a
 * read-back that was asked for before a write can never prove it.
 */
static int64_t stamp_ms(const struct line *l)
{
	return l->job.kind == BUS_JOB_READ ? l->started_ms : l->now_ms;
}

/* A lone loss is asked for again before it is told; until then what was read last ages. */
static bool is_forgiven(const struct line *l, const struct reading *reading)
{
	return l->job.kind == BUS_JOB_READ && reading->quality == QUALITY_BAD &&
	       (reading->reason == REASON_TIMEOUT || reading->reason == REASON_GARBLED ||
		       reading->reason == REASON_MISMATCH) &&
	       schedule_forgives(l->work.schedule, l->job.poll);
}

static void sink_reading(struct sink *sink, const struct reading *reading)
{
	struct line *l = OWNER_OF(sink, struct line, sink);
	struct reading stamped = *reading;

	if (is_forgiven(l, reading))
		return;
	if (stamped.at_ms == 0)
		stamped.at_ms = stamp_ms(l);
	intake_reading(l->intake, &stamped);
}

static void sink_unchanged(struct sink *sink, const struct point *const *points, size_t count)
{
	struct line *l = OWNER_OF(sink, struct line, sink);

	intake_again(l->intake, points, count, stamp_ms(l));
}

/* What the driver has handed up in one call is a frame. */
static void call_ready(struct line *l, uint32_t events)
{
	l->adapter->ready(l->link, events, l->now_ms, &l->sink);
	intake_end_frame(l->intake);
}

static void tell_link(struct line *l, int error)
{
	l->intake->events->reach(l->intake->events, l->bus, NULL, error);
}

static void tell_written(struct line *l, const struct bus_write *write, int error)
{
	intake_written(l->intake, write->point, write->value, write->ticket, error);
}

static void end_open(struct line *l, int error)
{
	if (bus_work_opened(&l->work, error, l->now_ms))
		tell_link(l, error);
}

static void end_write(struct line *l, int error)
{
	tell_written(l, &l->job.write, error);
}

static void end_read(struct line *l, int error)
{
	struct bus_events *events = l->intake->events;
	struct overload overload;
	enum schedule_change change =
		schedule_done(l->work.schedule, l->job.poll, error, l->started_ms, l->now_ms);

	if (schedule_overload(l->work.schedule, &overload))
		events->overload(events, l->bus, &overload);
	if (change != SCHEDULE_SAME)
		events->reach(
			events, l->bus, l->job.poll->device, change == SCHEDULE_SILENT ? error : 0);
}

static void end_job(struct line *l, int error)
{
	static void (*const end[BUS_JOB_KIND_COUNT])(struct line *, int) = {
		[BUS_JOB_OPEN] = end_open,
		[BUS_JOB_WRITE] = end_write,
		[BUS_JOB_READ] = end_read,
	};

	if (end[l->job.kind])
		end[l->job.kind](l, error);
	l->job.kind = BUS_JOB_WAIT;
}

static void be_called(struct line *l, int64_t at_ms)
{
	if (at_ms < *l->due_ms)
		*l->due_ms = at_ms;
	timer_arm(l->timer, at_ms);
}

static void close_link(struct line *l)
{
	/* Before the driver closes the descriptor, whose number may come back. */
	l->source = sd_event_source_disable_unref(l->source);
	if (l->link)
		l->adapter->close(l->link);
	l->link = NULL;
}

static void lose_link(struct line *l)
{
	int error = link_head(l->link)->result;
	bool was_open = l->work.open;

	error = error ? error : -ECONNRESET;
	end_job(l, error);
	close_link(l);
	if (was_open && bus_work_lost(&l->work, error, l->now_ms))
		tell_link(l, error);
}

static void drop_writes(struct line *l)
{
	struct bus_write write;
	int error;

	while (bus_work_drop(&l->work, l->now_ms, &write, &error))
		tell_written(l, &write, error);
}

static void begin_open(struct line *l)
{
	int error = l->adapter->open(l->bus, l->now_ms, &l->link);

	if (error == 0)
		return;
	l->link = NULL;
	end_job(l, error);
}

static void begin_write(struct line *l)
{
	struct bus_events *events = l->intake->events;
	const struct bus_write *write = &l->job.write;
	int error = -ESTALE;

	/* The link is idle: nothing stands between this answer and the wire. */
	if (!events->may_write || events->may_write(events, write->ticket))
		error = l->adapter->start_write(l->link, write->point, write->value, l->now_ms);

	if (error)
		end_job(l, error);
}

static void begin_read(struct line *l)
{
	struct poll *poll = l->job.poll;
	int error = l->adapter->start_read(l->link, poll, l->now_ms, &l->sink);

	if (error)
		intake_spoilt(l->intake, poll, error, l->now_ms);
	intake_end_frame(l->intake);
	if (error)
		end_job(l, error);
}

static void begin_job(struct line *l)
{
	static void (*const begin[BUS_JOB_KIND_COUNT])(struct line *) = {
		[BUS_JOB_OPEN] = begin_open,
		[BUS_JOB_WRITE] = begin_write,
		[BUS_JOB_READ] = begin_read,
	};

	l->started_ms = l->now_ms;
	begin[l->job.kind](l);
}

/* One job's end or begin; false when there is nothing to do but wait. */
static bool step(struct line *l)
{
	enum link_state state = l->link ? link_head(l->link)->state : LINK_IDLE;

	if (state == LINK_BUSY)
		return false;
	if (state == LINK_LOST) {
		lose_link(l);
		return true;
	}
	if (l->job.kind != BUS_JOB_WAIT)
		end_job(l, l->link ? link_head(l->link)->result : 0);
	drop_writes(l);
	bus_work_next(&l->work, l->now_ms, &l->job);
	if (l->job.kind == BUS_JOB_WAIT)
		return false;
	begin_job(l);
	return true;
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *context);

/* Its descriptor may be another than before, or be waited on for something else. */
static void watch_link(struct line *l, const struct link_wait *wait)
{
	int r = 0;

	if (l->source && sd_event_source_get_io_fd(l->source) != wait->fd)
		l->source = sd_event_source_disable_unref(l->source);
	if (l->source)
		r = sd_event_source_set_io_events(l->source, wait->events);
	else if (wait->fd >= 0)
		r = sd_event_add_io(l->event, &l->source, wait->fd, wait->events, on_ready, l);
	/* Its deadline will end the job. */
	if (r < 0)
		log_error("%s: cannot be watched: %s", l->bus->id, strerror(-r));
}

/* Called with `turning` set, after whatever the driver was told. */
static void turn(struct line *l)
{
	struct link_wait wait = { .fd = -1, .deadline_ms = CLOCK_NEVER };
	int steps = 0;

	while (steps < TURN_MAX && step(l))
		steps++;
	if (l->link)
		l->adapter->wait(l->link, &wait);
	watch_link(l, &wait);
	if (steps == TURN_MAX)
		be_called(l, 0);
	be_called(l, wait.deadline_ms);
	if (l->job.kind == BUS_JOB_WAIT)
		be_called(l, l->job.until_ms);
	l->turning = false;
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct line *l = context;

	(void)source;
	(void)fd;
	l->turning = true;
	l->now_ms = clock_now_ms();
	call_ready(l, events);
	turn(l);
	return 0;
}

/*
 * Its deadline has passed, but perhaps only since the loop was late: what has come in the meantime
 * counts first.
 */
static void end_late(struct line *l, struct link_wait *wait)
{
	struct pollfd fd = { .fd = wait->fd,
		.events = (short)wait->events }; /* EPOLLIN is POLLIN */

	if (poll(&fd, 1, 0) > 0) {
		call_ready(l, (uint32_t)fd.revents);
		l->adapter->wait(l->link, wait);
	}
	if (wait->deadline_ms <= l->now_ms && l->adapter->deadline) {
		l->adapter->deadline(l->link, l->now_ms, &l->sink);
		intake_end_frame(l->intake);
	}
}

void line_call(struct line *l)
{
	struct link_wait wait = { .fd = -1, .deadline_ms = CLOCK_NEVER };

	l->turning = true;
	*l->due_ms = CLOCK_NEVER;
	l->now_ms = clock_now_ms();
	if (l->link)
		l->adapter->wait(l->link, &wait);
	if (wait.deadline_ms <= l->now_ms)
		end_late(l, &wait);
	turn(l);
}

/* Someone queued something. Within a turn it is seen anyway; the driver is never entered twice. */
static void kick(struct line *l)
{
	if (!l->turning)
		be_called(l, 0);
}

int line_write(struct line *l, const struct bus_write *write)
{
	int error = bus_work_push(&l->work, write);

	if (error == 0)
		kick(l);
	return error;
}

void line_read_now(struct line *l, const struct point *point)
{
	schedule_want(l->work.schedule, point, clock_now_ms());
	kick(l);
}

void line_watch(struct line *l, const struct point *point, bool watched)
{
	schedule_watch(l->work.schedule, point, watched, clock_now_ms());
	kick(l);
}

int64_t line_heartbeat_ms(const struct line *l)
{
	return l->link && l->adapter == &blocking_shape ? blocking_heartbeat_ms(l->link)
							: CLOCK_NEVER;
}

void line_ask_stop(struct line *l)
{
	if (l->link && l->adapter == &blocking_shape)
		blocking_ask_stop(l->link);
}

void line_stop(struct line *l)
{
	close_link(l);
	bus_work_free(&l->work);
	free(l);
}

struct line *line_start(struct intake *intake, const struct bus *bus, sd_event *event,
	struct timer *timer, int64_t *due_ms, uint64_t seed, int *error)
{
	struct line *l = calloc(1, sizeof(*l));

	*error = -ENOMEM;
	if (!l)
		return NULL;
	l->bus = bus;
	l->intake = intake;
	l->event = event;
	l->adapter = bus->adapter->event ? bus->adapter->event : &blocking_shape;
	l->sink = (struct sink){ .reading = sink_reading, .unchanged = sink_unchanged };
	l->timer = timer;
	l->due_ms = due_ms;
	*due_ms = CLOCK_NEVER;
	*error = bus_work_init(&l->work, bus, clock_now_ms(), seed);
	if (*error) {
		line_stop(l);
		return NULL;
	}
	be_called(l, 0);
	return l;
}
