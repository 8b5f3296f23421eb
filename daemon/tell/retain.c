/* What is seen, not decided, waits for nothing. */
#include "core/log.h"
#include "daemon/tell/parts.h"

#include <stdlib.h>
#include <string.h>

static void publish(struct tell *tell, const char *topic, const char *full_topic, char *document)
{
	const struct mqtt_publish message = {
		.kind = MQTT_RETAINED,
		.topic = topic,
		.full_topic = full_topic,
		.payload = document ? document : "",
		.length = document ? strlen(document) : 0,
	};

	if (mqtt_publish(tell->mqtt, &message) < 0)
		log_error("mqtt: out of memory: %s is lost", topic ? topic : full_topic);
	free(document);
}

void tell_retain(struct tell *tell, const char *topic, char *document)
{
	publish(tell, topic, NULL, document);
}

void tell_retain_elsewhere(void *tell, const char *topic, char *document)
{
	publish(tell, NULL, topic, document);
}
