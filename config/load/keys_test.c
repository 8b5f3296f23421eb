/* The sanity of every table that is shipped: the loader's own and the adapters'. */
#include "config/load/keys.h"

#include "adapters/adapter.h"
#include "config/text/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/loader_bench.h"

static const size_t type_sizes[] = {
	[OPTION_BOOL] = sizeof(bool),
	[OPTION_INT] = sizeof(int64_t),
	[OPTION_REAL] = sizeof(double),
	[OPTION_DURATION] = sizeof(int64_t),
	[OPTION_STRING] = sizeof(const char *),
	[OPTION_CHOICE] = sizeof(int),
	[OPTION_TEXTS] = sizeof(const char *const *),
	[OPTION_NAME] = sizeof(const void *),
};
_Static_assert(
	sizeof(type_sizes) / sizeof(type_sizes[0]) == OPTION_NAME + 1, "a size of each type");

static void check_row(const char *table, const struct option_spec *spec, size_t size)
{
	size_t length = spec->help ? strlen(spec->help) : 0;
	char why[128] = "";

	if (spec->offset + type_sizes[spec->type] > size)
		strcpy(why, "lies outside its struct");
	else if (length == 0 || length > 120 || spec->help[length - 1] == '.')
		strcpy(why, "needs a line of help without full stop");
	else if ((spec->type == OPTION_CHOICE) != (spec->choices != NULL))
		strcpy(why, "has choices and is none, or the reverse");
	else if (spec->required && spec->value)
		strcpy(why, "is required and has a default");
	if (why[0])
		fail_msg("%s: %s %s", table, spec->name, why);
}

/* A default that its own table would refuse is a mistake of the table. */
static void check_default(struct fixture *f, const char *table, const struct option_spec *spec)
{
	bool quoted = spec->type != OPTION_BOOL && spec->type != OPTION_INT &&
		      spec->type != OPTION_REAL && spec->value[0] != '"';
	struct option_spec alone[] = { *spec, { NULL } };
	union {
		char bytes[16];
		int64_t align;
	} target = { { 0 } };
	const struct option_group options = { table, { { alone, &target } } };
	char text[300];
	config_t parsed;

	alone[0].offset = 0;
	snprintf(text, sizeof(text), "%s = %s%s%s;", spec->name, quoted ? "\"" : "", spec->value,
		quoted ? "\"" : "");
	config_init(&parsed);
	assert_true(config_read_string(&parsed, text));
	if (!options_fill(&f->loader, config_root_setting(&parsed), &options))
		fail_msg("%s: the default of %s is refused: %s", table, spec->name, spec->value);
	config_destroy(&parsed);
}

static void check_table(
	struct fixture *f, const char *table, const struct option_spec *spec, size_t size)
{
	for (; spec && spec->name; spec++) {
		check_row(table, spec, size);
		if (spec->value)
			check_default(f, table, spec);
	}
}

static void test_shipped_tables(void **state)
{
	for (size_t i = 0; i < KEYS_COUNT; i++)
		check_table(*state, key_tables[i].path, key_tables[i].specs, 4096);
	for (const struct adapter *const *a = adapter_table; *a; a++) {
		check_table(*state, (*a)->name, (*a)->bus_options, (*a)->bus_size);
		check_table(*state, (*a)->name, (*a)->device_options, (*a)->device_size);
		check_table(*state, (*a)->name, (*a)->point_options, (*a)->point_size);
		assert_true(((*a)->blocking == NULL) != ((*a)->event == NULL));
	}
}

/* An option of an adapter would hide the loader's own of the same name. */
static void test_adapters_leave_our_names(void **state)
{
	(void)state;
	for (const struct adapter *const *a = adapter_table; *a; a++) {
		const struct option_spec *theirs[] = { (*a)->bus_options, (*a)->device_options,
			(*a)->point_options };

		for (size_t k = 0; k < 3; k++)
			for (const struct option_spec *t = theirs[k]; t && t->name; t++)
				for (const struct option_spec *own = key_tables[KEYS_BUS + k].specs;
					own->name; own++)
					assert_string_not_equal(own->name, t->name);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_shipped_tables),
		TEST(test_adapters_leave_our_names),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL) ? 1 : 0;
}
