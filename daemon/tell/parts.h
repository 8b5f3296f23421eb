/* Inside tell: its state, and what its files have of each other. */
#ifndef DAEMON_TELL_PARTS_H
#define DAEMON_TELL_PARTS_H

#include "daemon/tell/discovery.h"
#include "daemon/tell/tell.h"

enum { TELL_TOPIC_MAX = 200, KEEP_WINDOW = 250 };

/* What was last published of a point, for dead band and heartbeat. */
struct published {
	struct reading reading;
	int64_t due_ms; /* the next heartbeat */
};

/* What is known of the wall clock. */
struct tell_clock {
	int64_t begun_ms;   /* this run */
	int64_t newest_ms;  /* wall time: what the last run has kept last */
	int64_t offset_ms;  /* wall minus boot time, at the last look; 0: not yet */
	int64_t stepped_ms; /* when it was found set by more than a minute */
	bool said;          /* by a person, that it is right */
};

struct tell {
	const struct plant *plant;
	struct tell_ports ports;
	struct record *record;
	struct mqtt *mqtt;
	struct trouble_list *troubles;
	struct trouble_events trouble_events;
	struct hygiene *hygiene;
	struct discovery *discovery;

	struct published *published; /* by point index */
	struct published *prepared;  /* of the configuration that comes next; NULL: none */
	int64_t heartbeat_ms;        /* no point's is due earlier */
	int64_t reloaded_ms;         /* 0: never */

	uint64_t lock_changes;     /* as of when the locks were told last */
	bool locks_kept;           /* as a row */
	int64_t ends_kept_ms;      /* when a commit was last made for what has an end */
	bool lock_begun[LOCK_MAX]; /* by config->locks: in the hours that are now */

	struct tell_clock clock;

	uint64_t dropped; /* messages, as it was told last */

	char *figures;    /* that were published last; NULL: none */
	int64_t stats_ms; /* and when; 0: at the next sweep */

	struct back *back;

	/* The index of what is open, as it was published last. */
	uint64_t index_sequence;
	int64_t index_ms;
	bool index_due; /* whatever its sequence */

	/* Rows of open incidents that are put once more, some at a time: from this one on. */
	size_t keep_next;
	bool keeps;

	/* The last alert of an incident that nobody has acknowledged yet. */
	char *alert; /* NULL: none */
	uint64_t alert_sequence;
	char alert_incident[INCIDENT_ID_MAX + 1];
};

/* retain.c: to the broker at once. Takes `document` over; NULL clears. */
void tell_retain(struct tell *tell, const char *topic, char *document);
/* The same under a whole topic: as discovery_ports.publish. */
void tell_retain_elsewhere(void *tell, const char *topic, char *document);

/* points.c; the first: what tell_prepare() has made is in use. */
void tell_use_prepared(struct tell *tell);
void tell_heartbeats(struct tell *tell, struct moment moment);
void tell_points_due(struct tell *tell, struct moment moment);

/* herald.c: retained, when the journal has it. */
void tell_incident(struct tell *tell, const struct incident *incident, struct moment moment);

/* An event of its own, about a transition; takes `document` over. */
void tell_stream(struct record *record, const struct transition *transition,
	const struct document_alert *alert, const char *kind, const char *topic, char *document,
	struct moment moment);

/* clock.c: behind the counters of the last run, whose row may be the clock's own. */
void tell_clock_begin(struct tell *tell, const struct reboot *reboot, struct moment moment);
bool tell_clock_row(struct tell *tell, const char *id, const struct reboot *reboot);
/* Is the wall clock known to be right? By the kernel, a clock of the machine's own, or a person. */
bool tell_clock_right(const struct tell *tell, struct moment moment);
/* Of the week, for rosters; MINUTE_UNKNOWN until the clock is right. */
int tell_minute(const struct tell *tell, struct moment moment);
void tell_sweep_clock(struct tell *tell, struct moment moment);
/* A person says so. */
void tell_clock_ok(struct tell *tell, struct moment moment);

/* hands.c: whoever set an output by hand is told that it ends, or has. */
void tell_sweep_hands(struct tell *tell, struct moment moment);
/* The record of whoever held an output has who had it put back. */
void tell_sweep_restored(struct tell *tell, struct moment moment);
/* The site's role is asked about outputs that nobody wants any more. */
void tell_sweep_held(struct tell *tell, struct moment moment);

/* index.c: which journal tells, and how far it is, as documents carry it. */
struct document_origin tell_origin(const struct tell *tell);
/* The index, where something was told since. */
void tell_index(struct tell *tell, struct moment moment);

/*
 * back.c: what the broker says is open, and what this configuration cannot follow. After the record
 * was opened, with all its rows: what is to be done with it.
 */
struct back *back_new(void);
void back_free(struct back *back);
void tell_back_begin(struct tell *tell, struct moment moment);
/* A row of the last run: is it back's own? */
bool tell_back_row(struct tell *tell, const char *id, const char *text);
/* This row cannot be used; `gone`: only because the configuration lacks its type or zone. */
void tell_back_unusable(struct tell *tell, const char *id, const char *text,
	const struct reboot *reboot, bool gone);
/* The row of locks, or of claims, cannot be read, or not all of it. */
void tell_back_row_lost(struct tell *tell, bool locks, bool claims);
/* incident/<id>, output/<id>, locks or incidents: false: it is nobody's, and to be cleared. */
bool tell_back_said(struct tell *tell, const struct mqtt_message *message, struct moment moment);
/* Everything was said. */
void tell_back_judge(struct tell *tell, struct moment moment);
/* At the end. */
void tell_back_end(struct tell *tell);
/* The i-th one that is open and cannot be followed; NULL at the end. */
const char *tell_back_kept(const struct tell *tell, size_t i);
/* May the index be told: is it known what the broker has? */
bool tell_back_is_judged(const struct tell *tell);
/* May documents of outputs be, or does the broker have claims that this journal has lost? */
bool tell_back_knows_claims(const struct tell *tell);
/* Topics of what is kept, rows of it, and what a new configuration has again. */
void tell_back_publish(struct tell *tell);
void tell_back_keep(struct tell *tell);
void tell_back_retry(struct tell *tell, struct moment moment);
/* What lasts of it, as a trouble. */
void tell_sweep_back(struct tell *tell, struct moment moment);

/* keep.c: the incident's row, and every row once more: those of incidents at most `max` at a time.
 */
void tell_keep_all(struct tell *tell, struct moment moment);
void tell_keep_some(struct tell *tell, size_t max, struct moment moment);
void tell_keep(struct tell *tell, const struct incident *incident, struct moment moment);

/* locks.c: what stands, to the broker; to the journal; and what is due of it. */
void tell_locks(struct tell *tell, struct moment moment);
void tell_keep_locks(struct tell *tell);
void tell_sweep_locks(struct tell *tell, struct moment moment);
/* What this run knows of those that the broker says. */
enum locks_known {
	LOCKS_KNOWN,      /* the journal has them: what is said is left over */
	LOCKS_LOST,       /* it has lost them: all are taken back */
	LOCKS_NEVER,      /* a first start: nobody is kept from seeing by what others have said */
	LOCKS_TOLD,       /* this run tells them; another one may have, meanwhile */
	LOCKS_OF_ANOTHER, /* it stands by: they are as the other one says */
};
void tell_locks_said(
	struct tell *tell, const char *text, enum locks_known known, struct moment moment);

/* notify.c: to a role, of no incident's steps, though it may be about one ("": none). The event's
 * name and who is on duty are filled in. */
void tell_notice(struct tell *tell, struct document_notice notice, const char *incident_id,
	struct moment moment);
/* `shown` is the transition as topics may show it; minute: as tell_minute(). */
void tell_roles(struct record *record, const struct config *config,
	const struct transition *transition, const struct transition *shown, int minute,
	struct moment moment);

/* stats.c; the first: as record_loader.raised. */
void tell_load_raise(
	struct tell *tell, int number, const char *zone, int64_t wall_ms, struct moment moment);
void tell_count(struct tell *tell, const struct transition *transition);
void tell_sweep_stats(struct tell *tell, struct moment moment);
void tell_sweep_chatter(
	struct trouble_list *troubles, const struct engine *engine, struct moment moment);

/* troubles.c: ends those of what the configuration does not have any more, */
void tell_retire_troubles(struct tell *tell, struct moment moment);
/* and those of devices that have answered since a reload, of which nobody tells it. */
void tell_sweep_devices(struct tell *tell, struct moment moment);
void tell_sweep_journal(struct tell *tell, struct moment moment);
/* Messages that the outbox has dropped. */
void tell_sweep_dropped(struct tell *tell, struct moment moment);

#endif
