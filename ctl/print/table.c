/* A table for people: see table.h. */
#include "ctl/print/table.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GAP = 2, HEAD_SIZE = 48 };

struct row {
	enum table_colour colour;
	char *cells[TABLE_COLUMN_MAX];
};

struct table {
	size_t column_count;
	int widths[TABLE_COLUMN_MAX];
	struct row *rows;
	size_t row_count, row_size;
};

static const char *const codes[] = {
	[TABLE_PLAIN] = "",
	[TABLE_DIM] = "\033[2m",
	[TABLE_RED] = "\033[1;31m",
	[TABLE_YELLOW] = "\033[1;33m",
	[TABLE_GREEN] = "\033[32m",
};

void table_locale(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

int table_width(const char *text)
{
	mbstate_t state = { 0 };
	size_t left = strlen(text);
	int width = 0;

	while (left > 0) {
		wchar_t character;
		size_t used = mbrtowc(&character, text, left, &state);
		int columns = 1;

		if (used == 0 || used > left) {
			used = 1;
			state = (mbstate_t){ 0 };
		} else {
			columns = wcwidth(character);
		}
		width += columns > 0 ? columns : 0;
		text += used;
		left -= used;
	}
	return width;
}

struct table *table_new(size_t column_count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table)
		table->column_count = column_count;
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->row_count; i++)
		for (size_t j = 0; j < table->column_count; j++)
			free(table->rows[i].cells[j]);
	free(table->rows);
	free(table);
}

/* Control characters, also those of two bytes (U+0080 to U+009F), become question marks. */
static void make_harmless(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
}

static bool table_reserve(struct table *table)
{
	size_t size = table->row_size ? table->row_size * 2 : 32;
	struct row *rows;

	if (table->row_count < table->row_size)
		return true;
	rows = realloc(table->rows, size * sizeof(*rows));
	if (!rows)
		return false;
	table->rows = rows;
	table->row_size = size;
	return true;
}

bool table_add(struct table *table, enum table_colour colour, const char *const cells[])
{
	struct row *row;

	if (!table_reserve(table))
		return false;
	row = &table->rows[table->row_count++];
	*row = (struct row){ .colour = colour };
	for (size_t i = 0; i < table->column_count; i++) {
		int width;

		row->cells[i] = strdup(cells[i] ? cells[i] : "");
		if (!row->cells[i])
			return false;
		make_harmless(row->cells[i]);
		width = table_width(row->cells[i]);
		if (width > table->widths[i])
			table->widths[i] = width;
	}
	return true;
}

bool table_head(struct table *table, const struct show *show, const enum word_tool columns[])
{
	char texts[TABLE_COLUMN_MAX][HEAD_SIZE];
	const char *cells[TABLE_COLUMN_MAX];

	for (size_t i = 0; i < table->column_count; i++) {
		snprintf(texts[i], HEAD_SIZE, "%s", word(show->language, WORD_TOOL, columns[i]));
		for (char *c = texts[i]; *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		cells[i] = texts[i];
	}
	return table_add(table, TABLE_DIM, cells);
}

/* The last column ends where its text ends. */
static void print_row(const struct table *table, const struct row *row, FILE *out)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const char *text = row->cells[i] ? row->cells[i] : "";
		int pad = table->widths[i] - table_width(text) + GAP;

		fprintf(out, "%s%*s", text, i + 1 < table->column_count ? pad : 0, "");
	}
}

void table_print(const struct table *table, const struct show *show)
{
	for (size_t i = 0; i < table->row_count; i++) {
		const struct row *row = &table->rows[i];
		bool coloured = show->colour && row->colour != TABLE_PLAIN;

		if (coloured)
			fputs(codes[row->colour], show->out);
		print_row(table, row, show->out);
		fputs(coloured ? "\033[0m\n" : "\n", show->out);
	}
}
