/* The members of a command: one table says which there are, of which kind and how long. */
#include "daemon/people/parts.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/until.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct member {
	const char *key;
	size_t max; /* bytes; 0: a whole number, REAL: any number, FLAG: true or false, not a text
		     */
	size_t offset;
};

#define PLACE(member) offsetof(struct command, member)
#define REAL SIZE_MAX
#define FLAG (SIZE_MAX - 1)

static const struct member members[] = {
	{ "id", COMMAND_ID_MAX, PLACE(id) }, { "expires", CLOCK_TEXT_MAX, PLACE(expires) },
	{ "incident", INCIDENT_ID_MAX, PLACE(order.incident) },
	{ "fact", ID_MAX, PLACE(order.fact) }, { "answer", ID_MAX, PLACE(order.answer) },
	{ "answers", 0, PLACE(order.answers) }, /* an object */
	{ "step", ID_MAX, PLACE(order.step) }, { "type", 0, PLACE(order.type) },
	{ "zone", ID_MAX, PLACE(order.zone) }, { "minutes", 0, PLACE(minutes) },
	{ "to", NOTE_MAX, PLACE(order.to) }, { "note", NOTE_MAX, PLACE(order.note) },
	{ "what", LOCK_NAME_MAX, PLACE(order.what) }, { "quiet", FLAG, PLACE(order.quiet) },
	{ "match", NOTE_MAX, PLACE(match) }, { "after", NOTE_MAX, PLACE(after) },
	{ "since", CLOCK_TEXT_MAX, PLACE(since) }, { "until", CLOCK_TEXT_MAX, PLACE(until) },
	{ "state", ID_MAX, PLACE(state) }, { "drill", ID_MAX, PLACE(drill) },
	{ "output", ID_MAX, PLACE(order.output) }, { "value", REAL, PLACE(order.value) },
	{ "anyway", FLAG, PLACE(order.anyway) }, { "verb", ID_MAX, SIZE_MAX }, /* known already */
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

bool command_refuse_unknown(char *error, const char *what, const char *word, size_t count,
	const char *(*name)(const void *context, size_t i))
{
	char text[COMMAND_SHOWN_SIZE];
	const char *near = strlen(word) <= ID_MAX ? id_nearest(word, count, name, NULL) : NULL;

	return command_refuse(error, "unknown %s \"%s\"%s%s%s", what, command_shown(word, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
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

static bool take_number(
	struct command *command, const struct member *member, const json_t *value, char *error)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 1 || number > WHOLE_MAX)
		return command_refuse(error, "\"%s\" must be a whole number from 1", member->key);
	*(int *)(void *)((char *)command + member->offset) = (int)number;
	return true;
}

static bool take_real(
	struct command *command, const struct member *member, const json_t *value, char *error)
{
	if (!json_is_number(value))
		return command_refuse(error, "\"%s\" must be a number", member->key);
	*(double *)(void *)((char *)command + member->offset) = json_number_value(value);
	return true;
}

static bool take_flag(
	struct command *command, const struct member *member, const json_t *value, char *error)
{
	if (!json_is_boolean(value))
		return command_refuse(error, "\"%s\" must be true or false", member->key);
	*(bool *)(void *)((char *)command + member->offset) = json_is_true(value);
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

/* { "trapped": "yes", ... }: what a report answers too. */
static bool take_answers(struct command *command, const json_t *value, char *error)
{
	struct order *order = &command->order;
	const char *fact;
	json_t *says;

	if (!json_is_object(value))
		return command_refuse(error, "\"answers\" must be an object: fact and answer");
	json_object_foreach ((json_t *)value, fact, says) {
		if (order->answer_count == FACT_MAX || strlen(fact) > ID_MAX)
			return command_refuse(
				error, "\"answers\": at most %d, each to a fact", FACT_MAX);
		if (!json_is_string(says) || json_string_length(says) > ID_MAX)
			return command_refuse(
				error, "\"answers\": an answer is \"yes\", \"no\" or \"unknown\"");
		order->answers[order->answer_count++] =
			(struct order_answer){ fact, json_string_value(says) };
	}
	return true;
}

/* How a verb has it. Those that every command has: each needs them, but over the local socket. */
enum taking { TAKES_NOT, TAKES, NEEDS };

static enum taking taking_of(const struct command *command, const char *key)
{
	const char *rest = command->verb.members, *word;
	size_t length;
	bool optional;

	if (strcmp(key, "id") == 0 || strcmp(key, "expires") == 0)
		return command->local ? TAKES : NEEDS;
	if (strcmp(key, "verb") == 0)
		return command->local ? TAKES : TAKES_NOT;
	/* What was said before there was "until". */
	if (strcmp(key, "minutes") == 0 && taking_of(command, "until") == NEEDS)
		return TAKES;
	while ((word = order_member(&rest, &length, &optional)))
		if (strlen(key) == length && strncmp(word, key, length) == 0)
			return optional ? TAKES : NEEDS;
	return TAKES_NOT;
}

static bool take_member(struct command *command, const char *key, const json_t *value, char *error)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const struct member *member = &members[i];

		if (strcmp(member->key, key) != 0)
			continue;
		if (taking_of(command, key) == TAKES_NOT)
			return command_refuse(
				error, "\"%s\" has no place in \"%s\"", key, command->verb.name);
		if (member->max == REAL)
			return take_real(command, member, value, error);
		if (member->max == FLAG)
			return take_flag(command, member, value, error);
		if (member->offset == PLACE(order.answers))
			return take_answers(command, value, error);
		return member->max ? take_text(command, member, value, error)
				   : take_number(command, member, value, error);
	}
	return command_refuse_unknown(error, "key", key, MEMBER_COUNT, member_key);
}

/* Needed, and not there or an empty text? */
static bool lacks(const struct command *command, const struct member *member)
{
	const char *place, *text;

	if (taking_of(command, member->key) != NEEDS ||
		(member->offset == PLACE(until) && command->minutes))
		return false;
	place = (const char *)command + member->offset;
	if (member->max == 0)
		return *(const int *)(const void *)place == 0;
	if (member->max == REAL)
		return isnan(*(const double *)(const void *)place);
	text = *(const char *const *)(const void *)place;
	return !text || !*text;
}

bool command_take_members(struct command *command, json_t *json, char *error)
{
	const char *key;
	json_t *value;

	command->order.note = command->match = "";
	command->order.value = NAN;
	json_object_foreach (json, key, value) {
		if (!take_member(command, key, value, error))
			return false;
	}
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (lacks(command, &members[i]))
			return command_refuse(error, "\"%s\" is missing", members[i].key);
	return true;
}

bool command_take_until(struct command *command, int64_t wall_ms, char *error)
{
	command->order.for_ms = command->minutes * INT64_C(60) * 1000;
	if (!command->until || command->verb.asks_journal)
		return true;
	if (command->minutes)
		return command_refuse(error, "either \"until\" or \"minutes\", not both");
	switch (until_parse(command->until, wall_ms, INT64_MAX, &command->order.for_ms)) {
	case 0:
		return true;
	case -ETIME:
		return command_refuse(error, "\"until\" is past");
	default:
		return command_refuse(error,
			"\"until\" must be like \"30 min\", \"2h\", \"14:30\" or \"2026-12-01 14:30\"");
	}
}
