/*
 * Readings that others publish: the options of the adapter "mqtt", and what a payload
 * says. For this folder alone.
 */
#ifndef ADAPTERS_MQTT_MQTT_H
#define ADAPTERS_MQTT_MQTT_H

#include "adapters/adapter.h"

enum { MQTT_IN_TEXT = 128, MQTT_IN_PAYLOAD_MAX = 65536 };

struct mqtt_in_bus {
	const char *host, *client_id, *username, *password_file, *ca_file;
	int64_t port, keepalive_ms, timeout_ms;
};

struct mqtt_in_device {
	const char *availability, *availability_pointer, *available;
	bool retained;
};

struct mqtt_in_point {
	const char *topic, *pointer, *command_topic;
	const char *const *on, *const *off; /* of a state never NULL after the check */
	double scale, offset;
};

void mqtt_in_check_point(struct point *point, struct option_errors *errors);

/* RFC 6901: "" or "/members/0/name"; "~0" is "~", "~1" is "/". */
bool mqtt_in_pointer_valid(const char *pointer);

/*
 * What the payload says as a text: as it is without the blanks around it, or, with a pointer, what
 * it points to in the JSON document, where "true" is true and a number is its digits. REASON_NONE;
 * REASON_NEVER: the document does not have it; else why it is no value.
 */
enum reason mqtt_in_text(
	const char *payload, size_t size, const char *pointer, char text[static MQTT_IN_TEXT]);

/* The same for a point, as its value; the range is not looked at. */
enum reason mqtt_in_value(
	const struct point *point, const char *payload, size_t size, double *value);

/* What is published to have this value. */
void mqtt_in_command(const struct point *point, double value, char text[static MQTT_IN_TEXT]);

#endif
