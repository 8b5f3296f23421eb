/* Marking a message as one that is told late. */
#include "daemon/mqtt/mqtt.h"

#include <jansson.h>
#include <string.h>

enum { REAL_DIGITS = 15 /* as documents have them */ };

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
