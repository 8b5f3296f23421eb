/*
 * A page for people, in two languages: a title, and sections of rows. It is built
 * as JSON (title, drill, lines, sections: [title, columns, rows]), and printed as
 * text in one language, or as a self-contained HTML page in one or both.
 *
 * A cell is {"zh", "en"}. References are given and taken as jansson does: what is
 * put is taken over, what is returned but a new page belongs to the page.
 */
#ifndef CTL_PAGE_H
#define CTL_PAGE_H

#include "core/words.h"
#include "ctl/show.h"

#include <jansson.h>

enum { PAGE_COLUMN_MAX = 8 };

/* What the head of an exercise says. */
extern const struct text page_drill;

json_t *page_cell(const char *zh, const char *en);
/* The same in both languages. */
json_t *page_same(const char *text);

/* Takes the title over. */
json_t *page_new(json_t *title, bool drill);
void page_add_line(json_t *page, json_t *cell);
/* Headings: PAGE_COLUMN_MAX at most, ends with NULLs; NULL: rows without a heading. */
json_t *page_add_section(json_t *page, const char *zh, const char *en, const struct text *headings);
json_t *page_add_row(json_t *section);
void page_put(json_t *row, json_t *cell);

/* False: out of memory. */
bool page_print_text(const json_t *page, const struct show *show);
/* One language or, with show->both, both of them. */
void page_print_html(const json_t *page, const struct show *show);

#endif
