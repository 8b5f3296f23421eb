/*
 * What the gpio adapter needs of libgpiod, whose two versions share no call:
 * v1.c or v2.c defines `gpio_backend`, and the Makefile takes the one
 * that fits the installed library. A backend knows levels of lines and nothing of
 * points, time or debouncing.
 *
 * Levels are physical: what "active" means is the adapter's business, so that it
 * is the same in both. One thread. No call waits for anything but the chip itself
 * (a chip behind I2C or USB takes its transfer's time). All return 0 or more, or
 * -errno; -ENODEV: the chip is gone for good, close it.
 */
#ifndef ADAPTERS_GPIO_BACKEND_H
#define ADAPTERS_GPIO_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's limit of one request; more lines are another bus of the same chip. */
enum { GPIO_LINES_MAX = 64 };

/* Indices of the `bias` option. */
enum gpio_bias { GPIO_BIAS_AS_IS, GPIO_BIAS_OFF, GPIO_BIAS_PULL_UP, GPIO_BIAS_PULL_DOWN };

struct gpio_request {
	const char *line; /* the line's name, or its offset in digits */
	bool output;      /* else an input that tells both edges */
	bool level;       /* outputs: at first */
	int bias;         /* inputs: enum gpio_bias */
};

/* An edge on requests[line]: it came to be at `level`, by the kernel's CLOCK_MONOTONIC. */
typedef void gpio_edge(void *context, size_t line, bool level, int64_t monotonic_ns);

struct gpio_chip;

struct gpio_backend {
	/*
	 * Take the lines for ourselves. `chip`: a label or a path below /dev; NULL: the one chip
	 * that has a line named as requests[0]. -ENOTUNIQ: several chips are meant;
	 * -ENODEV: none; -ENOENT: a line does not exist; -EBUSY: somebody else holds a line.
	 */
	int (*open)(const char *chip, const struct gpio_request *requests, size_t count,
		struct gpio_chip **opened);
	/* Readable when there are edges or the chip is gone; -1: no inputs, nothing to wait for. */
	int (*fd)(const struct gpio_chip *chip);
	/*
	 * Tell the edges that wait, in order for each line, at most some hundred. The queue is
	 * finite and may have lost some, so the level must be read after it.
	 */
	int (*drain)(struct gpio_chip *chip, gpio_edge *edge, void *context);
	int (*get)(struct gpio_chip *chip, size_t line); /* 0 or 1 */
	int (*set)(struct gpio_chip *chip, size_t line, bool level);
	/* Outputs are freed; what their lines do then is the hardware's choice. */
	void (*close)(struct gpio_chip *chip);
};

extern const struct gpio_backend gpio_backend;

/*
 * find.c: look at every gpiochip of the machine. `fits` opens `path` and says 1 (this one),
 * 0, or -errno (passed over). 0 and the path in found[size], -ENODEV, -ENOTUNIQ, or -EACCES when
 * none fits and some may not be opened.
 */
int gpio_find_chip(int (*fits)(const char *path, const void *wanted), const void *wanted,
	char *found, size_t size);

/* The offset that `line` is when it is digits only; -1 for a name. */
int gpio_offset(const char *line);

#endif
