/*
 * What the hub's files share: its parts and its bookkeeping. Private to
 * daemon/facility*.c.
 */
#ifndef DAEMON_FACILITY_PARTS_H
#define DAEMON_FACILITY_PARTS_H

#include "daemon/actuation.h"
#include "daemon/bus.h"
#include "daemon/command.h"
#include "daemon/document.h"
#include "daemon/facility.h"
#include "daemon/local.h"
#include "daemon/mqtt.h"
#include "daemon/record.h"
#include "daemon/trouble.h"

/* What was last published of a point, for dead band and heartbeat. */
struct published {
	struct reading reading;
	int64_t due_ms; /* the next heartbeat */
};

/* An intent that waits to be on disk or on the broker. */
struct intent {
	uint64_t ticket; /* actuation's; 0: free */
	int64_t deadline_ms;
};

struct facility {
	const struct config *config;
	sd_event *loop;
	sd_event_source *timer;
	struct bus_set *buses;
	struct engine *engine;
	struct actuation *actuation;
	struct mqtt *mqtt;
	struct record *record;
	struct trouble_list *troubles;
	struct command_set *commands;
	struct local *local; /* NULL: it could not be opened, and facilityctl has the broker only */

	struct bus_events bus_events;
	struct engine_sink engine_sink;
	struct mqtt_events mqtt_events;
	struct record_events record_events;
	struct trouble_events trouble_events;
	struct local_events local_events;

	char run[9];                 /* random, of this run: the first half of event ids */
	uint64_t sequence;           /* of alerts in this run */
	int64_t sweep_ms;            /* when heartbeats are looked at next */
	int64_t now_ms;              /* of the event being handled */
	struct published *published; /* by point index */
	struct intent intents[ACTUATION_JOB_MAX];
};

/*
 * Tickets of mqtt_publish() and record_append(): what an acknowledgement is for. An intent's
 * ticket is actuation's own, which stays below these.
 */
#define TICKET_ALERT (UINT64_C(1) << 62)

/* facility.c: to be called after anything that may have moved the engine or the actuation. */
void facility_settle(struct facility *facility);

/* facility_publish.c */
struct document_clock facility_clock(const struct facility *facility);
void facility_publish_state(struct facility *facility, const char *status);
/* Everything retained: for a broker that may have come back without its store. */
void facility_publish_all(struct facility *facility);
void facility_publish_reading(struct facility *facility, const struct reading *reading);
void facility_publish_heartbeats(struct facility *facility);
void facility_publish_transition(struct facility *facility, const struct transition *transition);
void facility_publish_trouble(struct facility *facility, const struct trouble *trouble);
void facility_retained(struct facility *facility, const char *topic);
/* "<run>-<sequence>" of the next stream message. */
const char *facility_event_id(struct facility *facility, char *text, size_t size);

/* facility_intent.c */
void facility_record_intent(struct facility *facility, const struct incident *incident, int step,
	const struct point *point, double value, const char *user, uint64_t ticket);
void facility_intent_kept(struct facility *facility, uint64_t ticket);
int64_t facility_intent_deadline(const struct facility *facility);
void facility_intent_expire(struct facility *facility);

/* facility_trouble.c */
void facility_trouble_device(struct facility *facility, const struct device *device, int error);
void facility_trouble_link(struct facility *facility, const struct bus *bus, int error);
void facility_trouble_reading(struct facility *facility, const struct reading *reading);
void facility_trouble_output(
	struct facility *facility, const struct point *point, const char *text);
void facility_trouble_mqtt(struct facility *facility, bool connected, const char *why);
void facility_trouble_unheard(struct facility *facility, int reason_code);
void facility_trouble_dropped(struct facility *facility, uint64_t count);
void facility_trouble_record(struct facility *facility, int error);

/* facility_command.c */
struct command_ports facility_command_ports(struct facility *facility);
void facility_command(struct facility *facility, const struct mqtt_message *message);
/* One line of the local socket; as local_events.request. */
char *facility_request(struct facility *facility, const char *user, const char *line, size_t length,
	size_t *answer_length);

#endif
