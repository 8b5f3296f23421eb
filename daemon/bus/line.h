/*
 * One bus at work: opens its link, gives it one job after the other, and hands in what it finds.
 * Loop only; never blocks, but for line_stop() of a bus whose driver does.
 */
#ifndef DAEMON_BUS_LINE_H
#define DAEMON_BUS_LINE_H

#include "daemon/bus/intake.h"
#include "daemon/bus/work.h"

struct line;

/*
 * NULL and *error on failure. line_call(), which opens the link, is to be called at *due_ms, boot
 * time; the timer, that of all lines since each wake-up costs, is armed for it.
 */
struct line *line_start(struct intake *intake, const struct bus *bus, sd_event *event,
	struct timer *timer, int64_t *due_ms, uint64_t seed, int *error);
void line_call(struct line *line);
/* line_stop() will follow: a blocking driver's call that is under way is its last. */
void line_ask_stop(struct line *line);
/* Closes the link; nothing more is told. Waits for the driver's call that is under way. */
void line_stop(struct line *line);

/* As the functions of bus.h that are named so. */
int line_write(struct line *line, const struct bus_write *write);
void line_read_now(struct line *line, const struct point *point);
void line_watch(struct line *line, const struct point *point, bool watched);
/* CLOCK_NEVER where nothing but the loop works on it. */
int64_t line_heartbeat_ms(const struct line *line);

#endif
