/*
 * How a new client of libmosquitto is set up: protocol version, last will, TLS,
 * login. Files are read here, at each connect, so that a renewed certificate or
 * password counts. MQTT thread.
 */
#ifndef DAEMON_MQTT_CLIENT_H
#define DAEMON_MQTT_CLIENT_H

#include "daemon/mqtt/link.h"

#include <mosquitto.h>

/* False, and why: "what: why", for people. */
bool mqtt_client_configure(struct mosquitto *client, const struct mqtt_link_options *options,
	char *why, size_t why_size);

#endif
