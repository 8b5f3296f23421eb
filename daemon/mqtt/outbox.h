/*
 * The outbox: messages that the broker has not acknowledged, in the order in
 * which they are to be sent. It knows neither sockets nor clocks nor threads;
 * mqtt.c guards it with a lock.
 *
 * Policy (promise 11). Retained messages: one waiting per topic, the newest, in
 * the place of the one that it replaces. Stream messages: each, in order, at most
 * `stream_max`; when there are more, the oldest that is not in flight is dropped and
 * counted. Clears (retained, empty): also at most `stream_max`; the oldest is dropped
 * and not counted, since what it should have cleared is found again at the next
 * connect.
 *
 * What is in flight is always the front of the queue and is never touched by
 * outbox_put(), so it may be read without the lock.
 */
#ifndef DAEMON_MQTT_OUTBOX_H
#define DAEMON_MQTT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox_message {
	bool retained;
	const char *topic; /* full */
	const char *payload;
	size_t length;
	uint64_t ticket;
	const void *correlation; /* NULL: none */
	size_t correlation_length;
};

struct outbox_item {
	struct outbox_message message; /* points into this allocation */
	bool in_flight;
	bool replayed; /* waited through an outage */
	int mid;       /* libmosquitto's; in flight only, 0 before it is known */
	struct outbox_item *next, *previous;
	struct outbox_item *bucket_next; /* of the same hash; waiting retained items only */
};

struct outbox;

struct outbox *outbox_new(size_t stream_max);
void outbox_free(struct outbox *outbox);

/* 0, or -ENOMEM. Everything is copied. A replaced message's ticket is never told. */
int outbox_put(struct outbox *outbox, const struct outbox_message *message);

/* The first that is not in flight, now marked as in flight; NULL: none. */
struct outbox_item *outbox_take(struct outbox *outbox);
/* It could not be sent now: it waits again, first. Only the one that was taken last. */
void outbox_untake(struct outbox *outbox, struct outbox_item *item);
/* The one in flight with this mid; NULL: none. */
struct outbox_item *outbox_in_flight(struct outbox *outbox, int mid);
/* The broker has answered for it: remove and free. */
void outbox_done(struct outbox *outbox, struct outbox_item *item);

/* The connection was lost: what was in flight waits again, in its old place. */
void outbox_lost(struct outbox *outbox);
/*
 * Mark every stream message as replayed: the first "replayed":false of its payload becomes
 * true, and item->replayed is set. Called when a connection has come about.
 */
void outbox_mark_replayed(struct outbox *outbox);

size_t outbox_count(const struct outbox *outbox);
/* Does somebody wait for one in flight: has it a ticket? */
bool outbox_awaited(const struct outbox *outbox);
size_t outbox_in_flight_count(const struct outbox *outbox);
uint64_t outbox_dropped(const struct outbox *outbox); /* stream messages, since the start */

#endif
