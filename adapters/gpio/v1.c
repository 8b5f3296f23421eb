/*
 * Lines by libgpiod 1.x. Each input has a descriptor of its own here, so an epoll
 * descriptor stands for all of them.
 */
#include "adapters/gpio/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The kernel keeps 16 edges of a line and drops the newest when there are more. */
enum { EDGES_MAX = 16, PATH_SIZE = 64 };

struct gpio_chip {
	struct gpiod_chip *chip;
	int epoll;
	size_t count;
	struct gpiod_line *lines[GPIO_LINES_MAX];
};

static int no_device(int error)
{
	return error ? -error : -ENODEV;
}

static int has_label(const char *path, const void *wanted)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	int fits;

	if (!chip)
		return -errno;
	fits = strcmp(gpiod_chip_label(chip), wanted) == 0;
	gpiod_chip_close(chip);
	return fits;
}

static int has_line(const char *path, const void *wanted)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	int fits;

	if (!chip)
		return -errno;
	fits = gpiod_chip_find_line(chip, wanted) != NULL;
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

static int watch(struct gpio_chip *c, size_t i)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
	int fd = gpiod_line_event_get_fd(c->lines[i]);

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	if (c->epoll < 0)
		c->epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int take_line(struct gpio_chip *c, const struct gpio_request *request)
{
	static const int flags[] = {
		[GPIO_BIAS_AS_IS] = 0,
		[GPIO_BIAS_OFF] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
		[GPIO_BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
		[GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
	};
	int offset = gpio_offset(request->line);
	size_t i = c->count;

	c->lines[i] = offset >= 0 ? gpiod_chip_get_line(c->chip, (unsigned)offset)
				  : gpiod_chip_find_line(c->chip, request->line);
	if (!c->lines[i])
		return -ENOENT;
	c->count++;
	if (request->output)
		return gpiod_line_request_output(c->lines[i], "facilityd", request->level) < 0
			       ? -errno
			       : 0;
	if (gpiod_line_request_both_edges_events_flags(
		    c->lines[i], "facilityd", flags[request->bias]) < 0)
		return -errno;
	return watch(c, i);
}

static void v1_close(struct gpio_chip *c)
{
	if (c->epoll >= 0)
		close(c->epoll);
	if (c->chip)
		gpiod_chip_close(c->chip); /* frees its lines */
	free(c);
}

static int v1_open(const char *chip, const struct gpio_request *requests, size_t count,
	struct gpio_chip **opened)
{
	struct gpio_chip *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->epoll = -1;
	error = open_chip(c, chip, requests[0].line);
	for (size_t i = 0; i < count && !error; i++)
		error = take_line(c, &requests[i]);
	if (error) {
		v1_close(c);
		return error;
	}
	*opened = c;
	return 0;
}

static int v1_fd(const struct gpio_chip *c)
{
	return c->epoll;
}

static int drain_line(struct gpio_chip *c, size_t i, gpio_edge *edge, void *context)
{
	struct gpiod_line_event events[EDGES_MAX];
	int count = gpiod_line_event_read_multiple(c->lines[i], events, EDGES_MAX);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : no_device(errno);
	for (int e = 0; e < count; e++)
		edge(context, i, events[e].event_type == GPIOD_LINE_EVENT_RISING_EDGE,
			(int64_t)events[e].ts.tv_sec * 1000000000 + events[e].ts.tv_nsec);
	return 0;
}

/* A line whose queue fills again at once is told again by epoll: no need to stay here for it. */
static int v1_drain(struct gpio_chip *c, gpio_edge *edge, void *context)
{
	struct epoll_event ready[GPIO_LINES_MAX];
	int count = c->epoll < 0 ? 0 : epoll_wait(c->epoll, ready, GPIO_LINES_MAX, 0);
	int error = 0;

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count && !error; i++) {
		if (ready[i].events & (EPOLLHUP | EPOLLERR))
			return -ENODEV;
		error = drain_line(c, (size_t)ready[i].data.u64, edge, context);
	}
	return error;
}

static int v1_get(struct gpio_chip *c, size_t line)
{
	int level = gpiod_line_get_value(c->lines[line]);

	return level < 0 ? no_device(errno) : level;
}

static int v1_set(struct gpio_chip *c, size_t line, bool level)
{
	return gpiod_line_set_value(c->lines[line], level) < 0 ? no_device(errno) : 0;
}

const struct gpio_backend gpio_backend = {
	.open = v1_open,
	.fd = v1_fd,
	.drain = v1_drain,
	.get = v1_get,
	.set = v1_set,
	.close = v1_close,
};
