/*
 * The outbox: messages that the broker has not acknowledged, in the order in which they are to be
 * sent. It knows neither sockets nor clocks.
 *
 * Policy (promise 12). Retained messages: one waiting per topic, the newest, in the place of the
 * one that it replaces. Stream messages: each, in order, at most `stream_max`; when there are
 * more, the oldest that is not in flight is dropped and counted. Clears (retained, empty): also
 * at most `stream_max`; the oldest is dropped and not counted, since what it should have cleared
 * is found again at the next connect. A message that was refused for the moment waits in its
 * place until it is due again, while others go on.
 */
#ifndef DAEMON_MQTT_OUTBOX_H
#define DAEMON_MQTT_OUTBOX_H

#include "daemon/mqtt/mqtt.h"

struct outbox_item {
	struct mqtt_publish message; /* with its full topic; points to `texts` */
	uint32_t number;             /* in flight: by which it is answered; else 0 */
	unsigned refusals;           /* for the moment, in a row */
	int64_t sent_ms;             /* first in this connection; 0: not yet */
	int64_t due_ms;              /* not to be sent before */
	bool replayed;               /* waited through an outage */
	struct outbox_item *next, *previous;
	struct outbox_item *bucket_next; /* of the same hash; waiting retained items only */
	char texts[];
};

struct outbox;

struct outbox *outbox_new(size_t stream_max);
void outbox_free(struct outbox *outbox);

/* 0, or -ENOMEM. `topic` is the full one. Everything is copied. A replaced message's ticket is
 * never told. */
int outbox_put(struct outbox *outbox, const struct mqtt_publish *message);

/*
 * The first that waits and is due, now in flight under a new number; NULL: none, and *next_ms is
 * when the next will be due (CLOCK_NEVER: none is waiting for that).
 */
struct outbox_item *outbox_take(struct outbox *outbox, int64_t now_ms, int64_t *next_ms);
/* It was not sent, or refused for the moment: it waits in its place until due_ms. */
void outbox_again(struct outbox *outbox, struct outbox_item *item, int64_t due_ms);
/* The one in flight with this number; NULL: none. */
struct outbox_item *outbox_in_flight(struct outbox *outbox, uint32_t number);
/* The broker has answered for it: remove and free. */
void outbox_done(struct outbox *outbox, struct outbox_item *item);

/* The connection was lost: what was in flight waits again, in its old place, and is due. */
void outbox_lost(struct outbox *outbox);
/* Every stream message is `replayed` from now on: a connection has come about again. */
void outbox_mark_replayed(struct outbox *outbox);

size_t outbox_count(const struct outbox *outbox);
size_t outbox_in_flight_count(const struct outbox *outbox);
/* Since when the first has been sent and not taken; 0: it has not been sent, or there is none. */
int64_t outbox_untaken_ms(const struct outbox *outbox);
uint64_t outbox_dropped(const struct outbox *outbox); /* stream messages, since the start */

#endif
