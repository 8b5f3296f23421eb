/*
 * The fallback in the hub: which outputs the calls of incidents mean, the question
 * to the broker whether anybody listens again, and the trouble. That an output is
 * armed, allowed, recorded and proved is the actuation's matter.
 */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/hub/parts.h"
#include "daemon/tell/fallback_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void facility_start_fallback(struct facility *facility)
{
	facility->fallback.due = facility->fallback.anew = true;
	fallback_link(&facility->fallback.decided, false, facility->now.now_ms);
}

static void forget_alert(struct facility *facility)
{
	free(facility->fallback.alert);
	facility->fallback.alert = NULL;
}

void facility_stop_fallback(struct facility *facility)
{
	forget_alert(facility);
	free(facility->fallback.row);
}

/* What is told to the broker ------------------------------------------------ */

void facility_fallback_alert(struct facility *facility, const struct incident *incident,
	uint64_t sequence, const char *document, size_t length)
{
	struct fallback_state *state = &facility->fallback;

	state->due = true;
	if (facility->config->fallback.action_count == 0 || incident->drill)
		return;
	if (!(incident_traits(incident->state) & INCIDENT_IS_UNACKED)) {
		if (strcmp(state->alert_incident, incident->id) == 0)
			forget_alert(facility);
		return;
	}
	forget_alert(facility);
	state->alert = document ? strndup(document, length) : NULL;
	state->alert_length = length;
	state->alert_sequence = sequence;
	snprintf(state->alert_incident, sizeof(state->alert_incident), "%s", incident->id);
}

/* The same message under the same name: who has had it knows, and who has not gets it now. */
static void ask(struct facility *facility)
{
	struct fallback_state *state = &facility->fallback;
	struct mqtt_publish message = {
		.kind = MQTT_STREAM,
		.topic = "alert",
		.ticket = state->alert_sequence,
	};
	char *alert;

	if (!state->alert) {
		fallback_heard(&state->decided, false, facility->now.now_ms);
		return;
	}
	log_info("fallback: nobody listened to alerts: one of %s is sent again",
		state->alert_incident);
	alert = mqtt_replayed(state->alert, strlen(state->alert), &message.length);
	message.payload = alert;
	if (alert)
		record_say(facility->record, &message, facility->now);
	free(alert);
	state->decided.asked = true;
}

void facility_fallback_heard(struct facility *facility, bool notice, int reason_code)
{
	struct fallback_state *state = &facility->fallback;
	bool heard = mqtt_outcome(reason_code) == MQTT_RECORDED;

	if (!notice)
		fallback_heard(&state->decided, heard, facility->now.now_ms);
	else if (heard)
		fallback_noticed(&state->decided, facility->now.now_ms);
	state->due = true;
}

void facility_fallback_link(struct facility *facility, bool connected)
{
	fallback_link(&facility->fallback.decided, connected, facility->now.now_ms);
	facility->fallback.due = true;
}

/* Which outputs are called -------------------------------------------------- */

/* By the first call that means it, freshly if any does. */
static bool call_of(const struct facility *facility, const struct point *point,
	const struct action *action, struct output_call *output)
{
	const struct fallback *fallback = &facility->fallback.decided;
	bool any = output->point != NULL;

	for (size_t i = 0; i < fallback->call_count; i++) {
		const struct fallback_call *call = &fallback->calls[i];
		const struct incident *incident = engine_find(facility->engine, call->incident);

		if (!incident ||
			!action_covers(action,
				action_zone(&facility->config->site, action, incident->zone),
				point))
			continue;
		if (!any)
			*output = (struct output_call){ point, action, call->incident, false };
		output->fresh |= call->fresh;
		any = true;
	}
	return any;
}

static void call_outputs(struct facility *facility)
{
	const struct fallback_settings *settings = &facility->config->fallback;
	const struct site *site = &facility->config->site;
	struct output_call calls[ACTUATION_JOB_MAX];
	size_t count = 0;

	for (size_t p = 0; p < site->point_count && count < ACTUATION_JOB_MAX; p++) {
		struct output_call call = { 0 };
		bool any = false;

		for (size_t i = 0; i < settings->action_count; i++)
			any |= call_of(facility, &site->points[p], settings->actions[i], &call);
		if (any)
			calls[count++] = call;
	}
	actuation_calls(facility->actuation, calls, count);
}

static void log_calls(const struct fallback *fallback)
{
	for (size_t i = 0; i < fallback->call_count; i++)
		if (fallback->calls[i].fresh)
			log_warn("fallback: incident %s calls: %s", fallback->calls[i].incident,
				fallback_reason_name(fallback->calls[i].reason));
	if (fallback->call_count == 0)
		log_info("fallback: every incident that called is answered");
}

void facility_judge_fallback(struct facility *facility)
{
	struct fallback_state *state = &facility->fallback;
	struct fallback_verdict verdict;

	if (!state->due && facility->now.now_ms < state->next_ms)
		return;
	verdict = fallback_judge(&state->decided, &facility->config->fallback, facility->engine,
		facility->now.now_ms);
	state->due = false;
	state->next_ms = verdict.next_ms;
	if (verdict.changed)
		log_calls(&state->decided);
	if (verdict.changed || state->anew) {
		call_outputs(facility);
		state->moved = true;
	}
	state->anew = false;
	if (verdict.ask) {
		ask(facility);
		/* Where nothing could be sent, that was the answer. */
		state->due = !state->decided.asked;
	}
	if (state->due)
		facility_judge_fallback(facility);
}

int64_t facility_fallback_deadline(const struct facility *facility)
{
	return facility->fallback.due ? 0 : facility->fallback.next_ms;
}

/* What is told and kept ----------------------------------------------------- */

static void tell_trouble(struct facility *facility)
{
	const struct fallback *fallback = &facility->fallback.decided;
	struct called_output outputs[ACTUATION_JOB_MAX];
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	size_t count = 0;

	if (fallback->call_count == 0) {
		facility_trouble_fallback(facility, NULL, NULL);
		return;
	}
	while (count < ACTUATION_JOB_MAX &&
		actuation_called(facility->actuation, count, &outputs[count]))
		count++;
	fallback_words(fallback, outputs, count, zh, en);
	facility_trouble_fallback(facility, zh, en);
}

void facility_tell_fallback(struct facility *facility)
{
	if (!facility->fallback.moved)
		return;
	facility->fallback.moved = false;
	facility_keep_fallback(facility, false);
	tell_trouble(facility);
}
