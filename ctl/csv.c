/* Entries of the journal as a table for spreadsheets: see csv.h. */
#include "ctl/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where a column's value is: in the entry, its payload, or the incident in that. */
enum place { OF_ENTRY, OF_PAYLOAD, OF_INCIDENT };

static const struct column {
	const char *heading;
	enum place place;
	const char *key, *inner; /* inner: a member of that, or NULL */
} columns[] = {
	{ "sequence", OF_ENTRY, "sequence", NULL },
	{ "time", OF_ENTRY, "time", NULL },
	{ "kind", OF_ENTRY, "kind", NULL },
	{ "event", OF_PAYLOAD, "event", NULL },
	{ "incident", OF_ENTRY, "incident", NULL },
	{ "type", OF_INCIDENT, "type", NULL },
	{ "name_zh", OF_INCIDENT, "name", "zh" },
	{ "name_en", OF_INCIDENT, "name", "en" },
	{ "zone", OF_INCIDENT, "zone", NULL },
	{ "severity", OF_INCIDENT, "severity", NULL },
	{ "state", OF_INCIDENT, "state", NULL },
	{ "drill", OF_PAYLOAD, "drill", NULL },
	{ "role", OF_PAYLOAD, "role", "id" },
	{ "step", OF_PAYLOAD, "step", NULL },
	{ "output", OF_PAYLOAD, "output", NULL },
	{ "value", OF_PAYLOAD, "value", NULL },
	{ "user", OF_ENTRY, "user", NULL },
	{ "command", OF_PAYLOAD, "command", NULL },
	{ "note", OF_PAYLOAD, "note", NULL },
	{ "replayed", OF_PAYLOAD, "replayed", NULL },
	{ "topic", OF_ENTRY, "topic", NULL },
	{ "event_id", OF_ENTRY, "event_id", NULL },
};
enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

static void put_text(FILE *out, const char *text)
{
	bool formula = *text && strchr("=+-@\t\r", *text);
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		putc('"', out);
	if (formula)
		putc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	if (quoted)
		putc('"', out);
}

/* Numbers are what they are, also negative ones; a structure is its JSON. */
static void put_value(FILE *out, const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value))
		put_text(out, json_string_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
	else if (json_is_number(value))
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	else if (value && !json_is_null(value))
		text = json_dumps(value, JSON_COMPACT);
	if (text)
		put_text(out, text);
	free(text);
}

static const json_t *value_of(const struct column *column, const json_t *entry)
{
	const json_t *payload = json_object_get(entry, "payload");
	const json_t *const places[] = {
		[OF_ENTRY] = entry,
		[OF_PAYLOAD] = payload,
		[OF_INCIDENT] = json_object_get(payload, "incident"),
	};
	const json_t *value = json_object_get(places[column->place], column->key);

	return column->inner ? json_object_get(value, column->inner) : value;
}

void csv_heading(FILE *out)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		fprintf(out, "%s%s", i ? "," : "", columns[i].heading);
	fputs("\r\n", out);
}

void csv_entry(FILE *out, const json_t *entry)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (i)
			putc(',', out);
		put_value(out, value_of(&columns[i], entry));
	}
	fputs("\r\n", out);
}
