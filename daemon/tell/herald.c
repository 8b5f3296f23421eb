/* A transition: its alert, the incident as it is now, the notices. */
#include "daemon/documents/shown.h"
#include "daemon/tell/parts.h"

#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tell_incident(struct tell *tell, const struct incident *incident, struct moment moment)
{
	const struct config *config = tell->plant->config;
	struct mqtt_publish message = { .kind = MQTT_RETAINED, .payload = "" };
	const struct document_origin origin = tell_origin(tell);
	struct incident shown;
	char topic[TELL_TOPIC_MAX];
	char *document = NULL;

	snprintf(topic, sizeof(topic), "incident/%s", incident->id);
	message.topic = topic;
	if (incident->state != INCIDENT_CLOSED) {
		shown_incident(&config->people, incident, &shown);
		document = document_incident(
			&shown, &origin, tell->plant->outputs, &config->site, &moment);
		if (!document)
			return;
		message.payload = document;
		message.length = strlen(document);
	}
	record_say(tell->record, &message, moment);
	free(document);
}

static void log_transition(const struct transition *transition)
{
	const struct incident *incident = transition->incident;
	const char *step = transition->step < 0 ? "" : incident->type->steps[transition->step].id;

	log_info("incident %s: %s%s%s by %s: %s%s%s", incident->id,
		transition_name(transition->kind), *step ? " " : "", step, transition->user,
		incident_state_name(incident->state), *transition->note ? ": " : "",
		transition->note);
}

static void forget_alert(struct tell *tell)
{
	free(tell->alert);
	tell->alert = NULL;
}

/* Only where the fallback may ask with it whether anybody listens again. */
static void keep_alert(struct tell *tell, const struct incident *incident,
	const struct document_alert *alert, const char *document)
{
	if (tell->plant->config->fallback.action_count == 0 || incident->drill)
		return;
	if (!(incident_traits(incident->state) & INCIDENT_IS_UNACKED)) {
		if (strcmp(tell->alert_incident, incident->id) == 0)
			forget_alert(tell);
		return;
	}
	forget_alert(tell);
	tell->alert = document ? strdup(document) : NULL;
	tell->alert_sequence = alert->sequence;
	snprintf(tell->alert_incident, sizeof(tell->alert_incident), "%s", incident->id);
}

bool tell_again(struct tell *tell, struct moment moment)
{
	struct mqtt_publish message = {
		.kind = MQTT_STREAM, .topic = "alert", .ticket = tell->alert_sequence
	};
	char *alert = tell->alert ? mqtt_replayed(tell->alert, strlen(tell->alert), &message.length)
				  : NULL;

	if (!alert)
		return false;
	log_info("fallback: nobody listened to alerts: one of %s is sent again",
		tell->alert_incident);
	message.payload = alert;
	record_say(tell->record, &message, moment);
	free(alert);
	return true;
}

void tell_transition(struct tell *tell, const struct transition *transition, struct moment moment)
{
	const struct config *config = tell->plant->config;
	const struct event_name event = record_name(tell->record);
	struct incident incident;
	const struct transition shown = shown_transition(&config->people, transition, &incident);
	const struct document_alert alert = {
		.event_id = event.id,
		.sequence = event.sequence,
		.journal = record_journal_id(tell->record),
		.transition = &shown,
	};
	char *document = document_alert(&alert, tell->plant->outputs, &config->site, &moment);

	tell_keep(tell, transition->incident, moment);
	log_transition(transition);
	keep_alert(tell, transition->incident, &alert, document);
	if (document)
		tell_stream(tell->record, transition, &alert, "alert", "alert", document, moment);
	tell_incident(tell, transition->incident, moment);
	discovery_incident(tell->discovery, config, transition->incident);
	tell_roles(tell->record, config, transition, &shown, tell_minute(tell, moment), moment);
	tell_count(tell, transition);
	tell_index(tell, moment);
}
