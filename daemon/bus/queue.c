/*
 * A bounded queue between two threads. Waits on descriptors instead of condition
 * variables, whose absolute times would need a clock.
 */
#include "daemon/bus/queue.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int bus_queue_init(struct bus_queue *queue)
{
	queue->first = queue->count = 0;
	queue->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	queue->room_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (queue->ready_fd >= 0 && queue->room_fd >= 0)
		return -pthread_mutex_init(&queue->mutex, NULL);
	return -errno;
}

void bus_queue_destroy(struct bus_queue *queue)
{
	if (queue->ready_fd >= 0 && queue->room_fd >= 0)
		pthread_mutex_destroy(&queue->mutex);
	if (queue->ready_fd >= 0)
		close(queue->ready_fd);
	if (queue->room_fd >= 0)
		close(queue->room_fd);
}

static bool put(struct bus_queue *queue, const struct bus_item *item)
{
	bool room, was_empty;

	pthread_mutex_lock(&queue->mutex);
	room = queue->count < BUS_QUEUE_MAX;
	was_empty = queue->count == 0;
	if (room)
		queue->items[(queue->first + queue->count++) % BUS_QUEUE_MAX] = *item;
	/* Under the mutex, so that the reader cannot empty the queue in between and miss it. */
	if (room && was_empty)
		eventfd_write(queue->ready_fd, 1);
	pthread_mutex_unlock(&queue->mutex);
	return room;
}

bool bus_queue_put(struct bus_queue *queue, const struct bus_item *item, int timeout_ms)
{
	struct pollfd room = { .fd = queue->room_fd, .events = POLLIN };
	eventfd_t ignored;

	if (put(queue, item))
		return true;
	if (poll(&room, 1, timeout_ms) > 0)
		eventfd_read(queue->room_fd, &ignored);
	return put(queue, item);
}

size_t bus_queue_take(struct bus_queue *queue, struct bus_item *items, size_t max)
{
	size_t taken = 0;
	bool was_full;
	eventfd_t ignored;

	pthread_mutex_lock(&queue->mutex);
	was_full = queue->count == BUS_QUEUE_MAX;
	for (; taken < max && queue->count > 0; taken++) {
		items[taken] = queue->items[queue->first];
		queue->first = (queue->first + 1) % BUS_QUEUE_MAX;
		queue->count--;
	}
	if (queue->count == 0)
		eventfd_read(queue->ready_fd, &ignored);
	pthread_mutex_unlock(&queue->mutex);
	if (was_full && taken > 0)
		eventfd_write(queue->room_fd, 1);
	return taken;
}
