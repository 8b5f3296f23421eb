/* A message by itself: its copies, the mark of one that is told late, what its answer means. */
#include "daemon/mqtt/mqtt.h"

#include <jansson.h>
#include <string.h>

enum { REAL_DIGITS = 15 /* as documents have them */ };

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

size_t mqtt_texts_size(const struct mqtt_publish *publish)
{
	return length_of(publish->topic) + length_of(publish->full_topic) + publish->length +
	       publish->correlation_length + 4; /* terminators */
}

static const char *copy(char **to, const void *from, size_t length)
{
	char *copied = *to;

	if (!from)
		return NULL;
	memcpy(copied, from, length);
	copied[length] = '\0';
	*to += length + 1;
	return copied;
}

struct mqtt_publish mqtt_copy(const struct mqtt_publish *publish, char *texts)
{
	struct mqtt_publish copied = *publish;

	copied.topic = copy(&texts, publish->topic, length_of(publish->topic));
	copied.full_topic = copy(&texts, publish->full_topic, length_of(publish->full_topic));
	copied.payload = copy(&texts, publish->payload, publish->length);
	copied.correlation = copy(&texts, publish->correlation, publish->correlation_length);
	return copied;
}

char *mqtt_replayed(const char *payload, size_t size, size_t *length)
{
	json_t *json = json_loadb(payload, size, 0, NULL);
	char *text;

	json_object_set_new(json, "replayed", json_true());
	text = json_is_object(json)
		       ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS))
		       : strndup(payload, size);
	json_decref(json);
	*length = text ? strlen(text) : 0;
	return text;
}

enum mqtt_outcome mqtt_outcome(int reason_code)
{
	switch (reason_code) {
	case 0x00:
		return MQTT_RECORDED;
	case 0x80: /* unspecified error */
	case 0x83: /* implementation specific error */
	case 0x97: /* quota exceeded */
		return MQTT_NOT_NOW;
	default:
		return reason_code < MQTT_REFUSED ? MQTT_UNHEARD : MQTT_NEVER;
	}
}
