/* What runs of one site say to each other and of themselves, as JSON. All else is no word. */
#include "daemon/mqtt/peer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool take(const json_t *json, const char *key, char to[static MQTT_INSTANCE_SIZE])
{
	const char *text = json_string_value(json_object_get(json, key));

	if (!text || !*text || strlen(text) >= MQTT_INSTANCE_SIZE)
		return false;
	snprintf(to, MQTT_INSTANCE_SIZE, "%s", text);
	return true;
}

/* Whole and not negative; anything else is -1. */
static int64_t number(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value)
									: -1;
}

bool peer_parse(const char *instance, const char *payload, size_t length, struct peer_word *word)
{
	json_t *json = json_loadb(payload, length, JSON_REJECT_DUPLICATES, NULL);
	int64_t rank = number(json, "rank"), question = number(json, "question");
	bool is_word;

	*word = (struct peer_word){ .is_answer = question < 0,
		.number = question < 0 ? number(json, "answer") : question,
		.active_ms = number(json, "active_ms") };
	is_word = take(json, "instance", word->instance) && strcmp(word->instance, instance) == 0 &&
		  rank >= 0 && rank <= INT32_MAX / 2 && word->number >= 0 && word->active_ms >= 0 &&
		  (!word->is_answer || take(json, "to", word->to));

	word->rank = (int)rank;
	json_decref(json);
	return is_word;
}

char *peer_text(const struct peer_word *word)
{
	json_t *json = json_pack("{s:i, s:I, s:s, s:i, s:I}", "v", 1,
		word->is_answer ? "answer" : "question", (json_int_t)word->number, "instance",
		word->instance, "rank", word->rank, "active_ms", (json_int_t)word->active_ms);
	char *text;

	if (word->is_answer)
		json_object_set_new(json, "to", json_string(word->to));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

bool peer_other_online(const char *instance, const char *payload, size_t length,
	char other[static MQTT_INSTANCE_SIZE])
{
	json_t *json = json_loadb(payload, length, 0, NULL);
	const char *status = json_string_value(json_object_get(json, "status"));
	bool is_online = status && strcmp(status, "online") == 0;

	/* Of an older version that does not name itself, too. */
	if (!take(json, "instance", other))
		snprintf(other, MQTT_INSTANCE_SIZE, "?");
	json_decref(json);
	return is_online && strcmp(other, instance) != 0;
}
