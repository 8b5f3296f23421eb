/* The manifest of what is published for Home Assistant. */
#include "daemon/tell/discovery.h"

#include "core/log.h"
#include "daemon/documents/discovery.h"
#include "daemon/documents/json.h"

#include <stdlib.h>
#include <string.h>

struct discovery {
	struct discovery_ports ports;
	/* Topic -> the platform of each of its components; nothing of a button. */
	json_t *manifest;
};

struct discovery *discovery_new(const struct discovery_ports *ports)
{
	struct discovery *discovery = calloc(1, sizeof(*discovery));

	if (!discovery)
		return NULL;
	discovery->ports = *ports;
	discovery->manifest = json_object();
	if (!discovery->manifest) {
		free(discovery);
		return NULL;
	}
	return discovery;
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	json_decref(discovery->manifest);
	free(discovery);
}

/* { id: platform } of the components that a document has; those told as removed are not there. */
static json_t *platforms(const json_t *document)
{
	json_t *found = json_object();
	const char *id;
	json_t *component;

	json_object_foreach (json_object_get(document, "components"), id, component)
		if (json_object_size(component) > 1)
			json_object_set(found, id, json_object_get(component, "platform"));
	return found;
}

/* A component of nothing but its platform tells Home Assistant that it is removed. */
static void add_removed(json_t *document, const json_t *before)
{
	json_t *components = json_object_get(document, "components");
	const char *id;
	json_t *platform;

	json_object_foreach ((json_t *)before, id, platform)
		if (!json_object_get(components, id))
			json_object_set_new(
				components, id, json_pack("{s:O}", "platform", platform));
}

static void publish(struct discovery *discovery, const char *topic, json_t *document)
{
	char *text = document_text(document);

	if (text)
		discovery->ports.publish(discovery->ports.context, topic, text);
}

static void clear(struct discovery *discovery, const char *topic)
{
	discovery->ports.publish(discovery->ports.context, topic, NULL);
}

/* Takes `document` over. `manifest`: the one that comes to be; `before`: what the topic had. */
static void publish_device(
	struct discovery *discovery, json_t *manifest, const char *topic, json_t *document)
{
	if (!document) {
		log_error("homeassistant: out of memory: %s is not published", topic);
		return;
	}
	json_object_set_new(manifest, topic, platforms(document));
	add_removed(document, json_object_get(discovery->manifest, topic));
	publish(discovery, topic, document);
}

static void publish_devices(
	struct discovery *discovery, json_t *manifest, const struct config *config)
{
	char topic[DISCOVERY_TOPIC_SIZE];

	discovery_topic(config, "device", "_site", topic);
	publish_device(discovery, manifest, topic, discovery_site_json(config));
	for (size_t i = 0; i < config->site.device_count; i++) {
		const struct device *device = &config->site.devices[i];

		discovery_topic(config, "device", device->id, topic);
		publish_device(discovery, manifest, topic, discovery_device_json(config, device));
	}
}

static void publish_button(struct discovery *discovery, json_t *manifest,
	const struct config *config, const struct incident *incident)
{
	char topic[DISCOVERY_TOPIC_SIZE];
	json_t *document;

	discovery_topic(config, "button", incident->id, topic);
	if (incident->state == INCIDENT_CLOSED || json_object_get(manifest, topic))
		return;
	document = discovery_button_json(config, incident);
	if (!document)
		return;
	json_object_set_new(manifest, topic, json_object());
	publish(discovery, topic, document);
}

void discovery_publish(
	struct discovery *discovery, const struct config *config, const struct engine *engine)
{
	json_t *manifest = json_object();
	const struct incident *incident;
	const char *topic;
	json_t *components;

	if (config->homeassistant.published) {
		publish_devices(discovery, manifest, config);
		for (size_t i = 0; (incident = engine_incident(engine, i)); i++)
			publish_button(discovery, manifest, config, incident);
	}
	json_object_foreach (discovery->manifest, topic, components)
		if (!json_object_get(manifest, topic))
			clear(discovery, topic);
	json_decref(discovery->manifest);
	discovery->manifest = manifest;
}

void discovery_incident(
	struct discovery *discovery, const struct config *config, const struct incident *incident)
{
	char topic[DISCOVERY_TOPIC_SIZE];

	if (config->homeassistant.published)
		publish_button(discovery, discovery->manifest, config, incident);
	discovery_topic(config, "button", incident->id, topic);
	if (incident->state == INCIDENT_CLOSED && json_object_del(discovery->manifest, topic) == 0)
		clear(discovery, topic);
}

/* The document of this topic as it is now; NULL: of no device. */
static json_t *document_of(const struct config *config, const char *topic)
{
	char own[DISCOVERY_TOPIC_SIZE];

	discovery_topic(config, "device", "_site", own);
	if (strcmp(own, topic) == 0)
		return discovery_site_json(config);
	for (size_t i = 0; i < config->site.device_count; i++) {
		discovery_topic(config, "device", config->site.devices[i].id, own);
		if (strcmp(own, topic) == 0)
			return discovery_device_json(config, &config->site.devices[i]);
	}
	return NULL;
}

void discovery_retained(struct discovery *discovery, const struct config *config, const char *topic,
	const char *payload, size_t length)
{
	const json_t *now = json_object_get(discovery->manifest, topic);
	json_t *document, *found, *before;
	size_t gone = 0;
	const char *id;
	json_t *platform;

	if (!now) {
		log_info("homeassistant: clearing %s, left by an earlier run or configuration",
			topic);
		clear(discovery, topic);
		return;
	}
	found = json_loadb(payload, length, 0, NULL);
	before = platforms(found);
	json_decref(found);
	json_object_foreach (before, id, platform)
		gone += json_object_get(now, id) == NULL;
	document = gone ? document_of(config, topic) : NULL;
	if (document) {
		log_info("homeassistant: %s had %zu that the configuration has no more", topic,
			gone);
		add_removed(document, before);
		publish(discovery, topic, document);
	}
	json_decref(before);
}
