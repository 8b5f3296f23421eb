/*
 * What the MQTT thread has to tell the daemon's loop: a bounded queue with an
 * eventfd on the loop. Told by the MQTT thread (any thread may), never blocking;
 * the events are called on the loop, in order.
 *
 * Bounded: at most MQTT_INBOX_MAX messages wait; one more is dropped and logged
 * (a command then gets no answer; a retained topic is found again at the next
 * connect). Acknowledgements are bounded by the outbox.
 */
#ifndef DAEMON_MQTT_INBOX_H
#define DAEMON_MQTT_INBOX_H

#include "daemon/mqtt/mqtt.h"

enum { MQTT_INBOX_MAX = 16384, MQTT_INBOX_BYTES = 64 * 1024 * 1024 };

struct mqtt_inbox;

struct mqtt_inbox *mqtt_inbox_new(sd_event *loop, struct mqtt_events *events);
/*
 * At the end, when no other thread uses it any more: tells the acknowledgements that wait, so that
 * nothing is sent again by the next run; what else waits is not told.
 */
void mqtt_inbox_end(struct mqtt_inbox *inbox);
/* On the loop, when no other thread uses it any more. What waits is not told. */
void mqtt_inbox_free(struct mqtt_inbox *inbox);

void mqtt_inbox_connected(struct mqtt_inbox *inbox, bool connected, const char *why);
/* A command, or where the topic is no command's, a retained topic. Copied. */
void mqtt_inbox_message(struct mqtt_inbox *inbox, const struct mqtt_message *message);
void mqtt_inbox_delivered(struct mqtt_inbox *inbox, uint64_t ticket, int reason_code);
void mqtt_inbox_dropped(struct mqtt_inbox *inbox, uint64_t count);

#endif
