/* A page of an answer, and the cursor to the next one. */
#include "daemon/journal/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
	WINDOW_ROWS = 64,
	WINDOWS_MAX = 64, /* a page ends then, be it empty: rows that do not fit cost too */
	END_ROOM = 2,     /* a comma or bracket each */
};

static int begin(struct journal_reading *reading, struct journal_db *db)
{
	reading->out = open_memstream(&reading->text, &reading->length);
	if (!reading->out)
		return -ENOMEM;
	putc('[', reading->out);
	return reading->query.kind == JOURNAL_QUERY_RECORD ? journal_db_find(db, &reading->query)
							   : 0;
}

static bool put_row(void *context, struct journal_cursor after, const char *text, size_t length)
{
	struct journal_reading *reading = context;

	reading->window_rows++;
	reading->full = text && reading->rows > 0 &&
			(size_t)ftell(reading->out) + length + END_ROOM > JOURNAL_PAGE_BYTES;
	if (reading->full)
		return false;
	if (text) {
		fprintf(reading->out, "%s", reading->rows++ ? "," : "");
		fwrite(text, 1, length, reading->out);
	}
	reading->query.after = after;
	return true;
}

int journal_reading_window(struct journal_reading *reading, struct journal_db *db)
{
	const struct journal_reader reader = { reading, put_row };
	const bool from_start = !reading->query.after.given;
	int error = reading->out ? 0 : begin(reading, db);

	reading->window_rows = 0;
	if (!error)
		error = journal_db_read(db, &reading->query, WINDOW_ROWS, &reader);
	if (error)
		return error;
	reading->more = reading->full || reading->window_rows == WINDOW_ROWS;
	reading->complete = reading->full || !reading->more || ++reading->windows == WINDOWS_MAX;
	if (reading->query.kind == JOURNAL_QUERY_RECORD && from_start && reading->rows == 0)
		return -ENOENT;
	return ferror(reading->out) ? -ENOMEM : 0;
}

void journal_reading_end(struct journal_reading *reading, struct journal_page *page)
{
	if (reading->out) {
		putc(']', reading->out);
		if (fclose(reading->out) != 0 && !page->error)
			page->error = -ENOMEM;
	}
	if (page->error) {
		free(reading->text);
		return;
	}
	page->text = reading->text;
	page->length = reading->length;
	page->more = reading->more;
	page->next = reading->query.after;
}

void journal_cursor_text(const struct journal_cursor *cursor, char text[static JOURNAL_CURSOR_MAX])
{
	snprintf(text, JOURNAL_CURSOR_MAX, "%" PRId64 "-%" PRId64, cursor->major, cursor->minor);
}

int journal_cursor_parse(const char *text, struct journal_cursor *cursor)
{
	char *end;

	errno = 0;
	cursor->major = strtoll(text, &end, 10);
	if (errno || end == text || *end != '-')
		return -EINVAL;
	text = end + 1;
	cursor->minor = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	cursor->given = true;
	return 0;
}
