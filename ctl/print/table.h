/*
 * A table for people: columns aligned by what a terminal shows, where a Chinese
 * character is as wide as two letters. Texts are copied, and what would move the
 * cursor is made harmless.
 *
 * Widths are those of the C library, so LC_CTYPE must be a UTF-8 locale: see
 * table_locale(). Owner: the caller of table_new().
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include "ctl/print/show.h"

enum { TABLE_COLUMN_MAX = 8 };

enum table_colour { TABLE_PLAIN, TABLE_DIM, TABLE_RED, TABLE_YELLOW, TABLE_GREEN };

struct table;

/* Characters and their widths as in UTF-8, whatever the person's locale. Once, at the start. */
void table_locale(void);

/* How many columns of a terminal the text takes; broken UTF-8 counts one for each byte. */
int table_width(const char *text);

/* NULL: out of memory. */
struct table *table_new(size_t column_count);
void table_free(struct table *table);

/* One row: column_count texts. The first row is the heading. False: out of memory. */
bool table_add(struct table *table, enum table_colour colour, const char *const cells[]);

/* The heading, in the person's language and in capitals, where letters have them. */
bool table_head(struct table *table, const struct show *show, const enum word_tool columns[]);

void table_print(const struct table *table, const struct show *show);

#endif
