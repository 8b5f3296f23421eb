/*
 * From a bus thread to the loop: a bounded queue of structs. A full queue makes
 * the thread wait (a reading that waits is only later; one that is dropped may be
 * the alarm). One writer, one reader.
 */
#ifndef DAEMON_BUS_QUEUE_H
#define DAEMON_BUS_QUEUE_H

#include "daemon/bus/work.h"

#include <pthread.h>

enum { BUS_QUEUE_MAX = 256 };

enum bus_item_kind {
	BUS_ITEM_READING,  /* reading */
	BUS_ITEM_AGAIN,    /* points, count, at_ms: seen as they were */
	BUS_ITEM_DEVICE,   /* device, error */
	BUS_ITEM_LINK,     /* error */
	BUS_ITEM_WRITTEN,  /* write, error */
	BUS_ITEM_OVERLOAD, /* overload */
	BUS_ITEM_KIND_COUNT
};

struct bus_item {
	enum bus_item_kind kind;
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

struct bus_queue {
	pthread_mutex_t mutex;
	struct bus_item items[BUS_QUEUE_MAX];
	size_t first, count;
	int ready_fd; /* eventfd, readable while there are items: for the loop */
	int room_fd;  /* eventfd: there may be room again */
};

/* 0 or -errno. */
int bus_queue_init(struct bus_queue *queue);
void bus_queue_destroy(struct bus_queue *queue);

/* Writer: false when there was no room within timeout_ms. */
bool bus_queue_put(struct bus_queue *queue, const struct bus_item *item, int timeout_ms);

/* Reader: at most max into items; never waits. Clears ready_fd when it empties the queue. */
size_t bus_queue_take(struct bus_queue *queue, struct bus_item *items, size_t max);

#endif
