/* What the actuation acts through: the buses, the record, the engine. */
#include "daemon/hub/parts.h"

static int port_write(void *context, const struct point *point, double value, uint64_t ticket)
{
	struct facility *facility = context;

	return bus_set_write(facility->buses, point, value, ticket);
}

static void port_read_now(void *context, const struct point *point)
{
	struct facility *facility = context;

	bus_set_read_now(facility->buses, point);
}

static void port_record(void *context, const struct incident *incident, int step,
	const struct point *point, double value, const char *user, uint64_t ticket)
{
	struct facility *facility = context;
	const struct intent intent = { incident->id, incident->type->steps[step].id,
		incident->drill, point->id, value, user,
		people_shown(&facility->config->people, user) };

	intents_record(facility->intents, &intent, ticket, facility->now);
}

static void port_record_call(
	void *context, const char *caller, const struct point *point, double value, uint64_t ticket)
{
	struct facility *facility = context;
	const struct intent intent = { caller, NULL, false, point->id, value, "facilityd",
		"facilityd" };

	/* One commit holds both: what is ours, and that it is about to be written. */
	facility_keep_fallback(context, false);
	intents_record(facility->intents, &intent, ticket, facility->now);
}

static void port_called(void *context)
{
	struct facility *facility = context;

	facility->fallback.moved = true;
}

static void port_report(void *context, const char *incident_id, int step, enum action_state state,
	const char *user, const char *note)
{
	struct facility *facility = context;

	engine_action(facility->engine, incident_id, step, state, user, note, facility->now.now_ms,
		&facility->engine_sink);
}

static void port_trouble(void *context, const struct point *point, const char *text)
{
	facility_trouble_output(context, point, text);
}

static const struct reading *port_reading(void *context, const struct point *point)
{
	struct facility *facility = context;

	return bus_set_reading(facility->buses, point);
}

struct actuation_ports facility_actuation_ports(struct facility *facility)
{
	return (struct actuation_ports){ facility, port_write, port_read_now, port_record,
		port_report, port_trouble, port_reading, port_record_call, port_called };
}
