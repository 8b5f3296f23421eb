/* Registers as a person writes them. */
#include "ctl/tools/probe_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_forms(void **state)
{
	static const struct {
		const char *text;
		struct register_range range;
	} rows[] = {
		{ "input:70", { MODBUS_TABLE_INPUT, 70, 1 } },
		{ "in:0x46", { MODBUS_TABLE_INPUT, 70, 1 } },
		{ "holding:0x5000+4", { MODBUS_TABLE_HOLDING, 0x5000, 4 } },
		{ "h:65535", { MODBUS_TABLE_HOLDING, 65535, 1 } },
		{ "coil:0-7", { MODBUS_TABLE_COIL, 0, 8 } },
		{ "discrete:3+1", { MODBUS_TABLE_DISCRETE, 3, 1 } },
		{ "30001", { MODBUS_TABLE_INPUT, 0, 1 } },
		{ "30001-30010", { MODBUS_TABLE_INPUT, 0, 10 } },
		{ "40002+3", { MODBUS_TABLE_HOLDING, 1, 3 } },
		{ "465536", { MODBUS_TABLE_HOLDING, 65535, 1 } },
		{ "10001", { MODBUS_TABLE_DISCRETE, 0, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct register_range range;

		assert_true(probe_range_looks_like(rows[i].text));
		assert_null(probe_range_parse(rows[i].text, &range));
		assert_int_equal(range.table, rows[i].range.table);
		assert_int_equal(range.first, rows[i].range.first);
		assert_int_equal(range.count, rows[i].range.count);
	}
	assert_false(probe_range_looks_like("eastron-sdm630"));
}

static void test_mistakes(void **state)
{
	static const char *const rows[] = { "inputs:7", ":7", "input:", "input:x", "input:7-", "70",
		"20001", "30001-40001", "input:9-3", "input:65536", "input:1+0", "input:0+5000",
		"input:7 8", "input:-1", "29999" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct register_range range;

		if (!probe_range_parse(rows[i], &range))
			fail_msg("\"%s\" was taken", rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests_name("probe ranges", tests, NULL, NULL) ? 1 : 0;
}
