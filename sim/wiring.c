/* Points to registers and back, buses to servers. Must not know scenarios. */
#include "sim/wiring.h"

#include "adapters/adapter.h"
#include "adapters/modbus/modbus.h"
#include "core/bands.h"
#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Real modules answer for a little more than they use. */
enum { MARGIN = 16, ADDRESS_MAX = 65535 };

enum bus_kind { BUS_TCP, BUS_RTU, BUS_OTHER };

static enum bus_kind bus_kind(const struct bus *bus)
{
	if (strcmp(bus->adapter->name, "modbus-tcp") == 0)
		return BUS_TCP;
	return strcmp(bus->adapter->name, "modbus-rtu") == 0 ? BUS_RTU : BUS_OTHER;
}

static enum slave_table_kind table_kind(int table)
{
	static const enum slave_table_kind kinds[] = {
		[MODBUS_TABLE_HOLDING] = SLAVE_HOLDING,
		[MODBUS_TABLE_INPUT] = SLAVE_INPUT,
		[MODBUS_TABLE_COIL] = SLAVE_COILS,
		[MODBUS_TABLE_DISCRETE] = SLAVE_DISCRETE,
	};

	return kinds[table];
}

static int64_t unit_of(const struct device *device)
{
	return ((const struct modbus_device *)device->options)->unit;
}

/* Two buses to one host and port are two connections to one gateway. */
static bool same_link(const struct bus *a, const struct bus *b)
{
	const struct modbus_tcp_bus *x = a->options, *y = b->options;

	if (a == b)
		return true;
	return bus_kind(a) == BUS_TCP && bus_kind(b) == BUS_TCP && x->port == y->port &&
	       strcmp(x->host, y->host) == 0;
}

static const struct point *next_point(
	const struct wiring *wiring, const struct slave *slave, size_t *i)
{
	while (*i < wiring->site->point_count) {
		const struct point *point = &wiring->site->points[(*i)++];

		if (wiring->of_device[point->device->index] == slave)
			return point;
	}
	return NULL;
}

static uint16_t *words_of(const struct wiring *wiring, const struct point *point)
{
	const struct modbus_point *options = point->options;
	struct slave *slave = wiring->of_device[point->device->index];

	return slave ? slave_word(slave, table_kind(options->table), options->address) : NULL;
}

/* What the registers of a point hold when it is at `value`. */
static int encode(const struct point *point, double value, uint16_t *words)
{
	return modbus_encode(
		point->options, point->bands ? bands_number(point->bands, value) : value, words);
}

static void wiring_show(void *owner, const struct point *point, double value)
{
	uint16_t *words = words_of(owner, point);

	/* What the type cannot hold leaves the register as it was. */
	if (words)
		encode(point, value, words);
}

static bool wiring_can_show(void *owner, const struct point *point, double value)
{
	uint16_t *words = words_of(owner, point), copy[MODBUS_WORDS_MAX] = { 0 };

	if (!words)
		return true;
	copy[0] = words[0];
	return encode(point, value, copy) == 0;
}

static void wiring_silence(void *owner, const struct device *device, bool silent)
{
	struct wiring *wiring = owner;

	if (wiring->of_device[device->index])
		wiring->of_device[device->index]->silent = silent;
}

static void wiring_fault(void *owner, const struct device *device, const struct slave_fault *spec)
{
	struct wiring *wiring = owner;

	if (wiring->of_device[device->index])
		wiring->of_device[device->index]->fault = *spec;
}

/* A master has written: outputs take the value, what else shares their registers keeps its own. */
static void wiring_written(
	struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t count)
{
	struct wiring *wiring = slave->owner;
	struct building *building = wiring->building;
	const struct point *point;

	for (size_t i = 0; (point = next_point(wiring, slave, &i));) {
		const struct modbus_point *options = point->options;
		double value;

		if (table_kind(options->table) != kind || options->address >= first + count ||
			first >= (uint32_t)options->address + options->words)
			continue;
		if (point->writable &&
			modbus_decode(options, words_of(wiring, point), &value) == REASON_NONE)
			building_written(building, point, value, clock_now_ms());
		else
			wiring_show(wiring, point, building_value(building, point));
	}
}

static void widen(uint32_t *first, uint32_t *last, uint32_t begin, uint32_t end)
{
	if (begin < *first)
		*first = begin;
	if (end > *last)
		*last = end;
}

/* From the least to the greatest address that a point uses, or that is readable besides. */
static int make_table(struct wiring *wiring, struct slave *slave, enum slave_table_kind kind)
{
	uint32_t first = ADDRESS_MAX + 1, last = 0;
	const struct point *point;

	for (size_t i = 0; (point = next_point(wiring, slave, &i));) {
		const struct modbus_point *options = point->options;

		if (table_kind(options->table) == kind)
			widen(&first, &last, options->address,
				(uint32_t)options->address + options->words - 1);
	}
	for (size_t i = 0; i < wiring->extra_count; i++) {
		const struct wiring_range *range = &wiring->extra[i];

		if (wiring->of_device[range->device->index] == slave &&
			table_kind(range->table) == kind)
			widen(&first, &last, range->first, range->last);
	}
	if (first > last)
		return 0;
	first = first > MARGIN ? first - MARGIN : 0;
	last = last + MARGIN < ADDRESS_MAX ? last + MARGIN : ADDRESS_MAX;
	return slave_table_init(slave, kind, first, last);
}

static int make_tables(struct wiring *wiring, struct slave *slave)
{
	const struct point *point;

	for (enum slave_table_kind kind = 0; kind < SLAVE_TABLE_COUNT; kind++)
		if (make_table(wiring, slave, kind) != 0)
			return -ENOMEM;
	for (size_t i = 0; (point = next_point(wiring, slave, &i));) {
		const struct modbus_point *options = point->options;

		if (point->writable)
			slave_allow_write(slave, table_kind(options->table), options->address,
				options->words);
	}
	return 0;
}

/* Devices of one unit on one link are one slave. */
static struct slave *slave_of(struct wiring *wiring, const struct device *device)
{
	struct slave *slave;

	for (uint32_t i = 0; i < device->index; i++) {
		const struct device *other = &wiring->site->devices[i];

		if (wiring->of_device[i] && same_link(other->bus, device->bus) &&
			unit_of(other) == unit_of(device))
			return wiring->of_device[i];
	}
	slave = &wiring->slaves[wiring->slave_count++];
	slave->unit = (uint8_t)unit_of(device);
	slave->written = wiring_written;
	slave->owner = wiring;
	return slave;
}

int wiring_init(struct wiring *wiring, struct building *building, const struct wiring_range *extra,
	size_t extra_count)
{
	const struct site *site = building->site;

	*wiring = (struct wiring){
		.site = site, .building = building, .extra = extra, .extra_count = extra_count
	};
	wiring->slaves = calloc(site->device_count + 1, sizeof(*wiring->slaves));
	wiring->of_device = calloc(site->device_count + 1, sizeof(*wiring->of_device));
	wiring->gateways = calloc(site->bus_count + 1, sizeof(*wiring->gateways));
	wiring->lines = calloc(site->bus_count + 1, sizeof(*wiring->lines));
	if (!wiring->slaves || !wiring->of_device || !wiring->gateways || !wiring->lines)
		return -ENOMEM;
	for (uint32_t i = 0; i < site->device_count; i++)
		if (bus_kind(site->devices[i].bus) != BUS_OTHER)
			wiring->of_device[i] = slave_of(wiring, &site->devices[i]);
	for (size_t i = 0; i < wiring->slave_count; i++)
		if (make_tables(wiring, &wiring->slaves[i]) != 0)
			return -ENOMEM;
	building->owner = wiring;
	building->show = wiring_show;
	building->can_show = wiring_can_show;
	building->silence = wiring_silence;
	building->fault = wiring_fault;
	return 0;
}

void wiring_release(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->slave_count; i++)
		slave_release(&wiring->slaves[i]);
	free(wiring->slaves);
	free(wiring->of_device);
	free(wiring->gateways);
	free(wiring->lines);
	*wiring = (struct wiring){ 0 };
}

static int open_gateway(struct wiring *wiring, struct loop *loop, const struct bus *bus)
{
	const struct modbus_tcp_bus *options = bus->options;
	struct server_tcp *gateway = &wiring->gateways[wiring->gateway_count];
	int error;

	for (uint32_t i = 0; i < bus->index; i++)
		if (same_link(&wiring->site->buses[i], bus))
			return 0; /* it is served by the first */
	error = server_tcp_open(gateway, loop, options->host, (uint16_t)options->port);
	if (error) {
		log_error("bus %s: cannot serve %s port %d: %s%s", bus->id, options->host,
			(int)options->port, strerror(-error),
			error == -EADDRNOTAVAIL ? "; a building to be simulated needs addresses "
						  "of this machine, such as 127.0.0.1"
						: "");
		return error;
	}
	wiring->gateway_count++;
	for (size_t i = 0; i < wiring->site->device_count; i++)
		if (same_link(wiring->site->devices[i].bus, bus))
			gateway->units[wiring->of_device[i]->unit] = wiring->of_device[i];
	log_info("bus %s: serving %s port %d", bus->id, options->host, (int)options->port);
	return 0;
}

static int open_line(struct wiring *wiring, struct loop *loop, const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	struct server_rtu *line = &wiring->lines[wiring->line_count];
	int error = server_rtu_open(line, loop, options->path);

	if (error) {
		log_error("bus %s: cannot serve %s: %s%s", bus->id, options->path, strerror(-error),
			error == -EEXIST ? "; it is no link of a simulator" : "");
		return error;
	}
	wiring->line_count++;
	for (size_t i = 0; i < bus->device_count; i++) {
		struct slave *slave = wiring->of_device[bus->devices[i]->index];

		if (slave->unit < RTU_UNIT_COUNT)
			line->units[slave->unit] = slave;
	}
	log_info("bus %s: serving %s", bus->id, options->path);
	return 0;
}

int wiring_open(struct wiring *wiring, struct loop *loop)
{
	for (size_t i = 0; i < wiring->site->bus_count; i++) {
		const struct bus *bus = &wiring->site->buses[i];
		int error = 0;

		switch (bus_kind(bus)) {
		case BUS_TCP:
			error = open_gateway(wiring, loop, bus);
			break;
		case BUS_RTU:
			error = open_line(wiring, loop, bus);
			break;
		case BUS_OTHER:
			log_warn("bus %s: %s cannot be simulated; left out", bus->id,
				bus->adapter->name);
			break;
		}
		if (error)
			return error;
	}
	return 0;
}

void wiring_close(struct wiring *wiring)
{
	while (wiring->gateway_count > 0)
		server_tcp_close(&wiring->gateways[--wiring->gateway_count]);
	while (wiring->line_count > 0)
		server_rtu_close(&wiring->lines[--wiring->line_count]);
}

static void earlier(int64_t *next_ms, int64_t other_ms)
{
	if (other_ms < *next_ms)
		*next_ms = other_ms;
}

int64_t wiring_step(struct wiring *wiring, int64_t now_ms)
{
	int64_t next_ms = CLOCK_NEVER;

	for (size_t i = 0; i < wiring->line_count; i++)
		earlier(&next_ms, server_rtu_step(&wiring->lines[i], now_ms));
	for (size_t i = 0; i < wiring->gateway_count; i++)
		earlier(&next_ms, server_tcp_step(&wiring->gateways[i], now_ms));
	return next_ms;
}
