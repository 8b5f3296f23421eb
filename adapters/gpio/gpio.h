/*
 * gpio: the options of buses and points. Filled by the loader, immutable afterwards: any thread.
 * For this folder only.
 */
#ifndef ADAPTERS_GPIO_GPIO_H
#define ADAPTERS_GPIO_GPIO_H

#include "adapters/adapter.h"

struct gpio_bus {
	const char *chip; /* NULL: the chip that has the named lines */
};

struct gpio_point {
	const char *line;
	const char *second_line; /* of a pair; NULL: none */
	bool active_low;
	int bias; /* enum gpio_bias */
	int64_t debounce_ms;
	int initial; /* outputs: 0 off, 1 on */
};

#endif
