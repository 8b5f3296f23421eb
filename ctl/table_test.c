/* Tables and listings as a terminal shows them: widths, colours, what is harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/list.h"
#include "ctl/table.h"

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

/* What is printed; the caller frees it. */
static char *print(bool chinese, bool colour, const char *verb, const char *documents)
{
	char *text = NULL;
	size_t size;
	json_t *json = json_loads(documents, 0, NULL);
	struct show show = { open_memstream(&text, &size), chinese, colour };

	assert_non_null(json);
	assert_true(list_print(&show, verb, json));
	fclose(show.out);
	json_decref(json);
	return text;
}

static void test_harmless(void **state)
{
	static const char *const head[] = { "A", "B" }, *const evil[] = { "x\033[2J\n", "\xc2\x9b"
											"2J" };
	struct table *table = table_new(2);
	char *text = NULL;
	size_t size;
	struct show show = { open_memstream(&text, &size), false, false };

	(void)state;
	assert_true(table_add(table, TABLE_DIM, head));
	assert_true(table_add(table, TABLE_RED, evil));
	table_print(table, &show);
	fclose(show.out);
	assert_string_equal(text, "A       B\nx?[2J?  ??2J\n");
	free(text);
	table_free(table);
}

#define TROUBLES                                                                                   \
	"[{\"id\":\"mqtt\",\"since\":\"2026-11-24T03:01:09.250+08:00\","                           \
	"\"text\":{\"zh\":\"断开\",\"en\":\"gone\"}},{\"id\":\"bus.rs485\",\"since\":null}]"

static void test_listing(void **state)
{
	char *text = print(true, false, "troubles", TROUBLES);

	(void)state;
	assert_string_equal(text, "开始时间        编号       系统故障\n"
				  "11-24 03:01:09  mqtt       断开\n"
				  "                bus.rs485  \n");
	free(text);
	text = print(false, true, "troubles", TROUBLES);
	assert_non_null(strstr(text, "\033[1;33m11-24 03:01:09  mqtt       gone\033[0m\n"));
	free(text);
	text = print(false, false, "incidents", "[]");
	assert_string_equal(text, "no incident is open\n");
	free(text);
	/* Documents that are none at all do not break it. */
	free(print(false, false, "points", "[7,null,{},{\"value\":\"x\",\"quality\":[]}]"));
}

static void test_unknown(void **state)
{
	struct show show = { stdout, false, false };

	(void)state;
	assert_false(list_print(&show, "alerts", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_unknown),
	};

	table_locale();
	return cmocka_run_group_tests_name("table", tests, NULL, NULL) ? 1 : 0;
}
