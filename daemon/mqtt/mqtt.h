/*
 * MQTT: one thread with a loop of our own around libmosquitto (MQTT 5, QoS 1),
 * and the outbox in front of it.
 *
 * mqtt_publish() is called on the daemon's loop, never blocks and never fails
 * silently: the message is kept in the outbox until the broker has acknowledged
 * it. Connecting and name look-up may take minutes; they happen in the MQTT thread.
 * While that waits for something to happen, mqtt_publish() sends by itself.
 *
 * Outbox policy (promise 11): retained messages are kept one per topic, the
 * newest; stream messages (alert, notify) in order, at most settings.outbox_max,
 * and when it is full the oldest stream message is dropped, counted, and told as
 * a trouble. Until there is a journal, the outbox does not survive a restart of
 * the daemon.
 */
#ifndef DAEMON_MQTT_MQTT_H
#define DAEMON_MQTT_MQTT_H

#include "config/config.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

enum {
	MQTT_MESSAGE_MAX = 8192, /* a longer message arrives cut, which its reader must refuse */
	MQTT_ELSEWHERE_MAX = 256 * 1024, /* the same of settings.elsewhere */
};

/* Reason codes of MQTT 5, section 2.4: below the first somebody has it, from the second on nobody.
 */
enum { MQTT_NO_SUBSCRIBER = 0x10, MQTT_REFUSED = 0x80 };

struct mqtt;

struct mqtt_message {
	const char *topic;   /* below the prefix: "cmd/li/ack"; of settings.elsewhere the whole */
	const char *payload; /* NUL after the last byte; owned by the caller of the event */
	size_t length;
	bool retained;
	const char *response_topic; /* full topic; NULL: none */
	const void *correlation;    /* NULL: none */
	size_t correlation_length;
	bool elsewhere; /* not below the prefix */
};

/* Called on the daemon's loop. */
struct mqtt_events {
	void (*connected)(struct mqtt_events *events, bool connected, const char *why);
	/* A command arrived (cmd/<user>/<verb>). */
	void (*command)(struct mqtt_events *events, const struct mqtt_message *message);
	/*
	 * The broker holds a retained message below the prefix or settings.elsewhere (told after
	 * each connect): the daemon clears those that it does not own (promise 9). Only those
	 * elsewhere have a payload, where it is not too long.
	 */
	void (*retained)(struct mqtt_events *events, const struct mqtt_message *message);
	/*
	 * The broker acknowledged the message with this ticket (MQTT 5 reason code: 0x00; 0x10
	 * nobody is subscribed; >= 0x80 refused).
	 */
	void (*delivered)(struct mqtt_events *events, uint64_t ticket, int reason_code);
	/* Messages were dropped because the outbox was full: how many since the start. */
	void (*dropped)(struct mqtt_events *events, uint64_t count);
};

/* prefix: "facility/<site>". The last will is <prefix>/state with will_payload, retained. */
struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *will_payload, sd_event *loop, struct mqtt_events *events);

/*
 * Tries to deliver what is left for up to timeout_ms, then disconnects and ends the thread. Of the
 * events only delivered() is still called, from within.
 */
void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms);

enum mqtt_kind {
	MQTT_RETAINED, /* newest per topic; an empty payload clears it on the broker */
	MQTT_STREAM,   /* every one, in order, exactly one per event id */
};

struct mqtt_publish {
	enum mqtt_kind kind;
	const char *topic;   /* below the prefix */
	const char *payload; /* copied */
	size_t length;
	uint64_t ticket; /* 0: delivered() is not wanted */
	/* replies: */
	const char *full_topic; /* instead of `topic`; NULL: none */
	const void *correlation;
	size_t correlation_length;
};

/* 0, or -ENOMEM. A stream message that waited through an outage is marked as replayed. */
int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish);

struct mqtt_stats {
	bool connected;
	size_t waiting; /* in the outbox, not acknowledged */
	uint64_t published, acknowledged, dropped;
};
void mqtt_stats(const struct mqtt *mqtt, struct mqtt_stats *stats);

/* The thread's last sign of life, boot time in ms (promise 11; the watchdog). */
int64_t mqtt_heartbeat_ms(const struct mqtt *mqtt);

#endif
