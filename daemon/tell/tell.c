/* The room as a whole: begins, ends, goes over to another configuration, tells all anew. */
#include "daemon/tell/parts.h"
#include "rules/engine/locking.h"

#include "core/log.h"
#include "core/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void publish_ids(struct tell *tell)
{
	char *document = document_troubles(tell->troubles);

	if (document)
		tell_retain(tell, "troubles", document);
}

static void publish_trouble(struct tell *tell, const struct trouble *trouble, struct moment moment)
{
	char topic[TELL_TOPIC_MAX];
	char *document = NULL;

	if (trouble->lasting) {
		document = document_trouble(trouble, &moment);
		if (!document)
			return;
	}
	snprintf(topic, sizeof(topic), "trouble/%s", trouble->id);
	tell_retain(tell, topic, document);
}

static void on_trouble(
	struct trouble_events *events, const struct trouble *trouble, struct moment moment)
{
	struct tell *tell = OWNER_OF(events, struct tell, trouble_events);

	if (trouble->lasting)
		log_warn("trouble %s: %s", trouble->id, trouble->en);
	else
		log_info("trouble %s: over", trouble->id);
	publish_trouble(tell, trouble, moment);
	publish_ids(tell);
}

struct mqtt *tell_start_link(
	const struct config *config, sd_event *event, struct mqtt_events *events)
{
	char prefix[80], instance[MQTT_INSTANCE_SIZE], *will;
	struct mqtt *mqtt = NULL;

	mqtt_name_instance(instance);
	/* No clock: nobody knows yet since when it will be offline. */
	will = document_state(&config->site, "offline", FACILITYD_VERSION, instance, NULL);

	snprintf(prefix, sizeof(prefix), "facility/%s", config->site.id);
	if (will)
		mqtt = mqtt_start(&config->mqtt, prefix, instance, will, event, events);
	free(will);
	return mqtt;
}

struct tell *tell_new(const struct plant *plant, const struct tell_ports *ports,
	struct record *record, struct mqtt *mqtt)
{
	struct tell *tell = calloc(1, sizeof(*tell));
	const struct discovery_ports discovery = { tell, tell_retain_elsewhere };

	if (!tell)
		return NULL;
	*tell = (struct tell){ .plant = plant,
		.ports = *ports,
		.record = record,
		.mqtt = mqtt,
		.trouble_events = { on_trouble } };
	tell->troubles = trouble_list_new(&tell->trouble_events);
	tell->hygiene = hygiene_new();
	tell->back = back_new();
	tell->discovery = discovery_new(&discovery);
	if (tell->troubles && tell->hygiene && tell->discovery && tell->back &&
		tell_prepare(tell, &plant->config->site)) {
		tell_use_prepared(tell);
		return tell;
	}
	tell_free(tell);
	return NULL;
}

void tell_free(struct tell *tell)
{
	if (!tell)
		return;
	discovery_free(tell->discovery);
	back_free(tell->back);
	hygiene_free(tell->hygiene);
	if (tell->troubles)
		trouble_list_free(tell->troubles);
	free(tell->published);
	free(tell->prepared);
	free(tell->figures);
	free(tell->alert);
	free(tell);
}

void tell_adopt(struct tell *tell, const struct site *old, struct moment moment)
{
	const struct config *config = tell->plant->config;
	char topic[TELL_TOPIC_MAX];

	for (size_t i = 0; i < old->point_count; i++) {
		if (site_point(&config->site, old->points[i].id))
			continue;
		snprintf(topic, sizeof(topic), "point/%s", old->points[i].id);
		tell_retain(tell, topic, NULL);
	}
	tell_use_prepared(tell);
	memset(tell->lock_begun, 0, sizeof(tell->lock_begun)); /* there may be others now */
	tell->heartbeat_ms = tell->reloaded_ms = moment.now_ms;
	tell_retire_troubles(tell, moment);
	tell_config(tell, NULL, moment);
	record_set_within(tell->record, config->daemon.record_within_ms);
	tell_back_retry(tell, moment);
	/* As it is now, also on disk: what is gone would else come back at the next start. */
	tell_keep_all(tell, moment);
}

/* "online", "offline" */
static void tell_state(struct tell *tell, const char *status, struct moment moment)
{
	char *document = document_state(&tell->plant->config->site, status, FACILITYD_VERSION,
		mqtt_instance(tell->mqtt), &moment);

	if (document)
		tell_retain(tell, "state", document);
}

void tell_end(struct tell *tell, struct moment moment)
{
	tell_back_end(tell);
	tell_index(tell, moment);
	record_settle(tell->record, moment);
	record_end_saying(tell->record);
	tell_state(tell, "offline", moment);
}

static void publish_held(struct tell *tell)
{
	char *document = document_held(tell->plant->outputs);

	if (document)
		tell_retain(tell, "held", document);
}

static void publish_output(struct tell *tell, const char *output, struct moment moment)
{
	const struct document_outputs view = { tell->plant->outputs, &tell->plant->config->people,
		&moment, tell->ports.context, tell->ports.reading };
	char topic[TELL_TOPIC_MAX];

	if (!tell_back_knows_claims(tell)) /* it would take the place of what is asked for */
		return;
	snprintf(topic, sizeof(topic), "output/%s", output);
	tell_retain(tell, topic, document_output(&view, output));
}

static void publish_outputs(struct tell *tell, struct moment moment)
{
	struct output_claim claim;

	for (size_t i = 0; outputs_claim(tell->plant->outputs, i, &claim); i++)
		publish_output(tell, claim.output, moment);
}

void tell_claimed(struct tell *tell, const char *output, struct moment moment)
{
	publish_output(tell, output, moment);
	publish_held(tell);
}

void tell_all(struct tell *tell, struct moment moment)
{
	const struct config *config = tell->plant->config;
	const struct incident *incident;
	const struct trouble *trouble;
	char *plan;

	tell_state(tell, "online", moment);
	tell->stats_ms = 0;
	tell->index_due = true;
	plan = document_plan(&config->plan, &config->site);
	if (plan)
		tell_retain(tell, "plan", plan);
	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++)
		tell_incident(tell, incident, moment);
	tell_back_publish(tell);
	for (size_t i = 0; (trouble = trouble_at(tell->troubles, i)); i++)
		publish_trouble(tell, trouble, moment);
	publish_ids(tell);
	publish_outputs(tell, moment);
	publish_held(tell);
	tell_index(tell, moment);
	tell_locks(tell, moment);
	tell_points_due(tell, moment);
	tell_heartbeats(tell, moment); /* at once: what waits of them is not sent twice */
	discovery_publish(tell->discovery, config, tell->plant->engine);
}

/* The clock is right. What a reboot took is taken off all that has an end. */
static void settle_ends(struct tell *tell, struct moment moment)
{
	const struct plant *plant = tell->plant;
	const struct incident *incident;

	outputs_clock(plant->outputs, &moment);
	if (!engine_clock(plant->engine, &moment))
		return;
	for (size_t i = 0; (incident = engine_incident(plant->engine, i)); i++)
		tell_incident(tell, incident, moment);
	tell_keep_all(tell, moment);
}

void tell_sweep(struct tell *tell, struct moment moment)
{
	tell_heartbeats(tell, moment);
	tell_sweep_devices(tell, moment);
	tell_sweep_stats(tell, moment);
	tell_sweep_journal(tell, moment);
	tell_sweep_dropped(tell, moment);
	tell_sweep_hands(tell, moment);
	tell_sweep_restored(tell, moment);
	tell_sweep_held(tell, moment);
	tell_sweep_back(tell, moment);
	tell_sweep_clock(tell, moment);
	if (tell_clock_right(tell, moment))
		settle_ends(tell, moment);
	tell_sweep_locks(tell, moment);
	tell_index(tell, moment);
	if (record_take_rows_lost(tell->record))
		tell_keep_all(tell, moment);
	else if (tell->keeps)
		tell_keep_some(tell, KEEP_WINDOW, moment);
	record_sweep(tell->record, moment);
}

/* Is this retained topic of the broker still one of ours? */
static bool owns_topic(const struct tell *tell, const char *topic)
{
	if (strncmp(topic, "point/", 6) == 0)
		return site_point(&tell->plant->config->site, topic + 6) != NULL;
	if (strncmp(topic, "trouble/", 8) == 0)
		return trouble_find(tell->troubles, topic + 8) != NULL;
	return true;
}

void tell_retained(struct tell *tell, const struct mqtt_message *message, struct moment moment)
{
	bool withheld = !tell_back_knows_claims(tell);

	if (!message) {
		tell_back_judge(tell, moment);
		if (withheld)
			publish_outputs(tell, moment);
		tell_index(tell, moment);
	} else if (message->elsewhere) {
		discovery_retained(tell->discovery, tell->plant->config, message->topic,
			message->payload, message->length);
	} else if (!owns_topic(tell, message->topic) || !tell_back_said(tell, message, moment)) {
		log_info("mqtt: clearing %s, left by an earlier run or configuration",
			message->topic);
		tell_retain(tell, message->topic, NULL);
	}
}
