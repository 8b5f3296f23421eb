/*
 * Discovery for Home Assistant: one retained document for each device with its
 * points, one for the site, and a button for each open incident
 * (docs/homeassistant.md). Shapes: Home Assistant's documentation of the MQTT
 * integration.
 *
 * It keeps a manifest of what it has published and of what the broker retained
 * from earlier runs: what leaves the configuration leaves the broker, and a point
 * that leaves a device is told to Home Assistant as removed.
 *
 * Loop thread only; does not block. Where memory runs out a document is not
 * published, and the next connect tries again.
 */
#ifndef DAEMON_TELL_DISCOVERY_H
#define DAEMON_TELL_DISCOVERY_H

#include "config/config.h"
#include "rules/engine/engine.h"

struct discovery;

struct discovery_ports {
	void *context;
	/* Retained; full topic. document NULL: clear it. Else it is taken over. */
	void (*publish)(void *context, const char *topic, char *document);
};

/* NULL: out of memory. */
struct discovery *discovery_new(const struct discovery_ports *ports);
void discovery_free(struct discovery *discovery);

/*
 * Everything of this configuration and the buttons of open incidents, anew: after a connect, and
 * when the configuration has changed. What was published before and is no more is cleared.
 */
void discovery_publish(
	struct discovery *discovery, const struct config *config, const struct engine *engine);

/* Its button while it is open; closed: cleared. Once said it is not said again. */
void discovery_incident(
	struct discovery *discovery, const struct config *config, const struct incident *incident);

/* The broker retains this, below mqtt.elsewhere: is it still ours, and are all its parts? */
void discovery_retained(struct discovery *discovery, const struct config *config, const char *topic,
	const char *payload, size_t length);

#endif
