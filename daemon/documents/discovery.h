/*
 * The documents of discovery. As document_json.h: a new jansson value, or NULL
 * when memory ran out. Private to daemon/discovery*.c.
 */
#ifndef DAEMON_DOCUMENTS_DISCOVERY_H
#define DAEMON_DOCUMENTS_DISCOVERY_H

#include "config/config.h"
#include "rules/incident/incident.h"

#include <jansson.h>

enum { DISCOVERY_TOPIC_SIZE = 640 };

/* component: "device", "button"; id: of a device or an incident, or "_site". */
void discovery_topic(const struct config *config, const char *component, const char *id,
	char topic[DISCOVERY_TOPIC_SIZE]);

json_t *discovery_device_json(const struct config *config, const struct device *device);
json_t *discovery_site_json(const struct config *config);
json_t *discovery_button_json(const struct config *config, const struct incident *incident);

#endif
