/*
 * From a payload to a value and back. Pure. A payload is whatever anybody published, so
 * all that is not exactly a value is refused with a reason.
 */
#include "adapters/mqtt/mqtt.h"
#include "core/number.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { TOKEN_SIZE = 256 /* an option is not longer */, INDEX_DIGITS_MAX = 6 };

bool mqtt_in_pointer_valid(const char *pointer)
{
	if (pointer[0] != '\0' && pointer[0] != '/')
		return false;
	for (; *pointer; pointer++)
		if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
			return false;
	return true;
}

/* The token behind a '/', its escapes undone. Returns what follows. */
static const char *next_token(const char *pointer, char token[static TOKEN_SIZE])
{
	size_t size = 0;

	for (; *pointer && *pointer != '/'; pointer++) {
		char c = *pointer;

		if (c == '~')
			c = *++pointer == '1' ? '/' : '~';
		if (size < TOKEN_SIZE - 1)
			token[size++] = c;
	}
	token[size] = '\0';
	return pointer;
}

/* Digits without a leading zero; "-", the element behind the last, never exists. */
static json_t *array_element(const json_t *array, const char *token)
{
	size_t length = strlen(token), index = 0;

	if (length == 0 || length > INDEX_DIGITS_MAX || strspn(token, "0123456789") != length ||
		(token[0] == '0' && length > 1))
		return NULL;
	for (; *token; token++)
		index = index * 10 + (size_t)(*token - '0');
	return json_array_get(array, index);
}

static const json_t *follow(const json_t *json, const char *pointer)
{
	char token[TOKEN_SIZE];

	while (json && *pointer) {
		pointer = next_token(pointer + 1, token);
		json = json_is_array(json) ? array_element(json, token)
					   : json_object_get(json, token);
	}
	return json;
}

static enum reason take_text(const char *from, size_t size, char text[static MQTT_IN_TEXT])
{
	while (size > 0 && strchr(" \t\r\n", *from) && *from) {
		from++;
		size--;
	}
	while (size > 0 && strchr(" \t\r\n", from[size - 1]) && from[size - 1])
		size--;
	if (size == 0 || size >= MQTT_IN_TEXT || memchr(from, '\0', size))
		return REASON_GARBLED;
	memcpy(text, from, size);
	text[size] = '\0';
	return REASON_NONE;
}

static enum reason json_text(const json_t *json, char text[static MQTT_IN_TEXT])
{
	switch (json_typeof(json)) {
	case JSON_TRUE:
		return take_text("true", 4, text);
	case JSON_FALSE:
		return take_text("false", 5, text);
	case JSON_INTEGER:
	case JSON_REAL:
		snprintf(text, MQTT_IN_TEXT, "%.17g", json_number_value(json));
		return REASON_NONE;
	case JSON_STRING:
		return take_text(json_string_value(json), json_string_length(json), text);
	case JSON_NULL: /* the device is there and does not know */
		return REASON_DEVICE;
	default:
		return REASON_MISMATCH;
	}
}

enum reason mqtt_in_text(
	const char *payload, size_t size, const char *pointer, char text[static MQTT_IN_TEXT])
{
	enum reason reason = REASON_NEVER;
	const json_t *found;
	json_t *document;

	if (size > MQTT_IN_PAYLOAD_MAX)
		return REASON_GARBLED;
	if (!pointer)
		return take_text(payload, size, text);
	document = json_loadb(payload, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (!document)
		return REASON_GARBLED;
	found = follow(document, pointer);
	if (found)
		reason = json_text(found, text);
	json_decref(document);
	return reason;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

enum reason mqtt_in_value(
	const struct point *point, const char *payload, size_t size, double *value)
{
	const struct mqtt_in_point *options = point->options;
	char text[MQTT_IN_TEXT];
	enum reason reason = mqtt_in_text(payload, size, options->pointer, text);

	if (reason != REASON_NONE)
		return reason;
	if (point->class->kind == POINT_STATE && !point->bands) {
		*value = is_one_of(text, options->on);
		return *value || is_one_of(text, options->off) ? REASON_NONE : REASON_GARBLED;
	}
	if (!number_parse(text, value))
		return REASON_NAN;
	*value = *value * options->scale + options->offset;
	return REASON_NONE;
}

void mqtt_in_command(const struct point *point, double value, char text[static MQTT_IN_TEXT])
{
	const struct mqtt_in_point *options = point->options;

	if (point->class->kind == POINT_STATE)
		snprintf(text, MQTT_IN_TEXT, "%s", value == 1 ? options->on[0] : options->off[0]);
	else
		snprintf(text, MQTT_IN_TEXT, "%.15g", (value - options->offset) / options->scale);
}
