/*
 * The one queue between two threads: items of one size (structs, or pointers whose owner they
 * change), bounded, with a descriptor that the reader waits on.
 *
 * Policy: a full queue takes nothing and says so. The writer still has its item, and decides: wait
 * and try again, where nothing may be lost, or give up and tell. Nothing is ever dropped in here.
 *
 * Any thread may put, one takes; no call waits for anything but the mutex, which is held for a
 * copy.
 */
#ifndef DAEMON_BASE_QUEUE_H
#define DAEMON_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* Room for `max` items of `item_bytes` each, all of it at once. NULL, and errno, on failure. */
struct queue *queue_new(size_t item_bytes, size_t max);
/* When no other thread uses it any more. What waits in it is not looked at. NULL: nothing. */
void queue_free(struct queue *queue);

/* Readable while something waits: for the reader's loop or poll(). Never read it. */
int queue_fd(const struct queue *queue);

/* A copy of the item, behind all others. False: full. */
bool queue_put(struct queue *queue, const void *item);

/* At most `max` of the oldest into `items`; how many. */
size_t queue_take(struct queue *queue, void *items, size_t max);

#endif
