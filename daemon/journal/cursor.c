/* The cursor to the next page of an answer, as a text. */
#include "daemon/journal/query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
