/*
 * Inside journal: a page of an answer, read in windows of few rows, so that what
 * is to be written goes between two. Must not know SQL, threads or who asks.
 */
#ifndef DAEMON_JOURNAL_PAGE_H
#define DAEMON_JOURNAL_PAGE_H

#include "daemon/journal/db.h"

#include <stdio.h>

/* Begins as { .query = what is asked }. */
struct journal_reading {
	struct journal_query query; /* its cursor moves on */
	FILE *out;                  /* writes to text */
	char *text;
	size_t length;
	bool full, more, complete;
	int windows, window_rows, rows;
};

/* One window: 0 or -errno; and so on until `complete`. -ENOENT: there is no such incident. */
int journal_reading_window(struct journal_reading *reading, struct journal_db *db);
/* What was read into the page, unless page->error says that it is of no use. */
void journal_reading_end(struct journal_reading *reading, struct journal_page *page);

#endif
