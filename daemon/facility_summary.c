/* How much there is to see to, on one topic that is always there; and what Home Assistant finds. */
#include "core/log.h"
#include "daemon/facility_parts.h"

#include <stdlib.h>
#include <string.h>

void facility_publish_summary(struct facility *facility, bool anew)
{
	const struct incident *incident;
	size_t open = 0, unacknowledged = 0, length;
	struct mqtt_publish message = { .kind = MQTT_RETAINED, .topic = "summary" };
	char *document;

	for (size_t i = 0; (incident = engine_incident(facility->engine, i)); i++) {
		if (incident->drill || incident->state == INCIDENT_CLOSED)
			continue;
		open++;
		unacknowledged += (incident_traits(incident->state) & INCIDENT_IS_UNACKED) != 0;
	}
	document = document_summary(open, unacknowledged, facility->troubles, &length);
	if (!document)
		return;
	if (!anew && facility->summary && strcmp(document, facility->summary) == 0) {
		free(document);
		return;
	}
	message.payload = document;
	message.length = length;
	if (mqtt_publish(facility->mqtt, &message) < 0)
		log_error("mqtt: out of memory: summary is lost");
	free(facility->summary);
	facility->summary = document;
}

static void port_publish(void *context, const char *topic, char *document, size_t length)
{
	struct facility *facility = context;
	const struct mqtt_publish message = {
		.kind = MQTT_RETAINED,
		.full_topic = topic,
		.payload = document ? document : "",
		.length = document ? length : 0,
	};

	if (mqtt_publish(facility->mqtt, &message) < 0)
		log_error("mqtt: out of memory: %s is lost", topic);
	free(document);
}

struct discovery_ports facility_discovery_ports(struct facility *facility)
{
	return (struct discovery_ports){ facility, port_publish };
}
