/* What the parts have of each other, each by a few functions. */
#include "daemon/hub/parts.h"

#include "core/log.h"
#include "rules/engine/keep.h"

enum { ERROR_MAX = 256 };

static const struct reading *port_reading(void *context, const struct point *point)
{
	return bus_set_reading(((struct hub *)context)->buses, point);
}

/* Of the outputs ------------------------------------------------------------ */

static int port_write(void *context, const struct point *point, double value, uint64_t ticket)
{
	return bus_set_write(((struct hub *)context)->buses, point, value, ticket);
}

static void port_read_now(void *context, const struct point *point)
{
	bus_set_read_now(((struct hub *)context)->buses, point);
}

static void port_record(void *context, const struct incident *incident, int step,
	const struct point *point, double value, const char *user, uint64_t ticket)
{
	struct hub *hub = context;
	const struct intent intent = { incident->id, incident->type->steps[step].id,
		incident->drill, point->id, value, user,
		people_shown(&hub->plant.config->people, user) };

	intents_record(hub->intents, &intent, ticket, hub->now);
}

static void port_record_call(
	void *context, const char *caller, const struct point *point, double value, uint64_t ticket)
{
	struct hub *hub = context;
	const struct intent intent = { caller, NULL, false, point->id, value, "facilityd",
		"facilityd" };

	/* One commit holds both: what is ours, and that it is about to be written. */
	outlook_keep(hub->outlook, false);
	intents_record(hub->intents, &intent, ticket, hub->now);
}

static void port_report(void *context, const char *incident_id, int step, enum action_state state,
	const char *user, const char *note)
{
	struct hub *hub = context;

	engine_action(hub->plant.engine, incident_id, step, state, user, note, hub->now.now_ms,
		&hub->engine_sink);
}

static void port_trouble(void *context, const struct point *point, const char *text)
{
	struct hub *hub = context;

	tell_output(hub->tell, point, text, hub->now);
}

static void port_called(void *context)
{
	outlook_moved(((struct hub *)context)->outlook);
}

static bool port_again(void *context)
{
	struct hub *hub = context;

	return tell_again(hub->tell, hub->now);
}

static void port_keep(void *context, const char *row)
{
	record_row(((struct hub *)context)->record, OUTLOOK_ROW, row);
}

static void port_calls(void *context, const struct fallback *fallback,
	const struct called_output *outputs, size_t count)
{
	struct hub *hub = context;

	tell_fallback(hub->tell, fallback, outputs, count, hub->now);
}

struct actuation_ports hub_actuation_ports(struct hub *hub)
{
	return (struct actuation_ports){ hub, port_write, port_read_now, port_record, port_report,
		port_trouble, port_reading, port_record_call, port_called };
}

/* Of the record ------------------------------------------------------------- */

static uint64_t port_serial(void *context)
{
	return engine_serial(((struct hub *)context)->plant.engine);
}

static void port_answers(void *context, uint64_t mark)
{
	desk_release(((struct hub *)context)->desk, mark);
}

static void on_intent(void *context, uint64_t ticket, bool recorded, int64_t now_ms)
{
	actuation_recorded(((struct hub *)context)->plant.actuation, ticket, recorded, now_ms);
}

bool hub_make_record(struct hub *hub)
{
	const struct record_ports ports = { hub, port_serial, port_answers };

	hub->record = record_new(hub->mqtt, &ports);
	hub->intents = hub->record ? intents_new(hub->record, on_intent, hub) : NULL;
	return hub->intents != NULL;
}

static struct stats_view port_stats(void *context)
{
	struct hub *hub = context;

	return tell_stats(hub->tell, hub->now);
}

bool hub_make_parts(struct hub *hub, uint64_t first_serial)
{
	const struct config *config = hub->plant.config;
	struct plant *plant = &hub->plant;
	const struct actuation_ports actuation = hub_actuation_ports(hub);
	const struct outlook_ports outlook = { hub, port_again, port_keep, port_calls };
	const struct tell_ports tell = { hub, port_reading };
	const struct desk_ports desk = { hub, port_reading, port_stats };
	char error[ERROR_MAX];

	plant->engine = engine_new(&config->site, &config->plan, config->rules, config->rule_count,
		first_serial, error, sizeof(error));
	if (!plant->engine) {
		log_error("%s", error);
		return false;
	}
	plant->actuation = actuation_new(&config->site, &config->plan, plant->engine,
		config->daemon.actions_armed, &actuation);
	hub->outlook = outlook_new(plant, &outlook, hub->now.now_ms);
	hub->tell = tell_new(plant, &tell, hub->record, hub->mqtt);
	if (!plant->actuation || !hub->outlook || !hub->tell)
		return false;
	hub->desk =
		desk_new(plant, &hub->engine_sink, tell_troubles(hub->tell), &desk, hub->record);
	return hub->desk != NULL;
}
