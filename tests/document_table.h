/*
 * A table of a document, as people read it, so that a test can hold it against the code. Run from
 * the root of the source, as every test.
 */
#ifndef TESTS_DOCUMENT_TABLE_H
#define TESTS_DOCUMENT_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DOCUMENT_ROWS = 16, DOCUMENT_COLUMNS = 12, DOCUMENT_CELL = 128 };

struct document_table {
	char cells[DOCUMENT_ROWS][DOCUMENT_COLUMNS][DOCUMENT_CELL]; /* [row][0] is its name */
	size_t rows, columns;
};

/* "| a | b |": its cells without the blanks around them. How many. */
static inline size_t document_cells(const char *line, char cells[DOCUMENT_COLUMNS][DOCUMENT_CELL])
{
	const char *end, *at = line + 1;
	size_t count = 0;

	for (; (end = strchr(at, '|')); at = end + 1) {
		size_t length = (size_t)(end - at);

		for (; length > 0 && *at == ' '; at++)
			length--;
		while (length > 0 && at[length - 1] == ' ')
			length--;
		assert_true(count < DOCUMENT_COLUMNS && length < DOCUMENT_CELL);
		snprintf(cells[count++], DOCUMENT_CELL, "%.*s", (int)length, at);
	}
	return count;
}

/* The one table whose first line begins so. */
static inline void document_table(
	const char *path, const char *begins, struct document_table *table)
{
	FILE *document = fopen(path, "r");
	char line[1024];
	int at = -1; /* of the table's lines; after its end far beyond */

	assert_non_null(document);
	table->rows = 0;
	while (fgets(line, sizeof(line), document)) {
		if (strncmp(line, begins, strlen(begins)) == 0) {
			assert_int_equal(at, -1);
			at = 0;
			table->columns = document_cells(line, table->cells[0]);
		} else if (at >= 0 && line[0] != '|') {
			at = DOCUMENT_ROWS + 2;
		} else if (at >= 0 && at < DOCUMENT_ROWS + 2 && ++at > 1) {
			assert_true(table->rows < DOCUMENT_ROWS);
			assert_int_equal(
				document_cells(line, table->cells[table->rows++]), table->columns);
		}
	}
	fclose(document);
	assert_true(table->rows > 0);
}

/* The index of this text among `count`; fails where it is none of them. */
static inline int document_word(const char *text, const char *const words[], int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	fail_msg("\"%s\" is no word of this table", text);
	return -1;
}

#endif
