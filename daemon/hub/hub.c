/* The hub: starts the parts, and hands each event on. */
#include "daemon/hub/hub.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/hub/parts.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	WORKER_LATE_MS = 20000, /* a worker silent for longer is taken for dead */
	STOP_MS = 3000,         /* to deliver what is left at the end */
};

/* From the buses ----------------------------------------------------------- */

static void on_reading(struct bus_events *events, const struct reading *reading)
{
	struct facility *facility = OWNER_OF(events, struct facility, bus_events);

	facility_begin_event(facility);
	actuation_reading(facility->actuation, reading, facility->now.now_ms);
	engine_reading(facility->engine, reading, facility->now.now_ms, &facility->engine_sink);
	facility_trouble_reading(facility, reading);
	facility_settle(facility);
	/* Last: the journal is at work for an alert meanwhile. */
	facility_publish_reading(facility, reading);
}

static void on_device(struct bus_events *events, const struct device *device, int error)
{
	struct facility *facility = OWNER_OF(events, struct facility, bus_events);

	facility_begin_event(facility);
	facility_trouble_device(facility, device, error);
}

static void on_link(struct bus_events *events, const struct bus *bus, int error)
{
	struct facility *facility = OWNER_OF(events, struct facility, bus_events);

	facility_begin_event(facility);
	facility_trouble_link(facility, bus, error);
}

static void on_written(
	struct bus_events *events, const struct point *point, uint64_t ticket, int error)
{
	struct facility *facility = OWNER_OF(events, struct facility, bus_events);

	(void)point;
	facility_begin_event(facility);
	actuation_written(facility->actuation, ticket, error, facility->now.now_ms);
	facility_settle(facility);
}

/* From the engine ---------------------------------------------------------- */

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	struct facility *facility = OWNER_OF(sink, struct facility, engine_sink);

	actuation_transition(facility->actuation, transition);
	facility_publish_transition(facility, transition);
	facility_count_transition(facility, transition);
}

/* From people, the broker and the journal ------------------------------------------------- */

static void on_connected(struct mqtt_events *events, bool connected, const char *why)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	facility_begin_event(facility);
	facility_trouble_mqtt(facility, connected, why);
	if (connected)
		facility_publish_all(facility);
	facility_fallback_link(facility, connected);
	facility_settle(facility);
}

static void on_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	facility_begin_event(facility);
	facility_command(facility, message);
}

static void on_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	facility_begin_event(facility);
	facility_retained(facility, message);
}

static void on_delivered(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	facility_begin_event(facility);
	facility_fallback_heard(facility, record_is_notice(ticket), reason_code);
	record_delivered(facility->record, ticket);
	if (record_is_notice(ticket))
		return;
	facility_trouble_unheard(facility, reason_code);
	intents_delivered(facility->intents, ticket, reason_code, facility->now.now_ms);
	facility_settle(facility);
}

static void on_dropped(struct mqtt_events *events, uint64_t count)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	facility_begin_event(facility);
	facility_trouble_dropped(facility, count);
}

static void on_commits_written(struct journal_events *events, uint64_t commits)
{
	struct facility *facility = OWNER_OF(events, struct facility, journal_events);

	facility_begin_event(facility);
	record_written(facility->record, commits);
}

static void on_kept(struct journal_events *events, uint64_t ticket, int error)
{
	struct facility *facility = OWNER_OF(events, struct facility, journal_events);

	facility_begin_event(facility);
	record_kept(facility->record, error, facility->now);
	intents_kept(facility->intents, ticket, error, facility->now.now_ms);
	facility_settle(facility);
}

static void on_answered(struct journal_events *events, uint64_t ticket, struct journal_page *page)
{
	struct facility *facility = OWNER_OF(events, struct facility, journal_events);

	facility_begin_event(facility);
	facility_answered(facility, ticket, page);
}

static void on_gone(struct local_events *events, uint64_t ticket)
{
	struct facility *facility = OWNER_OF(events, struct facility, local_events);

	if (!held_forget(&facility->held, ticket))
		journal_forget(record_journal(facility->record), ticket);
}

static struct local_answer on_request(
	struct local_events *events, const struct local_request *request)
{
	struct facility *facility = OWNER_OF(events, struct facility, local_events);

	facility_begin_event(facility);
	return facility_request(facility, request);
}

static void on_trouble(struct trouble_events *events, const struct trouble *trouble)
{
	facility_publish_trouble(OWNER_OF(events, struct facility, trouble_events), trouble);
}

/* Start and stop ----------------------------------------------------------- */

static void wire(struct facility *facility)
{
	facility->bus_events = (struct bus_events){ on_reading, on_device, on_link, on_written,
		facility_on_overload };
	facility->engine_sink = (struct engine_sink){ on_transition };
	facility->mqtt_events = (struct mqtt_events){ on_connected, on_command, on_retained,
		on_delivered, on_dropped };
	facility->journal_events =
		(struct journal_events){ on_commits_written, on_kept, on_answered };
	facility->trouble_events = (struct trouble_events){ on_trouble };
	facility->local_events = (struct local_events){ on_request, on_gone };
}

bool facility_start_decisions(struct facility *facility)
{
	const struct config *config = facility->config;
	const struct actuation_ports ports = facility_actuation_ports(facility);
	const struct command_ports commands = facility_command_ports(facility);
	const struct discovery_ports discovery = facility_discovery_ports(facility);
	char error[256];

	/* Incident ids do not repeat: serials go on, or begin with the second of the first start.
	 */
	if (facility->first_serial == 0)
		facility->first_serial = (uint64_t)(clock_wall_ms() / 1000);
	facility->engine = engine_new(&config->site, &config->plan, config->rules,
		config->rule_count, facility->first_serial, error, sizeof(error));
	if (!facility->engine) {
		log_error("%s", error);
		return false;
	}
	facility->actuation = actuation_new(&config->site, &config->plan, facility->engine,
		config->daemon.actions_armed, &ports);
	facility->troubles = trouble_list_new(&facility->trouble_events);
	facility->commands = command_set_new(&commands);
	facility->discovery = discovery_new(&discovery);
	facility->published = calloc(config->site.point_count + 1, sizeof(*facility->published));
	facility->watched = facility_watched_new(&config->site);
	if (!facility->actuation || !facility->troubles || !facility->commands ||
		!facility->discovery || !facility->published || !facility->watched)
		return false;
	facility_watch_anew(facility);
	return true;
}

static bool start_workers(struct facility *facility, const char *state_dir)
{
	const struct site *site = &facility->config->site;
	char prefix[80];
	size_t length;
	/* No clock: nobody knows yet since when it will be offline. */
	char *will = document_state(site, "offline", FACILITYD_VERSION, NULL, &length);

	snprintf(prefix, sizeof(prefix), "facility/%s", site->id);
	if (will)
		facility->mqtt = mqtt_start(&facility->config->mqtt, prefix, will, facility->event,
			&facility->mqtt_events);
	free(will);
	if (!facility->mqtt || !facility_start_record(facility, state_dir))
		return false;
	facility->buses = bus_set_start(site, facility->event, &facility->bus_events);
	return facility->buses != NULL;
}

struct facility *facility_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *event)
{
	struct facility *facility = calloc(1, sizeof(*facility));

	if (!facility)
		return NULL;
	facility->config = config;
	facility->event = event;
	wire(facility);
	facility_begin_event(facility);
	facility->hygiene = hygiene_new();
	if (!facility->hygiene || !facility_start_timers(facility) ||
		!start_workers(facility, state_dir)) {
		log_error("cannot start");
		facility_stop(facility);
		return NULL;
	}
	facility->local = local_start(socket, LOCAL_IDLE_MS, event, &facility->local_events);
	return facility;
}

/* All but the journal has ended, or is ending. */
static void on_delivered_at_end(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	struct facility *facility = OWNER_OF(events, struct facility, mqtt_events);

	(void)reason_code;
	if (facility->record)
		record_delivered(facility->record, ticket);
}

void facility_stop(struct facility *facility)
{
	facility_begin_event(facility);
	local_stop(facility->local);
	facility->local = NULL;
	if (facility->buses)
		bus_set_stop(facility->buses);
	if (facility->record) {
		record_settle(facility->record, facility->now);
		record_end_saying(facility->record);
	}
	if (facility->mqtt) {
		facility_publish_state(facility, "offline");
		facility->mqtt_events.delivered = on_delivered_at_end;
		mqtt_stop(facility->mqtt, STOP_MS);
	}
	if (facility->record) {
		facility_keep_incidents(facility);
		record_commit(facility->record, 0, facility->now);
		record_close(facility->record, STOP_MS);
	}
	intents_free(facility->intents);
	discovery_free(facility->discovery);
	if (facility->commands)
		command_set_free(facility->commands);
	if (facility->troubles)
		trouble_list_free(facility->troubles);
	if (facility->actuation)
		actuation_free(facility->actuation);
	if (facility->engine)
		engine_free(facility->engine);
	facility_stop_timers(facility);
	hygiene_free(facility->hygiene);
	facility_stop_fallback(facility);
	free(facility->stats);
	free(facility->published);
	free(facility->watched);
	free(facility);
}

bool facility_alive(const struct facility *facility, int64_t now_ms)
{
	/*
	 * A hung disk must not end the program: it is a trouble, and the broker keeps the intents.
	 * Nor must a link that hangs: it is started anew.
	 */
	return now_ms - bus_set_heartbeat_ms(facility->buses) < WORKER_LATE_MS;
}
