/*
 * gpio: contacts and relays on the lines of a gpiochip, on the loop.
 *
 * A value is what is read, never what an edge says: the kernel's queue of edges is
 * short and drops some without a word, and the level at the start makes no edge.
 * So each drain of edges ends in reading levels, and each poll reads them again.
 * Debouncing is here, by time as an argument, and the same with every libgpiod.
 * Must not know libgpiod; gpio_backend.h does.
 */
#include "adapters/gpio.h"
#include "adapters/adapter.h"
#include "adapters/gpio_backend.h"
#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* A contact that is restless for so many times its `debounce` is defective, and bad. */
enum { RESTLESS = 20 };

/* Values here are logical: active_low is applied. */
struct line {
	const struct point *point;
	const struct gpio_point *options;
	bool value;          /* as it counts: after debouncing */
	bool level;          /* as read last */
	bool settling;       /* it moved and has not yet been quiet for debounce_ms */
	int64_t moved_ms;    /* settling: when it moved last */
	int64_t restless_ms; /* settling: since when */
};

struct gpio_link {
	struct gpio_chip *chip; /* NULL: lost */
	int result;
	int64_t tell_ms; /* when all values are to be told; CLOCK_NEVER: they were */
	size_t count;
	struct line lines[GPIO_LINES_MAX];
};

/* What an edge callback needs to know. */
struct drain {
	struct gpio_link *link;
	int64_t now_ms;
	struct sink *sink;
};

static void tell(const struct line *line, int64_t now_ms, struct sink *sink)
{
	struct reading reading = {
		.point = line->point->index,
		.quality = QUALITY_GOOD,
		.reason = REASON_NONE,
		.value = line->value,
	};

	if (line->settling && now_ms - line->restless_ms > RESTLESS * line->options->debounce_ms) {
		reading.quality = QUALITY_BAD;
		reading.reason = REASON_DEVICE;
	}
	sink->reading(sink, &reading);
}

static void lose(struct gpio_link *link, int error)
{
	gpio_backend.close(link->chip);
	link->chip = NULL;
	link->result = error;
}

/* The line was seen at `value`, or (an edge) had been for a moment. */
static void move(struct line *line, bool value, int64_t now_ms, struct sink *sink)
{
	if (line->options->debounce_ms > 0 && !line->point->writable) {
		if (!line->settling)
			line->restless_ms = now_ms;
		line->settling = true;
		line->moved_ms = now_ms;
		return;
	}
	line->value = value;
	tell(line, now_ms, sink);
}

static void on_edge(void *context, size_t i, bool level)
{
	const struct drain *drain = context;
	struct line *line = &drain->link->lines[i];
	bool value = level != line->options->active_low;

	/* Without debouncing a short pulse counts; with it, any edge is unrest. */
	if (line->options->debounce_ms > 0 || value != line->value)
		move(line, value, drain->now_ms, drain->sink);
	line->level = value;
}

/* Read one line; what it says now outranks all edges. 0 or -errno. */
static int look(struct gpio_link *link, size_t i, int64_t now_ms, struct sink *sink)
{
	struct line *line = &link->lines[i];
	int level = gpio_backend.get(link->chip, i);
	bool value = level != line->options->active_low;

	if (level < 0)
		return level;
	if (value != line->level)
		move(line, value, now_ms, sink);
	line->level = value;
	return 0;
}

/* All edges that wait, then every input's level. False when the link was lost. */
static bool drain_edges(struct gpio_link *link, int64_t now_ms, struct sink *sink)
{
	struct drain drain = { link, now_ms, sink };
	int error = gpio_backend.drain(link->chip, on_edge, &drain);

	for (size_t i = 0; i < link->count && !error; i++)
		if (!link->lines[i].point->writable)
			error = look(link, i, now_ms, sink);
	if (error)
		lose(link, error);
	return !error;
}

static int take_lines(struct gpio_link *link, const struct bus *bus, struct gpio_request *requests)
{
	for (size_t d = 0; d < bus->device_count; d++) {
		const struct device *device = bus->devices[d];

		for (size_t p = 0; p < device->point_count; p++) {
			const struct point *point = device->points[p];
			const struct gpio_point *options = point->options;

			if (link->count == GPIO_LINES_MAX)
				return -E2BIG;
			requests[link->count] = (struct gpio_request){
				.line = options->line,
				.output = point->writable,
				.level = options->initial != options->active_low,
				.bias = options->bias,
			};
			link->lines[link->count++] =
				(struct line){ .point = point, .options = options };
		}
	}
	return link->count ? 0 : -EINVAL;
}

static int first_levels(struct gpio_link *link)
{
	for (size_t i = 0; i < link->count; i++) {
		struct line *line = &link->lines[i];
		int level = gpio_backend.get(link->chip, i);

		if (level < 0)
			return level;
		line->level = line->value = level != line->options->active_low;
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
	int error;

	if (!link)
		return -ENOMEM;
	link->tell_ms = now_ms;
	error = take_lines(link, bus, requests);
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

static struct line *find_line(struct gpio_link *link, const struct point *point)
{
	for (size_t i = 0; i < link->count; i++)
		if (link->lines[i].point == point)
			return &link->lines[i];
	return NULL; /* not of this bus */
}

static void tell_lost(const struct poll *poll, struct sink *sink)
{
	for (size_t i = 0; i < poll->count; i++) {
		const struct reading reading = {
			.point = poll->points[i]->index,
			.quality = QUALITY_BAD,
			.reason = REASON_LINK,
		};

		sink->reading(sink, &reading);
	}
}

/* An output tells the level that it really has, where the chip can read it back. */
static int read_outputs(struct gpio_link *link)
{
	for (size_t i = 0; i < link->count; i++) {
		struct line *line = &link->lines[i];
		int level;

		if (!line->point->writable)
			continue;
		level = gpio_backend.get(link->chip, i);
		if (level < 0)
			return level;
		line->value = level != line->options->active_low;
	}
	return 0;
}

static int gpio_start_read(void *opaque, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;
	int error;

	if (!link->chip || !drain_edges(link, now_ms, sink)) {
		tell_lost(poll, sink);
		return 0;
	}
	error = read_outputs(link);
	if (error) {
		lose(link, error);
		tell_lost(poll, sink);
		return 0;
	}
	for (size_t i = 0; i < poll->count; i++) {
		const struct line *line = find_line(link, poll->points[i]);

		if (!line)
			return -EINVAL;
		tell(line, now_ms, sink);
	}
	link->result = 0;
	return 0;
}

static int gpio_start_write(void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct gpio_link *link = opaque;
	const struct line *line = find_line(link, point);
	int error;

	(void)now_ms;
	if (!line || !point->writable || !(value == 0.0 || value == 1.0))
		return -EINVAL;
	if (!link->chip)
		return 0;
	error = gpio_backend.set(link->chip, (size_t)(line - link->lines),
		(value == 1.0) != line->options->active_low);
	if (error)
		lose(link, error);
	else
		link->result = 0;
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
	wait->deadline_ms = link->tell_ms;
	for (size_t i = 0; i < link->count; i++) {
		const struct line *line = &link->lines[i];
		int64_t settled_ms = line->moved_ms + line->options->debounce_ms;

		if (line->settling && settled_ms < wait->deadline_ms)
			wait->deadline_ms = settled_ms;
	}
}

static void gpio_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;

	if (!link->chip)
		return;
	/* The chip was pulled out. To go on waiting for its descriptor would never sleep. */
	if (events & (EPOLLHUP | EPOLLERR))
		lose(link, -ENODEV);
	else
		drain_edges(link, now_ms, sink);
}

static void gpio_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct gpio_link *link = opaque;

	/* First whether it moved just now: then it is not quiet. */
	if (!link->chip || !drain_edges(link, now_ms, sink))
		return;
	for (size_t i = 0; i < link->count; i++) {
		struct line *line = &link->lines[i];

		if (line->settling && line->moved_ms + line->options->debounce_ms <= now_ms) {
			line->settling = false;
			line->value = line->level;
			tell(line, now_ms, sink);
		} else if (link->tell_ms <= now_ms) {
			tell(line, now_ms, sink);
		}
	}
	if (link->tell_ms <= now_ms)
		link->tell_ms = CLOCK_NEVER;
}

static enum link_state gpio_state(const void *opaque)
{
	const struct gpio_link *link = opaque;

	return link->chip ? LINK_IDLE : LINK_LOST;
}

static int gpio_result(const void *opaque)
{
	return ((const struct gpio_link *)opaque)->result;
}

static const struct adapter_event event = {
	.open = gpio_open,
	.start_read = gpio_start_read,
	.start_write = gpio_start_write,
	.wait = gpio_wait,
	.ready = gpio_ready,
	.deadline = gpio_deadline,
	.state = gpio_state,
	.result = gpio_result,
	.close = gpio_close,
};

const struct adapter adapter_gpio = {
	.name = "gpio",
	.summary = "contacts and relays on the lines of a gpiochip",
	.bus_options = gpio_bus_options,
	.device_options = gpio_device_options,
	.point_options = gpio_point_options,
	.bus_size = sizeof(struct gpio_bus),
	.point_size = sizeof(struct gpio_point),
	.check_bus = gpio_check_bus,
	.check_point = gpio_check_point,
	.overlap = gpio_overlap,
	.event = &event,
};
