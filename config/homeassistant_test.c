/* The tables of Home Assistant: what is found, permitted, and how units are spelt. */
#include "config/homeassistant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_classes(void **state)
{
	const struct device_class *pressure = device_class_find(POINT_NUMBER, "pressure");

	(void)state;
	assert_non_null(pressure);
	assert_true(device_class_permits(pressure, "bar"));
	assert_false(device_class_permits(pressure, "V"));
	assert_false(device_class_permits(pressure, ""));
	assert_string_equal(pressure->state_class, "measurement");
	assert_non_null(device_class_find(POINT_STATE, "moisture"));
	assert_null(device_class_find(POINT_STATE, "pressure"));
	assert_null(device_class_find(POINT_NUMBER, "smoke"));
	assert_true(device_class_permits(device_class_find(POINT_NUMBER, "ph"), ""));
	assert_string_equal(
		device_class_find(POINT_NUMBER, "water")->state_class, "total_increasing");
	assert_null(device_class_find(POINT_NUMBER, "wind_direction")->state_class);
}

/* Each name once, and of a number at least one unit; what a unit becomes is known somewhere. */
static void test_tables_are_whole(void **state)
{
	size_t count[2] = { 0 };

	(void)state;
	for (int kind = POINT_NUMBER; kind <= POINT_STATE; kind++) {
		const char *name;

		for (size_t i = 0; (name = device_class_name((enum point_kind)kind, i)); i++) {
			const struct device_class *class =
				device_class_find((enum point_kind)kind, name);

			assert_ptr_equal(class->name, name);
			assert_true((kind == POINT_NUMBER) == (class->units && class->units[0]));
			count[kind]++;
		}
	}
	assert_int_equal(count[POINT_STATE], 28);
	assert_true(count[POINT_NUMBER] > 45);
}

static void test_units(void **state)
{
	(void)state;
	assert_string_equal(device_unit("degC"), "°C");
	assert_string_equal(device_unit("m3/h"), "m³/h");
	assert_string_equal(device_unit("l/min"), "L/min");
	assert_string_equal(device_unit("bar"), "bar");
	assert_string_equal(device_unit("persons"), "persons");
	assert_string_equal(device_unit(""), "");
	assert_true(device_class_permits(
		device_class_find(POINT_NUMBER, "volume_flow_rate"), device_unit("m3/h")));
	assert_true(device_class_permits(
		device_class_find(POINT_NUMBER, "temperature"), device_unit("degC")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_tables_are_whole),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests_name("homeassistant", tests, NULL, NULL) ? 1 : 0;
}
