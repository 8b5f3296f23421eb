/*
 * The backend of the libgpiod that is installed, as far as a machine without chips
 * shows it: what it says of chips that do not exist or are none, and that nothing is
 * left open after that.
 */
#include "adapters/gpio/backend.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct gpio_request request = { .line = "facilityd-no-such-line" };

static int open_on(const char *name)
{
	struct gpio_chip *chip = NULL;
	int error = gpio_backend.open(name, &request, 1, &chip);

	if (error == 0)
		gpio_backend.close(chip);
	return error;
}

static void test_no_chip_has_the_label(void **state)
{
	(void)state;
	assert_int_equal(open_on("facilityd-no-such-chip"), -ENODEV);
}

static void test_no_chip_has_the_line(void **state)
{
	(void)state;
	assert_int_equal(open_on(NULL), -ENODEV);
}

static void test_path_does_not_exist(void **state)
{
	(void)state;
	assert_int_equal(open_on("/dev/facilityd-no-such-chip"), -ENOENT);
}

static void test_path_is_no_chip(void **state)
{
	(void)state;
	assert_true(open_on("/dev/null") < 0);
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void test_failures_leave_nothing_open(void **state)
{
	size_t before = count_descriptors();

	(void)state;
	for (int i = 0; i < 10; i++) {
		open_on("/dev/null");
		open_on("facilityd-no-such-chip");
		open_on(NULL);
	}
	assert_int_equal(count_descriptors(), before);
}

static int fits_nothing(const char *path, const void *wanted)
{
	(void)path;
	(void)wanted;
	return 0;
}

static void test_find_says_when_nothing_fits(void **state)
{
	char path[16];

	(void)state;
	assert_int_equal(gpio_find_chip(fits_nothing, NULL, path, sizeof(path)), -ENODEV);
}

static void test_offset_is_digits_only(void **state)
{
	(void)state;
	assert_int_equal(gpio_offset("0"), 0);
	assert_int_equal(gpio_offset("17"), 17);
	assert_int_equal(gpio_offset("GPIO17"), -1);
	assert_int_equal(gpio_offset("17a"), -1);
	assert_int_equal(gpio_offset("-1"), -1);
	assert_int_equal(gpio_offset(""), -1);
	assert_int_equal(gpio_offset("99999999999"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_chip_has_the_label),
		cmocka_unit_test(test_no_chip_has_the_line),
		cmocka_unit_test(test_path_does_not_exist),
		cmocka_unit_test(test_path_is_no_chip),
		cmocka_unit_test(test_failures_leave_nothing_open),
		cmocka_unit_test(test_find_says_when_nothing_fits),
		cmocka_unit_test(test_offset_is_digits_only),
	};

	return cmocka_run_group_tests_name("gpio_backend", tests, NULL, NULL) ? 1 : 0;
}
