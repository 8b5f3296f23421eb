/*
 * Commands: parsed, judged and carried out through the ports. It knows neither
 * the engine nor the actuation, and sends nothing itself.
 */
#include "daemon/people/command.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/log.h"
#include "daemon/documents/json.h"
#include "daemon/people/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPIRES_AHEAD_MAX_MS = 10 * 60 * 1000 };

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

/* And for how long it is to be known. */
static bool check_expiry(
	const struct command *command, int64_t wall_ms, int64_t *lasts_ms, char *error)
{
	int64_t expires_ms;

	*lasts_ms = EXPIRES_AHEAD_MAX_MS;
	if (!command->expires)
		return true;
	if (clock_parse(command->expires, &expires_ms) < 0)
		return command_refuse(
			error, "\"expires\" must be a time like 2026-11-24T03:05:00+08:00");
	if (expires_ms <= wall_ms)
		return command_refuse(error, "expired");
	if (expires_ms - wall_ms > EXPIRES_AHEAD_MAX_MS)
		return command_refuse(error, "\"expires\" is more than 10 minutes ahead");
	*lasts_ms = expires_ms - wall_ms;
	return true;
}

/* Once for each user; and kept before anything is done. */
static bool check_nonce(const struct command_ports *ports, const struct command *command,
	int64_t lasts_ms, char *error)
{
	const struct verb *verb = &command->verb;
	bool passing = verb->greets || verb->asks || verb->asks_journal;

	if (!command->id)
		return true;
	switch (ports->use(ports->context, command->user, command->id, lasts_ms, passing)) {
	case 0:
		return true;
	case -EEXIST:
		return command_refuse(error, "repeated: this \"id\" was used before");
	case -ENOSPC:
		return command_refuse(error, "too many commands within 10 minutes: try later");
	default:
		return command_refuse(error, "out of memory");
	}
}

/* Every check in turn; true: carried out. */
static bool judge(struct command_set *set, struct command *command, json_t *json, int64_t wall_ms,
	char *error)
{
	int64_t lasts_ms;
	const char *why;

	if (!command_take_members(command, json, error) ||
		!check_expiry(command, wall_ms, &lasts_ms, error) ||
		!command_take_until(command, wall_ms, error) ||
		!check_nonce(&set->ports, command, lasts_ms, error))
		return false;
	why = command_carry_out(&set->ports, command);
	return why ? command_refuse(error, "%s", why) : true;
}

/* The answer names the command even where something else is wrong with it. */
static const char *named_id(const json_t *json)
{
	const char *id = json_string_value(json_object_get(json, "id"));

	return id && strlen(id) <= COMMAND_ID_MAX ? id : NULL;
}

/* What is answered; NULL members are absent, but for the id. */
struct answer {
	const char *id, *error; /* error NULL: done */
	int64_t wall_ms;
	const char *result; /* JSON, as it is */
	bool more;
	const char *cursor;
	const struct output_holders *holders; /* NULL: of no output */
	bool restored;                        /* they are of what was put back, or released */
	const char *members;                  /* JSON, as they are; NULL: none */
	json_t *actions;                      /* NULL: nothing is to be switched */
	int64_t second_ms;                    /* for the second of two who release; 0: none */
	int64_t lasts_ms;                     /* of the hand that was set; 0: none was */
};

/* Takes `value` over. False: out of memory. */
static bool put(FILE *out, const char *key, json_t *value)
{
	bool written;

	fprintf(out, ",\"%s\":", key);
	written = json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
	json_decref(value);
	return written;
}

/* NULL: nothing was ordered, or done. */
static const struct output_holders *holders_of(const struct command *command, bool ok)
{
	return ok && !command->verb.asks && !command->verb.greets ? &command->told.holders : NULL;
}

static bool tells_holders(const struct command *command)
{
	return command->order.kind == ORDER_RESTORE || command->order.kind == ORDER_RELEASE;
}

static json_t *list_of(size_t count, const char *names, size_t step)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(names + i * step));
	return list;
}

/* Whose claims stay, and what was left as nobody knows what it was; or what stays held. */
static bool put_holders(FILE *out, const struct output_holders *holders, bool restored)
{
	if (restored && !put(out, "held_by",
				list_of(holders->count, holders->incidents[0],
					sizeof(holders->incidents[0]))))
		return false;
	return holders->output_count == 0 ||
	       put(out, restored ? "unknown" : "held",
		       list_of(holders->output_count, holders->outputs[0],
			       sizeof(holders->outputs[0])));
}

/* Texts of others may be broken UTF-8, even half a character that was cut off: all are mended. */
static bool put_members(FILE *out, const struct answer *answer)
{
	char time[CLOCK_TEXT_MAX];

	fprintf(out, "{\"v\":%d", DOCUMENT_VERSION);
	if (!put(out, "id", document_string(answer->id)) ||
		!put(out, "ok", json_boolean(!answer->error)) ||
		!put(out, "error", document_string(answer->error)) ||
		!put(out, "time", json_string(clock_format(answer->wall_ms, time))))
		return false;
	if (answer->result)
		fprintf(out, ",\"result\":%s,\"more\":%s", answer->result,
			answer->more ? "true" : "false");
	if (answer->holders && !put_holders(out, answer->holders, answer->restored))
		return false;
	if (answer->members)
		fprintf(out, ",%s", answer->members);
	if (answer->actions && !put(out, "actions", json_incref(answer->actions)))
		return false;
	if (!answer->error && answer->second_ms &&
		!put(out, "second_until",
			json_string(clock_format(answer->wall_ms + answer->second_ms, time))))
		return false;
	if (!answer->error && answer->lasts_ms &&
		!put(out, "until",
			json_string(clock_format(answer->wall_ms + answer->lasts_ms, time))))
		return false;
	if (answer->cursor && !put(out, "cursor", json_string(answer->cursor)))
		return false;
	fputc('}', out);
	return !ferror(out);
}

/* Malloc'ed; NULL: out of memory. */
static char *write_answer(const struct answer *answer, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);
	bool whole = out && put_members(out, answer);

	if (out && fclose(out) == 0 && whole)
		return text;
	free(text);
	*length = 0;
	return NULL;
}

/* `what`: "<user>/<verb>", as the topic has it. */
static void record_command(const struct command_set *set, const char *what,
	const struct command *command, bool ok, const char *error)
{
	char line[COMMAND_SHOWN_SIZE * 8], topic[COMMAND_SHOWN_SIZE], incident[COMMAND_SHOWN_SIZE],
		step[COMMAND_SHOWN_SIZE], says[COMMAND_SHOWN_SIZE], why[COMMAND_SHOWN_SIZE * 3];
	const char *object = command->order.incident ? command->order.incident
			     : command->order.output ? command->order.output
			     : command->order.what   ? command->order.what
						     : command->order.zone;
	const char *part = command->order.step ? command->order.step : command->order.fact;
	const char *answer = command->order.answer;
	size_t i;

	for (i = 0; !ok && error[i] && i < sizeof(why) - 1; i++)
		why[i] = (unsigned char)error[i] < ' ' ? '?' : error[i];
	why[i] = '\0';
	snprintf(line, sizeof(line), "%s %s%s%s%s%s: %s%s", command_shown(what, topic),
		command_shown(object ? object : "-", incident), part ? " " : "",
		command_shown(part ? part : "", step), answer ? " " : "",
		command_shown(answer ? answer : "", says), ok ? "done" : "refused: ", why);
	(ok ? log_info : log_warn)("command %s", line);
	set->ports.record(set->ports.context, command->user, line);
}

char *command_run(struct command_set *set, const struct mqtt_message *message, int64_t wall_ms,
	size_t *length)
{
	struct command command = { 0 };
	char error[COMMAND_ERROR_SIZE] = "";
	const char *verb = "";
	json_t *json = NULL;
	bool ok = false;
	char *text;

	if (!topic_user(message->topic, command.user, &verb))
		command_refuse(error, "the topic names no valid user");
	else if (strcmp(command.user, "facilityd") == 0)
		command_refuse(error, "\"facilityd\" is the machine's own name");
	else if (command_find_verb(&command, verb, error))
		json = command_parse(message->payload, message->length, error);
	if (json && message->retained)
		command_refuse(error, "retained: commands must not be retained");
	else if (json)
		ok = judge(set, &command, json, wall_ms, error);
	if (!ok || !command.verb.greets)
		record_command(set,
			message->topic + (strncmp(message->topic, "cmd/", 4) == 0 ? 4 : 0),
			&command, ok, error);
	text = write_answer(&(struct answer){ .id = named_id(json),
				    .error = ok ? NULL : error,
				    .wall_ms = wall_ms,
				    .holders = holders_of(&command, ok),
				    .restored = tells_holders(&command),
				    .members = command.more,
				    .actions = command.told.actions,
				    .second_ms = command.told.second_ms,
				    .lasts_ms = command.told.lasts_ms },
		length);
	free(command.more);
	json_decref(command.told.actions);
	json_decref(json);
	return text;
}

struct local_answer command_local(
	struct command_set *set, const struct local_request *request, int64_t wall_ms)
{
	struct command command = { .local = true, .ticket = request->ticket };
	char error[COMMAND_ERROR_SIZE] = "", what[USER_MAX + 1 + ID_MAX + 1];
	json_t *json = command_parse(request->line, request->length, error);
	const char *verb = json_string_value(json_object_get(json, "verb"));
	struct local_answer reply = { 0 };
	bool ok = false;

	snprintf(command.user, sizeof(command.user), "%s", request->user);
	if (json && !verb)
		command_refuse(error, "\"verb\" is missing, or is no text");
	else if (json && command_find_verb(&command, verb, error))
		ok = judge(set, &command, json, wall_ms, error);
	snprintf(what, sizeof(what), "%s/%s", command.user, verb ? verb : "");
	reply.later = ok && command.later;
	if (!ok || (!command.result.text && !command.later && !command.verb.greets))
		record_command(set, what, &command, ok, error);
	if (!reply.later)
		reply.text = write_answer(
			&(struct answer){ named_id(json), ok ? NULL : error, wall_ms,
				command.result.text, command.result.more,
				.holders = holders_of(&command, ok),
				.restored = tells_holders(&command), .members = command.more,
				.actions = command.told.actions,
				.second_ms = command.told.second_ms,
				.lasts_ms = command.told.lasts_ms },
			&reply.length);
	free(command.more);
	free(command.result.text);
	json_decref(command.told.actions);
	json_decref(json);
	return reply;
}

char *command_page(struct journal_page *page, int64_t wall_ms, size_t *length)
{
	char cursor[JOURNAL_CURSOR_MAX], *text;
	struct answer answer = { page->tag[0] ? page->tag : NULL, command_page_error(page), wall_ms,
		page->text, page->more };

	if (page->more) {
		journal_cursor_text(&page->next, cursor);
		answer.cursor = cursor;
	}
	text = write_answer(&answer, length);
	free(page->text);
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
