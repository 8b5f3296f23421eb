/*
 * Promise 5: what is about to be written is recorded first. The intent goes to the
 * journal and to the broker at the same time; the first that has it counts, and
 * when neither has it within daemon.record_within the write does not happen.
 */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *intent_text(
	struct facility *facility, const struct intent_words *intent, const char *id)
{
	char time[CLOCK_TEXT_MAX];
	json_t *json;
	char *text;

	json = json_pack("{s:i, s:s, s:I, s:s, s:s, s:b, s:b, s:s, s:s?, s:s, s:f, s:s}", "v", 1,
		"id", id, "seq", (json_int_t)facility->sequence, "event", "intent", "time",
		clock_format(facility_clock(facility).wall_ms, time), "replayed", 0, "drill",
		intent->drill, "incident_id", intent->incident_id, "step", intent->step, "output",
		intent->point->id, "value", intent->value, "user",
		people_shown(&facility->config->people, intent->user));
	text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	json_decref(json);
	return text;
}

static bool intent_hold(struct facility *facility, uint64_t ticket)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		if (facility->intents[i].ticket)
			continue;
		facility->intents[i].ticket = ticket;
		facility->intents[i].sequence = facility->sequence;
		facility->intents[i].deadline_ms =
			facility->now_ms + facility->config->daemon.record_within_ms;
		return true;
	}
	return false;
}

void facility_record_intent(
	struct facility *facility, const struct intent_words *intent, uint64_t ticket)
{
	const struct event_name event = facility_next_event(facility);
	char *text = intent_text(facility, intent, event.id);
	const struct journal_entry entry = {
		.sequence = event.sequence,
		.event_id = event.id,
		.kind = "intent",
		.topic = "alert",
		.incident_id = intent->incident_id,
		.user = intent->user,
		.payload = text,
		.wall_ms = facility_clock(facility).wall_ms,
	};
	const struct mqtt_publish message = {
		.kind = MQTT_STREAM,
		.topic = "alert",
		.payload = text,
		.length = text ? strlen(text) : 0,
		.ticket = event.sequence,
	};

	/* Without room or memory nobody is told, so nothing will be written: held, then expired. */
	if (!intent_hold(facility, ticket))
		log_error("intent: more than %d at once", ACTUATION_JOB_MAX);
	if (!text)
		return;
	log_info("incident %s: intends to set %s to %g by %s", intent->incident_id,
		intent->point->id, intent->value, intent->user);
	facility_keep_entry(facility, &entry);
	facility_commit(facility, ticket);
	facility_say(facility, &message);
	free(text);
}

static void intent_end(struct facility *facility, struct intent *intent, bool recorded)
{
	uint64_t ticket = intent->ticket;

	intent->ticket = 0;
	actuation_recorded(facility->actuation, ticket, recorded, facility->now_ms);
}

void facility_intent_kept(struct facility *facility, uint64_t ticket, uint64_t sequence)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct intent *intent = &facility->intents[i];

		if (intent->ticket && (intent->ticket == ticket || intent->sequence == sequence))
			intent_end(facility, intent, true);
	}
}

int64_t facility_intent_deadline(const struct facility *facility)
{
	int64_t deadline_ms = CLOCK_NEVER;

	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++)
		if (facility->intents[i].ticket && facility->intents[i].deadline_ms < deadline_ms)
			deadline_ms = facility->intents[i].deadline_ms;
	return deadline_ms;
}

void facility_intent_expire(struct facility *facility)
{
	for (size_t i = 0; i < ACTUATION_JOB_MAX; i++) {
		struct intent *intent = &facility->intents[i];

		if (!intent->ticket || intent->deadline_ms > facility->now_ms)
			continue;
		log_error("intent: neither the journal nor the broker has it: not written");
		intent_end(facility, intent, false);
	}
}
