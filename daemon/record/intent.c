/* Each waits under two names: the journal's ticket, and the sequence of its message. */
#include "daemon/record/intent.h"

#include "core/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	uint64_t ticket; /* 0: free */
	uint64_t sequence;
	int64_t deadline_ms;
};

struct intents {
	struct record *record;
	void (*done)(void *context, uint64_t ticket, bool recorded, int64_t now_ms);
	void *context;
	struct waiting waiting[INTENT_MAX];
};

struct intents *intents_new(struct record *record,
	void (*done)(void *context, uint64_t ticket, bool recorded, int64_t now_ms), void *context)
{
	struct intents *intents = calloc(1, sizeof(*intents));

	if (intents)
		*intents = (struct intents){ .record = record, .done = done, .context = context };
	return intents;
}

void intents_free(struct intents *intents)
{
	free(intents);
}

static char *intent_text(
	const struct intent *intent, const struct event_name *name, struct moment moment)
{
	char time[CLOCK_TEXT_MAX];
	json_t *json = json_pack("{s:i, s:s, s:I, s:s, s:s, s:b, s:b, s:s, s:s?, s:s, s:f, s:s}",
		"v", 1, "id", name->id, "seq", (json_int_t)name->sequence, "event", "intent",
		"time", clock_format(moment.wall_ms, time), "replayed", 0, "drill", intent->drill,
		"incident_id", intent->incident_id, "step", intent->step, "output", intent->output,
		"value", intent->value, "user", intent->shown);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	json_decref(json);
	return text;
}

static bool hold(struct intents *intents, uint64_t ticket, uint64_t sequence, int64_t deadline_ms)
{
	for (size_t i = 0; i < INTENT_MAX; i++) {
		if (intents->waiting[i].ticket)
			continue;
		intents->waiting[i] = (struct waiting){ ticket, sequence, deadline_ms };
		return true;
	}
	return false;
}

void intents_record(
	struct intents *intents, const struct intent *intent, uint64_t ticket, struct moment moment)
{
	struct record *record = intents->record;
	const struct event_name name = record_name(record);
	char *text = intent_text(intent, &name, moment);
	const struct record_event event = {
		.sequence = name.sequence,
		.event_id = name.id,
		.kind = "intent",
		.topic = "alert",
		.incident_id = intent->incident_id,
		.user = intent->user,
		.payload = text,
		.length = text ? strlen(text) : 0,
	};

	/* Without room or memory nobody is told, so nothing will be written: held, then expired. */
	if (!hold(intents, ticket, name.sequence, moment.now_ms + record_within_ms(record)))
		log_error("intent: more than %d at once", INTENT_MAX);
	if (!text)
		return;
	log_info("incident %s: intends to set %s to %g by %s", intent->incident_id, intent->output,
		intent->value, intent->user);
	record_event(record, &event, moment);
	record_commit(record, ticket, moment);
	free(text);
}

static void end(struct intents *intents, struct waiting *waiting, bool recorded, int64_t now_ms)
{
	uint64_t ticket = waiting->ticket;

	waiting->ticket = 0;
	intents->done(intents->context, ticket, recorded, now_ms);
}

void intents_kept(struct intents *intents, uint64_t ticket, int error, int64_t now_ms)
{
	for (size_t i = 0; !error && i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].ticket == ticket)
			end(intents, &intents->waiting[i], true, now_ms);
}

void intents_delivered(struct intents *intents, uint64_t sequence, int reason_code, int64_t now_ms)
{
	/* Any other code, "no matching subscribers" too, means that the broker has not kept it. */
	for (size_t i = 0; mqtt_outcome(reason_code) == MQTT_RECORDED && i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].sequence == sequence)
			end(intents, &intents->waiting[i], true, now_ms);
}

void intents_expire(struct intents *intents, int64_t now_ms)
{
	for (size_t i = 0; i < INTENT_MAX; i++) {
		struct waiting *waiting = &intents->waiting[i];

		if (!waiting->ticket || waiting->deadline_ms > now_ms)
			continue;
		log_error("intent: neither the journal nor the broker has it: not written");
		end(intents, waiting, false, now_ms);
	}
}

int64_t intents_deadline(const struct intents *intents)
{
	int64_t deadline_ms = CLOCK_NEVER;

	for (size_t i = 0; i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].deadline_ms < deadline_ms)
			deadline_ms = intents->waiting[i].deadline_ms;
	return deadline_ms;
}
