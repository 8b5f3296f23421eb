/*
 * Lines by the kernel's own interface (linux/gpio.h, its second version, since Linux 5.10): one
 * request, one descriptor for all lines. Not by libgpiod, whose two versions share no call, so that
 * each would need as much code as this.
 *
 * A gpiochip is found by what it says of itself, never by its number: numbers change with the order
 * of plugging.
 */
#include "adapters/gpio/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel keeps 16 edges a line and drops the oldest when there are more. */
enum { EDGES_MAX = 64, ROUNDS_MAX = 16, PATH_SIZE = 64 };

struct gpio_chip {
	int fd; /* of the request; -1: none yet */
	bool inputs;
	size_t count;
	uint32_t offsets[GPIO_LINES_MAX];
};

/* A symbolic link is a second name of a chip that is seen anyway. */
static bool is_chip(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISCHR(status.st_mode);
}

int gpio_find_chip(int (*fits)(const char *path, const void *wanted), const void *wanted,
	char *found, size_t size)
{
	bool denied = false;
	int error = -ENODEV;
	glob_t paths;

	if (glob("/dev/gpiochip*", 0, NULL, &paths) != 0)
		return -ENODEV;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		int fit = is_chip(paths.gl_pathv[i]) ? fits(paths.gl_pathv[i], wanted) : 0;

		denied = denied || fit == -EACCES || fit == -EPERM;
		if (fit <= 0)
			continue;
		if (error == 0) {
			error = -ENOTUNIQ;
			break;
		}
		snprintf(found, size, "%s", paths.gl_pathv[i]);
		error = 0;
	}
	globfree(&paths);
	/* The one that is meant may be among those that may not be looked at. */
	return error == -ENODEV && denied ? -EACCES : error;
}

/* The chip's descriptor and what it says of itself, or -errno. */
static int open_path(const char *path, struct gpiochip_info *info)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, info) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* Of the line by its name or offset; -ENOENT: the chip has none. */
static int offset_of(int chip, const struct gpiochip_info *info, const char *line)
{
	int offset = gpio_offset(line);

	if (offset >= 0)
		return (uint32_t)offset < info->lines ? offset : -ENOENT;
	for (uint32_t i = 0; i < info->lines; i++) {
		struct gpio_v2_line_info about = { .offset = i };

		if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &about) < 0)
			return -errno;
		if (strncmp(about.name, line, sizeof(about.name)) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static int has_label(const char *path, const void *wanted)
{
	struct gpiochip_info info;
	int fd = open_path(path, &info);

	if (fd < 0)
		return fd;
	close(fd);
	return strncmp(info.label, wanted, sizeof(info.label)) == 0;
}

static int has_line(const char *path, const void *wanted)
{
	struct gpiochip_info info;
	int fd = open_path(path, &info), offset;

	if (fd < 0)
		return fd;
	offset = offset_of(fd, &info, wanted);
	close(fd);
	return offset == -ENOENT ? 0 : offset < 0 ? offset : 1;
}

static int open_chip(const char *chip, const char *line, struct gpiochip_info *info)
{
	char path[PATH_SIZE];
	int error = 0;

	if (!chip)
		error = gpio_find_chip(has_line, line, path, sizeof(path));
	else if (chip[0] != '/')
		error = gpio_find_chip(has_label, chip, path, sizeof(path));
	return error ? error : open_path(chip && chip[0] == '/' ? chip : path, info);
}

static uint64_t flags_of(const struct gpio_request *request)
{
	static const uint64_t biases[] = {
		[GPIO_BIAS_AS_IS] = 0,
		[GPIO_BIAS_OFF] = GPIO_V2_LINE_FLAG_BIAS_DISABLED,
		[GPIO_BIAS_PULL_UP] = GPIO_V2_LINE_FLAG_BIAS_PULL_UP,
		[GPIO_BIAS_PULL_DOWN] = GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN,
	};

	if (request->output)
		return GPIO_V2_LINE_FLAG_OUTPUT;
	return GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
	       GPIO_V2_LINE_FLAG_EDGE_FALLING | biases[request->bias];
}

/* Lines of the same flags share an attribute; there are fewer combinations than attributes. */
static void configure(
	struct gpio_v2_line_config *config, const struct gpio_request *requests, size_t count)
{
	struct gpio_v2_line_config_attribute *levels = &config->attrs[0], *attribute;

	config->num_attrs = 1;
	levels->attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
	for (size_t i = 0; i < count; i++) {
		uint64_t bit = UINT64_C(1) << i, flags = flags_of(&requests[i]);

		levels->mask |= requests[i].output ? bit : 0;
		levels->attr.values |= requests[i].output && requests[i].level ? bit : 0;
		for (attribute = levels + 1; attribute < levels + config->num_attrs; attribute++)
			if (attribute->attr.flags == flags)
				break;
		if (attribute == levels + config->num_attrs)
			config->num_attrs++;
		attribute->attr.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
		attribute->attr.flags = flags;
		attribute->mask |= bit;
	}
}

static int take_lines(struct gpio_chip *c, int chip, const struct gpiochip_info *info,
	const struct gpio_request *requests, size_t count)
{
	struct gpio_v2_line_request lines = { .consumer = "facilityd", .fd = -1 };

	for (; c->count < count; c->count++) {
		int offset = offset_of(chip, info, requests[c->count].line);

		if (offset < 0)
			return offset;
		c->offsets[c->count] = lines.offsets[c->count] = (uint32_t)offset;
		c->inputs = c->inputs || !requests[c->count].output;
	}
	lines.num_lines = (uint32_t)count;
	configure(&lines.config, requests, count);
	if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &lines) < 0)
		return -errno;
	c->fd = lines.fd;
	return fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static void chip_close(struct gpio_chip *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static int chip_open(const char *chip, const struct gpio_request *requests, size_t count,
	struct gpio_chip **opened)
{
	struct gpio_chip *c = calloc(1, sizeof(*c));
	struct gpiochip_info info;
	int fd, error;

	if (!c)
		return -ENOMEM;
	c->fd = -1;
	fd = open_chip(chip, requests[0].line, &info);
	error = fd < 0 ? fd : take_lines(c, fd, &info, requests, count);
	if (fd >= 0)
		close(fd); /* the request holds what it needs */
	if (error)
		chip_close(c);
	else
		*opened = c;
	return error;
}

static int chip_fd(const struct gpio_chip *c)
{
	return c->inputs ? c->fd : -1;
}

static void tell(const struct gpio_chip *c, const struct gpio_v2_line_event *event, gpio_edge *edge,
	void *context)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->offsets[i] == event->offset)
			edge(context, i, event->id == GPIO_V2_LINE_EVENT_RISING_EDGE,
				(int64_t)event->timestamp_ns);
}

static int chip_drain(struct gpio_chip *c, gpio_edge *edge, void *context)
{
	struct gpio_v2_line_event events[EDGES_MAX];

	for (int round = 0; c->inputs && round < ROUNDS_MAX; round++) {
		ssize_t size = read(c->fd, events, sizeof(events));

		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (size_t i = 0; i < (size_t)size / sizeof(events[0]); i++)
			tell(c, &events[i], edge, context);
	}
	return 0;
}

static int chip_get(struct gpio_chip *c, size_t line)
{
	struct gpio_v2_line_values values = { .mask = UINT64_C(1) << line };

	if (ioctl(c->fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0)
		return -errno;
	return (values.bits & values.mask) != 0;
}

static int chip_set(struct gpio_chip *c, size_t line, bool level)
{
	struct gpio_v2_line_values values = { .mask = UINT64_C(1) << line };

	values.bits = level ? values.mask : 0;
	return ioctl(c->fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0 ? -errno : 0;
}

const struct gpio_backend gpio_backend = {
	.open = chip_open,
	.fd = chip_fd,
	.drain = chip_drain,
	.get = chip_get,
	.set = chip_set,
	.close = chip_close,
};
