/*
 * gpio: contacts and relays on the lines of a gpiochip, on the loop.
 *
 * A value is what is read, never what an edge says: the kernel's queue of edges is
 * short and drops some without a word, and the level at the start makes no edge.
 * So each drain of edges ends in reading levels, and so does each poll, and where polls
 * are rare the adapter's own look: of a chip that is pulled out not every kernel tells.
 * Debouncing is here, by time as an argument, and the same with every libgpiod.
 * Must not know libgpiod; backend.h does.
 */
#include "adapters/adapter.h"
#include "adapters/gpio/backend.h"
#include "adapters/gpio/line.h"
#include "adapters/sink.h"
#include "core/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	LOOK_MS = 2000, /* longer than the usual poll, which then does it without a wake-up more */
	LINE_NAME_MAX = 31, /* the kernel's */
};

struct gpio_link {
	struct link_head head;
	struct gpio_chip *chip; /* NULL: lost */
	bool told;              /* all values, once after the chip was opened */
	int64_t look_ms;        /* when all levels are to be read at the latest */
	size_t count;
	struct gpio_line lines[GPIO_LINES_MAX];
};

/* What an edge callback needs to know. */
struct drain {
	struct gpio_link *link;
	int64_t now_ms;
	struct sink *sink;
};

/* Every point is bad at once: whoever waits for an edge would take the last one for the truth. */
static void lose(struct gpio_link *link, int error, struct sink *sink)
{
	gpio_backend.close(link->chip);
	link->chip = NULL;
	link->head = (struct link_head){ LINK_LOST, error };
	for (size_t i = 0; i < link->count; i++)
		if (link->lines[i].first == &link->lines[i])
			sink_bad(sink, link->lines[i].point, REASON_LINK);
}

/* When the edge was, which may be long before we came to look; kernels before 5.7 say it otherwise.
 */
static int64_t edge_ms(int64_t monotonic_ns, int64_t now_ms)
{
	int64_t at_ms = clock_ms_of_monotonic(monotonic_ns);

	return at_ms > 0 && at_ms < now_ms ? at_ms : now_ms;
}

static void on_edge(void *context, size_t i, bool physical, int64_t monotonic_ns)
{
	const struct drain *drain = context;

	gpio_line_edge(&drain->link->lines[i], physical, drain->sink,
		edge_ms(monotonic_ns, drain->now_ms));
}

/* All edges that wait, then every line's level. False when the link was lost. */
static bool look(struct gpio_link *link, int64_t now_ms, struct sink *sink)
{
	struct drain drain = { link, now_ms, sink };
	int error = gpio_backend.drain(link->chip, on_edge, &drain);

	for (size_t i = 0; i < link->count && error >= 0; i++) {
		error = gpio_backend.get(link->chip, i);
		if (error >= 0)
			gpio_line_look(&link->lines[i], error, sink, now_ms);
	}
	if (link->told) /* else a deadline is due, whose business that is */
		link->look_ms = now_ms + LOOK_MS;
	if (error < 0)
		lose(link, error, sink);
	return error >= 0;
}

/* The level at which an output begins: where it was left, else `initial`. */
static bool first_output(const struct point *point, const struct gpio_point *options)
{
	bool on = point->held && !isnan(*point->held) ? *point->held > 0 : options->initial != 0;

	return on != options->active_low;
}

static int take_line(struct gpio_link *link, struct gpio_request *requests,
	const struct point *point, const char *name)
{
	const struct gpio_point *options = point->options;
	struct gpio_line *line = &link->lines[link->count];

	if (link->count == GPIO_LINES_MAX)
		return -E2BIG;
	requests[link->count++] = (struct gpio_request){
		.line = name,
		.output = point->writable,
		.level = first_output(point, options),
		.bias = options->bias,
	};
	*line = (struct gpio_line){ .point = point, .options = options, .first = line };
	return 0;
}

static int take_lines(
	struct gpio_link *link, const struct device *device, struct gpio_request *requests)
{
	for (size_t p = 0; p < device->point_count; p++) {
		const struct gpio_point *options = device->points[p]->options;
		struct gpio_line *first = &link->lines[link->count];
		int error = take_line(link, requests, device->points[p], options->line);

		if (!error && options->second_line) {
			first->second = &link->lines[link->count];
			error = take_line(link, requests, device->points[p], options->second_line);
			first->second->first = first;
		}
		if (error)
			return error;
	}
	return 0;
}

static int first_levels(struct gpio_link *link)
{
	for (size_t i = 0; i < link->count; i++) {
		int level = gpio_backend.get(link->chip, i);

		if (level < 0)
			return level;
		gpio_line_begin(&link->lines[i], level);
	}
	return 0;
}

static void gpio_close(void *opaque)
{
	struct gpio_link *link = opaque;

	if (link->chip)
		gpio_backend.close(link->chip);
	free(link);
}

static int gpio_open(const struct bus *bus, int64_t now_ms, void **opened)
{
	const struct gpio_bus *options = bus->options;
	struct gpio_request requests[GPIO_LINES_MAX];
	struct gpio_link *link = calloc(1, sizeof(*link));
	int error = 0;

	if (!link)
		return -ENOMEM;
	link->look_ms = now_ms;
	for (size_t d = 0; d < bus->device_count && !error; d++)
		error = take_lines(link, bus->devices[d], requests);
	if (!error && !link->count)
		error = -EINVAL;
	if (!error)
		error = gpio_backend.open(options->chip, requests, link->count, &link->chip);
	if (!error)
		error = first_levels(link);
	if (error) {
		gpio_close(link);
		return error;
	}
	*opened = link;
	return 0;
}

static struct gpio_line *find_line(struct gpio_link *link, const struct point *point)
{
	for (size_t i = 0; i < link->count; i++)
		if (link->lines[i].point == point)
			return &link->lines[i];
	return NULL; /* not of this bus */
}

static int gpio_start_read(void *opaque, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;

	if (!look(link, now_ms, sink))
		return 0;
	for (size_t i = 0; i < poll->count; i++) {
		const struct gpio_line *line = find_line(link, poll->points[i]);

		if (!line)
			return -EINVAL;
		gpio_line_tell(line, sink, now_ms);
	}
	link->head.result = 0;
	return 0;
}

static int gpio_start_write(void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct gpio_link *link = opaque;
	const struct gpio_line *line = find_line(link, point);

	if (!line || !point->writable || !(value == 0.0 || value == 1.0))
		return -EINVAL;
	link->head.result = gpio_backend.set(link->chip, (size_t)(line - link->lines),
		(value == 1.0) != line->options->active_low);
	/* Whether the chip is lost is for a look to say, which can tell it of every point. */
	if (link->head.result)
		link->look_ms = now_ms;
	return 0;
}

static void gpio_wait(const void *opaque, struct link_wait *wait)
{
	const struct gpio_link *link = opaque;

	*wait = (struct link_wait){ .fd = -1, .deadline_ms = CLOCK_NEVER };
	if (!link->chip)
		return;
	wait->fd = gpio_backend.fd(link->chip);
	wait->events = EPOLLIN;
	wait->deadline_ms = link->look_ms;
	for (size_t i = 0; i < link->count; i++) {
		int64_t settles_ms = gpio_line_settles_ms(&link->lines[i]);

		if (settles_ms < wait->deadline_ms)
			wait->deadline_ms = settles_ms;
	}
}

static void gpio_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;

	if (!link->chip)
		return;
	/* The chip was pulled out. To go on waiting for its descriptor would never sleep. */
	if (events & (EPOLLHUP | EPOLLERR))
		lose(link, -ENODEV, sink);
	else
		look(link, now_ms, sink);
}

static void gpio_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;

	bool first = !link->told;

	if (!link->chip)
		return;
	link->told = true;
	/* First whether it moved just now: then it is not quiet. */
	if (!look(link, now_ms, sink))
		return;
	for (size_t i = 0; i < link->count; i++) {
		struct gpio_line *line = &link->lines[i];

		if (gpio_line_settles_ms(line) <= now_ms)
			gpio_line_settle(line, sink, now_ms);
		else if (first && line->first == line)
			gpio_line_tell(line, sink, now_ms);
	}
}

static void gpio_check_bus(struct bus *bus, struct option_errors *errors)
{
	const struct gpio_bus *options = bus->options;

	if (options->chip && strncmp(options->chip, "gpiochip", strlen("gpiochip")) == 0)
		errors->add(errors, "chip",
			"\"%s\" is a number, which changes with the order of plugging; write the "
			"chip's label, as gpiodetect prints it in brackets",
			options->chip);
}

static void check_line(const struct point *point, const char *option, const char *line,
	struct option_errors *errors)
{
	const struct gpio_bus *bus = point->device->bus->options;

	if (strlen(line) > LINE_NAME_MAX)
		errors->add(errors, option, "\"%s\" is longer than any line's name (%d)", line,
			LINE_NAME_MAX);
	if (!bus->chip && gpio_offset(line) >= 0)
		errors->add(errors, option,
			"%s is a line's offset, and the bus \"%s\" names no chip; give the bus a "
			"chip, or write the line's name",
			line, point->device->bus->id);
}

static void check_pair(const struct point *point, struct option_errors *errors)
{
	const struct gpio_point *options = point->options;

	if (!options->second_line) {
		if (point->bands)
			errors->add(errors, "second_line",
				"is missing: bands are for a pair of lines; add it, or leave "
				"`bands` out");
		return;
	}
	check_line(point, "second_line", options->second_line, errors);
	if (strcmp(options->line, options->second_line) == 0)
		errors->add(errors, "second_line", "is the first line; name another");
	if (point->writable)
		errors->add(errors, "second_line", "is for inputs; leave it out");
	else if (!point->bands)
		errors->add(errors, "second_line",
			"makes a number of 0 to 3, and nothing says what it means; add bands = "
			"\"open 1 alarm 2 normal 3 short\"");
}

static void gpio_check_point(struct point *point, struct option_errors *errors)
{
	const struct gpio_point *options = point->options;

	check_line(point, "line", options->line, errors);
	check_pair(point, errors);
	if (point->class->kind != POINT_STATE)
		errors->add(errors, NULL,
			"a line is 0 or 1, and the class \"%s\" is a number; give it a class of "
			"kind \"state\"",
			point->class->id);
	if (point->writable && options->debounce_ms)
		errors->add(errors, "debounce", "is for inputs; leave it out");
	if (point->writable && options->bias != GPIO_BIAS_AS_IS)
		errors->add(errors, "bias", "is for inputs; leave it out");
	if (!point->writable && options->initial)
		errors->add(
			errors, "initial", "is for outputs; add writable = true or leave it out");
}

static bool gpio_overlap(const struct point *a, const struct point *b)
{
	const struct gpio_point *of_a = a->options, *of_b = b->options;

	return a->device->bus == b->device->bus && strcmp(of_a->line, of_b->line) == 0;
}

static int64_t gpio_settle_ms(const struct point *point)
{
	return ((const struct gpio_point *)point->options)->debounce_ms;
}

static const char *const bias_choices[] = { "as-is", "off", "pull-up", "pull-down", NULL };
static const char *const initial_choices[] = { "off", "on", NULL };

#define POINT(member) offsetof(struct gpio_point, member)

/* clang-format off */
static const struct option_spec bus_options[] = {
	{ .name = "chip", .type = OPTION_STRING, .offset = offsetof(struct gpio_bus, chip),
		.help = "the chip's label, as gpiodetect prints it, or a path below /dev; without it, "
			"the chip that has the named lines" },
	{ .name = NULL },
};

static const struct option_spec point_options[] = {
	{ .name = "line", .type = OPTION_STRING, .offset = POINT(line), .required = true,
		.help = "the line's name, or its offset in digits, as gpioinfo prints them" },
	{ .name = "second_line", .type = OPTION_STRING, .offset = POINT(second_line),
		.help = "inputs: the other line of a pair, which is a number, line + 2 x second_line, for "
			"`bands`" },
	{ .name = "active_low", .type = OPTION_BOOL, .offset = POINT(active_low), .value = "false",
		.help = "a low level is 1, as of a contact that closes to ground" },
	{ .name = "bias", .type = OPTION_CHOICE, .offset = POINT(bias), .choices = bias_choices,
		.value = "as-is", .help = "inputs: the chip's own resistor" },
	{ .name = "debounce", .type = OPTION_DURATION, .offset = POINT(debounce_ms), .max = 10000,
		.unit = "ms", .value = "0 ms",
		.help = "inputs: a level counts when it was quiet for so long; 0: every pulse counts" },
	{ .name = "initial", .type = OPTION_CHOICE, .offset = POINT(initial),
		.choices = initial_choices, .value = "off",
		.help = "outputs: how it begins when no last write is known; choose the safe one, as for a "
			"released line" },
	{ .name = NULL },
};
/* clang-format on */

static const struct adapter_event event = {
	.open = gpio_open,
	.start_read = gpio_start_read,
	.start_write = gpio_start_write,
	.wait = gpio_wait,
	.ready = gpio_ready,
	.deadline = gpio_deadline,
	.close = gpio_close,
};

const struct adapter adapter_gpio = {
	.name = "gpio",
	.summary = "contacts and relays on the lines of a gpiochip",
	.bus_options = bus_options,
	.point_options = point_options,
	.bus_size = sizeof(struct gpio_bus),
	.point_size = sizeof(struct gpio_point),
	.check_bus = gpio_check_bus,
	.check_point = gpio_check_point,
	.overlap = gpio_overlap,
	.settle_ms = gpio_settle_ms,
	.event = &event,
};
