/*
 * Commands: parsed, judged and carried out through the ports. It knows neither
 * the engine nor the actuation, and sends nothing itself.
 */
#include "daemon/command.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/log.h"
#include "daemon/document_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NONCE_MAX = 64,
	EXPIRES_AHEAD_MAX_MS = 10 * 60 * 1000,
	STEP_ID_MAX = ID_MAX,
	ERROR_SIZE = 240,
	SHOWN_SIZE = 80,
	NONCE_KEY_SIZE = USER_MAX + 1 + NONCE_MAX + 1,
};

/* What a command says, once it is found well-formed. */
struct command {
	char user[USER_MAX + 1];
	const struct verb *verb;
	const char *id, *expires, *incident, *step,
		*note; /* owned by the JSON; note "" if absent */
};

struct verb {
	struct command_verb words;
	bool step, note, note_required;
	const char *(*run)(const struct command_ports *ports, const struct command *command);
};

struct command_set {
	struct command_ports ports;
	char nonces[COMMAND_NONCE_MAX][NONCE_KEY_SIZE]; /* a ring; the oldest is overwritten */
	size_t nonce_next;
};

static const char *run_ack(const struct command_ports *ports, const struct command *command)
{
	return ports->ack(ports->context, command->incident, command->user);
}

static const char *run_done(const struct command_ports *ports, const struct command *command)
{
	return ports->step(ports->context, command->incident, command->step, STEP_DONE,
		command->user, command->note);
}

static const char *run_skip(const struct command_ports *ports, const struct command *command)
{
	return ports->step(ports->context, command->incident, command->step, STEP_SKIPPED,
		command->user, command->note);
}

static const char *run_release(const struct command_ports *ports, const struct command *command)
{
	return ports->release(ports->context, command->incident, command->step, command->user);
}

static const char *run_restore(const struct command_ports *ports, const struct command *command)
{
	return ports->restore(ports->context, command->incident, command->user);
}

static const struct verb verbs[] = {
	{{ "ack", "incident", "acknowledge an incident: somebody has taken it on" },              false, false,
         false,													run_ack    },
	{ { "done", "incident step [note]",
		  "a step, or \"all\" that are open, has been carried out" },
         true,											   true,  false, run_done   },
	{ { "skip", "incident step note", "a step is not carried out; the note is the reason" },
         true,											   true,  true,  run_skip   },
	{ { "release", "incident step", "let a step's action, which waits for a person, write" },
         true,											   false, false, run_release},
	{ { "restore", "incident", "put back the outputs that the incident's actions switched" },
         false,											  false, false, run_restore},
};
enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

const struct command_verb *command_verb_at(size_t i)
{
	return i < VERB_COUNT ? &verbs[i].words : NULL;
}

struct command_set *command_set_new(const struct command_ports *ports)
{
	struct command_set *set = calloc(1, sizeof(*set));

	if (set)
		set->ports = *ports;
	return set;
}

void command_set_free(struct command_set *set)
{
	free(set);
}

/* Outside text for a log line or an answer: short, and printable. */
static const char *shown(const char *text, char out[SHOWN_SIZE])
{
	size_t i;

	for (i = 0; text[i] && i < SHOWN_SIZE - 1; i++)
		out[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
	return out;
}

__attribute__((format(printf, 2, 3))) static bool refuse(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

/* "cmd/<user>/<verb>": the user, if it is one. */
static bool topic_user(const char *topic, char user[USER_MAX + 1], const char **verb)
{
	const char *start, *slash;
	size_t length;

	if (strncmp(topic, "cmd/", 4) != 0)
		return false;
	start = topic + 4;
	slash = strchr(start, '/');
	length = slash ? (size_t)(slash - start) : 0;
	if (length == 0 || length > USER_MAX)
		return false;
	memcpy(user, start, length);
	user[length] = '\0';
	*verb = slash + 1;
	return id_valid(user);
}

static const char *verb_word(const void *context, size_t i)
{
	(void)context;
	return verbs[i].words.verb;
}

static bool find_verb(struct command *command, const char *word, char *error)
{
	char text[SHOWN_SIZE];
	const char *near;

	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].words.verb, word) != 0)
			continue;
		command->verb = &verbs[i];
		return true;
	}
	near = strlen(word) <= ID_MAX ? id_nearest(word, VERB_COUNT, verb_word, NULL) : NULL;
	return refuse(error, "unknown verb \"%s\"%s%s%s", shown(word, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

/* The members of a command, and whether its verb takes and needs each. */
struct member {
	const char *key;
	const char **value;
	size_t max; /* bytes */
	bool allowed, required;
};

enum { MEMBER_COUNT = 5 };

static const char *member_key(const void *context, size_t i)
{
	return ((const struct member *)context)[i].key;
}

static bool take_member(const struct member *members, const char *key, const json_t *value,
	const char *verb, char *error)
{
	char text[SHOWN_SIZE];
	const char *near;

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const struct member *member = &members[i];

		if (strcmp(member->key, key) != 0)
			continue;
		if (!member->allowed)
			return refuse(error, "\"%s\" has no place in \"%s\"", key, verb);
		if (!json_is_string(value))
			return refuse(error, "\"%s\" must be a text", key);
		if (json_string_length(value) > member->max)
			return refuse(error, "\"%s\": at most %zu bytes", key, member->max);
		*member->value = json_string_value(value);
		return true;
	}
	near = strlen(key) <= ID_MAX ? id_nearest(key, MEMBER_COUNT, member_key, members) : NULL;
	return refuse(error, "unknown key \"%s\"%s%s%s", shown(key, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

static bool take_members(struct command *command, json_t *json, char *error)
{
	const struct verb *verb = command->verb;
	const struct member members[MEMBER_COUNT] = {
		{"id",        &command->id,       NONCE_MAX,       true,       true               },
		{ "expires",  &command->expires,  CLOCK_TEXT_MAX,  true,       true               },
		{ "incident", &command->incident, INCIDENT_ID_MAX, true,       true               },
		{ "step",     &command->step,     STEP_ID_MAX,     verb->step, verb->step         },
		{ "note",     &command->note,     NOTE_MAX,        verb->note, verb->note_required},
	};
	const char *key;
	json_t *value;

	json_object_foreach (json, key, value) {
		if (!take_member(members, key, value, verb->words.verb, error))
			return false;
	}
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (members[i].required && (!*members[i].value || !**members[i].value))
			return refuse(error, "\"%s\" is missing", members[i].key);
	if (!command->note)
		command->note = "";
	return true;
}

static bool check_expiry(const struct command *command, int64_t wall_ms, char *error)
{
	int64_t expires_ms;

	if (clock_parse(command->expires, &expires_ms) < 0)
		return refuse(error, "\"expires\" must be a time like 2026-11-24T03:05:00+08:00");
	if (expires_ms <= wall_ms)
		return refuse(error, "expired");
	if (expires_ms - wall_ms > EXPIRES_AHEAD_MAX_MS)
		return refuse(error, "\"expires\" is more than 10 minutes ahead");
	return true;
}

/* Remember the nonce; false if this user has used it before. */
static bool check_nonce(struct command_set *set, const struct command *command, char *error)
{
	char key[NONCE_KEY_SIZE];

	snprintf(key, sizeof(key), "%s/%s", command->user, command->id);
	for (size_t i = 0; i < COMMAND_NONCE_MAX; i++)
		if (strcmp(set->nonces[i], key) == 0)
			return refuse(error, "repeated: this \"id\" was used before");
	memcpy(set->nonces[set->nonce_next], key, sizeof(key));
	set->nonce_next = (set->nonce_next + 1) % COMMAND_NONCE_MAX;
	return true;
}

static json_t *parse(const struct mqtt_message *message, char *error)
{
	json_error_t why;
	json_t *json;

	if (message->length > COMMAND_SIZE_MAX) {
		refuse(error, "too large: at most %d bytes", COMMAND_SIZE_MAX);
		return NULL;
	}
	json = json_loadb(message->payload, message->length, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		refuse(error, "not JSON: line %d, column %d: %s", why.line, why.column, why.text);
	else if (!json_is_object(json))
		refuse(error, "not a JSON object");
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

/* Every check in turn; true: carried out. */
static bool judge(struct command_set *set, struct command *command,
	const struct mqtt_message *message, json_t *json, int64_t wall_ms, char *error)
{
	const char *why;

	if (message->retained)
		return refuse(error, "retained: commands must not be retained");
	if (!take_members(command, json, error) || !check_expiry(command, wall_ms, error) ||
		!check_nonce(set, command, error))
		return false;
	why = command->verb->run(&set->ports, command);
	return why ? refuse(error, "%s", why) : true;
}

/* Texts of others may be broken UTF-8, even half a character that was cut off: all are mended. */
static char *answer(const char *id, bool ok, const char *error, int64_t wall_ms, size_t *length)
{
	struct document_object object = document_object_new();
	char time[CLOCK_TEXT_MAX];

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "id", document_string(id));
	document_add(&object, "ok", json_boolean(ok));
	document_add(&object, "error", ok ? json_null() : document_string(error));
	document_add(&object, "time", json_string(clock_format(wall_ms, time)));
	return document_text(document_object_end(&object), length);
}

static void log_command(const struct mqtt_message *message, const struct command *command, bool ok,
	const char *error)
{
	char topic[SHOWN_SIZE], incident[SHOWN_SIZE], step[SHOWN_SIZE], why[SHOWN_SIZE * 3];
	size_t i;

	for (i = 0; !ok && error[i] && i < sizeof(why) - 1; i++)
		why[i] = (unsigned char)error[i] < ' ' ? '?' : error[i];
	why[i] = '\0';
	(ok ? log_info : log_warn)("command %s %s%s%s: %s%s",
		shown(message->topic + (strncmp(message->topic, "cmd/", 4) == 0 ? 4 : 0), topic),
		shown(command->incident ? command->incident : "-", incident),
		command->step ? " " : "", shown(command->step ? command->step : "", step),
		ok ? "done" : "refused: ", why);
}

char *command_run(struct command_set *set, const struct mqtt_message *message, int64_t now_ms,
	int64_t wall_ms, size_t *length)
{
	struct command command = { 0 };
	char error[ERROR_SIZE] = "";
	const char *verb = "", *id = NULL;
	json_t *json = NULL;
	bool ok = false;
	char *text;

	(void)now_ms;
	if (!topic_user(message->topic, command.user, &verb))
		refuse(error, "the topic names no valid user");
	else if (strcmp(command.user, "facilityd") == 0)
		refuse(error, "\"facilityd\" is the machine's own name");
	else if (find_verb(&command, verb, error))
		json = parse(message, error);
	if (json) {
		/* The answer names the command even where something else is wrong with it. */
		id = json_string_value(json_object_get(json, "id"));
		if (id && strlen(id) > NONCE_MAX)
			id = NULL;
		ok = judge(set, &command, message, json, wall_ms, error);
	}
	log_command(message, &command, ok, error);
	text = answer(id, ok, error, wall_ms, length);
	json_decref(json);
	return text;
}

int command_reply_topic(
	const char *prefix, const struct mqtt_message *message, char *topic, size_t size)
{
	const char *wanted = message->response_topic, *verb;
	char user[USER_MAX + 1];
	size_t length;

	if (!topic_user(message->topic, user, &verb))
		return -EINVAL;
	length = (size_t)snprintf(topic, size, "%s/reply/%s", prefix, user);
	if (length >= size)
		return -EINVAL;
	if (!wanted || strncmp(wanted, topic, length) != 0 || wanted[length] != '/' ||
		strpbrk(wanted, "+#") || strlen(wanted) >= size)
		return 0;
	snprintf(topic, size, "%s", wanted);
	return 0;
}
