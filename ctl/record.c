/* The record of one incident, from the journal's entries: see record.h. */
#include "ctl/record.h"

#include "core/clock.h"

#include <stdbool.h>
#include <string.h>

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *text)
{
	return strcmp(string_of(object, key), text) == 0;
}

/* Times ---------------------------------------------------------------------- */

/* A time of a document, as wall time; false: there is none. */
static bool time_of(const json_t *object, const char *key, int64_t *wall_ms)
{
	const char *text = string_of(object, key);

	return *text && clock_parse(text, wall_ms) == 0;
}

static json_t *seconds(int64_t ms)
{
	return json_real((double)ms / 1000.0);
}

/* From the raise to the time that stands there; null where one is missing. */
static json_t *after_raise(const json_t *incident, const json_t *object, const char *key)
{
	int64_t raised_ms, at_ms;

	if (time_of(incident, "raised", &raised_ms) && time_of(object, key, &at_ms))
		return seconds(at_ms - raised_ms);
	return json_null();
}

static bool accounted_for(const json_t *step)
{
	return is(step, "status", "done") || is(step, "status", "skipped");
}

/*
 * Done or skipped: against the deadline when that was. Else it is late once the deadline has passed
 * while the incident was open; a step that does not apply has nothing to keep.
 */
static void judge_step(const json_t *incident, json_t *step, int64_t now_ms)
{
	int64_t end_ms = now_ms, deadline_ms;
	bool has_deadline = time_of(step, "deadline", &deadline_ms);
	bool ended = accounted_for(step) && time_of(step, "time", &end_ms);
	bool needed = ended || !is(step, "applies", "no");
	bool late;

	json_object_set_new(
		step, "after_s", ended ? after_raise(incident, step, "time") : json_null());
	json_object_set_new(step, "allowed_s", after_raise(incident, step, "deadline"));
	if (!ended)
		time_of(incident, "closed", &end_ms);
	late = has_deadline && needed && end_ms > deadline_ms;
	json_object_set_new(step, "kept",
		late                              ? json_false()
		: ended && has_deadline && needed ? json_true()
						  : json_null());
	json_object_set_new(step, "late_s", late ? seconds(end_ms - deadline_ms) : json_null());
}

static void judge_steps(json_t *incident, int64_t now_ms)
{
	json_t *step;
	size_t i;

	json_array_foreach (json_object_get(incident, "steps"), i, step)
		judge_step(incident, step, now_ms);
}

/* Deadlines kept and missed, and the step that was latest. */
static void count_deadlines(const json_t *incident, json_t *reaction)
{
	const json_t *step, *latest = NULL;
	json_int_t kept = 0, missed = 0;
	double most_s = 0;
	size_t i;

	json_array_foreach (json_object_get(incident, "steps"), i, step) {
		double late_s = json_number_value(json_object_get(step, "late_s"));

		kept += json_is_true(json_object_get(step, "kept"));
		missed += json_is_false(json_object_get(step, "kept"));
		if (late_s > most_s) {
			most_s = late_s;
			latest = step;
		}
	}
	json_object_set_new(reaction, "kept", json_integer(kept));
	json_object_set_new(reaction, "missed", json_integer(missed));
	json_object_set_new(reaction, "latest",
		latest ? json_pack("{s:s, s:f}", "step", string_of(latest, "id"), "late_s", most_s)
		       : json_null());
}

static json_t *make_reaction(const json_t *incident)
{
	json_t *reaction = json_object();

	json_object_set_new(reaction, "acknowledged_s",
		after_raise(incident, json_object_get(incident, "acknowledged"), "time"));
	json_object_set_new(reaction, "returned_s", after_raise(incident, incident, "returned"));
	json_object_set_new(reaction, "closed_s", after_raise(incident, incident, "closed"));
	count_deadlines(incident, reaction);
	return reaction;
}

/* What happened ------------------------------------------------------------------ */

/* The step that the alert is about, as it was then. */
static json_t *step_of(const json_t *alert)
{
	json_t *steps = json_object_get(json_object_get(alert, "incident"), "steps"), *step;
	const char *id = string_of(alert, "step");
	size_t i;

	json_array_foreach (steps, i, step)
		if (*id && is(step, "id", id))
			return step;
	return NULL;
}

/* All that the payload says but the whole incident, which comes once, at the head. */
static json_t *event_of(const json_t *entry)
{
	static const char *const taken[] = { "sequence", "kind", "time" };
	static const char *const left_out[] = { "v", "id", "seq", "site", "incident" };
	json_t *payload = json_object_get(entry, "payload"), *step = step_of(payload);
	json_t *event = json_object();

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		json_object_set(event, taken[i], json_object_get(entry, taken[i]));
	if (!json_is_object(payload)) {
		json_object_set(event, "payload", payload);
		return event;
	}
	json_object_update(event, payload);
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(event, left_out[i]);
	if (json_object_get(payload, "incident"))
		json_object_set(event, "state",
			json_object_get(json_object_get(payload, "incident"), "state"));
	if (step && json_object_get(step, "action"))
		json_object_set(event, "action", json_object_get(step, "action"));
	if (step && is(payload, "event", "step"))
		json_object_set(event, "status", json_object_get(step, "status"));
	return event;
}

static json_t *notice_of(const json_t *entry)
{
	static const char *const members[] = { "time", "event", "role", "level", "on_duty" };
	const json_t *payload = json_object_get(entry, "payload"), *step;
	json_t *notice = json_object(), *steps = json_array();
	size_t i;

	json_object_set(notice, "sequence", json_object_get(entry, "sequence"));
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(payload, members[i]))
			json_object_set(notice, members[i], json_object_get(payload, members[i]));
	json_array_foreach (json_object_get(payload, "steps"), i, step)
		json_array_append(steps, json_object_get(step, "id"));
	json_object_set_new(notice, "steps", steps);
	return notice;
}

static void take_entry(json_t *record, const json_t *entry)
{
	json_t *payload = json_object_get(entry, "payload");
	json_t *incident = json_object_get(payload, "incident");

	if (is(entry, "kind", "notify") && json_is_object(payload)) {
		json_array_append_new(json_object_get(record, "notices"), notice_of(entry));
		return;
	}
	json_array_append_new(json_object_get(record, "timeline"), event_of(entry));
	if (!is(entry, "kind", "alert") || !json_is_object(incident))
		return;
	json_object_set(record, "incident", incident);
	if (json_object_get(payload, "site"))
		json_object_set(record, "site", json_object_get(payload, "site"));
}

json_t *record_make(const json_t *entries, int64_t now_wall_ms)
{
	char made[CLOCK_TEXT_MAX];
	json_t *record = json_pack("{s:i, s:s, s:b, s:n, s:{}, s:n, s:[], s:[]}", "v", 1, "made",
		clock_format(now_wall_ms, made), "open", 0, "site", "incident", "reaction",
		"timeline", "notices");
	const json_t *entry;
	json_t *incident;
	size_t i;

	json_array_foreach (entries, i, entry)
		take_entry(record, entry);
	incident = json_deep_copy(json_object_get(record, "incident"));
	judge_steps(incident, now_wall_ms);
	json_object_set_new(record, "open", json_boolean(!is(incident, "state", "closed")));
	json_object_set_new(record, "reaction", make_reaction(incident));
	json_object_set_new(record, "incident", incident);
	return record;
}
