/*
 * The journal: the durable record, and what continues after a restart. SQLite,
 * one connection in one thread of its own, because a disk can hang
 * (locking_mode=EXCLUSIVE, WAL, each commit synced).
 *
 * It keeps three things: entries (every transition, intent, command and trouble,
 * for ever within the retention), the outbox (entries that the broker has not
 * acknowledged), and the snapshots of open incidents. What is put between two
 * journal_commit() calls becomes durable together or not at all.
 *
 * Loop thread calls; nothing blocks but journal_open() and journal_close(). At
 * most JOURNAL_QUEUE_MAX changes wait; one more is refused, which is a trouble,
 * and the snapshots of all open incidents are put again when there is room. What
 * is told waits for it a bounded time, see gate.h; what is done does not.
 */
#ifndef DAEMON_JOURNAL_JOURNAL_H
#define DAEMON_JOURNAL_JOURNAL_H

#include "core/words.h" /* struct failure */
#include "daemon/journal/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum { JOURNAL_QUEUE_MAX = 4096, JOURNAL_QUEUE_BYTES_MAX = 16 * 1024 * 1024, JOURNAL_ID_MAX = 16 };

struct journal;

struct journal_settings {
	const char *directory; /* holds journal.db; made where it is missing */
	int64_t retention_ms;  /* older entries are deleted, never those of an open incident */
	int64_t size_max;      /* bytes of the database; the oldest entries give way */
	int64_t ballast;       /* bytes of a file that is deleted when the disk is full; 0: none */
};

struct journal_entry {
	uint64_t sequence;       /* unique and rising for ever, across runs */
	const char *event_id;    /* of the message; unique */
	const char *kind;        /* "alert", "notify", "intent", "command", "trouble" */
	const char *topic;       /* where it is published; NULL: not published, not in the outbox */
	const char *incident_id; /* NULL: of none */
	const char *user;        /* who; NULL: nobody */
	const char *payload;     /* JSON */
	int64_t wall_ms;
};

/* The marker beside the database, by which one that is lost or behind is known. */
struct journal_mark {
	char id[JOURNAL_ID_MAX + 1]; /* of the journal; "": there is no marker */
	uint64_t sequence;           /* the last that was kept, some seconds ago at most */
};

/* What journal_open() has found. */
struct journal_found {
	bool damaged, used;          /* set aside, and a new one made; it holds something */
	char id[JOURNAL_ID_MAX + 1]; /* of the one in use: made once, kept in it */
	struct journal_mark mark;    /* as the last run has left it */
};

struct journal_events {
	/*
	 * The kernel has the first `commits` commits since journal_open(): they outlast a kill of
	 * this process, though not yet a loss of power. Failed ones count too. On the loop.
	 */
	void (*written)(struct journal_events *events, uint64_t commits);
	/* The commit with this ticket is durable (0), or is not (-errno). On the loop. */
	void (*kept)(struct journal_events *events, uint64_t ticket, int error);
	/* The answer to journal_ask(); page->text is the receiver's. On the loop. */
	void (*answered)(struct journal_events *events, uint64_t ticket, struct journal_page *page);
};

/* What the last run has left. All texts are valid during the call only. */
struct journal_loader {
	void *context;
	/*
	 * In this order: once the counters, then each snapshot, then the outbox by sequence, then
	 * what was raised since raised_since_ms among the last 20000 entries.
	 */
	void (*counters)(void *context, uint64_t next_sequence, uint64_t next_serial,
		int64_t saved_now_ms, int64_t saved_wall_ms, const char *boot_id);
	void (*snapshot)(void *context, const char *incident_id, const char *text);
	void (*waiting)(void *context, const struct journal_entry *entry);
	void (*raised)(void *context, int number, const char *zone, int64_t wall_ms);
	int64_t raised_since_ms; /* wall time */
};

/*
 * Opens (or makes) the database, checks it, gives what it holds to `loader`, then starts the
 * thread. Blocks on the disk; start-up only. A damaged database is renamed aside and a new one
 * made: *found tells. On a disk that cannot be used it still returns a journal, which says so at
 * each commit and tries again; NULL: out of memory or threads, or another process has it (*error).
 */
struct journal *journal_open(const struct journal_settings *settings,
	const struct journal_loader *loader, sd_event *loop, struct journal_events *events,
	struct journal_found *found, char *error, size_t error_size);
/* Waits up to timeout_ms for what is queued; then leaves even a hung disk behind. */
void journal_close(struct journal *journal, int64_t timeout_ms);

/*
 * Each: 0, or -EAGAIN when the queue is full; then all that was put since the last commit is given
 * up with it, and the commit says so once more. Texts are copied.
 */
int journal_put_entry(struct journal *journal, const struct journal_entry *entry);
int journal_put_snapshot(struct journal *journal, const char *incident_id, const char *text);
int journal_drop_snapshot(struct journal *journal, const char *incident_id);
int journal_put_counters(struct journal *journal, uint64_t next_sequence, uint64_t next_serial,
	int64_t now_ms, int64_t wall_ms, const char *boot_id);
/* The broker has acknowledged it: it leaves the outbox. */
int journal_delivered(struct journal *journal, uint64_t sequence);
/*
 * What was put since the last commit becomes durable together; kept() tells, for a ticket but 0.
 * -EAGAIN: the queue was full, nothing of it is kept nor told, and it is the caller's to put again
 * what must not be lost: entries that are still known, and each open incident as it is by then.
 */
int journal_commit(struct journal *journal, uint64_t ticket) __attribute__((warn_unused_result));

/* Once after its file was gone and a new one was begun: what is open is to be put again. */
bool journal_take_renewed(struct journal *journal);
/* Is something wrong with the disk? Then *why says what. */
bool journal_trouble(const struct journal *journal, struct failure *why);

#endif
