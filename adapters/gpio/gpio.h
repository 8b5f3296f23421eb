/*
 * gpio: the options of buses and points, and their checks. Filled by the loader,
 * immutable afterwards: any thread. For adapters/gpio.c only.
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

extern const struct option_spec gpio_bus_options[], gpio_point_options[];

void gpio_check_bus(struct bus *bus, struct option_errors *errors);
void gpio_check_point(struct point *point, struct option_errors *errors);
int64_t gpio_settle_ms(const struct point *point);
bool gpio_overlap(const struct point *a, const struct point *b);

#endif
