/* The members of a command: one table says which there are, of which kind and how long. */
#include "daemon/command_parts.h"

#include "core/clock.h"
#include "core/id.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Every verb takes these; over MQTT each needs them. */
enum { TAKES_ALWAYS = 1 << 30, TAKES_LOCAL = 1 << 29 };

struct member {
	const char *key;
	unsigned bit;
	size_t max; /* bytes; 0: a whole number, not a text */
	size_t offset;
};

#define PLACE(member) offsetof(struct command, member)

static const struct member members[] = {
	{"id",        TAKES_ALWAYS,   COMMAND_ID_MAX,  PLACE(id)            },
	{ "expires",  TAKES_ALWAYS,   CLOCK_TEXT_MAX,  PLACE(expires)       },
	{ "incident", TAKES_INCIDENT, INCIDENT_ID_MAX, PLACE(order.incident)},
	{ "step",     TAKES_STEP,     ID_MAX,          PLACE(order.step)    },
	{ "type",     TAKES_TYPE,     0,               PLACE(order.type)    },
	{ "zone",     TAKES_ZONE,     ID_MAX,          PLACE(order.zone)    },
	{ "minutes",  TAKES_MINUTES,  0,               PLACE(order.minutes) },
	{ "to",       TAKES_TO,       NOTE_MAX,        PLACE(order.to)      },
	{ "note",     TAKES_NOTE,     NOTE_MAX,        PLACE(order.note)    },
	{ "match",    TAKES_MATCH,    NOTE_MAX,        PLACE(match)         },
	{ "after",    TAKES_AFTER,    NOTE_MAX,        PLACE(after)         },
	{ "since",    TAKES_PERIOD,   CLOCK_TEXT_MAX,  PLACE(since)         },
	{ "until",    TAKES_PERIOD,   CLOCK_TEXT_MAX,  PLACE(until)         },
	{ "state",    TAKES_STATE,    ID_MAX,          PLACE(state)         },
	{ "drill",    TAKES_DRILL,    ID_MAX,          PLACE(drill)         },
	{ "verb",     TAKES_LOCAL,    ID_MAX,          SIZE_MAX             }, /* known already */
};
enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]), WHOLE_MAX = 99999 };

const char *command_shown(const char *text, char out[static COMMAND_SHOWN_SIZE])
{
	size_t i;

	for (i = 0; text[i] && i < COMMAND_SHOWN_SIZE - 1; i++)
		out[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
	return out;
}

bool command_refuse(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, COMMAND_ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

json_t *command_parse(const char *text, size_t length, char *error)
{
	json_error_t why;
	json_t *json;

	if (length > COMMAND_SIZE_MAX) {
		command_refuse(error, "too large: at most %d bytes", COMMAND_SIZE_MAX);
		return NULL;
	}
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		command_refuse(
			error, "not JSON: line %d, column %d: %s", why.line, why.column, why.text);
	else if (!json_is_object(json))
		command_refuse(error, "not a JSON object");
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static const char *member_key(const void *context, size_t i)
{
	(void)context;
	return members[i].key;
}

static bool refuse_key(const char *key, char *error)
{
	char text[COMMAND_SHOWN_SIZE];
	const char *near =
		strlen(key) <= ID_MAX ? id_nearest(key, MEMBER_COUNT, member_key, NULL) : NULL;

	return command_refuse(error, "unknown key \"%s\"%s%s%s", command_shown(key, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

static bool take_number(
	struct command *command, const struct member *member, const json_t *value, char *error)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 1 || number > WHOLE_MAX)
		return command_refuse(error, "\"%s\" must be a whole number from 1", member->key);
	*(int *)(void *)((char *)command + member->offset) = (int)number;
	return true;
}

static bool take_text(
	struct command *command, const struct member *member, const json_t *value, char *error)
{
	if (!json_is_string(value))
		return command_refuse(error, "\"%s\" must be a text", member->key);
	if (json_string_length(value) > member->max)
		return command_refuse(error, "\"%s\": at most %zu bytes", member->key, member->max);
	if (member->offset != SIZE_MAX)
		*(const char **)(void *)((char *)command + member->offset) =
			json_string_value(value);
	return true;
}

static bool take_member(struct command *command, const char *key, const json_t *value, char *error)
{
	unsigned taken = command->verb->takes | TAKES_ALWAYS | (command->local ? TAKES_LOCAL : 0);

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const struct member *member = &members[i];

		if (strcmp(member->key, key) != 0)
			continue;
		if (!(member->bit & taken))
			return command_refuse(error, "\"%s\" has no place in \"%s\"", key,
				command->verb->words.verb);
		return member->max ? take_text(command, member, value, error)
				   : take_number(command, member, value, error);
	}
	return refuse_key(key, error);
}

/* Needed, and not there or an empty text? */
static bool lacks(const struct command *command, const struct member *member)
{
	unsigned needed = command->verb->needs | (command->local ? 0 : TAKES_ALWAYS);
	const char *place, *text;

	if (!(member->bit & needed))
		return false;
	place = (const char *)command + member->offset;
	if (member->max == 0)
		return *(const int *)(const void *)place == 0;
	text = *(const char *const *)(const void *)place;
	return !text || !*text;
}

bool command_take_members(struct command *command, json_t *json, char *error)
{
	const char *key;
	json_t *value;

	command->order.note = command->match = "";
	json_object_foreach (json, key, value) {
		if (!take_member(command, key, value, error))
			return false;
	}
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (lacks(command, &members[i]))
			return command_refuse(error, "\"%s\" is missing", members[i].key);
	return true;
}
