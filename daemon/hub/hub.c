/* Every event, and which parts it goes to. */
#include "daemon/hub/hub.h"

#include "core/log.h"
#include "core/owner.h"
#include "daemon/hub/parts.h"

#include <stdlib.h>

enum {
	WORKER_LATE_MS = 20000, /* a worker silent for longer is taken for dead */
	STOP_MS = 3000,         /* to deliver what is left at the end */
};

/* The hub that these events are of, with the moment of this one. */
#define BEGIN(events, member) hub_begin(OWNER_OF(events, struct hub, member))

/* From the buses ----------------------------------------------------------- */

static void on_reading(struct bus_events *events, const struct reading *reading)
{
	struct hub *hub = BEGIN(events, bus_events);

	actuation_reading(hub->plant.actuation, reading, hub->now.now_ms);
	engine_reading(hub->plant.engine, reading, hub->now.now_ms, &hub->engine_sink);
	tell_reading_trouble(hub->tell, reading, hub->now);
	hub_settle(hub);
	/* Last: the journal is at work for an alert meanwhile. */
	tell_reading(hub->tell, reading, hub->now);
}

static void on_device(struct bus_events *events, const struct device *device, int error)
{
	struct hub *hub = BEGIN(events, bus_events);

	tell_device(hub->tell, device, error, hub->now);
}

static void on_link(struct bus_events *events, const struct bus *bus, int error)
{
	struct hub *hub = BEGIN(events, bus_events);

	tell_link(hub->tell, bus, error, hub->now);
}

static void on_written(
	struct bus_events *events, const struct point *point, uint64_t ticket, int error)
{
	struct hub *hub = BEGIN(events, bus_events);

	(void)point;
	actuation_written(hub->plant.actuation, ticket, error, hub->now.now_ms);
	hub_settle(hub);
}

static void on_overload(
	struct bus_events *events, const struct bus *bus, const struct schedule_overload *overload)
{
	struct hub *hub = BEGIN(events, bus_events);
	const struct tell_overload told = { overload->needed_ms, overload->available_ms,
		overload->missed_percent };

	tell_overload(hub->tell, bus, overload->lasting, &told, hub->now);
}

/* From the engine, within an event ------------------------------------------ */

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	struct hub *hub = OWNER_OF(sink, struct hub, engine_sink);

	actuation_transition(hub->plant.actuation, transition);
	hub_keep(hub, transition->incident);
	tell_transition(hub->tell, transition, hub->now);
	outlook_look(hub->outlook);
}

/* From the broker ----------------------------------------------------------- */

static void on_connected(struct mqtt_events *events, bool connected, const char *why)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	tell_broker(hub->tell, connected, why, hub->now);
	if (connected)
		tell_all(hub->tell, hub->now);
	outlook_link(hub->outlook, connected, hub->now.now_ms);
	hub_settle(hub);
}

static void on_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	desk_command(hub->desk, message, hub->now);
	hub_settle(hub);
}

static void on_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	tell_retained(BEGIN(events, mqtt_events)->tell, message);
}

static void on_delivered(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	struct hub *hub = BEGIN(events, mqtt_events);
	bool notice = record_is_notice(ticket);

	record_delivered(hub->record, ticket);
	outlook_heard(
		hub->outlook, notice, mqtt_outcome(reason_code) == MQTT_RECORDED, hub->now.now_ms);
	if (!notice) {
		tell_heard(hub->tell, reason_code, hub->now);
		intents_delivered(hub->intents, ticket, reason_code, hub->now.now_ms);
	}
	hub_settle(hub);
}

/* At the end all but the journal has ended, or is ending. */
static void on_delivered_at_end(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	(void)reason_code;
	record_delivered(OWNER_OF(events, struct hub, mqtt_events)->record, ticket);
}

static void on_dropped(struct mqtt_events *events, uint64_t count)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	tell_dropped(hub->tell, count, hub->now);
}

/* From the journal ---------------------------------------------------------- */

static void on_commits_written(struct journal_events *events, uint64_t commits)
{
	record_written(BEGIN(events, journal_events)->record, commits);
}

static void on_kept(struct journal_events *events, uint64_t ticket, int error)
{
	struct hub *hub = BEGIN(events, journal_events);

	record_kept(hub->record, error, hub->now);
	intents_kept(hub->intents, ticket, error, hub->now.now_ms);
	hub_settle(hub);
}

static void on_answered(struct journal_events *events, uint64_t ticket, struct journal_page *page)
{
	struct hub *hub = BEGIN(events, journal_events);

	desk_answered(hub->desk, ticket, page, hub->now);
}

/* From the local socket ------------------------------------------------------ */

static struct local_answer on_request(
	struct local_events *events, const struct local_request *request)
{
	struct hub *hub = BEGIN(events, local_events);
	struct local_answer answer = desk_request(hub->desk, request, hub->now);

	hub_settle(hub);
	return answer;
}

static void on_gone(struct local_events *events, uint64_t ticket)
{
	desk_gone(OWNER_OF(events, struct hub, local_events)->desk, ticket);
}

/* Start and stop ----------------------------------------------------------- */

static bool start(struct hub *hub, const char *state_dir)
{
	hub->mqtt = tell_start_link(hub->plant.config, hub->event, &hub->mqtt_events);
	if (!hub->mqtt || !hub_start_timers(hub) || !hub_make_record(hub) ||
		!hub_open_record(hub, state_dir))
		return false;
	hub->buses = bus_set_start(&hub->plant.config->site, hub->event, &hub->bus_events);
	return hub->buses != NULL;
}

struct hub *hub_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *event)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	*hub = (struct hub){
		.plant = { config },
		.event = event,
		.bus_events = { on_reading, on_device, on_link, on_written, on_overload },
		.engine_sink = { on_transition },
		.mqtt_events = { on_connected, on_command, on_retained, on_delivered, on_dropped },
		.journal_events = { on_commits_written, on_kept, on_answered },
		.local_events = { on_request, on_gone },
	};
	hub_begin(hub);
	if (!start(hub, state_dir)) {
		log_error("cannot start");
		hub_stop(hub);
		return NULL;
	}
	desk_open(hub->desk, socket, event, &hub->local_events);
	return hub;
}

/* In this order: no more orders, no more readings, what was decided, what was said of it. */
static void stop_workers(struct hub *hub)
{
	bool started = hub->desk != NULL;

	if (started)
		desk_close(hub->desk);
	bus_set_stop(hub->buses);
	if (started) {
		record_settle(hub->record, hub->now);
		record_end_saying(hub->record);
		tell_state(hub->tell, "offline", hub->now);
	}
	hub->mqtt_events.delivered = on_delivered_at_end;
	if (hub->mqtt)
		mqtt_stop(hub->mqtt, STOP_MS);
	if (started) {
		hub_keep_all(hub);
		record_commit(hub->record, 0, hub->now);
	}
	record_close(hub->record, STOP_MS);
}

void hub_stop(struct hub *hub)
{
	hub_begin(hub);
	stop_workers(hub);
	intents_free(hub->intents);
	desk_free(hub->desk);
	tell_free(hub->tell);
	outlook_free(hub->outlook);
	if (hub->plant.actuation)
		actuation_free(hub->plant.actuation);
	if (hub->plant.engine)
		engine_free(hub->plant.engine);
	hub_stop_timers(hub);
	free(hub);
}

bool hub_alive(const struct hub *hub, int64_t now_ms)
{
	/*
	 * A hung disk must not end the program: it is a trouble, and the broker keeps the intents.
	 * Nor must a link that hangs: it is started anew.
	 */
	return now_ms - bus_set_heartbeat_ms(hub->buses) < WORKER_LATE_MS;
}
