/* The checks of gpio options: each contradiction is told, at the option that is wrong. */
#include "adapters/gpio/backend.h"
#include "adapters/gpio/line.h"
#include "core/bands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct adapter adapter_gpio;

static char told[400];

static void add(struct option_errors *errors, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct option_errors *errors, const char *option, const char *format, ...)
{
	size_t used = strlen(told);
	va_list args;

	(void)errors;
	used += (size_t)snprintf(told + used, sizeof(told) - used, "[%s] ", option ? option : "");
	va_start(args, format);
	vsnprintf(told + used, sizeof(told) - used, format, args);
	va_end(args);
}

static struct option_errors errors = { .add = add };
static const struct point_class leak = { .id = "leak", .kind = POINT_STATE };
static const struct point_class power = { .id = "power", .kind = POINT_NUMBER };

struct sample {
	const char *chip;
	const struct point_class *class;
	bool writable;
	struct gpio_point options;
	const char *told; /* how it begins; "": nothing */
};

static const struct sample samples[] = {
	{ "cabinet", &leak, false, { .line = "4", .debounce_ms = 20, .bias = GPIO_BIAS_PULL_UP },
		"" },
	{ NULL, &leak, false, { .line = "LEAK1" }, "" },
	{ "cabinet", &leak, true, { .line = "4", .initial = 1 }, "" },
	{ NULL, &leak, false, { .line = "4" }, "[line] 4 is a line's offset, and the bus \"io\"" },
	{ "cabinet", &power, false, { .line = "4" }, "[] a line is 0 or 1" },
	{ "cabinet", &leak, true, { .line = "4", .debounce_ms = 20 }, "[debounce] is for inputs" },
	{ "cabinet", &leak, true, { .line = "4", .bias = GPIO_BIAS_OFF }, "[bias] is for inputs" },
	{ "cabinet", &leak, false, { .line = "4", .initial = 1 }, "[initial] is for outputs" },
	{ "cabinet", &leak, false, { .line = "a-name-of-thirty-two-characters-" },
		"[line] \"a-name-of-thirty-two-characters-\" is longer" },
	{ "cabinet", &leak, false, { .line = "4", .second_line = "5" },
		"[second_line] makes a number" },
	{ "cabinet", &leak, true, { .line = "4", .second_line = "5" },
		"[second_line] is for inputs" },
};

static const struct sample banded[] = {
	{ "cabinet", &leak, false, { .line = "4", .second_line = "5" }, "" },
	{ "cabinet", &leak, false, { .line = "4" }, "[second_line] is missing" },
	{ "cabinet", &leak, false, { .line = "4", .second_line = "4" },
		"[second_line] is the first" },
	{ NULL, &leak, false, { .line = "A", .second_line = "5" },
		"[second_line] 5 is a line's offset" },
};

static void check_samples(const struct sample *of, size_t count, const struct bands *bands)
{
	for (size_t i = 0; i < count; i++) {
		const struct sample *sample = &of[i];
		struct gpio_bus bus_options = { .chip = sample->chip };
		struct gpio_point options = sample->options;
		struct bus bus = { .id = "io", .options = &bus_options };
		struct device device = { .bus = &bus };
		struct point point = {
			.class = sample->class,
			.device = &device,
			.writable = sample->writable,
			.bands = bands,
			.options = &options,
		};

		told[0] = '\0';
		adapter_gpio.check_point(&point, &errors);
		if (strncmp(told, sample->told, strlen(sample->told)) != 0 ||
			!told[0] != !sample->told[0])
			fail_msg("sample %zu: told \"%s\"", i, told);
	}
}

static void test_points(void **state)
{
	struct bands bands;

	(void)state;
	check_samples(samples, sizeof(samples) / sizeof(samples[0]), NULL);
	check_samples(banded, sizeof(banded) / sizeof(banded[0]), &bands);
}

static void check_chip(const char *chip, const char *expected)
{
	struct gpio_bus options = { .chip = chip };
	struct bus bus = { .id = "io", .options = &options };

	told[0] = '\0';
	adapter_gpio.check_bus(&bus, &errors);
	told[strlen(expected)] = '\0';
	assert_string_equal(told, expected);
}

static void test_chip_is_no_number(void **state)
{
	(void)state;
	check_chip("gpiochip0", "[chip] \"gpiochip0\" is a number");
	check_chip("pinctrl-bcm2711", "");
	check_chip("/dev/gpiochip0", "");
	check_chip(NULL, "");
}

static void test_overlap_is_the_same_line_of_the_same_bus(void **state)
{
	struct gpio_point four = { .line = "4" }, also_four = { .line = "4" },
			  five = { .line = "5" };
	struct bus bus = { .id = "io" }, other_bus = { .id = "other" };
	struct device device = { .bus = &bus }, other = { .bus = &other_bus };
	struct point a = { .device = &device, .options = &four };
	struct point b = { .device = &device, .options = &also_four };
	struct point c = { .device = &device, .options = &five };
	struct point d = { .device = &other, .options = &four };

	(void)state;
	assert_true(adapter_gpio.overlap(&a, &b));
	assert_false(adapter_gpio.overlap(&a, &c));
	assert_false(adapter_gpio.overlap(&a, &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_chip_is_no_number),
		cmocka_unit_test(test_overlap_is_the_same_line_of_the_same_bus),
	};

	return cmocka_run_group_tests_name("gpio_options", tests, NULL, NULL) ? 1 : 0;
}
