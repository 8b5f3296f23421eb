/*
 * Entries of the journal as a table for spreadsheets: CSV as RFC 4180 has it (UTF-8,
 * CRLF, quotes where needed). A text that a spreadsheet would take for a formula
 * begins with an apostrophe.
 */
#ifndef CTL_CSV_H
#define CTL_CSV_H

#include <jansson.h>
#include <stdio.h>

void csv_heading(FILE *out);
/* One row; what an entry does not have is empty. */
void csv_entry(FILE *out, const json_t *entry);

#endif
