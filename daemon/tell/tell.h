/*
 * What people and programs are told, over MQTT: points, incidents, alerts, notices to
 * roles, troubles, figures, the plan, and what Home Assistant finds. The topics are
 * docs/mqtt.md's. What tells of a decision goes through the record; what is only seen
 * goes to the broker at once.
 *
 * Owns the troubles that last, the counts of alarm hygiene, and what was published last.
 * Loop thread; never blocks; time is a moment that is passed down. Where memory runs out
 * a document is not told, and a log line says so.
 */
#ifndef DAEMON_TELL_TELL_H
#define DAEMON_TELL_TELL_H

#include "config/fixed.h"
#include "daemon/documents/stats.h"
#include "daemon/documents/trouble.h"
#include "daemon/outputs/plant.h"
#include "daemon/record/record.h"

struct tell;

struct tell_ports {
	void *context;
	/* As bus_set_reading(): with the time of the last refresh. */
	const struct reading *(*reading)(void *context, const struct point *point);
	struct engine_sink *sink; /* of the engine, for what is taken back */
	/* As clock_is_right(). NULL: that. */
	bool (*clock_is_right)(void);
};

/* The link, with the site's prefix and the "offline" that the broker is to say should it be lost.
 */
struct mqtt *tell_start_link(
	const struct config *config, sd_event *event, struct mqtt_events *events);

/* NULL: out of memory. */
struct tell *tell_new(const struct plant *plant, const struct tell_ports *ports,
	struct record *record, struct mqtt *mqtt);
void tell_free(struct tell *tell);

/* What a new configuration needs; made before the old one goes. False: out of memory. */
bool tell_prepare(struct tell *tell, const struct site *site);
/* It is in the plant now: keeps all as it is, clears what the old site had and it has not, and ends
 * the trouble that the configuration is refused. */
void tell_adopt(struct tell *tell, const struct site *old, struct moment moment);

/* The last words: what was decided, and that we go. */
void tell_end(struct tell *tell, struct moment moment);
/* Everything retained: for a broker that may have come back without its store. */
void tell_all(struct tell *tell, struct moment moment);
/*
 * The broker retains this: what is not ours any more is cleared; NULL: that was all. What is open
 * there and not here is, after a start, taken back, listed or cleared (rules/said.h).
 */
void tell_retained(struct tell *tell, const struct mqtt_message *message, struct moment moment);
/* adopt or discard, of an incident that is listed only; or clock-ok. NULL, or a sentence why not.
 */
/* A port of others, as tell_stats() is: `context` is a struct tell. */
const char *tell_aside(void *context, const struct order *order, struct moment moment);
/* Another person has ended this lock: its setter is told where he is asked, and where his roles
 * are. A port as well. */
void tell_unlocked(
	void *context, const struct lock *lock, const char *reason, struct moment moment);

/* Only what differs by the point's dead band, or in quality. */
void tell_points(
	struct tell *tell, const struct reading *readings, size_t count, struct moment moment);
/* Kept, then told: the alert, the incident, and the notices to those whom it concerns. */
void tell_transition(struct tell *tell, const struct transition *transition, struct moment moment);
/*
 * The last alert of an incident that nobody has acknowledged once more, under its own name: whoever
 * has had it knows. False: there is none.
 */
bool tell_again(struct tell *tell, struct moment moment);
/* Each second: heartbeats, figures, troubles that time or the journal begins or ends, and rows that
 * were lost. */
void tell_sweep(struct tell *tell, struct moment moment);

/*
 * Opens the record and goes on with what the last run has left: open incidents, the calls of the
 * fallback, figures. What cannot go on is logged. *moment is by the wall clock that events are told
 * with from now on. False: as record_open().
 */
bool tell_open_record(
	struct tell *tell, const char *directory, sd_event *event, struct moment *moment);
/* At the end, before record_close(): all that the next run needs. */
void tell_close_record(struct tell *tell, struct moment moment);

struct stats_view tell_stats(const void *context, struct moment moment);
/* Troubles: error 0, NONE, NULL, connected, or a lasts of false ends one. */
const struct trouble_list *tell_troubles(const struct tell *tell);
/* A device, or (NULL) the bus's link. */
void tell_reach(struct tell *tell, const struct bus *bus, const struct device *device, int error,
	struct moment moment);
void tell_overload(struct tell *tell, const struct bus *bus, const struct overload *overload,
	struct moment moment);
void tell_point_troubles(
	struct tell *tell, const struct reading *readings, size_t count, struct moment moment);
/* Who claims this output has changed, or its read-back: output/<id>, and held. */
void tell_claimed(struct tell *tell, const char *output, struct moment moment);
void tell_output(struct tell *tell, const struct point *point, enum word_write_refusal why,
	struct moment moment);
void tell_broker(
	struct tell *tell, bool connected, const struct failure *why, struct moment moment);
/* What the broker answered: of an alert. That nobody hears a notice is no trouble. */
void tell_heard(struct tell *tell, uint64_t ticket, int reason_code, struct moment moment);
/* Another run of this site: what this one may write. */
enum outputs_grant tell_standing(
	struct tell *tell, enum mqtt_standing standing, const char *other, struct moment moment);
/* How a reload went, also for the journal, as a command of whoever sent the signal: nobody knows.
 */
void tell_config(struct tell *tell, const struct failure *why, struct moment moment);
void tell_fallback(struct tell *tell, const struct fallback *fallback,
	const struct called_output *outputs, size_t count, struct moment moment);

#endif
