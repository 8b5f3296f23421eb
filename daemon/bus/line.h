/*
 * Inside daemon/bus*.c: a line is one bus at work, on the loop (bus_event.c) or
 * in a thread of its own (bus_thread.c). What it finds goes to the set, on the
 * loop.
 */
#ifndef DAEMON_BUS_LINE_H
#define DAEMON_BUS_LINE_H

#include "core/owner.h"
#include "daemon/base/loop.h"
#include "daemon/bus/bus.h"
#include "daemon/bus/work.h"

struct bus_line;

struct bus_line_class {
	void (*ask_stop)(struct bus_line *line); /* stop() follows; NULL: it takes no time */
	/* Ends and frees the line; nothing is told any more. */
	void (*stop)(struct bus_line *line);
	int (*write)(struct bus_line *line, const struct bus_write *write);
	void (*read_now)(struct bus_line *line, const struct point *point);
	void (*watch)(struct bus_line *line, const struct point *point, bool watched);
	int64_t (*heartbeat_ms)(const struct bus_line *line); /* NULL: lives with the loop */
};

struct bus_line {
	const struct bus_line_class *class;
	struct bus_set *set;
	const struct bus *bus;
	struct waiter waiter; /* on the loop */
};

static inline struct bus_line *bus_line_of(struct waiter *waiter)
{
	return OWNER_OF(waiter, struct bus_line, waiter);
}

/* NULL and *error on failure. The link is opened from the loop or thread, not in the call. */
struct bus_line *bus_event_start(
	struct bus_set *set, const struct bus *bus, struct loop *loop, uint64_t seed, int *error);
struct bus_line *bus_thread_start(
	struct bus_set *set, const struct bus *bus, struct loop *loop, uint64_t seed, int *error);

/* Loop only. Stamped readings; `again`: these were seen at at_ms as they were given last. */
void bus_set_take_reading(struct bus_set *set, const struct reading *reading);
void bus_set_take_again(
	struct bus_set *set, const struct point *const *points, size_t count, int64_t at_ms);
/* The driver could not even be asked: all points of the poll are bad. */
void bus_set_take_spoilt(struct bus_set *set, const struct poll *poll, int error, int64_t at_ms);
void bus_set_take_device(struct bus_set *set, const struct device *device, int error);
void bus_set_take_link(struct bus_set *set, const struct bus *bus, int error);
void bus_set_take_overload(
	struct bus_set *set, const struct bus *bus, const struct schedule_overload *overload);
void bus_set_take_written(struct bus_set *set, const struct bus_write *write, int error);

#endif
