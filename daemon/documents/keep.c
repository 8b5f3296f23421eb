#include "daemon/documents/keep.h"

#include "core/clock.h"
#include "core/utf8.h"
#include "core/words.h"
#include "daemon/documents/parts.h"
#include "rules/engine/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_VERSION = 1, SUM_SIZE = 16 + 1 };

/* Boot times and delays beyond this (36,000 years) are damage; so sums cannot overflow. */
#define TIME_MAX ((int64_t)1 << 50)

/* It tells damage, not malice. */
static void sum_text(const char *text, char sum[static SUM_SIZE])
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	snprintf(sum, SUM_SIZE, "%016" PRIx64, value);
}

/* Of the document as it is; false: no memory. */
static bool sum_document(json_t *json, char sum[static SUM_SIZE])
{
	char *text = document_text(json_incref(json));

	if (text)
		sum_text(text, sum);
	free(text);
	return text;
}

/* Writing ------------------------------------------------------------------- */

static json_t *private_causes(const struct kept_incident *kept)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kept->incident.cause_count; i++) {
		const struct kept_cause *cause = &kept->causes[i];
		const char *clear = cause->has_clear ? truth_name(cause->clear) : NULL;

		document_append(
			&array, json_pack("{s:b, s:s?, s:I, s:b}", "report", !cause->rule, "clear",
					clear, "left_ms", (json_int_t)cause->clear_left_ms,
					"unseen", cause->unseen));
	}
	return array;
}

static json_t *private_steps(const struct kept_incident *kept, const struct moment *clock)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kept->step_count; i++) {
		const struct step_state *state = &kept->incident.steps[i];

		document_append(
			&array, json_pack("{s:b, s:o, s:I, s:i, s:i}", "overdue", state->overdue,
					"reminder", document_time(state->remind_ms, clock),
					"reminders", (json_int_t)state->reminders, "overdue_level",
					state->overdue_level, "failed_level", state->failed_level));
	}
	return array;
}

static json_t *private_facts(const struct kept_incident *kept, const struct moment *clock)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kept->fact_count; i++) {
		const struct fact_state *state = &kept->incident.facts[i];

		document_append(&array, json_pack("{s:i, s:s, s:o, s:I}", "status",
						(int)state->status, "seen", truth_name(state->seen),
						"reminder", document_time(state->remind_ms, clock),
						"reminders", (json_int_t)state->reminders));
	}
	return array;
}

static json_t *private_json(const struct kept_incident *kept, const struct moment *clock)
{
	return json_pack("{s:i, s:I, s:I, s:b, s:o, s:i, s:I, s:I, s:o, s:o, s:o}", "v",
		KEPT_VERSION, "boot_ms", (json_int_t)clock->now_ms, "wall_ms",
		(json_int_t)clock->wall_ms, "told", kept->incident.told, "unacknowledged",
		document_time(kept->incident.unacked_ms, clock), "level", kept->incident.level,
		"owed_ms", (json_int_t)kept->incident.owed_ms, "owed_until_ms",
		(json_int_t)kept->incident.owed_until_ms, "causes", private_causes(kept), "facts",
		private_facts(kept, clock), "steps", private_steps(kept, clock));
}

char *document_keep(const struct incident *incident, const struct document_origin *origin,
	const struct engine *engine, const struct outputs *outputs, const struct site *site,
	const struct moment *clock)
{
	const struct document_view view = { incident, outputs, site, clock, origin, NULL };
	json_t *object = document_incident_json(&view);
	struct kept_incident kept;
	char sum[SUM_SIZE];

	engine_keep(engine, incident, &kept);
	document_add(&object, "private", private_json(&kept, clock));
	document_add(&object, "sum", sum_document(object, sum) ? json_string_nocheck(sum) : NULL);
	return document_text(object);
}

/* Reading ------------------------------------------------------------------- */

struct reader {
	const struct reboot *reboot;
	int64_t offset_ms; /* of its wall times to boot times of this run */
	int64_t owed_ms;   /* of its deadlines, as the last run had it */
	const char *list;  /* "steps", "causes": where it is, for the error; NULL: above them */
	size_t index;
	char *error; /* "": none so far; what comes after one is not looked at any more */
	size_t error_size;
	struct kept_incident *kept;
};

static void wrong(struct reader *reader, const char *key)
{
	if (reader->error[0])
		return;
	if (reader->list)
		snprintf(reader->error, reader->error_size, "%s[%zu]: ", reader->list,
			reader->index);
	snprintf(reader->error + strlen(reader->error), reader->error_size - strlen(reader->error),
		"\"%s\" is missing or wrong", key);
}

/* "" where it is null. */
static const char *read_text(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		return json_string_value(value);
	if (!json_is_null(value))
		wrong(reader, key);
	return "";
}

/* What does not fit is cut behind a whole character: mended texts may have grown. */
static void copy_text(
	struct reader *reader, const json_t *object, const char *key, char *to, size_t size)
{
	utf8_copy(to, size, read_text(reader, object, key));
}

/* 0 where it is null. */
static int64_t read_time(struct reader *reader, const json_t *object, const char *key)
{
	const char *text = read_text(reader, object, key);
	int64_t wall_ms;

	if (!text[0])
		return 0;
	if (clock_parse(text, &wall_ms) < 0 || wall_ms > TIME_MAX || wall_ms < -TIME_MAX) {
		wrong(reader, key);
		return 0;
	}
	/* 0 would mean: not yet */
	return wall_ms == reader->offset_ms ? -1 : wall_ms - reader->offset_ms;
}

/*
 * As the last run had it, as if the machine had been off for no time: nothing falls due by a clock
 * that may be wrong. So also since when something presses.
 */
static int64_t read_deadline(struct reader *reader, const json_t *object, const char *key)
{
	int64_t at_ms = read_time(reader, object, key), owed_ms = reader->owed_ms;

	if (at_ms)
		at_ms -= reader->reboot->shift_ms;
	until_reboot(&at_ms, &owed_ms, reader->reboot);
	return at_ms;
}

/* Of a rule: it does not run while nobody looks. */
static int64_t read_delay(struct reader *reader, const json_t *object, const char *key)
{
	int64_t at_ms = read_time(reader, object, key);

	return at_ms ? at_ms - reader->reboot->shift_ms + reader->reboot->still_ms : 0;
}

static bool read_yes(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		wrong(reader, key);
	return json_is_true(value);
}

static int64_t read_number(
	struct reader *reader, const json_t *object, const char *key, int64_t least, int64_t most)
{
	const json_t *value = json_object_get(object, key);
	int64_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= least && number <= most)
		return number;
	wrong(reader, key);
	return 0;
}

/* An array of `least` to `most` values. */
static const json_t *read_list(
	struct reader *reader, const json_t *object, const char *key, size_t least, size_t most)
{
	const json_t *list = json_object_get(object, key);

	if (!json_is_array(list) || json_array_size(list) < least || json_array_size(list) > most)
		wrong(reader, key);
	return list;
}

/* Its place in the group, which is that of its enumeration. */
static size_t read_word(
	struct reader *reader, const json_t *object, const char *key, enum word_group group)
{
	int place = word_find(group, read_text(reader, object, key));

	if (place < 0)
		wrong(reader, key);
	return place < 0 ? 0 : (size_t)place;
}

static void read_witness(struct reader *reader, const json_t *json, struct reading *reading)
{
	const json_t *value;

	reading->quality = (uint8_t)read_word(reader, json, "quality", WORD_QUALITY);
	reading->at_ms = read_time(reader, json, "time");
	if (reading->quality != QUALITY_GOOD)
		reading->reason = (uint8_t)read_word(reader, json, "reason", WORD_REASON);
	else
		reading->reason = REASON_NONE;
	if (!reading_usable(reading))
		return;
	value = json_object_get(json, reading->quality == QUALITY_GOOD ? "value" : "limit");
	reading->value = json_number_value(value);
	if (!json_is_number(value))
		wrong(reader, "value");
}

static void read_cause(struct reader *reader, const json_t *json, const json_t *private, size_t i)
{
	struct cause *cause = &reader->kept->incident.causes[i];
	struct kept_cause *kept = &reader->kept->causes[i];
	const json_t *readings = read_list(reader, json, "readings", 0, WITNESS_MAX);

	cause->active = read_yes(reader, json, "active");
	cause->chattering = read_yes(reader, json, "chattering");
	cause->since_ms = read_time(reader, json, "since");
	cause->until_ms = read_time(reader, json, "until");
	copy_text(reader, json, "by", cause->by, sizeof(cause->by));
	copy_text(reader, json, "note", cause->note, sizeof(cause->note));
	kept->rule = read_text(reader, json, "rule");
	if (read_yes(reader, private, "report"))
		kept->rule = NULL;
	kept->has_clear = !json_is_null(json_object_get(private, "clear"));
	if (kept->has_clear)
		kept->clear = (enum truth)read_word(reader, private, "clear", WORD_APPLIES);
	kept->unseen = read_yes(reader, private, "unseen");
	kept->clear_left_ms = read_number(reader, private, "left_ms", -TIME_MAX, TIME_MAX);
	for (size_t k = 0; !reader->error[0] && k < json_array_size(readings); k++) {
		const json_t *reading = json_array_get(readings, k);

		kept->witnesses[k] = read_text(reader, reading, "point");
		read_witness(reader, reading, &cause->witnesses[k]);
		cause->witness_count = k + 1;
	}
}

static void read_released(struct reader *reader, const json_t *action, size_t i)
{
	const json_t *places = read_list(reader, action, "released", 0, PLACE_MAX);
	struct places *released = &reader->kept->incident.steps[i].released;

	for (size_t k = 0; !reader->error[0] && k < json_array_size(places); k++) {
		reader->kept->released[i][k] = read_text(reader, json_array_get(places, k), "id");
		released->count = k + 1;
	}
}

static void read_step(struct reader *reader, const json_t *json, const json_t *private, size_t i)
{
	struct step_state *state = &reader->kept->incident.steps[i];
	const json_t *action = json_object_get(json, "action");

	reader->kept->steps[i] = read_text(reader, json, "id");
	state->applies = (enum truth)read_word(reader, json, "applies", WORD_APPLIES);
	state->status = (enum step_status)read_word(reader, json, "status", WORD_STATUS);
	state->status_ms = state->status == STEP_FAILED ? read_deadline(reader, json, "time")
							: read_time(reader, json, "time");
	state->due_ms = read_deadline(reader, json, "deadline");
	copy_text(reader, json, "user", state->by, sizeof(state->by));
	copy_text(reader, json, "note", state->note, sizeof(state->note));
	if (!json_is_null(action)) {
		state->action = (enum action_state)read_word(reader, action, "state", WORD_ACTION);
		state->action_ms = state->action == ACTION_FAILED || state->action == ACTION_LOST
					   ? read_deadline(reader, action, "time")
					   : read_time(reader, action, "time");
		read_released(reader, action, i);
	}
	state->overdue = read_yes(reader, private, "overdue");
	state->remind_ms = read_deadline(reader, private, "reminder");
	state->reminders = (uint32_t)read_number(reader, private, "reminders", 0, UINT32_MAX);
	state->overdue_level =
		(unsigned)read_number(reader, private, "overdue_level", 0, CHAIN_MAX);
	state->failed_level = (unsigned)read_number(reader, private, "failed_level", 0, CHAIN_MAX);
}

static void read_fact(struct reader *reader, const json_t *json, const json_t *private, size_t i)
{
	struct fact_state *state = &reader->kept->incident.facts[i];

	reader->kept->facts[i] = read_text(reader, json, "id");
	state->status =
		(enum fact_status)read_number(reader, private, "status", 0, FACT_STATUS_COUNT - 1);
	state->seen = (enum truth)read_word(reader, private, "seen", WORD_APPLIES);
	state->asked = read_yes(reader, json, "asked");
	state->time_ms = read_time(reader, json, "time");
	state->due_ms = read_deadline(reader, json, "deadline");
	state->overdue = read_yes(reader, json, "overdue");
	state->level = (unsigned)read_number(reader, json, "level", 0, CHAIN_MAX);
	state->remind_ms = read_deadline(reader, private, "reminder");
	state->reminders = (uint32_t)read_number(reader, private, "reminders", 0, UINT32_MAX);
	copy_text(reader, json, "by", state->by, sizeof(state->by));
	copy_text(reader, json, "note", state->note, sizeof(state->note));
	/* What was known and is dropped is asked with the first input. */
	if (state->status == FACT_UNKNOWN &&
		read_word(reader, json, "value", WORD_APPLIES) != WORD_APPLIES_UNKNOWN)
		*state = (struct fact_state){ .seen = TRUTH_UNKNOWN };
}

/* Each of the list and what is private of it, which stands at the same place of its own list. */
static size_t read_each(struct reader *reader, const json_t *json, const json_t *private,
	const char *key, size_t most,
	void (*read)(struct reader *reader, const json_t *json, const json_t *private, size_t i))
{
	const json_t *list = read_list(reader, json, key, 0, most);
	size_t count = json_array_size(list);
	const json_t *behind = read_list(reader, private, key, count, count);

	reader->list = key;
	for (reader->index = 0; !reader->error[0] && reader->index < count; reader->index++)
		read(reader, json_array_get(list, reader->index),
			json_array_get(behind, reader->index), reader->index);
	reader->list = NULL;
	return count;
}

/* The one that is there. */
static void read_hold(struct reader *reader, const json_t *json)
{
	static const char *const keys[] = { "shelved", "handed_over" };
	struct hold *hold = &reader->kept->incident.hold;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *object = json_object_get(json, keys[i]);

		if (json_is_null(object))
			continue;
		hold->at_ms = read_deadline(reader, object, "time");
		copy_text(reader, object, "by", hold->by, sizeof(hold->by));
		copy_text(reader, object, "note", hold->note, sizeof(hold->note));
		if (json_object_get(object, "until"))
			hold->until_ms = read_deadline(reader, object, "until");
		if (json_object_get(object, "to"))
			copy_text(reader, object, "to", hold->to, sizeof(hold->to));
	}
}

/* What it owes, and of what: of all that it has, where the machine was off since. */
static void read_owed(struct reader *reader, const json_t *private)
{
	struct incident *incident = &reader->kept->incident;
	const char *until = reader->reboot->rebooted ? "boot_ms" : "owed_until_ms";

	reader->owed_ms = read_number(reader, private, "owed_ms", -TIME_MAX, TIME_MAX);
	incident->owed_ms = reader->owed_ms;
	incident->owed_until_ms = read_number(reader, private, until, -TIME_MAX, TIME_MAX);
	until_reboot(&incident->owed_until_ms, &incident->owed_ms, reader->reboot);
}

static void read_head(struct reader *reader, const json_t *json, const json_t *private)
{
	struct incident *incident = &reader->kept->incident;
	const json_t *acknowledged = json_object_get(json, "acknowledged");
	const json_t *suppressed = json_object_get(json, "suppressed");

	if (strlen(read_text(reader, json, "id")) > INCIDENT_ID_MAX)
		wrong(reader, "id");
	copy_text(reader, json, "id", incident->id, sizeof(incident->id));
	reader->kept->type = read_text(reader, json, "type_id");
	reader->kept->zone = read_text(reader, json, "zone");
	incident->state = (enum incident_state)(read_word(reader, json, "state", WORD_STATE) + 1);
	incident->drill = read_yes(reader, json, "drill");
	incident->told = read_yes(reader, private, "told");
	incident->taken_back = read_yes(reader, json, "taken_back");
	incident->raised_ms = read_time(reader, json, "raised");
	incident->returned_ms = read_time(reader, json, "returned");
	incident->unacked_ms = read_deadline(reader, private, "unacknowledged");
	incident->level = (unsigned)read_number(reader, private, "level", 0, CHAIN_MAX);
	if (!json_is_null(acknowledged)) {
		incident->acked_ms = read_time(reader, acknowledged, "time");
		copy_text(
			reader, acknowledged, "by", incident->acked_by, sizeof(incident->acked_by));
	}
	if (!json_is_null(suppressed)) {
		incident->unsuppress_ms = read_delay(reader, suppressed, "until");
		copy_text(reader, suppressed, "by", incident->suppressor,
			sizeof(incident->suppressor));
	}
	read_hold(reader, json);
}

/* Of a fact what is the worse; the rest is dropped, and asked again. */
static enum fact_status status_of_topic(const json_t *fact)
{
	const char *value = json_string_value(json_object_get(fact, "value"));
	const char *worse = json_string_value(json_object_get(fact, "worse"));
	const char *by = json_string_value(json_object_get(fact, "by"));

	if (!value || !worse || strcmp(value, worse) != 0)
		return FACT_UNKNOWN;
	if (json_is_true(json_object_get(fact, "assumed")))
		return FACT_ASSUMED;
	return by && strcmp(by, "facilityd") == 0 ? FACT_SENSED_WORSE : FACT_SAID_WORSE;
}

static json_t *private_facts_of_topic(const json_t *json)
{
	const json_t *facts = json_object_get(json, "facts");
	json_t *array = json_array();

	for (size_t i = 0; i < json_array_size(facts); i++)
		document_append(
			&array, json_pack("{s:i, s:s, s:n, s:i}", "status",
					(int)status_of_topic(json_array_get(facts, i)), "seen",
					truth_name(TRUTH_UNKNOWN), "reminder", "reminders", 0));
	return array;
}

/* Nothing is known of it: a topic carries none. */
static json_t *private_of_topic(const json_t *json, const struct moment *clock)
{
	json_t *causes = json_array(), *steps = json_array();
	size_t count = json_array_size(json_object_get(json, "causes"));

	for (size_t i = 0; i < count; i++) {
		const json_t *cause = json_array_get(json_object_get(json, "causes"), i);
		const char *rule = json_string_value(json_object_get(cause, "rule"));

		document_append(&causes, json_pack("{s:b, s:n, s:I, s:b}", "report",
						 rule && strcmp(rule, "report") == 0, "clear",
						 "left_ms", (json_int_t)0, "unseen", 0));
	}
	count = json_array_size(json_object_get(json, "steps"));
	for (size_t i = 0; i < count; i++)
		document_append(
			&steps, json_pack("{s:b, s:n, s:i, s:i, s:i}", "overdue", 0, "reminder",
					"reminders", 0, "overdue_level", 0, "failed_level", 0));
	return json_pack("{s:i, s:I, s:I, s:b, s:n, s:i, s:i, s:i, s:o, s:o, s:o}", "v",
		KEPT_VERSION, "boot_ms", (json_int_t)clock->now_ms, "wall_ms",
		(json_int_t)clock->wall_ms, "told", 1, "unacknowledged", "level", 0, "owed_ms", 0,
		"owed_until_ms", 0, "causes", causes, "facts", private_facts_of_topic(json),
		"steps", steps);
}

/* Is it one of ours, whole, and of a form that is known here? Takes the sum out of it. */
static bool check_frame(struct reader *reader, json_t *json)
{
	const json_t *private = json_object_get(json, "private");
	const char *found = json_string_value(json_object_get(json, "sum"));
	char expected[SUM_SIZE] = "", sum[SUM_SIZE] = "";

	if (!private || !found || strlen(found) != SUM_SIZE - 1) {
		snprintf(reader->error, reader->error_size,
			"this is no incident as the journal keeps it");
		return false;
	}
	strcpy(expected, found);
	json_object_del(json, "sum");
	if (!sum_document(json, sum) || strcmp(sum, expected) != 0)
		snprintf(reader->error, reader->error_size, "it is damaged");
	else if (json_integer_value(json_object_get(private, "v")) != KEPT_VERSION)
		snprintf(reader->error, reader->error_size, "its version is not known here");
	return !reader->error[0];
}

static void read_incident(struct reader *reader, json_t *json)
{
	const json_t *private = json_object_get(json, "private");
	int64_t shift_ms = reader->reboot->shift_ms;

	if (shift_ms > TIME_MAX || shift_ms < -TIME_MAX)
		wrong(reader, "shift");
	reader->offset_ms = read_number(reader, private, "wall_ms", -TIME_MAX, TIME_MAX) -
			    read_number(reader, private, "boot_ms", -TIME_MAX, TIME_MAX) - shift_ms;
	read_owed(reader, private);
	read_head(reader, json, private);
	reader->kept->incident.cause_count =
		read_each(reader, json, private, "causes", CAUSE_MAX, read_cause);
	reader->kept->fact_count = read_each(reader, json, private, "facts", FACT_MAX, read_fact);
	reader->kept->step_count = read_each(reader, json, private, "steps", STEP_MAX, read_step);
}

int document_restore(struct engine *engine, const char *text, const struct reboot *reboot,
	char *error, size_t error_size)
{
	struct kept_incident kept = { 0 };
	struct reader reader = {
		.reboot = reboot, .error = error, .error_size = error_size, .kept = &kept
	};
	json_error_t why;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	int failure = -EINVAL;

	error[0] = '\0';
	if (json && check_frame(&reader, json))
		read_incident(&reader, json);
	else if (!json)
		snprintf(error, error_size, "this is no document: %s", why.text);
	if (!error[0])
		failure = engine_restore(engine, &kept, error, error_size);
	json_decref(json);
	return failure;
}

int document_take_back(struct engine *engine, const char *text, const struct moment *clock,
	struct engine_sink *sink, const char **id, char *error, size_t error_size)
{
	const struct reboot same = { 0 };
	struct kept_incident kept = { 0 };
	struct reader reader = {
		.reboot = &same, .error = error, .error_size = error_size, .kept = &kept
	};
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int failure = -EINVAL;

	error[0] = '\0';
	if (json_is_object(json)) {
		json_object_set_new(json, "private", private_of_topic(json, clock));
		read_incident(&reader, json);
	} else {
		snprintf(error, error_size, "this is no document");
	}
	if (!error[0])
		failure =
			engine_take_back(engine, &kept, clock->now_ms, sink, id, error, error_size);
	json_decref(json);
	return failure;
}

char *document_public(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	json_object_del(json, "private");
	json_object_del(json, "sum");
	return document_text(json);
}
