/* A ring under a mutex, and an eventfd that says whether it is empty. Must not know what it
 * carries. */
#include "daemon/base/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t mutex;
	int fd;
	size_t item_bytes, max;
	size_t first, count;
	unsigned char items[];
};

struct queue *queue_new(size_t item_bytes, size_t max)
{
	struct queue *queue = calloc(1, sizeof(*queue) + item_bytes * max);

	if (!queue)
		return NULL;
	queue->item_bytes = item_bytes;
	queue->max = max;
	queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (queue->fd < 0) {
		free(queue);
		return NULL;
	}
	pthread_mutex_init(&queue->mutex, NULL);
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	pthread_mutex_destroy(&queue->mutex);
	close(queue->fd);
	free(queue);
}

int queue_fd(const struct queue *queue)
{
	return queue->fd;
}

static void *place(struct queue *queue, size_t index)
{
	return queue->items + (queue->first + index) % queue->max * queue->item_bytes;
}

/* The descriptor changes under the mutex too, or it could say "empty" of a queue that is not. */
bool queue_put(struct queue *queue, const void *item)
{
	bool room;

	pthread_mutex_lock(&queue->mutex);
	room = queue->count < queue->max;
	if (room) {
		memcpy(place(queue, queue->count), item, queue->item_bytes);
		if (queue->count++ == 0)
			eventfd_write(queue->fd, 1);
	}
	pthread_mutex_unlock(&queue->mutex);
	return room;
}

size_t queue_take(struct queue *queue, void *items, size_t max)
{
	unsigned char *to = items;
	size_t taken = 0;
	eventfd_t ignored;

	pthread_mutex_lock(&queue->mutex);
	for (; taken < max && queue->count > 0; taken++) {
		memcpy(to + taken * queue->item_bytes, place(queue, 0), queue->item_bytes);
		queue->first = (queue->first + 1) % queue->max;
		queue->count--;
	}
	if (taken > 0 && queue->count == 0)
		eventfd_read(queue->fd, &ignored);
	pthread_mutex_unlock(&queue->mutex);
	return taken;
}
