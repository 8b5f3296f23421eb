/* facilityctl probe: the registers of one unit, live, beside what is known of them. */
#include "config/load/profile.h"

#include "ctl/tools/bus.h"
#include "ctl/tools/probe_range.h"
#include "ctl/tools/probe_show.h"
#include "ctl/tools/register_text.h"
#include "ctl/tools/tools.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCKS_MAX = 4, /* so many registers are shown each in every type and order */
	GAP_MAX = 8,    /* known registers no further apart are shown together */
	RANGES_MAX = 64,
	FEW_REGISTERS = 10,
	REQUEST_MAX = 32, /* of a device of which nothing is known */
	TIMEOUT_MS = 1000,
};

struct probe {
	const struct show *show;
	const struct bus *bus;
	const struct device *device; /* of the configuration; NULL: it has none */
	uint8_t unit;
	struct profile_shelf shelf;
	const struct profile *profile; /* NULL: none */
	struct known_register *known;
	size_t known_count;
	struct register_range ranges[RANGES_MAX];
	size_t range_count;
	bool asked_for; /* the ranges are a person's words */
	int64_t timeout_ms;
	unsigned max_registers, max_bits;
};

static const struct device *find_device(const struct bus *bus, uint8_t unit)
{
	for (size_t i = 0; i < bus->device_count; i++)
		if (((const struct modbus_device *)bus->devices[i]->options)->unit == unit)
			return bus->devices[i];
	return NULL;
}

static bool is_known(const struct probe *probe, const struct modbus_point *point)
{
	for (size_t i = 0; i < probe->known_count; i++) {
		const struct modbus_point *other = &probe->known[i].point;

		if (other->table == point->table && other->address == point->address &&
			other->type == point->type && other->bit == point->bit)
			return true;
	}
	return false;
}

static void add_points(struct probe *probe)
{
	for (size_t i = 0; probe->device && i < probe->device->point_count; i++) {
		const struct point *point = probe->device->points[i];

		probe->known[probe->known_count++] = (struct known_register){
			.name = point->id,
			.unit = point->class->kind == POINT_NUMBER ? point->class->unit : NULL,
			.min = point->min,
			.max = point->max,
			.point = *(const struct modbus_point *)point->options,
		};
	}
}

static void add_quantities(struct probe *probe)
{
	for (size_t i = 0; probe->profile && i < probe->profile->quantity_count; i++) {
		const struct quantity *q = &probe->profile->quantities[i];

		/* What reads an output back stands at the same place. */
		if (is_known(probe, q->options))
			continue;
		probe->known[probe->known_count++] = (struct known_register){
			.name = q->id,
			.unit = q->keys.unit,
			.min = q->keys.min,
			.max = q->keys.max,
			.point = *(const struct modbus_point *)q->options,
		};
	}
}

static int compare_known(const void *left, const void *right)
{
	const struct modbus_point *a = &((const struct known_register *)left)->point;
	const struct modbus_point *b = &((const struct known_register *)right)->point;

	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

static bool gather_known(struct probe *probe)
{
	size_t room = (probe->device ? probe->device->point_count : 0) +
		      (probe->profile ? probe->profile->quantity_count : 0);

	probe->known = calloc(room + 1, sizeof(*probe->known));
	if (!probe->known)
		return false;
	add_points(probe);
	add_quantities(probe);
	qsort(probe->known, probe->known_count, sizeof(*probe->known), compare_known);
	return true;
}

/* The ranges of all that is known; where nothing is, the first few registers. */
static void choose_ranges(struct probe *probe)
{
	for (size_t i = 0; i < probe->known_count; i++) {
		const struct modbus_point *point = &probe->known[i].point;
		struct register_range *last =
			probe->range_count ? &probe->ranges[probe->range_count - 1] : NULL;
		uint32_t end = (uint32_t)point->address + point->words;

		if (last && last->table == point->table &&
			point->address <= (uint32_t)last->first + last->count + GAP_MAX &&
			end - last->first <= REGISTERS_MAX) {
			if (end > (uint32_t)last->first + last->count)
				last->count = (uint16_t)(end - last->first);
		} else if (probe->range_count < RANGES_MAX) {
			probe->ranges[probe->range_count++] = (struct register_range){ point->table,
				point->address, point->words };
		}
	}
	if (probe->range_count)
		return;
	probe->ranges[probe->range_count++] =
		(struct register_range){ MODBUS_TABLE_INPUT, 0, FEW_REGISTERS };
	probe->ranges[probe->range_count++] =
		(struct register_range){ MODBUS_TABLE_HOLDING, 0, FEW_REGISTERS };
}

static bool find_profile(struct probe *probe, const char *name)
{
	const char *path = profile_path(&probe->shelf.loader, name);

	if (!path) {
		fprintf(stderr, "facilityctl: \"%s\" is neither registers nor a profile\n", name);
		return false;
	}
	probe->profile = profile_read(&probe->shelf.loader, name, path);
	if (!probe->profile->sound || !profile_fits(probe->profile, probe->bus->adapter)) {
		fprintf(stderr, "facilityctl: profile \"%s\" is not usable on bus \"%s\"\n", name,
			probe->bus->id);
		return false;
	}
	return true;
}

static void take_limits(struct probe *probe)
{
	const struct modbus_device *options = probe->device    ? probe->device->options
					      : probe->profile ? probe->profile->device_options
							       : NULL;

	probe->timeout_ms = options ? options->timeout_ms : TIMEOUT_MS;
	probe->max_registers = options ? (unsigned)options->max_registers : REQUEST_MAX;
	probe->max_bits = options ? (unsigned)options->max_bits : REQUEST_MAX;
	if (probe->max_bits > REGISTERS_MAX)
		probe->max_bits = REGISTERS_MAX;
}

/* From the words of the command line: 0 or the exit status. */
static int prepare(struct probe *probe, const struct tool *tool, const struct bus_tool *on)
{
	const char *word = tool->count > 2 ? tool->words[2] : NULL;
	bool is_range = word && probe_range_looks_like(word);
	const char *problem;
	char *end;
	long unit = strtol(tool->words[1], &end, 10);

	if (*end || unit < 0 || unit > 255) {
		fprintf(stderr, "facilityctl: unit \"%s\" is no number from 0 to 255\n",
			tool->words[1]);
		return EXIT_USAGE;
	}
	probe->unit = (uint8_t)unit;
	probe->bus = on->bus;
	probe->device = find_device(on->bus, probe->unit);
	if (word && !is_range ? !find_profile(probe, word)
			      : probe->device && probe->device->profile &&
					!find_profile(probe, probe->device->profile))
		return EXIT_USAGE;
	take_limits(probe);
	if (!gather_known(probe))
		return EXIT_REFUSED;
	if (!is_range) {
		choose_ranges(probe);
		return 0;
	}
	probe->asked_for = true;
	problem = probe_range_parse(word, &probe->ranges[0]);
	probe->range_count = 1;
	if (problem)
		fprintf(stderr, "facilityctl: registers \"%s\": %s\n", word, problem);
	return problem ? EXIT_USAGE : 0;
}

static int silent(const struct probe *probe)
{
	fprintf(stderr,
		"facilityctl: unit %u does not answer within %lld ms on bus \"%s\"; is it another "
		"unit, speed or parity, or are the wires exchanged? \"facilityctl scan %s\" finds "
		"who "
		"answers\n",
		probe->unit, (long long)probe->timeout_ms, probe->bus->id, probe->bus->id);
	return EXIT_REFUSED;
}

/* Read a range and print it. 0, or the exit status after a message. */
static int show_range(
	const struct probe *probe, struct modbus_link *link, const struct register_range *range)
{
	int error, status = EXIT_REFUSED;
	bool bits = modbus_table_is_bits(range->table);
	bool blocks = !bits && probe->asked_for && range->count <= BLOCKS_MAX;
	struct register_range wide = *range;
	struct register_read *found;
	struct probe_view view = { .known = probe->known, .known_count = probe->known_count };

	/* Values of up to four registers begin in the last one too. */
	while (!bits && wide.count < range->count + MODBUS_WORDS_MAX - 1 &&
		wide.first + wide.count <= UINT16_MAX)
		wide.count++;
	found = calloc(wide.count, sizeof(*found));
	if (!found)
		return EXIT_REFUSED;
	error = modbus_link_read(
		link, probe->unit, &wide, bits ? probe->max_bits : probe->max_registers, found);
	view.range = *range;
	view.found = found;
	view.extra = (unsigned)(wide.count - range->count);
	if (error)
		status = bus_tool_failed(probe->bus, error);
	else if (found[0].reason == REASON_TIMEOUT)
		status = silent(probe);
	else if (blocks ? probe_show_blocks(&view, probe->show)
			: probe_show_lines(&view, probe->show))
		status = 0;
	free(found);
	return status;
}

static int run(const struct probe *probe)
{
	struct modbus_link *link;
	int error = 0, status = 0;

	fprintf(probe->show->out, "unit %u on bus %s%s%s%s%s; this only reads\n", probe->unit,
		probe->bus->id, probe->device ? ", device " : "",
		probe->device ? probe->device->id : "", probe->profile ? ", profile " : "",
		probe->profile ? probe->profile->name : "");
	link = modbus_link_open(probe->bus, probe->timeout_ms, &error);
	if (!link)
		return bus_tool_failed(probe->bus, error);
	for (size_t i = 0; !status && i < probe->range_count; i++) {
		fputc('\n', probe->show->out);
		status = show_range(probe, link, &probe->ranges[i]);
	}
	modbus_link_close(link);
	return status;
}

int tool_probe(const struct tool *tool)
{
	struct config_report report = { .out = stderr };
	struct probe probe = { .show = tool->show };
	struct bus_tool on;
	int status = bus_tool_open(&on, tool, tool->words[0]);

	if (status)
		return status;
	shelf_open(&probe.shelf, tool->config, on.config->daemon.profiles, &report);
	status = prepare(&probe, tool, &on);
	if (!status)
		status = bus_tool_free(on.bus);
	if (!status)
		status = run(&probe);
	free(probe.known);
	shelf_close(&probe.shelf);
	bus_tool_close(&on);
	return status;
}
