/*
 * Lines by libgpiod 2.x: one request, one descriptor for all lines.
 */
#include "adapters/gpio/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

/* The kernel keeps 16 edges a line and drops the oldest when there are more. */
enum { EDGES_MAX = 64, ROUNDS_MAX = 16, PATH_SIZE = 64 };

struct gpio_chip {
	struct gpiod_chip *chip;
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *edges;
	bool inputs;
	size_t count;
	unsigned offsets[GPIO_LINES_MAX];
};

static int no_device(int error)
{
	return error ? -error : -ENODEV;
}

static int has_label(const char *path, const void *wanted)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	struct gpiod_chip_info *info = chip ? gpiod_chip_get_info(chip) : NULL;
	int fits = info ? strcmp(gpiod_chip_info_get_label(info), wanted) == 0 : -errno;

	gpiod_chip_info_free(info);
	gpiod_chip_close(chip);
	return fits;
}

static int has_line(const char *path, const void *wanted)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	int fits = chip ? gpiod_chip_get_line_offset_from_name(chip, wanted) >= 0 : -errno;

	gpiod_chip_close(chip);
	return fits;
}

static int open_chip(struct gpio_chip *c, const char *chip, const char *line)
{
	char path[PATH_SIZE];
	int error = 0;

	if (!chip)
		error = gpio_find_chip(has_line, line, path, sizeof(path));
	else if (chip[0] != '/')
		error = gpio_find_chip(has_label, chip, path, sizeof(path));
	if (error)
		return error;
	c->chip = gpiod_chip_open(chip && chip[0] == '/' ? chip : path);
	return c->chip ? 0 : no_device(errno);
}

static int set_up(struct gpiod_line_settings *settings, const struct gpio_request *request)
{
	static const enum gpiod_line_bias biases[] = {
		[GPIO_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
		[GPIO_BIAS_OFF] = GPIOD_LINE_BIAS_DISABLED,
		[GPIO_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
		[GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
	};

	gpiod_line_settings_reset(settings);
	if (request->output) {
		if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT) < 0)
			return -errno;
		return gpiod_line_settings_set_output_value(
			       settings, request->level ? GPIOD_LINE_VALUE_ACTIVE
							: GPIOD_LINE_VALUE_INACTIVE) < 0
			       ? -errno
			       : 0;
	}
	if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0 ||
		gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH) < 0 ||
		gpiod_line_settings_set_bias(settings, biases[request->bias]) < 0)
		return -errno;
	return 0;
}

static int add_line(struct gpio_chip *c, struct gpiod_line_settings *settings,
	struct gpiod_line_config *config, const struct gpio_request *request)
{
	int offset = gpio_offset(request->line);
	int error;

	if (offset < 0)
		offset = gpiod_chip_get_line_offset_from_name(c->chip, request->line);
	if (offset < 0)
		return -ENOENT;
	error = set_up(settings, request);
	if (error)
		return error;
	c->offsets[c->count++] = (unsigned)offset;
	c->inputs = c->inputs || !request->output;
	return gpiod_line_config_add_line_settings(config, &c->offsets[c->count - 1], 1, settings) <
			       0
		       ? -errno
		       : 0;
}

static int take_lines(struct gpio_chip *c, const struct gpio_request *requests, size_t count)
{
	struct gpiod_line_settings *settings = gpiod_line_settings_new();
	struct gpiod_line_config *config = gpiod_line_config_new();
	struct gpiod_request_config *name = gpiod_request_config_new();
	int error = settings && config && name ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++)
		error = add_line(c, settings, config, &requests[i]);
	if (!error) {
		gpiod_request_config_set_consumer(name, "facilityd");
		c->request = gpiod_chip_request_lines(c->chip, name, config);
		if (!c->request) /* an offset that the chip does not have is EINVAL here */
			error = errno == EINVAL ? -ENOENT : no_device(errno);
	}
	gpiod_request_config_free(name);
	gpiod_line_config_free(config);
	gpiod_line_settings_free(settings);
	return error;
}

static void v2_close(struct gpio_chip *c)
{
	if (c->request)
		gpiod_line_request_release(c->request);
	gpiod_edge_event_buffer_free(c->edges);
	gpiod_chip_close(c->chip);
	free(c);
}

static int v2_open(const char *chip, const struct gpio_request *requests, size_t count,
	struct gpio_chip **opened)
{
	struct gpio_chip *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->edges = gpiod_edge_event_buffer_new(EDGES_MAX);
	error = c->edges ? open_chip(c, chip, requests[0].line) : -ENOMEM;
	if (!error)
		error = take_lines(c, requests, count);
	if (!error && fcntl(gpiod_line_request_get_fd(c->request), F_SETFL, O_NONBLOCK) < 0)
		error = -errno;
	if (error) {
		v2_close(c);
		return error;
	}
	*opened = c;
	return 0;
}

static int v2_fd(const struct gpio_chip *c)
{
	return c->inputs ? gpiod_line_request_get_fd(c->request) : -1;
}

static void tell(
	const struct gpio_chip *c, struct gpiod_edge_event *event, gpio_edge *edge, void *context)
{
	unsigned offset = gpiod_edge_event_get_line_offset(event);

	for (size_t i = 0; i < c->count; i++)
		if (c->offsets[i] == offset)
			edge(context, i,
				gpiod_edge_event_get_event_type(event) ==
					GPIOD_EDGE_EVENT_RISING_EDGE,
				(int64_t)gpiod_edge_event_get_timestamp_ns(event));
}

static int v2_drain(struct gpio_chip *c, gpio_edge *edge, void *context)
{
	for (int round = 0; c->inputs && round < ROUNDS_MAX; round++) {
		int count = gpiod_line_request_read_edge_events(c->request, c->edges, EDGES_MAX);

		if (count < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : no_device(errno);
		for (int i = 0; i < count; i++)
			tell(c, gpiod_edge_event_buffer_get_event(c->edges, (unsigned long)i), edge,
				context);
	}
	return 0;
}

static int v2_get(struct gpio_chip *c, size_t line)
{
	enum gpiod_line_value value = gpiod_line_request_get_value(c->request, c->offsets[line]);

	return value == GPIOD_LINE_VALUE_ERROR ? no_device(errno)
					       : value == GPIOD_LINE_VALUE_ACTIVE;
}

static int v2_set(struct gpio_chip *c, size_t line, bool level)
{
	return gpiod_line_request_set_value(c->request, c->offsets[line],
		       level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE) < 0
		       ? no_device(errno)
		       : 0;
}

const struct gpio_backend gpio_backend = {
	.open = v2_open,
	.fd = v2_fd,
	.drain = v2_drain,
	.get = v2_get,
	.set = v2_set,
	.close = v2_close,
};
