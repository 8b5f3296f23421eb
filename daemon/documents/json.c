/* The pieces of documents. */
#include "daemon/documents/json.h"

#include "core/clock.h"
#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	REAL_DIGITS = 15, /* all that a double keeps of a decimal number: 0.1 stays 0.1 */
	REPLACEMENT_SIZE = 3,
};
#define WHOLE_MAX 9007199254740992.0 /* 2^53: every whole number up to here is exact */

/* Grows threefold at worst: each broken byte becomes three. */
static json_t *mended(const char *text)
{
	char *copy = malloc(strlen(text) * REPLACEMENT_SIZE + 1);
	size_t length = 0;
	json_t *json;

	if (!copy)
		return NULL;
	while (*text) {
		size_t bytes = utf8_length(text, strlen(text));

		if (bytes) {
			memcpy(copy + length, text, bytes);
			length += bytes;
			text += bytes;
			continue;
		}
		memcpy(copy + length, "\xEF\xBF\xBD", REPLACEMENT_SIZE);
		length += REPLACEMENT_SIZE;
		text++;
		while (((unsigned char)*text & 0xC0) == 0x80)
			text++; /* the rest of the same broken character */
	}
	json = json_stringn_nocheck(copy, length);
	free(copy);
	return json;
}

json_t *document_string(const char *text)
{
	json_t *json = text ? json_string(text) : json_null(); /* NULL of what is no UTF-8 */

	return json ? json : mended(text);
}

json_t *document_string_or_null(const char *text)
{
	return text && *text ? document_string(text) : json_null();
}

void document_add(json_t **object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(*object, key, value) == 0)
		return;
	json_decref(*object);
	*object = NULL;
}

json_t *document_names(const struct text *text)
{
	return json_pack(
		"{s:o, s:o}", "zh", document_string(text->zh), "en", document_string(text->en));
}

json_t *document_named(const char *id, const struct text *text)
{
	return json_pack("{s:o, s:o, s:o}", "id", document_string(id), "zh",
		document_string(text->zh), "en", document_string(text->en));
}

json_t *document_roles(const struct role *const *roles, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		document_append(&array, document_named(roles[i]->id, &roles[i]->name));
	return array;
}

json_t *document_number(double value)
{
	if (!isfinite(value))
		return json_null();
	if (fabs(value) <= WHOLE_MAX && trunc(value) == value)
		return json_integer((json_int_t)value);
	return json_real(value);
}

json_t *document_time(int64_t at_ms, const struct moment *clock)
{
	char text[CLOCK_TEXT_MAX];

	if (at_ms == 0)
		return json_null();
	return json_string_nocheck(clock_format(clock->wall_ms - (clock->now_ms - at_ms), text));
}

json_t *document_value_text(const struct point_class *class, double value)
{
	if (class->kind != POINT_STATE)
		return json_null();
	return document_names(value != 0.0 ? &class->on : &class->off);
}

void document_append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

char *document_text(json_t *json)
{
	char *text =
		json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) : NULL;

	json_decref(json);
	return text;
}
