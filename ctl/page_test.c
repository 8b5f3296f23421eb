/* Pages for people: as text and as HTML, in one language and in both, and what must be escaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/page.h"
#include "ctl/record_cells.h"
#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>

static json_t *make_page(void)
{
	static const struct text columns[] = { { "时间", "TIME" }, { "内容", "WHAT" },
		{ NULL, NULL } };
	json_t *page = page_new(page_cell("停水", "Water loss"), true);
	json_t *section = page_add_section(page, "时间线", "Time line", columns), *row;

	page_add_line(page, page_cell("一行", "one line"));
	row = page_add_row(section);
	page_put(row, page_same("03:01"));
	page_put(row, page_cell("<b>\"&'", "a\x01z\n<script>"));
	return page;
}

static char *print(bool html, bool chinese, bool both)
{
	size_t size;
	char *text;
	struct show show = { open_memstream(&text, &size), chinese, false, both };
	json_t *page = make_page();

	if (html)
		page_print_html(page, &show);
	else
		assert_true(page_print_text(page, &show));
	fclose(show.out);
	json_decref(page);
	return text;
}

static void test_text(void **state)
{
	char *text = print(false, false, false);

	(void)state;
	assert_string_equal(text, "*** DRILL, no real incident ***\nWater loss\none line\n\n"
				  "== Time line\nTIME   WHAT\n03:01  a?z?<script>\n");
	free(text);
	text = print(false, true, false);
	assert_non_null(strstr(text, "演练"));
	assert_non_null(strstr(text, "== 时间线"));
	free(text);
}

static void test_html(void **state)
{
	char *text = print(true, false, false);

	(void)state;
	assert_non_null(strstr(text, "<td>03:01</td>"));
	assert_non_null(strstr(text, "<span lang=\"en\">a?z\n&lt;script&gt;</span>"));
	assert_null(strstr(text, "<script>"));
	assert_null(strstr(text, "停水"));
	assert_non_null(strstr(text, "DRILL"));
	free(text);
	text = print(true, true, false);
	assert_non_null(strstr(text, "<span lang=\"zh\">&lt;b&gt;&quot;&amp;&#39;</span>"));
	assert_null(strstr(text, "Water loss"));
	free(text);
	text = print(true, true, true);
	assert_non_null(strstr(text, "<h1><span lang=\"zh\">停水</span><span lang=\"en\">Water"));
	free(text);
}

static void test_durations(void **state)
{
	static const struct {
		double seconds;
		const char *zh, *en;
	} table[] = {
		{ 0, "0.0 秒", "0.0 s" },
		{ 3.14, "3.1 秒", "3.1 s" },
		{ 9.6, "10 秒", "10 s" },
		{ 59.4, "59 秒", "59 s" },
		{ 59.6, "1 分 0 秒", "1 min 0 s" },
		{ 130, "2 分 10 秒", "2 min 10 s" },
		{ 3900, "1 小时 5 分", "1 h 5 min" },
		{ 180000, "2 天 2 小时", "2 d 2 h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *number = json_real(table[i].seconds), *cell = cell_duration(number);

		assert_string_equal(record_string(cell, "zh"), table[i].zh);
		assert_string_equal(record_string(cell, "en"), table[i].en);
		json_decref(cell);
		json_decref(number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_durations),
	};

	table_locale();
	return cmocka_run_group_tests_name("page", tests, NULL, NULL) ? 1 : 0;
}
