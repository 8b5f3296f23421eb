/*
 * The record: what must be kept before it is told (promise 2). It numbers events,
 * puts them in the journal, says them to the broker through the gate (gate.h), and
 * counts commits. Every stream message is an entry of the journal before the broker
 * has it, and stays in the journal's outbox until the broker has acknowledged it.
 * What one event on the loop puts is committed together.
 *
 * Owns the journal and the gate; the link to the broker is its maker's. Loop thread;
 * only record_open() and record_close() block. Time is a moment that is passed down.
 */
#ifndef DAEMON_RECORD_RECORD_H
#define DAEMON_RECORD_RECORD_H

#include "core/clock.h"
#include "core/intent.h"
#include "core/until.h"
#include "daemon/journal/journal.h"
#include "daemon/mqtt/mqtt.h"

struct record;

struct record_settings {
	const char *directory; /* of the journal */
	int64_t retention_ms, size_max;
	/* Within so long journal or broker must have an intent; a half of it is the gate's. */
	int64_t within_ms;
};

struct record_ports {
	void *context;
	/* The serial that the next incident will have: ids must not repeat after a restart. */
	uint64_t (*serial)(void *context);
	/* Answers that wait for commits up to `mark` may go. */
	void (*answers)(void *context, uint64_t mark);
	/* Of each record_intent() once, never within it; recorded false: nothing may be written. */
	void (*intent_ended)(void *context, uint64_t ticket, bool recorded, int64_t now_ms);
	/* As journal_events: record_kept() is to follow, with the moment. */
	void (*kept)(void *context, uint64_t ticket, int error);
	void (*answered)(void *context, uint64_t ticket, struct journal_page *page);
};

/* What the last run has left, told in this order; texts are valid in the call only. */
struct record_loader {
	void *context;
	/* wall_offset_ms is what it told its boot times by. */
	void (*counters)(void *context, uint64_t first_serial, const struct reboot *reboot,
		int64_t wall_offset_ms);
	void (*row)(void *context, const char *id, const char *text);
	void (*raised)(void *context, int number, const char *zone, int64_t wall_ms);
	int64_t raised_since_ms;
};

/* NULL: out of memory. */
struct record *record_new(struct mqtt *mqtt, const struct record_ports *ports);
/*
 * Opens the journal and tells what it holds. False: out of memory or threads, or another process
 * has it; a log line says so.
 */
bool record_open(struct record *record, const struct record_settings *settings,
	const struct record_loader *loader, sd_event *event, struct moment moment);
/* Waits up to timeout_ms for the disk. */
void record_close(struct record *record, int64_t timeout_ms);
void record_set_within(struct record *record, int64_t within_ms);
/* What the start has found, and the sequence that the journal itself had then. */
const struct journal_found *record_found(const struct record *record, uint64_t *sequence);
/* Which journal this is, and how far it is: what documents carry. */
const char *record_journal_id(const struct record *record);
uint64_t record_sequence(const struct record *record);
/* Others have been told more than this journal knew: numbers go on behind that. */
void record_go_beyond(struct record *record, uint64_t sequence);
/* For questions; what is put goes through here. */
struct journal *record_journal(struct record *record);

/* An event's name: "<run>-<sequence>", unique for ever. */
struct event_name {
	uint64_t sequence;
	char id[40];
};
struct event_name record_name(struct record *record);

/* What is told once, in order. Texts are copied. */
struct record_event {
	uint64_t sequence;        /* of its name, */
	const char *event_id;     /* and the whole of it */
	const char *kind, *topic; /* "alert", "notify", "intent" or "restored" */
	const char *incident_id, *user;
	const char *payload;
	size_t length;
	bool notice; /* that nobody hears it is no trouble; see record_is_notice() */
};
/* Into the journal and its outbox, then to the broker when it is committed. */
void record_event(struct record *record, const struct record_event *event, struct moment moment);

/*
 * What is about to be written (promise 5): to the journal and to the broker at the same time, in a
 * commit of its own with all that was put before; which of them has it first is told by
 * ports.intent_ended. ticket: not 0.
 */
void record_intent(
	struct record *record, const struct intent *intent, uint64_t ticket, struct moment moment);
/* That a person had an output put back, of an incident or a hand; `note` as notes carry it. */
void record_restored(
	struct record *record, const struct intent *done, const char *note, struct moment moment);
/* Who, what and the outcome: kept, told to nobody. */
void record_command(
	struct record *record, const char *user, const char *line, struct moment moment);
/*
 * This id of a command counts once for its user, for as long, also over a restart; it is committed
 * with what the command does. passing: of one that does nothing. 0, -EEXIST: it was used before,
 * -ENOSPC: too many of this user have not expired, -ENOMEM. See used.h.
 */
int record_use(struct record *record, const char *user, const char *id, int64_t lasts_ms,
	bool passing, struct moment moment);
/* A row of what outlives the process, by its id; text NULL: drops it. */
void record_row(struct record *record, const char *id, const char *text);
/* Once after changes were lost: every row is to be put again. */
bool record_take_rows_lost(struct record *record);

/* To the broker when the journal has what was put so far. */
void record_say(struct record *record, const struct mqtt_publish *message, struct moment moment);
/* The same, when the disk has it: an answer. */
void record_reply(struct record *record, const struct mqtt_publish *message, struct moment moment);
/* Must an answer wait for this mark? Then ports.answers will tell. */
bool record_answer_waits(struct record *record, struct moment moment, uint64_t *mark);

/* What was put since the last commit, with an intent's ticket (0: none waits). */
void record_commit(struct record *record, uint64_t ticket, struct moment moment);
/* Behind every event: what it has put is committed. */
void record_settle(struct record *record, struct moment moment);
/* Now and then: what the broker has acknowledged is committed too. */
void record_sweep(struct record *record, struct moment moment);
/* At record_deadline(). */
void record_expire(struct record *record, struct moment moment);
int64_t record_deadline(const struct record *record);
/*
 * At the end, before the link goes: what waits for the journal is said now, and nothing later. No
 * intent counts any more.
 */
void record_end_saying(struct record *record);

/* As record_ports.kept, and mqtt_events.delivered. */
void record_kept(struct record *record, uint64_t ticket, int error, struct moment moment);
void record_delivered(
	struct record *record, uint64_t ticket, int reason_code, struct moment moment);
bool record_is_notice(uint64_t ticket);

#endif
