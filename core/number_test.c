/* What is a number, and what only looks like one. */
#include "core/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		double value;
	} numbers[] = {
		{ "0", 0 },
		{ "21.5", 21.5 },
		{ "-3", -3 },
		{ "+3", 3 },
		{ "007", 7 },
		{ ".5", 0.5 },
		{ "5.", 5 },
		{ "1e3", 1000 },
		{ "2.5E-2", 0.025 },
		{ "123456789012345678901", 123456789012345678901.0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		double value = -1;

		if (!number_parse(numbers[i].text, &value) || value != numbers[i].value)
			fail_msg("\"%s\" gave %g", numbers[i].text, value);
	}
}

static void test_no_numbers(void **state)
{
	static const char *const texts[] = { "", " ", "-", ".", "e3", "1e", "1e+", "1 ", " 1",
		"1\n", "0x10", "inf", "-inf", "nan", "NaN", "1e999", "1,5", "1.2.3", "--1", "12V",
		"1e3.5" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		double value = 42;

		if (number_parse(texts[i], &value))
			fail_msg("\"%s\" gave %g", texts[i], value);
		assert_true(value == 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_numbers),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL) ? 1 : 0;
}
