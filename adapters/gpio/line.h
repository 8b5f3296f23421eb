/*
 * gpio: the lines of a chip, what each is at, and when that counts. For adapters/gpio/gpio.c
 * only. Pure: levels and time are arguments. Loop thread, never blocks.
 *
 * A point has one line, or a pair, whose value is the first line's plus twice the
 * second's. The lines of a pair settle together, so that no mixture is told.
 */
#ifndef ADAPTERS_GPIO_LINE_H
#define ADAPTERS_GPIO_LINE_H

#include "adapters/adapter.h"

/* The options, filled by the loader and immutable afterwards. */
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

/* Values here are logical: active_low is applied. */
struct gpio_line {
	const struct point *point;
	const struct gpio_point *options;
	struct gpio_line *second; /* of a pair's first line; else NULL */
	struct gpio_line *first;  /* the pair's, or the line itself */
	bool value;               /* as it counts: after debouncing */
	bool level;               /* as read last */
	/* Of a first line, for its pair: */
	bool settling;       /* it moved and has not yet been quiet for debounce_ms */
	int64_t moved_ms;    /* settling: when it moved last */
	int64_t restless_ms; /* settling: since when */
};

/* The physical level that it has when the chip was opened. */
void gpio_line_begin(struct gpio_line *line, bool physical);
/* An edge: at that time it came to be at this physical level, and may have left it. */
void gpio_line_edge(struct gpio_line *line, bool physical, struct sink *sink, int64_t at_ms);
/* It was read at this physical level, which outranks all edges. */
void gpio_line_look(struct gpio_line *line, bool physical, struct sink *sink, int64_t now_ms);
/* When it settles, unless it moves before; CLOCK_NEVER. */
int64_t gpio_line_settles_ms(const struct gpio_line *line);
/* It has been quiet for long enough: its level counts, and is told. */
void gpio_line_settle(struct gpio_line *line, struct sink *sink, int64_t now_ms);
/* The reading of its point, as of now. */
void gpio_line_tell(const struct gpio_line *line, struct sink *sink, int64_t now_ms);

#endif
