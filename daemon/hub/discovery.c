/* For Home Assistant: what it finds, and the list of troubles, which is there when there are none.
 */
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <stdlib.h>

void facility_publish_troubles(struct facility *facility)
{
	struct mqtt_publish message = { .kind = MQTT_RETAINED, .topic = "troubles" };
	char *document = document_troubles(facility->troubles, &message.length);

	if (!document)
		return;
	message.payload = document;
	if (mqtt_publish(facility->mqtt, &message) < 0)
		log_error("mqtt: out of memory: troubles is lost");
	free(document);
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
