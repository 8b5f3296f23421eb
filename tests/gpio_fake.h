/*
 * A gpiochip that lives in a test: its lines move when gpio_fake_move() says so, and
 * its queue of edges is as short as the kernel's. Including this file defines
 * `gpio_backend`, so that no libgpiod is linked. One chip, one thread.
 */
#ifndef TESTS_GPIO_FAKE_H
#define TESTS_GPIO_FAKE_H

#include "adapters/gpio/backend.h"

#include <errno.h>
#include <string.h>

enum { GPIO_FAKE_QUEUE_MAX = 16, GPIO_FAKE_FD = 1000 };

struct gpio_chip {
	size_t count;
	struct gpio_request requests[GPIO_LINES_MAX];
	bool levels[GPIO_LINES_MAX];
	bool stuck[GPIO_LINES_MAX]; /* outputs that do not move */
	struct {
		size_t line;
		bool level;
		int64_t monotonic_ns;
	} edges[GPIO_FAKE_QUEUE_MAX];
	size_t edge_count;
	int64_t clock_ns;  /* of the next edges, as the kernel stamps them; 0: in no clock that we
			      know */
	bool drops_oldest; /* as with libgpiod 2; else the newest is dropped */
	bool gone;
	bool open;
	int open_error;
	char name[32];
};

static struct gpio_chip chip;

static void gpio_fake_move(size_t line, bool level)
{
	if (chip.levels[line] == level)
		return;
	chip.levels[line] = level;
	if (chip.edge_count == GPIO_FAKE_QUEUE_MAX) {
		if (!chip.drops_oldest)
			return;
		memmove(&chip.edges[0], &chip.edges[1],
			sizeof(chip.edges[0]) * (GPIO_FAKE_QUEUE_MAX - 1));
		chip.edge_count--;
	}
	chip.edges[chip.edge_count].line = line;
	chip.edges[chip.edge_count].monotonic_ns = chip.clock_ns;
	chip.edges[chip.edge_count++].level = level;
}

static int fake_open(const char *name, const struct gpio_request *requests, size_t count,
	struct gpio_chip **opened)
{
	if (chip.open_error)
		return chip.open_error;
	strncpy(chip.name, name ? name : "", sizeof(chip.name) - 1);
	chip.count = count;
	memcpy(chip.requests, requests, count * sizeof(*requests));
	for (size_t i = 0; i < count; i++)
		if (requests[i].output)
			chip.levels[i] = requests[i].level;
	chip.open = true;
	*opened = &chip;
	return 0;
}

static int fake_fd(const struct gpio_chip *c)
{
	(void)c;
	return GPIO_FAKE_FD;
}

static int fake_drain(struct gpio_chip *c, gpio_edge *edge, void *context)
{
	if (c->gone)
		return -ENODEV;
	for (size_t i = 0; i < c->edge_count; i++)
		edge(context, c->edges[i].line, c->edges[i].level, c->edges[i].monotonic_ns);
	c->edge_count = 0;
	return 0;
}

static int fake_get(struct gpio_chip *c, size_t line)
{
	return c->gone ? -ENODEV : c->levels[line];
}

static int fake_set(struct gpio_chip *c, size_t line, bool level)
{
	if (c->gone)
		return -ENODEV;
	if (!c->stuck[line])
		c->levels[line] = level;
	return 0;
}

static void fake_close(struct gpio_chip *c)
{
	c->open = false;
}

const struct gpio_backend gpio_backend = {
	.open = fake_open,
	.fd = fake_fd,
	.drain = fake_drain,
	.get = fake_get,
	.set = fake_set,
	.close = fake_close,
};

#endif
