/*
 * What the hub's files share: its parts and its bookkeeping. Private to
 * daemon/facility*.c.
 */
#ifndef DAEMON_HUB_PARTS_H
#define DAEMON_HUB_PARTS_H

#include "daemon/base/timer.h"
#include "daemon/bus/bus.h"
#include "daemon/documents/document.h"
#include "daemon/documents/stats.h"
#include "daemon/documents/trouble.h"
#include "daemon/hub/hub.h"
#include "daemon/journal/journal.h"
#include "daemon/mqtt/mqtt.h"
#include "daemon/outputs/actuation.h"
#include "daemon/outputs/fallback.h"
#include "daemon/people/command.h"
#include "daemon/people/held.h"
#include "daemon/people/local.h"
#include "daemon/record/intent.h"
#include "daemon/tell/discovery.h"

/* What was last published of a point, for dead band and heartbeat. */
struct published {
	struct reading reading;
	int64_t due_ms; /* the next heartbeat */
};

/* A point with a poll_watched, and whether its bus was told that a rule watches it. */
struct watched_point {
	const struct point *point;
	bool told;
};

/* What the hub knows of the fallback. */
struct fallback_state {
	struct fallback decided;
	bool due;        /* something has happened: judge again */
	bool anew;       /* also tell the actuation again what is called */
	bool moved;      /* calls or outputs have: keep and tell them */
	int64_t next_ms; /* or judge at this time */
	char *row;       /* as it was kept last; NULL: there is none */
	/* The last alert of an incident that might call: sent again to see whether anybody hears.
	 */
	char *alert; /* NULL: none */
	size_t alert_length;
	uint64_t alert_sequence;
	char alert_incident[INCIDENT_ID_MAX + 1];
};

struct facility {
	const struct config *config;
	sd_event *event;
	struct timer timer, sweep; /* what is due at a time of its own; each second */
	struct bus_set *buses;
	struct engine *engine;
	struct actuation *actuation;
	struct mqtt *mqtt;
	struct record *record;
	struct intents *intents;
	struct trouble_list *troubles;
	struct command_set *commands;
	struct hygiene *hygiene;
	struct discovery *discovery; /* for Home Assistant */
	struct local *local; /* NULL: it could not be opened, and facilityctl has the broker only */

	struct bus_events bus_events;
	struct engine_sink engine_sink;
	struct mqtt_events mqtt_events;
	struct journal_events journal_events;
	struct trouble_events trouble_events;
	struct local_events local_events;

	uint64_t first_serial;         /* of incidents, from the journal; 0: it has none */
	int64_t shift_ms;              /* turns the last run's boot times into this one's */
	char *stats;                   /* the figures that were published last */
	int64_t stats_ms;              /* and when; 0: at the next sweep */
	bool stats_quiet;              /* they are as without any incident */
	int64_t heartbeat_ms;          /* no point's is due earlier */
	struct moment now;             /* of the event being handled */
	int64_t reloaded_ms;           /* the last reload; 0: none */
	int64_t wall_offset_ms;        /* turns boot times into wall times; see wall.h */
	struct published *published;   /* by point index */
	struct watched_point *watched; /* ended by one without a point */
	uint64_t watch_changes;        /* the engine's, when the points were looked at last */
	struct fallback_state fallback;
	struct held held;
};

/* facility.c */
bool facility_start_decisions(struct facility *facility);
struct actuation_ports facility_actuation_ports(struct facility *facility);

/* facility_time.c */
/* Begins the handling of an event: its time. */
void facility_begin_event(struct facility *facility);
/* To be called after anything that may have moved the engine or the actuation. */
void facility_settle(struct facility *facility);
bool facility_start_timers(struct facility *facility);
void facility_stop_timers(struct facility *facility);

/* facility_watch.c */
/* Those of the site that have a poll_watched, and of which no bus has been told. NULL: no memory.
 */
struct watched_point *facility_watched_new(const struct site *site);
/* The buses have been started anew and know of none: all are looked at next. */
void facility_watch_anew(struct facility *facility);
void facility_watch(struct facility *facility);
/* Of bus_events. */
void facility_on_overload(
	struct bus_events *events, const struct bus *bus, const struct schedule_overload *overload);

/* facility_publish.c */
void facility_publish_state(struct facility *facility, const char *status);
/* Everything retained: for a broker that may have come back without its store. */
void facility_publish_all(struct facility *facility);
void facility_publish_reading(struct facility *facility, const struct reading *reading);
void facility_publish_heartbeats(struct facility *facility);
void facility_publish_transition(struct facility *facility, const struct transition *transition);
void facility_publish_trouble(struct facility *facility, const struct trouble *trouble);
void facility_publish_stats(struct facility *facility);
void facility_retained(struct facility *facility, const struct mqtt_message *message);
/* Clears what is retained of points that this configuration does not have any more. */
void facility_retire_points(struct facility *facility, const struct site *old);
/* An event of its own: into the journal's outbox, then to MQTT. Takes `document` over. */
void facility_stream(struct facility *facility, const struct transition *transition,
	const struct document_alert *alert, const char *kind, const char *topic, char *document,
	size_t length);

/* facility_notify.c: `shown` is the transition as topics may show it. */
void facility_notify_roles(struct facility *facility, const struct transition *transition,
	const struct transition *shown);

/* facility_discovery.c */
/* The ids of those that last; also when there are none. */
void facility_publish_troubles(struct facility *facility);
struct discovery_ports facility_discovery_ports(struct facility *facility);

/* restore.c */
bool facility_start_record(struct facility *facility, const char *directory);
void facility_keep_incident(struct facility *facility, const struct incident *incident);
void facility_keep_incidents(struct facility *facility);
/* Where the journal has lost changes: all again. */
void facility_keep_lost(struct facility *facility);

/* facility_fallback.c */
void facility_start_fallback(struct facility *facility);
void facility_stop_fallback(struct facility *facility);
/* Before and after actuation_run(). */
void facility_judge_fallback(struct facility *facility);
void facility_tell_fallback(struct facility *facility);
int64_t facility_fallback_deadline(const struct facility *facility);
/*
 * An alert as it is about to be told (document NULL: no memory for it); the broker's answer to one
 * or to a notice; the link to the broker.
 */
void facility_fallback_alert(struct facility *facility, const struct incident *incident,
	uint64_t sequence, const char *document, size_t length);
void facility_fallback_heard(struct facility *facility, bool notice, int reason_code);
void facility_fallback_link(struct facility *facility, bool connected);

/* facility_fallback_row.c: what of it outlives the process: one row beside the snapshots. */
#define FALLBACK_ROW "fallback"
/* again: also when it is as it was kept last. */
void facility_keep_fallback(struct facility *facility, bool again);
void facility_load_fallback(struct facility *facility, const char *text);

/* facility_trouble.c */
void facility_trouble_device(struct facility *facility, const struct device *device, int error);
void facility_trouble_overload(
	struct facility *facility, const struct bus *bus, const struct schedule_overload *overload);
void facility_trouble_link(struct facility *facility, const struct bus *bus, int error);
void facility_trouble_reading(struct facility *facility, const struct reading *reading);
void facility_trouble_output(
	struct facility *facility, const struct point *point, const char *text);
void facility_trouble_mqtt(struct facility *facility, bool connected, const char *why);
void facility_trouble_unheard(struct facility *facility, int reason_code);
/* why: NULL where there is none (any more). */
void facility_trouble_config(struct facility *facility, const char *why);
/* Ends those of devices, buses and points that the configuration does not have any more. */
void facility_trouble_retire(struct facility *facility);
/* Ends those of devices that have answered since: after a reload nobody tells it. */
void facility_trouble_sweep(struct facility *facility);
/* NULL: none (any more). */
void facility_trouble_fallback(struct facility *facility, const char *zh, const char *en);
void facility_trouble_dropped(struct facility *facility, uint64_t count);
/* text: NULL where there is none (any more). */
void facility_trouble_journal(struct facility *facility, const char *text);

/* facility_stats.c */
struct stats_view facility_stats_view(const struct facility *facility);
void facility_count_transition(struct facility *facility, const struct transition *transition);
void facility_sweep_stats(struct facility *facility);
/* As journal_loader.raised. */
void facility_load_raise(void *context, int number, const char *zone, int64_t wall_ms);

/* facility_command.c */
struct command_ports facility_command_ports(struct facility *facility);
void facility_command(struct facility *facility, const struct mqtt_message *message);
/* One line of the local socket; as local_events.request. */
struct local_answer facility_request(
	struct facility *facility, const struct local_request *request);
/* As journal_events.answered: to whoever asked at the local socket. */
void facility_answered(struct facility *facility, uint64_t ticket, struct journal_page *page);

#endif
