#include "daemon/documents/said.h"

#include "core/utf8.h"
#include "daemon/documents/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t sequence_of(const json_t *object)
{
	json_int_t number = json_integer_value(json_object_get(object, "seq"));

	return number > 0 ? (uint64_t)number : 0;
}

static void copy_names(char to[2][SAID_NAME_MAX + 1], const json_t *names)
{
	utf8_copy(to[0], SAID_NAME_MAX + 1, text_of(names, "zh"));
	utf8_copy(to[1], SAID_NAME_MAX + 1, text_of(names, "en"));
}

struct said_incident said_incident_read(const char *text)
{
	struct said_incident said = { 0 };
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	utf8_copy(said.journal, sizeof(said.journal), text_of(json, "journal"));
	said.sequence = sequence_of(json);
	copy_names(said.name, json_object_get(json, "name"));
	copy_names(said.place, json_object_get(json, "zone_name"));
	json_decref(json);
	return said;
}

/* The index ------------------------------------------------------------------ */

struct said_index {
	json_t *json, *named; /* the document; its ids as keys */
};

struct said_index *said_index_read(const char *text)
{
	struct said_index *index = calloc(1, sizeof(*index));
	const json_t *id;
	size_t i;

	if (!index)
		return NULL;
	index->json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	index->named = json_object();
	json_array_foreach (json_object_get(index->json, "incidents"), i, id)
		if (json_is_string(id))
			json_object_set_new(index->named, json_string_value(id), json_true());
	if (*text_of(index->json, "journal") && index->named)
		return index;
	said_index_free(index);
	return NULL;
}

void said_index_free(struct said_index *index)
{
	if (!index)
		return;
	json_decref(index->json);
	json_decref(index->named);
	free(index);
}

const char *said_index_journal(const struct said_index *index)
{
	return index ? text_of(index->json, "journal") : "";
}

uint64_t said_index_sequence(const struct said_index *index)
{
	return index ? sequence_of(index->json) : 0;
}

bool said_index_names(const struct said_index *index, const char *id)
{
	return index && json_object_get(index->named, id);
}

void said_index_strike(struct said_index *index, const char *id)
{
	if (index)
		json_object_del(index->named, id);
}

size_t said_index_count(const struct said_index *index)
{
	return index ? json_object_size(index->named) : 0;
}

/* Outputs -------------------------------------------------------------------- */

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* A person's. It has ended: nobody knows for how long it was to hold, nor whether it does. */
static bool read_hand(const json_t *json, struct hand *hand)
{
	*hand = (struct hand){ .state = HAND_ENDED };
	utf8_copy(hand->by, sizeof(hand->by), text_of(json, "by"));
	utf8_copy(hand->reason, sizeof(hand->reason), text_of(json, "reason"));
	for (char *at = hand->reason; *at; at++)
		if ((unsigned char)*at < ' ') /* a row is a line */
			*at = ' ';
	return json_is_object(json) && *hand->by && !strpbrk(hand->by, " \t\r\n");
}

void said_output_read(const char *text, const struct moment *clock,
	void (*take)(void *context, const struct output_claim *claim), void *context)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(json, "claims"), i, item) {
		struct hand hand;
		int64_t since_ms;
		struct output_claim claim = { .output = text_of(json, "id"),
			.incident = text_of(item, "incident"),
			.step = text_of(item, "step"),
			.value = number_of(item, "value"),
			.before = number_of(json, "before"),
			.since_ms = clock->now_ms };

		if (clock_parse(text_of(item, "since"), &since_ms) == 0)
			claim.since_ms = since_ms - clock->wall_ms + clock->now_ms;
		if (read_hand(json_object_get(item, "hand"), &hand))
			claim.hand = &hand;
		if (*claim.output && !isnan(claim.value) &&
			(claim.hand || (*claim.incident && *claim.step)))
			take(context, &claim);
	}
	json_decref(json);
}

/* Locks ---------------------------------------------------------------------- */

bool said_instance(const char *text, char instance[], size_t size)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	utf8_copy(instance, size, text_of(json, "instance"));
	json_decref(json);
	return *instance;
}

/* "zone:f2"; of a type "16-f2". */
static bool read_lock_name(const char *name, struct lock *lock)
{
	char *rest;

	if (lock_parse(name, lock))
		return true;
	lock->kind = LOCK_TYPE;
	lock->type = (int)strtol(name, &rest, 10);
	if (*rest != '-' || !id_valid(rest + 1))
		return false;
	strcpy(lock->id, rest + 1);
	return true;
}

/* Recurring ones are the configuration's, which sets them itself. */
static bool read_lock(const json_t *json, const struct moment *clock, struct lock *lock)
{
	int64_t since_ms, until_ms;

	*lock = (struct lock){ .state = LOCK_STANDS, .taken_back = true };
	if (json_is_true(json_object_get(json, "recurring")) ||
		clock_parse(text_of(json, "since"), &since_ms) != 0 ||
		clock_parse(text_of(json, "until"), &until_ms) != 0 || until_ms <= since_ms ||
		until_ms - since_ms > LOCK_LONGEST_MS)
		return false;
	lock->quiet = json_is_true(json_object_get(json, "quiet"));
	lock->type = (int)json_integer_value(json_object_get(json, "type"));
	if (!read_lock_name(text_of(json, "lock"), lock))
		return false;
	utf8_copy(lock->by, sizeof(lock->by), text_of(json, "by"));
	utf8_copy(lock->reason, sizeof(lock->reason), text_of(json, "reason"));
	lock->since_ms = since_ms - clock->wall_ms + clock->now_ms;
	lock->until_ms = clock->now_ms + until_ms - since_ms;
	lock->owed_ms = since_ms - clock->now_ms;
	return true;
}

void said_locks_read(const char *text, const struct moment *clock,
	void (*take)(void *context, const struct lock *lock), void *context)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(json, "locks"), i, item) {
		struct lock lock;

		if (read_lock(item, clock, &lock))
			take(context, &lock);
	}
	json_decref(json);
}
