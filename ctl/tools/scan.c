/* facilityctl scan: which units answer on a bus. One register of each is read, nothing written. */
#include "config/text/options.h"
#include "ctl/tools/bus.h"
#include "ctl/tools/modbus_link.h"
#include "ctl/tools/tools.h"

#include "adapters/adapter.h"
#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	UNIT_FIRST = 1,
	UNIT_LAST = 247,
	RTU_TIMEOUT_MS = 200,
	TCP_TIMEOUT_MS = 1000, /* a gateway waits for its own line first */
	TIMEOUT_LEAST_MS = 10,
	TIMEOUT_MOST_MS = 60000,
	BAR_WIDTH = 30,
	GATEWAY_PATH = 10,
	GATEWAY_TARGET = 11,
};

struct scan {
	const struct show *show;
	const struct bus *bus;
	unsigned first, last;
	int64_t timeout_ms, begun_ms;
	bool bar; /* standard error is a terminal */
	unsigned found;
};

static bool is_tcp(const struct bus *bus)
{
	return strcmp(bus->adapter->name, "modbus-tcp") == 0;
}

static bool take_units(struct scan *scan, const char *text)
{
	char *end;
	unsigned long first = strtoul(text, &end, 10), last = first;
	unsigned most = is_tcp(scan->bus) ? 255 : UNIT_LAST;

	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	if (*end || first > last || last > most || (first == 0 && !is_tcp(scan->bus))) {
		fprintf(stderr, "facilityctl: units \"%s\": write FIRST-LAST within %d to %u\n",
			text, is_tcp(scan->bus) ? 0 : UNIT_FIRST, most);
		return false;
	}
	scan->first = (unsigned)first;
	scan->last = (unsigned)last;
	return true;
}

static bool take_timeout(struct scan *scan, const char *text)
{
	if (duration_parse(text, &scan->timeout_ms) && scan->timeout_ms >= TIMEOUT_LEAST_MS &&
		scan->timeout_ms <= TIMEOUT_MOST_MS)
		return true;
	fprintf(stderr, "facilityctl: time \"%s\": write such as \"300 ms\" or \"2 s\"\n", text);
	return false;
}

/* The words behind the bus, in either order: a time ends with its unit. */
static bool take_words(struct scan *scan, const struct tool *tool)
{
	for (size_t i = 1; i < tool->count; i++) {
		const char *word = tool->words[i];
		bool is_time = *word && strchr("smh", word[strlen(word) - 1]);

		if (is_time ? !take_timeout(scan, word) : !take_units(scan, word))
			return false;
	}
	return true;
}

static void draw_bar(const struct scan *scan, unsigned unit)
{
	unsigned all = scan->last - scan->first + 1, done = unit - scan->first;
	int64_t past_ms = clock_now_ms() - scan->begun_ms;
	char bar[BAR_WIDTH + 1];

	if (!scan->bar)
		return;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', BAR_WIDTH * done / all);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] unit %u of %u, %u found", bar, unit, scan->last, scan->found);
	if (done >= 3)
		fprintf(stderr, ", %lld s left", (long long)(past_ms * (all - done) / done / 1000));
	fputs("   ", stderr);
}

static void clear_bar(const struct scan *scan)
{
	if (scan->bar)
		fputs("\r\033[K", stderr);
}

static void tell(struct scan *scan, unsigned unit, const struct register_read *found)
{
	clear_bar(scan);
	fprintf(scan->show->out, "unit %u: ", unit);
	if (found->reason == REASON_NONE)
		fprintf(scan->show->out, "holding:0 is 0x%04x", found->word);
	else if (found->reason == REASON_EXCEPTION)
		fprintf(scan->show->out, "answers, without holding:0 (%s)",
			modbus_exception_name(found->detail));
	else
		fprintf(scan->show->out,
			"answers, but %s: two units of this address, or a line "
			"that is set otherwise?",
			reason_name((enum reason)found->reason));
	for (size_t i = 0; i < scan->bus->device_count; i++) {
		const struct device *device = scan->bus->devices[i];

		if (((const struct modbus_device *)device->options)->unit == unit)
			fprintf(scan->show->out, ", device %s%s%s%s", device->id,
				device->profile ? " (" : "", device->profile ? device->profile : "",
				device->profile ? ")" : "");
	}
	fputc('\n', scan->show->out);
	fflush(scan->show->out);
	scan->found++;
}

/* A gateway answers itself for a unit that does not. */
static bool is_there(const struct register_read *found)
{
	if (found->reason == REASON_TIMEOUT || found->reason == REASON_LINK)
		return false;
	return found->reason != REASON_EXCEPTION ||
	       (found->detail != GATEWAY_PATH && found->detail != GATEWAY_TARGET);
}

static int scan_unit(struct scan *scan, struct modbus_link **link, unsigned unit)
{
	const struct register_range first = { MODBUS_TABLE_HOLDING, 0, 1 };
	struct register_read found;
	int error = modbus_link_read(*link, (uint8_t)unit, &first, 1, &found);

	if (is_there(&found))
		tell(scan, unit, &found);
	if (!error)
		return 0;
	/* Some devices hang up on a unit that they do not have: once more, for the next unit. */
	modbus_link_close(*link);
	*link = modbus_link_open(scan->bus, scan->timeout_ms, &error);
	return *link ? 0 : error;
}

static int run(struct scan *scan)
{
	struct modbus_link *link;
	int error = 0;

	fprintf(scan->show->out,
		"scanning bus %s for units %u to %u, %lld ms for each; reads one register of each, "
		"writes nothing\n",
		scan->bus->id, scan->first, scan->last, (long long)scan->timeout_ms);
	fflush(scan->show->out);
	link = modbus_link_open(scan->bus, scan->timeout_ms, &error);
	scan->begun_ms = clock_now_ms();
	for (unsigned unit = scan->first; link && unit <= scan->last; unit++) {
		draw_bar(scan, unit);
		error = scan_unit(scan, &link, unit);
	}
	clear_bar(scan);
	if (!link)
		return bus_tool_failed(scan->bus, error);
	modbus_link_close(link);
	fprintf(scan->show->out, "%u unit%s found\n", scan->found, scan->found == 1 ? "" : "s");
	return 0;
}

int tool_scan(const struct tool *tool)
{
	struct scan scan = {
		.show = tool->show,
		.first = UNIT_FIRST,
		.last = UNIT_LAST,
		.bar = isatty(STDERR_FILENO),
	};
	struct bus_tool on;
	int status = bus_tool_open(&on, tool, tool->words[0]);

	if (status)
		return status;
	scan.bus = on.bus;
	scan.timeout_ms = is_tcp(on.bus) ? TCP_TIMEOUT_MS : RTU_TIMEOUT_MS;
	status = take_words(&scan, tool) ? bus_tool_free(on.bus) : EXIT_USAGE;
	if (!status)
		status = run(&scan);
	bus_tool_close(&on);
	return status;
}
