/* What the actuation acts through: the buses, the record, the engine. */
#include "daemon/facility_parts.h"

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
	facility_record_intent(context, incident, step, point, value, user, ticket);
}

static void port_report(void *context, const char *incident_id, int step, enum action_state state,
	const char *user, const char *note)
{
	struct facility *facility = context;

	engine_action(facility->engine, incident_id, step, state, user, note, facility->now_ms,
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
		port_report, port_trouble, port_reading };
}
