/* The bus that a tool works on: see bus_tool.h. */
#include "ctl/tools/bus.h"

#include "adapters/adapter.h"
#include "core/id.h"
#include "ctl/tools/modbus_link.h"

#include <errno.h>
#include <string.h>

static const char *bus_id(const void *context, size_t i)
{
	return ((const struct site *)context)->buses[i].id;
}

static const struct bus *find_bus(const struct site *site, const char *id)
{
	const char *near;

	for (size_t i = 0; i < site->bus_count; i++)
		if (strcmp(site->buses[i].id, id) == 0)
			return &site->buses[i];
	near = id_nearest(id, site->bus_count, bus_id, site);
	fprintf(stderr, "facilityctl: the configuration has no bus \"%s\"%s%s%s\n", id,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return NULL;
}

int bus_tool_open(struct bus_tool *on, const struct tool *tool, const char *id)
{
	struct config_report report = { .out = stderr };

	on->config = config_load(tool->config, &report);
	on->bus = on->config ? find_bus(&on->config->site, id) : NULL;
	if (on->bus && strncmp(on->bus->adapter->name, "modbus-", 7) != 0) {
		fprintf(stderr,
			"facilityctl: bus \"%s\" is %s; only Modbus can be asked like this\n", id,
			on->bus->adapter->name);
		on->bus = NULL;
	}
	if (on->bus)
		return 0;
	bus_tool_close(on);
	return EXIT_USAGE;
}

void bus_tool_close(struct bus_tool *on)
{
	config_free(on->config);
	*on = (struct bus_tool){ 0 };
}

static int in_use(const struct bus *bus, const char *who)
{
	fprintf(stderr,
		"facilityctl: bus \"%s\" is in use: %s, most likely facilityd, and a second master "
		"would disturb it. Stop it for this (systemctl stop facilityd), then start it "
		"again\n",
		bus->id, who);
	return EXIT_REFUSED;
}

int bus_tool_free(const struct bus *bus)
{
	const char *who = modbus_link_user(bus);

	return who ? in_use(bus, who) : 0;
}

int bus_tool_failed(const struct bus *bus, int error)
{
	if (error == -EBUSY)
		return in_use(bus, "a program has the serial line, or it is never silent");
	fprintf(stderr, "facilityctl: bus \"%s\": %s\n", bus->id, strerror(-error));
	return EXIT_REFUSED;
}
