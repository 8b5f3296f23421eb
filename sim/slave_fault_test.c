/* Faults as a person writes them, and how often they happen. */
#include "sim/slave_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool take(const char *text, struct slave_fault *spec, struct fault *why)
{
	static char line[128];
	struct words words;

	snprintf(line, sizeof(line), "%s", text);
	assert_true(words_split(&words, line));
	return slave_fault_take(&words, spec, why) && !words_peek(&words);
}

static void test_every_kind_is_understood(void **state)
{
	static const struct {
		const char *text;
		struct slave_fault spec;
	} rows[] = {
		{ "late 700 ms", { SLAVE_LATE, 700, 0, 0 } },
		{ "late 2s times 3", { SLAVE_LATE, 2000, 0, 3 } },
		{ "dripped", { SLAVE_DRIPPED, 20, 0, 0 } },
		{ "dripped times 2", { SLAVE_DRIPPED, 20, 0, 2 } },
		{ "dripped 5ms times 2", { SLAVE_DRIPPED, 5, 0, 2 } },
		{ "truncated", { SLAVE_TRUNCATED, 0, 0, 0 } },
		{ "noise times 1", { SLAVE_NOISE, 0, 0, 1 } },
		{ "wrong-unit", { SLAVE_WRONG_UNIT, 0, 0, 0 } },
		{ "exception", { SLAVE_EXCEPTION, 0, 4, 0 } },
		{ "exception 6 times 10", { SLAVE_EXCEPTION, 0, 6, 10 } },
		{ "reset", { SLAVE_RESET, 0, 0, 0 } },
		{ "none", { SLAVE_SOUND, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slave_fault spec;
		struct fault why;

		assert_true(take(rows[i].text, &spec, &why));
		assert_int_equal(spec.kind, rows[i].spec.kind);
		assert_int_equal(spec.ms, rows[i].spec.ms);
		assert_int_equal(spec.code, rows[i].spec.code);
		assert_int_equal(spec.left, rows[i].spec.left);
	}
}

static void test_mistakes_are_explained(void **state)
{
	static const char *const rows[][2] = {
		{ "", "the kind of the fault is missing" },
		{ "trunkated", "unknown fault \"trunkated\" (did you mean \"truncated\"?)" },
		{ "late", "a duration is missing, such as 5s" },
		{ "late soon", "\"soon\" is not a duration, such as 5s" },
		{ "exception 300", "an exception is a number from 1 to 255" },
		{ "noise times 0", "times is from 1 to 1000000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slave_fault spec;
		struct fault why;

		assert_false(take(rows[i][0], &spec, &why));
		assert_string_equal(why.text, rows[i][1]);
	}
}

static void test_times_are_counted(void **state)
{
	struct slave_fault spec = { .kind = SLAVE_NOISE, .left = 2 };

	(void)state;
	assert_int_equal(slave_fault_use(&spec), SLAVE_NOISE);
	assert_int_equal(slave_fault_use(&spec), SLAVE_NOISE);
	assert_int_equal(slave_fault_use(&spec), SLAVE_SOUND);
	spec = (struct slave_fault){ .kind = SLAVE_NOISE };
	for (int i = 0; i < 100; i++)
		assert_int_equal(slave_fault_use(&spec), SLAVE_NOISE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_is_understood),
		cmocka_unit_test(test_mistakes_are_explained),
		cmocka_unit_test(test_times_are_counted),
	};

	return cmocka_run_group_tests_name("slave faults", tests, NULL, NULL) ? 1 : 0;
}
