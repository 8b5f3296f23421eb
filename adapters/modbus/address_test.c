/* Addresses as data sheets write them, contradictions between options, and the tables. */
#include "tests/modbus_bench.h"

#include <setjmp.h>
#include <stdlib.h>
/* after setjmp.h */
#include <cmocka.h>

static struct bench b;

static int start(void **state)
{
	(void)state;
	bench_init(&b);
	return 0;
}

static void addresses(void **state)
{
	static const struct {
		int base, table;
		int64_t number;
		int expected_table;
		uint16_t address;
	} vectors[] = {
		{ MODBUS_BASE_0, MODBUS_TABLE_HOLDING, 0, MODBUS_TABLE_HOLDING, 0 },
		{ MODBUS_BASE_0, MODBUS_TABLE_COIL, 65535, MODBUS_TABLE_COIL, 65535 },
		{ MODBUS_BASE_1, MODBUS_TABLE_INPUT, 1, MODBUS_TABLE_INPUT, 0 },
		{ MODBUS_BASE_1, MODBUS_TABLE_DISCRETE, 65536, MODBUS_TABLE_DISCRETE, 65535 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 40001, MODBUS_TABLE_HOLDING, 0 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_HOLDING, 49999, MODBUS_TABLE_HOLDING, 9998 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 400001, MODBUS_TABLE_HOLDING, 0 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 465536, MODBUS_TABLE_HOLDING, 65535 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 30010, MODBUS_TABLE_INPUT, 9 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_INPUT, 300010, MODBUS_TABLE_INPUT, 9 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 10001, MODBUS_TABLE_DISCRETE, 0 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 165536, MODBUS_TABLE_DISCRETE, 65535 },
		{ MODBUS_BASE_4XXXX, MODBUS_TABLE_AUTO, 17, MODBUS_TABLE_COIL, 16 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		bench_init(&b);
		b.options.address_base = vectors[i].base;
		bench_add(&b, vectors[i].table, MODBUS_TYPE_AUTO, vectors[i].number);
		modbus_check_point(&b.points[0], &b.errors);
		if (b.error_count)
			fail_msg("vector %zu: %s: %s", i, b.error_option[0], b.error_text[0]);
		assert_int_equal(b.point_options[0].table, vectors[i].expected_table);
		assert_int_equal(b.point_options[0].address, vectors[i].address);
		assert_int_equal(b.point_options[0].type,
			modbus_table_is_bits(vectors[i].expected_table) ? MODBUS_TYPE_BIT
									: MODBUS_TYPE_U16);
	}
}

static const struct {
	int base;
	struct modbus_point options;
	bool writable;
	const char *option, *text; /* of the only complaint */
} wrong_options[] = {
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .table = MODBUS_TABLE_INPUT }, false,
		"table", "register 40001 is a holding address by its number, not input" },
	{ MODBUS_BASE_4XXXX, { .register_number = 0 }, false, "register", "0 is no data-sheet" },
	{ MODBUS_BASE_4XXXX, { .register_number = 50001 }, false, "register",
		"50001 is no data-sheet" },
	{ MODBUS_BASE_4XXXX, { .register_number = 465536, .type = MODBUS_TYPE_F32 }, false,
		"register", "ends beyond the last address" },
	{ MODBUS_BASE_0, { .register_number = 65536, .table = MODBUS_TABLE_HOLDING }, false,
		"register", "65536 is outside 0 to 65535" },
	{ MODBUS_BASE_1, { .register_number = 0, .table = MODBUS_TABLE_HOLDING }, false, "register",
		"0 is outside 1 to 65536" },
	{ MODBUS_BASE_0, { .register_number = 1 }, false, "table", "is missing" },
	{ MODBUS_BASE_4XXXX, { .register_number = 1, .type = MODBUS_TYPE_U16 }, false, "type",
		"a coil is one bit" },
	{ MODBUS_BASE_4XXXX, { .register_number = 10001, .bit = 4 }, false, "bit",
		"a discrete has no bits of its own" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .type = MODBUS_TYPE_BIT, .bit = -1 },
		false, "bit", "is missing" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .type = MODBUS_TYPE_U16, .bit = 3 }, false,
		"bit", "picks one bit" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .invert = true, .bit = -1 }, false,
		"invert", "is for bits" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .scale = -0.0, .bit = -1 }, false, "scale",
		"0 makes every value the same" },
	{ MODBUS_BASE_4XXXX, { .register_number = 1, .scale = 2, .bit = -1 }, false, "scale",
		"a bit is 0 or 1" },
	{ MODBUS_BASE_4XXXX, { .register_number = 1, .offset = 2, .bit = -1 }, false, "offset",
		"a bit is 0 or 1" },
	{ MODBUS_BASE_4XXXX, { .register_number = 30001, .bit = -1 }, true, "table",
		"Modbus cannot write input" },
	{ MODBUS_BASE_4XXXX, { .register_number = 10001, .bit = -1 }, true, "table",
		"Modbus cannot write discrete" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .bit = 5 }, true, "bit",
		"cannot be written without touching the others" },
	{ MODBUS_BASE_4XXXX, { .register_number = 1, .write_function = 2, .bit = -1 }, true,
		"write_function", "6 does not write coil" },
	{ MODBUS_BASE_4XXXX,
		{ .register_number = 40001,
			.type = MODBUS_TYPE_F32,
			.write_function = 2,
			.bit = -1 },
		true, "write_function", "6 does not write holding of 2 register(s)" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .write_function = 3, .bit = -1 }, true,
		"write_function", "15 does not write holding" },
	{ MODBUS_BASE_4XXXX, { .register_number = 40001, .write_function = 2, .bit = -1 }, false,
		"write_function", "not `writable`" },
};

static void contradictions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong_options) / sizeof(wrong_options[0]); i++) {
		struct modbus_point options = wrong_options[i].options;

		bench_init(&b);
		b.options.address_base = wrong_options[i].base;
		bench_add(&b, 0, 0, 0)->writable = wrong_options[i].writable;
		if (options.scale == 0 &&
			strcmp(wrong_options[i].text, "0 makes every value the same") != 0)
			options.scale = 1;
		if (options.bit == 0) /* no vector means bit 0 */
			options.bit = -1;
		b.point_options[0] = options;
		modbus_check_point(&b.points[0], &b.errors);
		if (b.error_count != 1 || strcmp(b.error_option[0], wrong_options[i].option) != 0 ||
			!strstr(b.error_text[0], wrong_options[i].text))
			fail_msg("vector %zu (%s): %u complaints, the first: %s: %s", i,
				wrong_options[i].text, b.error_count, b.error_option[0],
				b.error_text[0]);
	}
}

static void all_complaints_at_once(void **state)
{
	(void)state;
	b.options.address_base = MODBUS_BASE_4XXXX;
	b.options.max_registers = 2;
	bench_add(&b, MODBUS_TABLE_INPUT, MODBUS_TYPE_F64, 40001)->writable = true;
	b.point_options[0].bit = 3;
	b.point_options[0].scale = 0;
	b.point_options[0].write_function = 1;
	modbus_check_point(&b.points[0], &b.errors);
	assert_int_equal(b.error_count, 5); /* table, bit, scale, type, write_function */
}

static void write_functions(void **state)
{
	static const struct {
		int64_t number;
		int type, choice;
		uint8_t function;
	} vectors[] = {
		{ 1, MODBUS_TYPE_AUTO, 0, 5 },
		{ 1, MODBUS_TYPE_AUTO, 1, 5 },
		{ 1, MODBUS_TYPE_AUTO, 3, 15 },
		{ 40001, MODBUS_TYPE_U16, 0, 6 },
		{ 40001, MODBUS_TYPE_U16, 4, 16 },
		{ 40001, MODBUS_TYPE_F32, 0, 16 },
		{ 40001, MODBUS_TYPE_F64, 4, 16 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		bench_init(&b);
		b.options.address_base = MODBUS_BASE_4XXXX;
		bench_add(&b, MODBUS_TABLE_AUTO, vectors[i].type, vectors[i].number)->writable =
			true;
		b.point_options[0].write_function = vectors[i].choice;
		modbus_check_point(&b.points[0], &b.errors);
		assert_int_equal(b.error_count, 0);
		assert_int_equal(b.point_options[0].function, vectors[i].function);
	}
}

static void hosts(void **state)
{
	static const struct {
		const char *host;
		unsigned errors;
	} vectors[] = {
		{ "192.168.1.10", 0 },
		{ "::1", 0 },
		{ "fd00::12:3", 0 },
		{ "gateway.local", 1 },
		{ "localhost", 1 },
		{ "192.168.1", 1 },
		{ "192.168.1.10:502", 1 },
	};

	(void)state;
	b.bus.options = &b.tcp;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		b.error_count = 0;
		b.tcp.host = vectors[i].host;
		modbus_check_tcp_bus(&b.bus, &b.errors);
		assert_int_equal(b.error_count, vectors[i].errors);
	}
	b.bus.options = &b.rtu;
	b.error_count = 0;
	b.rtu = (struct modbus_rtu_bus){ .path = "ttyUSB0", .data_bits = 7 };
	modbus_check_rtu_bus(&b.bus, &b.errors);
	assert_int_equal(b.error_count, 2);
}

/* Every row has a default that it would accept itself, a help, and a place in its struct. */
static void table_sound(const struct option_spec *spec, size_t size)
{
	for (; spec->name; spec++) {
		bool found = !spec->value;

		assert_non_null(spec->help);
		assert_true(spec->offset < size);
		assert_true(spec->required || spec->value);
		if (spec->type == OPTION_CHOICE)
			for (const char *const *c = spec->choices; *c && !found; c++)
				found = strcmp(*c, spec->value) == 0;
		else if (spec->type == OPTION_INT && spec->value)
			found = atof(spec->value) >= spec->min && atof(spec->value) <= spec->max;
		else
			found = true;
		if (!found)
			fail_msg("%s: default \"%s\"", spec->name, spec->value);
	}
}

static void tables(void **state)
{
	(void)state;
	table_sound(modbus_tcp_bus_options, sizeof(struct modbus_tcp_bus));
	table_sound(modbus_rtu_bus_options, sizeof(struct modbus_rtu_bus));
	table_sound(modbus_tcp_device_options, sizeof(struct modbus_device));
	table_sound(modbus_rtu_device_options, sizeof(struct modbus_device));
	table_sound(modbus_point_options, sizeof(struct modbus_point));
	for (const struct option_spec *s = modbus_rtu_bus_options; s->name; s++)
		for (int i = 0; strcmp(s->name, "baud") == 0 && s->choices[i]; i++)
			assert_int_equal(modbus_bauds[i], atoi(s->choices[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(addresses, start),
		cmocka_unit_test_setup(contradictions, start),
		cmocka_unit_test_setup(all_complaints_at_once, start),
		cmocka_unit_test_setup(write_functions, start),
		cmocka_unit_test_setup(hosts, start),
		cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests_name("modbus_address", tests, NULL, NULL) ? 1 : 0;
}
