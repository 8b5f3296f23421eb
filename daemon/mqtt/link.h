/*
 * One connection to the broker: the only file that knows libmosquitto. A link is
 * made for one attempt and freed when it is lost, so no state of the library
 * survives a fault and certificates are read anew.
 *
 * One thread at a time (struct mqtt's link_lock): libmosquitto's own locks do not
 * keep a TLS read and write apart. Nothing here blocks except the name look-up in
 * mqtt_link_open(). Any failure ends in MQTT_LINK_LOST, whatever its kind: the
 * owner frees the link and opens another after a pause.
 */
#ifndef DAEMON_MQTT_LINK_H
#define DAEMON_MQTT_LINK_H

#include "daemon/mqtt/mqtt.h"
#include "daemon/mqtt/outbox.h"

struct mqtt_link;

/* Called from within mqtt_link_run() only; must not call the link back. */
struct mqtt_link_events {
	/* The broker answered the publish with this mid. */
	void (*acknowledged)(struct mqtt_link_events *events, int mid, int reason_code);
	/* Something arrived below the prefix; topic below the prefix, payload at most
	 * MQTT_MESSAGE_MAX. */
	void (*message)(struct mqtt_link_events *events, const struct mqtt_message *message);
};

struct mqtt_link_options {
	const struct mqtt_settings *settings;
	const char *prefix;
	const char *will_payload;
	struct mqtt_link_events *events;
	/*
	 * The library takes the first address of a name that does not fail at once, and an IPv6 one
	 * that refuses later hides the IPv4 one behind it. So every other attempt asks for IPv4.
	 */
	bool ipv4_only;
};

enum mqtt_link_state { MQTT_LINK_CONNECTING, MQTT_LINK_CONNECTED, MQTT_LINK_LOST };

/* Starts to connect. NULL: out of memory; else look at the state, which may be LOST at once. */
struct mqtt_link *mqtt_link_open(const struct mqtt_link_options *options, int64_t now_ms);
void mqtt_link_free(struct mqtt_link *link);

enum mqtt_link_state mqtt_link_state(const struct mqtt_link *link);
/* Why it is lost, for people. */
const char *mqtt_link_why(const struct mqtt_link *link);

/* What poll() must wait for; fd -1 where there is no socket. */
int mqtt_link_fd(const struct mqtt_link *link);
short mqtt_link_poll_events(const struct mqtt_link *link);

/* Do what is to be done after poll(): read, write, keepalive, deadlines. */
void mqtt_link_run(struct mqtt_link *link, short poll_events, int64_t now_ms);

/*
 * Send with QoS 1. 0 and *mid; > 0: the message itself is at fault, the MQTT 5 reason code that a
 * broker would give; -EAGAIN: not now.
 */
int mqtt_link_publish(
	struct mqtt_link *link, const struct outbox_message *message, bool replayed, int *mid);

/* Say good-bye; with_will: let the broker publish the last will. The state becomes LOST. */
void mqtt_link_disconnect(struct mqtt_link *link, bool with_will);

#endif
