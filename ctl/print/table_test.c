/* Tables as a terminal shows them: widths, colours, what is harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/print/table.h"

#include <stdlib.h>
#include <string.h>

static void test_width(void **state)
{
	static const struct {
		const char *text;
		int width;
	} table[] = {
		{ "", 0 }, { "water", 5 }, { "停水", 4 }, { "f3 三层", 7 }, { "“停水”，", 8 },
		{ "e\xcc\x81", 1 },                    /* an accent of its own */
		{ "\xff\xfe", 2 }, { "a\xe6\xb0", 3 }, /* half a character */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table_width(table[i].text) != table[i].width)
			fail_msg("\"%s\": %d", table[i].text, table_width(table[i].text));
}

static void test_harmless(void **state)
{
	static const char *const head[] = { "A", "B" }, *const evil[] = { "x\033[2J\n", "\xc2\x9b"
											"2J" };
	struct table *table = table_new(2);
	char *text = NULL;
	size_t size;
	struct show show = { open_memstream(&text, &size), LANGUAGE_EN, false };

	(void)state;
	assert_true(table_add(table, TABLE_DIM, head));
	assert_true(table_add(table, TABLE_RED, evil));
	table_print(table, &show);
	fclose(show.out);
	assert_string_equal(text, "A       B\nx?[2J?  ??2J\n");
	free(text);
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_harmless),
	};

	table_locale();
	return cmocka_run_group_tests_name("table", tests, NULL, NULL) ? 1 : 0;
}
