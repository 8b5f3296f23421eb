/* A page for people: its making, and its printing as text. See page.h. */
#include "ctl/page.h"

#include "ctl/table.h"

#include <string.h>

_Static_assert((int)PAGE_COLUMN_MAX <= (int)TABLE_COLUMN_MAX, "a section becomes a table");

const struct text page_drill = { "演练，非真实事件", "DRILL, no real incident" };

json_t *page_cell(const char *zh, const char *en)
{
	return json_pack("{s:s, s:s}", "zh", zh, "en", en);
}

json_t *page_same(const char *text)
{
	return page_cell(text, text);
}

json_t *page_new(json_t *title, bool drill)
{
	return json_pack(
		"{s:o, s:b, s:[], s:[]}", "title", title, "drill", drill, "lines", "sections");
}

void page_add_line(json_t *page, json_t *cell)
{
	json_array_append_new(json_object_get(page, "lines"), cell);
}

json_t *page_add_section(json_t *page, const char *zh, const char *en, const struct text *headings)
{
	json_t *columns = headings ? json_array() : json_null();
	json_t *section;

	for (; headings && headings->zh; headings++)
		json_array_append_new(columns, page_cell(headings->zh, headings->en));
	section = json_pack(
		"{s:o, s:o, s:[]}", "title", page_cell(zh, en), "columns", columns, "rows");
	json_array_append_new(json_object_get(page, "sections"), section);
	return section;
}

json_t *page_add_row(json_t *section)
{
	json_t *row = json_array();

	json_array_append_new(json_object_get(section, "rows"), row);
	return row;
}

void page_put(json_t *row, json_t *cell)
{
	json_array_append_new(row, cell);
}

/* As text ---------------------------------------------------------------------- */

static const char *in_language(const struct show *show, const json_t *cell)
{
	const char *text = json_string_value(json_object_get(cell, show->chinese ? "zh" : "en"));

	return text ? text : "";
}

static bool add_row(
	const struct show *show, struct table *table, enum table_colour colour, const json_t *row)
{
	const char *cells[TABLE_COLUMN_MAX] = { NULL };

	for (size_t i = 0; i < json_array_size(row) && i < TABLE_COLUMN_MAX; i++)
		cells[i] = in_language(show, json_array_get(row, i));
	return table_add(table, colour, cells);
}

static bool print_section(const struct show *show, const json_t *section)
{
	const json_t *columns = json_object_get(section, "columns"),
		     *rows = json_object_get(section, "rows"), *row;
	size_t width = json_array_size(columns), i;
	struct table *table;
	bool whole;

	if (width == 0)
		width = json_array_size(json_array_get(rows, 0));
	table = table_new(width);
	whole = table != NULL;
	if (whole && json_is_array(columns))
		whole = add_row(show, table, TABLE_DIM, columns);
	json_array_foreach (rows, i, row)
		whole = whole && add_row(show, table, TABLE_PLAIN, row);
	fprintf(show->out, "\n== %s\n", in_language(show, json_object_get(section, "title")));
	if (whole)
		table_print(table, show);
	table_free(table);
	return whole;
}

bool page_print_text(const json_t *page, const struct show *show)
{
	const json_t *line, *section;
	bool whole = true;
	size_t i;

	if (json_is_true(json_object_get(page, "drill")))
		fprintf(show->out, "*** %s ***\n", show->chinese ? page_drill.zh : page_drill.en);
	fprintf(show->out, "%s\n", in_language(show, json_object_get(page, "title")));
	json_array_foreach (json_object_get(page, "lines"), i, line)
		fprintf(show->out, "%s\n", in_language(show, line));
	json_array_foreach (json_object_get(page, "sections"), i, section)
		whole = whole && print_section(show, section);
	return whole;
}
