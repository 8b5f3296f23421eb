/*
 * Questions to the journal: the entries of one incident, the incidents of a
 * period, the entries of a period. They are asked on the loop and answered there
 * later, in pages of about JOURNAL_PAGE_BYTES with a cursor for the next one.
 *
 * The journal's thread reads them through its one connection, a window of few rows
 * at a time; what is to be written goes first, also between two windows. At most
 * JOURNAL_QUERY_MAX wait, one more is refused; when none has been answered for
 * JOURNAL_QUERY_MS (a disk that hangs) they are answered with -ETIMEDOUT. Nothing
 * blocks.
 */
#ifndef DAEMON_JOURNAL_QUERY_H
#define DAEMON_JOURNAL_QUERY_H

#include "core/id.h"
#include "rules/incident/incident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	JOURNAL_QUERY_MAX = 8,
	JOURNAL_QUERY_MS = 3000,
	JOURNAL_PAGE_BYTES =
		1024 * 1024, /* a page ends before that, but for a row that is longer */
	JOURNAL_CURSOR_MAX = 48,
	JOURNAL_TAG_MAX = 64,
};

enum journal_query_kind {
	JOURNAL_QUERY_RECORD,  /* all entries of one incident, in order */
	JOURNAL_QUERY_HISTORY, /* incidents that lasted in a period: open ones, then newest end
				  first */
	JOURNAL_QUERY_ENTRIES, /* all entries of a period, by time */
	JOURNAL_QUERY_KIND_COUNT
};

enum journal_query_state { JOURNAL_STATE_ANY, JOURNAL_STATE_OPEN, JOURNAL_STATE_CLOSED };

enum journal_query_drill { JOURNAL_DRILL_YES, JOURNAL_DRILL_NO, JOURNAL_DRILL_ONLY };

/* Two numbers, whose meaning is the statement's. */
struct journal_cursor {
	bool given; /* false: from the beginning */
	int64_t major, minor;
};

struct journal_query {
	enum journal_query_kind kind;
	char incident[INCIDENT_ID_MAX +
		      1]; /* RECORD: its id; a short one ("2-f3") means the newest */
	/* HISTORY and ENTRIES: from since_ms to before until_ms, wall time. */
	int64_t since_ms, until_ms;
	/* HISTORY: */
	int type;              /* number in the plan; 0: all */
	char zone[ID_MAX + 1]; /* and those within it; "": all */
	enum journal_query_state state;
	enum journal_query_drill drill;
	struct journal_cursor after;
	char tag[JOURNAL_TAG_MAX + 1]; /* the asker's, comes back with the page */
};

struct journal_page {
	/*
	 * A JSON array, malloc'ed: it is its receiver's. An entry is {"sequence", "event_id",
	 * "kind", "topic", "incident", "user", "time", "payload"}; an incident is its newest
	 * document without causes and steps, but with "steps_open" and "steps_count". NULL: see
	 * error.
	 */
	char *text;
	size_t length;
	bool more;
	struct journal_cursor next;
	char tag[JOURNAL_TAG_MAX + 1];
	/* -ETIMEDOUT; -ENOENT: no such incident; else what the disk or the database says */
	int error;
};

struct journal;

/*
 * journal_events.answered() will be called once for the ticket (not 0), never within this call.
 * 0, or -EBUSY: too many wait.
 */
int journal_ask(struct journal *journal, const struct journal_query *query, uint64_t ticket);

/* Nobody waits for it any more: it will not be answered. */
void journal_forget(struct journal *journal, uint64_t ticket);

/* "12-34" and back; -EINVAL. */
void journal_cursor_text(const struct journal_cursor *cursor, char text[static JOURNAL_CURSOR_MAX]);
int journal_cursor_parse(const char *text, struct journal_cursor *cursor);

#endif
