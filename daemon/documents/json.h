/*
 * What every document is made of: texts that are always valid UTF-8, numbers,
 * times, names. Each returns a new jansson value, or NULL when memory ran out,
 * which json_object_set_new() of the caller turns into a failed document.
 * Any thread; no I/O.
 */
#ifndef DAEMON_DOCUMENTS_JSON_H
#define DAEMON_DOCUMENTS_JSON_H

#include "core/plan.h"
#include "core/reading.h"
#include "daemon/documents/document.h"

#include <jansson.h>

enum { DOCUMENT_VERSION = 1 }; /* "v" of every document */

/* Invalid UTF-8 becomes U+FFFD, one for each broken sequence. NULL: JSON's null. */
json_t *document_string(const char *text);
/* As document_string(), but "" is null too. */
json_t *document_string_or_null(const char *text);
json_t *document_names(const struct text *text);
/* { "id", "zh", "en" } */
json_t *document_named(const char *id, const struct text *text);
/* Each named so. */
json_t *document_roles(const struct role *const *roles, size_t count);
/* A whole number without a fraction; not finite: null. */
json_t *document_number(double value);
/* Boot time as wall time; 0: null. */
json_t *document_time(int64_t at_ms, const struct moment *clock);
/* How a value of this class reads: { zh, en } for a STATE class, else null. */
json_t *document_value_text(const struct point_class *class, double value);

/*
 * A member of an object, or one more of an array, taking `value` over. Where one fails (NULL, or no
 * memory) the whole is gone, and NULL from then on: half a document is none.
 */
void document_add(json_t **object, const char *key, json_t *value);
void document_append(json_t **array, json_t *value);
/* Compact text; takes `json` over. NULL: out of memory. */
char *document_text(json_t *json);

#endif
