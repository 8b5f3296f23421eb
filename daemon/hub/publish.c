/* What the hub tells the broker, and the record of it. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/documents/shown.h"
#include "daemon/hub/parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOPIC_MAX = 200 };

/* Takes `document` over. NULL clears a retained topic. */
static void publish(struct facility *facility, enum mqtt_kind kind, const char *topic,
	char *document, size_t length, uint64_t ticket)
{
	const struct mqtt_publish message = {
		.kind = kind,
		.topic = topic,
		.payload = document ? document : "",
		.length = document ? length : 0,
		.ticket = ticket,
	};

	/* Points, troubles and states are seen, not decided: they wait for nothing. */
	if (kind == MQTT_STREAM || strncmp(topic, "incident/", 9) == 0)
		record_say(facility->record, &message, facility->now);
	else if (mqtt_publish(facility->mqtt, &message) < 0)
		log_error("mqtt: out of memory: %s is lost", topic);
	free(document);
}

void facility_publish_state(struct facility *facility, const char *status)
{
	const struct moment clock = facility->now;
	size_t length;
	char *document =
		document_state(&facility->config->site, status, FACILITYD_VERSION, &clock, &length);

	if (document)
		publish(facility, MQTT_RETAINED, "state", document, length, 0);
}

static void publish_plan(struct facility *facility)
{
	const struct config *config = facility->config;
	size_t length;
	char *document = document_plan(&config->plan, &config->site, &length);

	if (document)
		publish(facility, MQTT_RETAINED, "plan", document, length, 0);
}

static void publish_point(
	struct facility *facility, const struct point *point, const struct reading *reading)
{
	struct published *last = &facility->published[point->index];
	const struct moment clock = facility->now;
	char topic[TOPIC_MAX];
	size_t length;
	char *document = document_point(point, reading, &clock, &length);

	last->reading = *reading;
	last->due_ms = facility->now.now_ms + point->heartbeat_ms;
	if (!document)
		return;
	snprintf(topic, sizeof(topic), "point/%s", point->id);
	publish(facility, MQTT_RETAINED, topic, document, length, 0);
}

void facility_publish_reading(struct facility *facility, const struct reading *reading)
{
	const struct point *point = &facility->config->site.points[reading->point];
	const struct reading *last = &facility->published[reading->point].reading;
	bool same = reading->quality == last->quality && reading->reason == last->reason;

	if (same && reading->quality != QUALITY_GOOD)
		return;
	if (same && fabs(reading->value - last->value) < point->deadband)
		return;
	publish_point(facility, point, reading);
}

void facility_publish_heartbeats(struct facility *facility)
{
	const struct site *site = &facility->config->site;
	int64_t next_ms = CLOCK_NEVER;

	if (facility->now.now_ms < facility->heartbeat_ms)
		return;
	for (size_t i = 0; i < site->point_count; i++) {
		if (facility->published[i].due_ms <= facility->now.now_ms)
			publish_point(facility, &site->points[i],
				bus_set_reading(facility->buses, &site->points[i]));
		if (facility->published[i].due_ms < next_ms)
			next_ms = facility->published[i].due_ms;
	}
	/* What is published in the meantime only moves a heartbeat further away. */
	facility->heartbeat_ms = next_ms;
}

void facility_stream(struct facility *facility, const struct transition *transition,
	const struct document_alert *alert, const char *kind, const char *topic, char *document,
	size_t length)
{
	const struct record_event event = {
		.sequence = alert->sequence,
		.event_id = alert->event_id,
		.kind = kind,
		.topic = topic,
		.incident_id = transition->incident->id,
		.user = transition->user,
		.payload = document,
		.length = length,
		.notice = strcmp(kind, "notify") == 0,
	};

	record_event(facility->record, &event, facility->now);
	free(document);
}

static void publish_incident(struct facility *facility, const struct incident *incident)
{
	const struct moment clock = facility->now;
	struct incident shown;
	char topic[TOPIC_MAX];
	size_t length = 0;
	char *document = NULL;

	snprintf(topic, sizeof(topic), "incident/%s", incident->id);
	if (incident->state != INCIDENT_CLOSED) {
		shown_incident(&facility->config->people, incident, &shown);
		document = document_incident(
			&shown, facility->actuation, &facility->config->site, &clock, &length);
		if (!document)
			return;
	}
	publish(facility, MQTT_RETAINED, topic, document, length, 0);
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

void facility_publish_transition(struct facility *facility, const struct transition *transition)
{
	const struct moment clock = facility->now;
	const struct event_name event = record_name(facility->record);
	struct incident incident;
	const struct transition shown =
		shown_transition(&facility->config->people, transition, &incident);
	const struct document_alert alert = {
		.event_id = event.id,
		.sequence = event.sequence,
		.transition = &shown,
	};
	size_t length = 0;
	char *document;

	log_transition(transition);
	document = document_alert(
		&alert, facility->actuation, &facility->config->site, &clock, &length);
	facility_fallback_alert(facility, transition->incident, event.sequence, document, length);
	if (document)
		facility_stream(facility, transition, &alert, "alert", "alert", document, length);
	facility_keep_incident(facility, transition->incident);
	publish_incident(facility, transition->incident);
	discovery_incident(facility->discovery, facility->config, transition->incident);
	facility_notify_roles(facility, transition, &shown);
}

void facility_publish_trouble(struct facility *facility, const struct trouble *trouble)
{
	const struct moment clock = facility->now;
	char topic[TOPIC_MAX];
	size_t length = 0;
	char *document = NULL;

	if (trouble->lasting) {
		document = document_trouble(trouble, &clock, &length);
		if (!document)
			return;
	}
	snprintf(topic, sizeof(topic), "trouble/%s", trouble->id);
	publish(facility, MQTT_RETAINED, topic, document, length, 0);
	facility_publish_troubles(facility);
}

void facility_publish_stats(struct facility *facility)
{
	struct stats_view view = facility_stats_view(facility);
	size_t length;
	char *document = document_stats(&view, &length);

	if (document)
		publish(facility, MQTT_RETAINED, "stats", document, length, 0);
}

void facility_publish_all(struct facility *facility)
{
	const struct incident *incident;
	const struct trouble *trouble;

	facility_publish_state(facility, "online");
	facility->stats_ms = 0;
	publish_plan(facility);
	for (size_t i = 0; (incident = engine_incident(facility->engine, i)); i++)
		publish_incident(facility, incident);
	for (size_t i = 0; (trouble = trouble_at(facility->troubles, i)); i++)
		facility_publish_trouble(facility, trouble);
	for (size_t i = 0; i < facility->config->site.point_count; i++)
		facility->published[i].due_ms = facility->now.now_ms;
	facility->heartbeat_ms = facility->now.now_ms;
	facility_publish_heartbeats(facility); /* at once: what waits of them is not sent twice */
	facility_publish_troubles(facility);
	discovery_publish(facility->discovery, facility->config, facility->engine);
}

/* Is this retained topic of the broker still one of ours? */
static bool owns_topic(const struct facility *facility, const char *topic)
{
	const struct incident *incident;

	if (strncmp(topic, "point/", 6) == 0)
		return site_point(&facility->config->site, topic + 6) != NULL;
	if (strncmp(topic, "trouble/", 8) == 0)
		return trouble_find(facility->troubles, topic + 8) != NULL;
	if (strncmp(topic, "incident/", 9) == 0) {
		incident = engine_find(facility->engine, topic + 9);
		return incident && strcmp(incident->id, topic + 9) == 0;
	}
	return true;
}

void facility_retained(struct facility *facility, const struct mqtt_message *message)
{
	if (message->elsewhere) {
		discovery_retained(facility->discovery, facility->config, message->topic,
			message->payload, message->length);
		return;
	}
	if (owns_topic(facility, message->topic))
		return;
	log_info("mqtt: clearing %s, left by an earlier run or configuration", message->topic);
	publish(facility, MQTT_RETAINED, message->topic, NULL, 0, 0);
}

void facility_retire_points(struct facility *facility, const struct site *old)
{
	char topic[TOPIC_MAX];

	for (size_t i = 0; i < old->point_count; i++) {
		if (site_point(&facility->config->site, old->points[i].id))
			continue;
		snprintf(topic, sizeof(topic), "point/%s", old->points[i].id);
		publish(facility, MQTT_RETAINED, topic, NULL, 0, 0);
	}
}
