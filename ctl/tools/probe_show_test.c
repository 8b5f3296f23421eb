/* What a person sees of registers: every type and order, and what is known beside it. */
#include "ctl/tools/probe_show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text;
static size_t size;

/* 230.4 as a float, then 1000.5 with its words exchanged, then a register that is refused. */
static const struct register_read found[] = {
	{ REASON_NONE, 0, 0x4366 },
	{ REASON_NONE, 0, 0x6666 },
	{ REASON_NONE, 0, 0x2000 },
	{ REASON_NONE, 0, 0x447a },
	{ REASON_EXCEPTION, 2, 0 },
	{ REASON_EXCEPTION, 2, 0 },
	{ REASON_EXCEPTION, 6, 0 },
};

static const struct known_register known[] = {
	{ "volts", "V", 0, 100,
		{ .table = MODBUS_TABLE_INPUT,
			.type = MODBUS_TYPE_F32,
			.scale = 1,
			.words = 2,
			.address = 10,
			.bit = -1 } },
	{ "flow", "l/s", 0, 2000,
		{ .table = MODBUS_TABLE_INPUT,
			.type = MODBUS_TYPE_F32,
			.order = MODBUS_ORDER_CDAB,
			.scale = 1,
			.words = 2,
			.address = 12,
			.bit = -1 } },
	{ "door", NULL, 0, 0,
		{ .table = MODBUS_TABLE_INPUT,
			.type = MODBUS_TYPE_BIT,
			.scale = 1,
			.words = 1,
			.address = 12,
			.bit = 13 } },
	{ "lost", "V", 0, 1,
		{ .table = MODBUS_TABLE_INPUT,
			.type = MODBUS_TYPE_U16,
			.scale = 1,
			.words = 1,
			.address = 14,
			.bit = -1 } },
};

static const struct probe_view view = {
	.range = { MODBUS_TABLE_INPUT, 10, 7 },
	.found = found,
	.known = known,
	.known_count = 4,
};

static void print(bool (*how)(const struct probe_view *view, const struct show *show),
	const struct probe_view *what)
{
	struct show show = { .out = open_memstream(&text, &size), .language = LANGUAGE_EN };

	assert_true(how(what, &show));
	fclose(show.out);
}

static void has(const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("no \"%s\" in:\n%s", wanted, text);
}

static void test_lines(void **state)
{
	(void)state;
	print(probe_show_lines, &view);
	has("input:10 (0x000a)  4366  17254");
	has("230.4");
	/* What is known but does not fit is said; a person sees a wrong profile at once. */
	has("volts = 230.4 V as f32, outside 0 to 100");
	has("flow = 1000.5 l/s (f32 cdab); door = 1 (bit 13)");
	has("input:14-15");
	has("exception 2: illegal data address; lost");
	has("exception 6: server device busy");
	free(text);
}

static void test_blocks(void **state)
{
	struct probe_view one = view;

	(void)state;
	one.range.count = 1;
	one.extra = 6;
	print(probe_show_blocks, &one);
	has("input:10 (0x000a)  volts = 230.4 V");
	has("f32  230.4 ");
	has("u64  ");
	has("f64  ");
	has("s16  17254");
	free(text);
	/* Values of several registers end where reading ended. */
	one.range.first = 13;
	one.found = found + 3;
	print(probe_show_blocks, &one);
	has("u16  17530");
	assert_null(strstr(text, "u32"));
	free(text);
}

static void test_bits(void **state)
{
	static const struct register_read bits[] = { { REASON_NONE, 0, 1 }, { REASON_NONE, 0, 0 } };
	const struct probe_view coils = {
		.range = { MODBUS_TABLE_COIL, 3, 2 },
		.found = bits,
	};

	(void)state;
	print(probe_show_lines, &coils);
	has("coil:3 (0x0003)  1");
	has("coil:4 (0x0004)  0");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests_name("probe show", tests, NULL, NULL) ? 1 : 0;
}
