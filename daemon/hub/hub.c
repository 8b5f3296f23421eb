/* What the parts have of each other, and every event with the parts that it goes to. */
#include "daemon/hub/hub.h"

#include "core/owner.h"
#include "daemon/base/timer.h"
#include "daemon/base/wall.h"
#include "daemon/bus/bus.h"
#include "daemon/people/desk.h"
#include "daemon/tell/tell.h"
#include "rules/engine/keep.h"

#include <errno.h>
#include <stdlib.h>

enum {
	WORKER_LATE_MS = 20000, /* a worker silent for longer is taken for dead */
	STOP_MS = 3000,      /* to deliver what is left at the end; as long again to see it done */
	SWEEP_MS = 750,      /* how often it is looked whether something is due, */
	SWEEP_LATE_MS = 250, /* and how much later that may be */
};

struct hub {
	struct plant plant;
	sd_event *event;
	struct bus_set *buses;
	struct mqtt *mqtt;
	struct record *record;
	struct tell *tell;
	struct desk *desk;

	struct outputs_ports outputs_ports;
	struct bus_events bus_events;
	struct engine_sink engine_sink;
	struct mqtt_events mqtt_events;
	struct timer timer, sweep; /* what is due at a time of its own; each second */

	bool is_open, is_ending; /* the record is; all but the journal has ended, or is ending */
	struct moment now;       /* of the event that is handled */
	int64_t wall_offset_ms;  /* turns boot times into wall times; see wall.h */
};

static struct hub *begin(struct hub *hub)
{
	hub->now = wall_moment(&hub->wall_offset_ms);
	return hub;
}

/* The hub that these events are of, with the moment of this one. */
#define BEGIN(events, member) begin(OWNER_OF(events, struct hub, member))

/* Behind any event that may have moved the engine or the outputs. */
static void settle(struct hub *hub)
{
	struct engine *engine = hub->plant.engine;

	outputs_run(hub->plant.outputs, hub->now.now_ms);
	record_settle(hub->record, hub->now);
	if (hub->buses) /* not where a reload has lost them */
		bus_set_look(hub->buses, engine_watch_changes(engine), engine_watches, engine);
	timer_arm(&hub->timer, engine_deadline(engine));
	timer_arm(&hub->timer, outputs_deadline(hub->plant.outputs));
	timer_arm(&hub->timer, record_deadline(hub->record));
}

/* What the parts have of each other ----------------------------------------- */

static void port_record(void *context, const struct intent *intent, uint64_t ticket)
{
	record_intent(
		((struct hub *)context)->record, intent, ticket, ((struct hub *)context)->now);
}

static void port_keep(void *context, const char *id, const char *row)
{
	record_row(((struct hub *)context)->record, id, row);
}

static void port_intent_ended(void *context, uint64_t ticket, bool recorded, int64_t now_ms)
{
	outputs_recorded(((struct hub *)context)->plant.outputs, ticket, recorded, now_ms);
}

static void port_report(void *context, const char *incident_id, int step, enum action_state state,
	const char *user, const char *note)
{
	struct hub *hub = context;

	engine_action(hub->plant.engine, incident_id, step, state, user, note, hub->now.now_ms,
		&hub->engine_sink);
}

static void port_trouble(void *context, const struct point *point, enum word_write_refusal why)
{
	tell_output(((struct hub *)context)->tell, point, why, ((struct hub *)context)->now);
}

static bool port_again(void *context)
{
	return tell_again(((struct hub *)context)->tell, ((struct hub *)context)->now);
}

static void port_called(void *context, const struct fallback *fallback,
	const struct called_output *outputs, size_t count)
{
	struct hub *hub = context;

	tell_fallback(hub->tell, fallback, outputs, count, hub->now);
}

static void port_claimed(void *context, const char *output)
{
	tell_claimed(((struct hub *)context)->tell, output, ((struct hub *)context)->now);
}

static void port_kept(void *context, uint64_t ticket, int error)
{
	struct hub *hub = begin(context);

	record_kept(hub->record, ticket, error, hub->now);
	settle(hub);
}

static void port_answered(void *context, uint64_t ticket, struct journal_page *page)
{
	struct hub *hub = begin(context);

	desk_answered(hub->desk, ticket, page, hub->now);
}

static uint64_t port_serial(void *context)
{
	return engine_serial(((struct hub *)context)->plant.engine);
}

static void port_answers(void *context, uint64_t mark)
{
	desk_release(((struct hub *)context)->desk, mark);
}

static struct local_answer port_request(void *context, const struct local_request *request)
{
	struct hub *hub = begin(context);
	struct local_answer answer = desk_request(hub->desk, request, hub->now);

	settle(hub);
	return answer;
}

/* From the clock ------------------------------------------------------------ */

static void on_timer(struct timer *timer)
{
	struct hub *hub = BEGIN(timer, timer);

	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	record_expire(hub->record, hub->now);
	settle(hub);
}

static void on_sweep(struct timer *sweep)
{
	struct hub *hub = BEGIN(sweep, sweep);

	tell_sweep(hub->tell, hub->now);
	timer_arm(sweep, hub->now.now_ms + SWEEP_MS);
	settle(hub);
}

/* From the buses ----------------------------------------------------------- */

static void on_frame(struct bus_events *events, const struct reading *readings, size_t count)
{
	struct hub *hub = BEGIN(events, bus_events);

	outputs_frame(hub->plant.outputs, readings, count, hub->now.now_ms);
	engine_frame(hub->plant.engine, readings, count, hub->now.now_ms, &hub->engine_sink);
	tell_point_troubles(hub->tell, readings, count, hub->now);
	settle(hub);
	/* Last: the journal is at work for an alert meanwhile. */
	tell_points(hub->tell, readings, count, hub->now);
}

static void on_reach(
	struct bus_events *events, const struct bus *bus, const struct device *device, int error)
{
	struct hub *hub = BEGIN(events, bus_events);

	tell_reach(hub->tell, bus, device, error, hub->now);
	outputs_reach(hub->plant.outputs, bus, device, error == 0, hub->now.now_ms);
	settle(hub);
}

static void on_written(struct bus_events *events, uint64_t ticket, int error)
{
	struct hub *hub = BEGIN(events, bus_events);

	outputs_written(hub->plant.outputs, ticket, error, hub->now.now_ms);
	settle(hub);
}

static bool on_may_write(struct bus_events *events, uint64_t ticket)
{
	return outputs_may_write(OWNER_OF(events, struct hub, bus_events)->plant.outputs, ticket);
}

static void on_overload(
	struct bus_events *events, const struct bus *bus, const struct overload *overload)
{
	struct hub *hub = BEGIN(events, bus_events);

	tell_overload(hub->tell, bus, overload, hub->now);
}

/* From the engine, within an event. */
static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	struct hub *hub = OWNER_OF(sink, struct hub, engine_sink);

	outputs_transition(hub->plant.outputs, transition);
	tell_transition(hub->tell, transition, hub->now);
}

/* From the broker ----------------------------------------------------------- */

static void on_connected(struct mqtt_events *events, bool connected, const struct failure *why)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	tell_broker(hub->tell, connected, why, hub->now);
	if (connected)
		tell_all(hub->tell, hub->now);
	outputs_link(hub->plant.outputs, connected, hub->now.now_ms);
	settle(hub);
}

static void on_command(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	desk_command(hub->desk, message, hub->now);
	settle(hub);
}

static void on_retained(struct mqtt_events *events, const struct mqtt_message *message)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	tell_retained(hub->tell, message, hub->now);
	settle(hub);
}

static void on_delivered(struct mqtt_events *events, uint64_t ticket, int reason_code)
{
	struct hub *hub = BEGIN(events, mqtt_events);
	bool heard = mqtt_outcome(reason_code) == MQTT_RECORDED;

	record_delivered(hub->record, ticket, reason_code, hub->now);
	if (hub->is_ending)
		return;
	outputs_heard(hub->plant.outputs, record_is_notice(ticket), heard, hub->now.now_ms);
	tell_heard(hub->tell, ticket, reason_code, hub->now);
	settle(hub);
}

static void on_standing(struct mqtt_events *events, enum mqtt_standing standing, const char *other)
{
	struct hub *hub = BEGIN(events, mqtt_events);

	plant_set_grant(&hub->plant, tell_standing(hub->tell, standing, other, hub->now));
	settle(hub);
}

/* Start, stop and reload ----------------------------------------------------- */

/* The buses last: what the last run has left on must be known before they are opened. */
static bool start(struct hub *hub, const struct config *config, const char *state_dir)
{
	const struct record_ports record = { hub, port_serial, port_answers, port_intent_ended,
		port_kept, port_answered };
	const struct tell_ports tell = { &hub->buses, bus_port_reading, &hub->engine_sink };
	struct desk_ports desk = { &hub->buses, bus_port_reading, hub, port_request, NULL,
		tell_stats, tell_aside, tell_unlocked };
	struct failure why;

	if (timer_start(&hub->timer, hub->event, 0, on_timer) ||
		timer_start(&hub->sweep, hub->event, SWEEP_LATE_MS, on_sweep) ||
		plant_make(&hub->plant, config, NULL, &hub->outputs_ports, hub->now.now_ms, &why))
		return false;
	timer_arm(&hub->sweep, hub->now.now_ms + SWEEP_MS);
	hub->mqtt = tell_start_link(config, hub->event, &hub->mqtt_events);
	hub->record = hub->mqtt ? record_new(hub->mqtt, &record) : NULL;
	hub->tell = hub->record ? tell_new(&hub->plant, &tell, hub->record, hub->mqtt) : NULL;
	desk.tell = hub->tell;
	hub->desk = hub->tell ? desk_new(&hub->plant, &hub->engine_sink, tell_troubles(hub->tell),
					&desk, hub->record, hub->mqtt)
			      : NULL;
	if (!hub->desk || !tell_open_record(hub->tell, state_dir, hub->event, &hub->now))
		return false;
	hub->is_open = true;
	hub->wall_offset_ms = hub->now.wall_ms - hub->now.now_ms;
	on_standing(&hub->mqtt_events, mqtt_standing(hub->mqtt), "");
	hub->buses = bus_set_start(&config->site, hub->event, &hub->bus_events);
	return hub->buses != NULL;
}

struct hub *hub_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *event)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	*hub = (struct hub){
		.event = event,
		.outputs_ports = { hub, &hub->buses, bus_port_write, bus_port_read_now,
			bus_port_reading, port_record, port_report, port_trouble, port_keep,
			port_again, port_called, port_claimed },
		.bus_events = { on_frame, on_reach, on_written, on_overload, on_may_write },
		.engine_sink = { on_transition },
		.mqtt_events = { on_connected, on_command, on_retained, on_delivered, on_standing },
	};
	begin(hub);
	if (!start(hub, config, state_dir)) {
		hub_stop(hub);
		return NULL;
	}
	desk_open(hub->desk, socket, event);
	return hub;
}

/* In this order: no more orders, no more readings, what was decided, what was said of it. */
void hub_stop(struct hub *hub)
{
	begin(hub);
	desk_close(hub->desk);
	bus_set_stop(hub->buses);
	if (hub->is_open)
		tell_end(hub->tell, hub->now);
	hub->is_ending = true;
	if (hub->mqtt)
		mqtt_stop(hub->mqtt, STOP_MS);
	if (hub->is_open)
		tell_close_record(hub->tell, hub->now);
	record_close(hub->record, 2 * STOP_MS);
	desk_free(hub->desk);
	tell_free(hub->tell);
	plant_free(&hub->plant);
	timer_stop(&hub->timer);
	timer_stop(&hub->sweep);
	free(hub);
}

/* All that can fail comes first, then the buses, so that a refused one has changed nothing. */
static int prepare(
	struct hub *hub, const struct config *config, struct plant *next, struct failure *why)
{
	int error =
		plant_make(next, config, &hub->plant, &hub->outputs_ports, hub->now.now_ms, why);

	if (error)
		return error;
	*why = (struct failure){ .cause = WORD_CAUSE_OUT_OF_MEMORY };
	if (!tell_prepare(hub->tell, &config->site))
		return -ENOMEM;
	why->cause = WORD_CAUSE_THE_BUSES_CANNOT_BE_STARTED;
	return bus_set_succeed(&hub->buses, &config->site, hub->event, &hub->bus_events);
}

int hub_reload(struct hub *hub, const struct config *config)
{
	const struct site *old = &hub->plant.config->site;
	struct failure why;
	struct plant next;
	int error;

	begin(hub);
	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	settle(hub);
	error = prepare(hub, config, &next, &why);
	if (error) {
		plant_free(&next);
		hub_reload_refused(hub, &why);
		return error;
	}
	plant_follow(&hub->plant, &next, hub->now.now_ms);
	tell_adopt(hub->tell, old, hub->now);
	begin(hub);
	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	tell_all(hub->tell, hub->now);
	settle(hub);
	return 0;
}

void hub_reload_refused(struct hub *hub, const struct failure *why)
{
	begin(hub);
	tell_config(hub->tell, why, hub->now);
	settle(hub);
}

bool hub_alive(const struct hub *hub, int64_t now_ms)
{
	/* A hung disk must not end the program: it is a trouble, and the broker has the intents.
	 * Nor must a link that hangs: it is started anew. */
	return now_ms - bus_set_heartbeat_ms(hub->buses) < WORKER_LATE_MS;
}
