/*
 * The record of intents: before an output is written, what is about to happen is
 * on disk here or on the broker (promise 5). One line of JSON each, appended and
 * synced by a thread of its own, because a disk can hang. The journal will take
 * its place.
 *
 * Loop thread calls; never blocks. At most RECORD_QUEUE_MAX lines wait; one more
 * is refused at once. The file is turned over to <name>.1 at RECORD_SIZE_MAX.
 */
#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

#include <stdint.h>
#include <systemd/sd-event.h>

enum { RECORD_QUEUE_MAX = 512, RECORD_SIZE_MAX = 16 * 1024 * 1024 };

struct record;

struct record_events {
	/* The line with this ticket is on disk (0), or is not (-errno). On the loop. */
	void (*recorded)(struct record_events *events, uint64_t ticket, int error);
};

struct record *record_start(const char *directory, sd_event *loop, struct record_events *events);
void record_stop(struct record *record, int64_t timeout_ms);

/* 0, or -EAGAIN when the queue is full. ticket 0: recorded() is not wanted. */
int record_append(struct record *record, const char *line, uint64_t ticket);

/* The thread's last sign of life while it has work; CLOCK_NEVER when it is idle. */
int64_t record_heartbeat_ms(const struct record *record);

#endif
