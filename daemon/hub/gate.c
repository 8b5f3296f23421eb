/*
 * Promise 2 as people see it: what was told, or answered, has happened also after a
 * kill. All that is said of decisions goes through the gate, behind its commit.
 */
#include "core/log.h"
#include "core/owner.h"
#include "daemon/hub/parts.h"

#include <stdlib.h>

static struct facility *facility_of(struct gate_events *events)
{
	return OWNER_OF(events, struct facility, gate_events);
}

static void on_pass(struct gate_events *events, const struct mqtt_publish *message)
{
	const char *topic = message->full_topic ? message->full_topic : message->topic;

	if (mqtt_publish(facility_of(events)->mqtt, message) < 0)
		log_error("mqtt: out of memory: %s is lost", topic);
}

static void on_answers(struct gate_events *events, uint64_t mark)
{
	struct facility *facility = facility_of(events);

	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		struct held_answer held = facility->answers[i];

		if (!held.ticket || held.mark > mark)
			continue;
		facility->answers[i] = (struct held_answer){ 0 };
		local_answer(facility->local, held.ticket, held.text, held.length);
	}
}

/* The other half is left for the broker, where an intent to write waits for either. */
static int64_t hold_ms(const struct facility *facility)
{
	return facility->config->daemon.record_within_ms / 2;
}

bool facility_start_gate(struct facility *facility)
{
	facility->gate_events = (struct gate_events){ on_pass, on_answers };
	facility->gate = gate_new(hold_ms(facility), &facility->gate_events);
	return facility->gate != NULL;
}

void facility_gate_settings(struct facility *facility)
{
	gate_set_hold(facility->gate, hold_ms(facility));
}

/* The commit that will hold all that was put so far. */
static uint64_t mark_now(const struct facility *facility)
{
	return facility->commits + facility->uncommitted;
}

void facility_say(struct facility *facility, const struct mqtt_publish *message)
{
	gate_put(facility->gate, message, GATE_WRITTEN, mark_now(facility), facility->now_ms);
}

void facility_reply(struct facility *facility, const struct mqtt_publish *message)
{
	gate_put(facility->gate, message, GATE_KEPT, mark_now(facility), facility->now_ms);
}

void facility_commit_ended(struct facility *facility)
{
	facility->kept++;
	gate_kept(facility->gate, facility->kept, facility->now_ms);
}

void facility_hold_answer(struct facility *facility, uint64_t ticket, struct local_answer *answer)
{
	uint64_t mark = mark_now(facility);

	if (answer->later || !answer->text)
		return;
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (facility->answers[i].ticket ||
			!gate_answer(facility->gate, mark, facility->now_ms))
			continue;
		facility->answers[i] =
			(struct held_answer){ ticket, mark, answer->text, answer->length };
		*answer = (struct local_answer){ .later = true };
		return;
	}
}

void facility_gone(struct facility *facility, uint64_t ticket)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (facility->answers[i].ticket != ticket)
			continue;
		free(facility->answers[i].text);
		facility->answers[i] = (struct held_answer){ 0 };
		return;
	}
	journal_forget(facility->journal, ticket);
}
