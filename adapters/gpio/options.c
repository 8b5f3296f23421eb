/* The options of gpio buses and points, as data, and what tables cannot say of them. */
#include "adapters/gpio/gpio.h"

#include "adapters/gpio/backend.h"

#include <string.h>

enum { LINE_NAME_MAX = 31 }; /* the kernel's */

void gpio_check_bus(struct bus *bus, struct option_errors *errors)
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
				"`bands` "
				"out");
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

void gpio_check_point(struct point *point, struct option_errors *errors)
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

bool gpio_overlap(const struct point *a, const struct point *b)
{
	const struct gpio_point *of_a = a->options, *of_b = b->options;

	return a->device->bus == b->device->bus && strcmp(of_a->line, of_b->line) == 0;
}

int64_t gpio_settle_ms(const struct point *point)
{
	return ((const struct gpio_point *)point->options)->debounce_ms;
}

static const char *const bias_choices[] = { "as-is", "off", "pull-up", "pull-down", NULL };
static const char *const initial_choices[] = { "off", "on", NULL };

#define POINT(member) offsetof(struct gpio_point, member)

/* clang-format off */
const struct option_spec gpio_bus_options[] = {
	{ .name = "chip", .type = OPTION_STRING, .offset = offsetof(struct gpio_bus, chip),
		.help = "the chip's label, as gpiodetect prints it, or a path below /dev; without it, "
			"the chip that has the named lines" },
	{ .name = NULL },
};

const struct option_spec gpio_point_options[] = {
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
