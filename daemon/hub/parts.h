/* Inside the hub: its parts, and what its files have of each other. */
#ifndef DAEMON_HUB_PARTS_H
#define DAEMON_HUB_PARTS_H

#include "daemon/base/timer.h"
#include "daemon/bus/bus.h"
#include "daemon/hub/hub.h"
#include "daemon/outputs/outlook.h"
#include "daemon/people/desk.h"
#include "daemon/record/intent.h"
#include "daemon/tell/tell.h"

struct hub {
	struct plant plant;
	sd_event *event;
	struct bus_set *buses;
	struct outlook *outlook;
	struct mqtt *mqtt;
	struct record *record;
	struct intents *intents;
	struct tell *tell;
	struct desk *desk;

	struct bus_events bus_events;
	struct engine_sink engine_sink;
	struct mqtt_events mqtt_events;
	struct journal_events journal_events;
	struct local_events local_events;
	struct timer timer, sweep; /* what is due at a time of its own; each second */

	struct moment now;      /* of the event that is handled */
	int64_t wall_offset_ms; /* turns boot times into wall times; see wall.h */
};

/* clockwork.c: begins the handling of an event with its moment; */
struct hub *hub_begin(struct hub *hub);
/* and ends it, after anything that may have moved the engine or the outputs. */
void hub_settle(struct hub *hub);
bool hub_start_timers(struct hub *hub);
void hub_stop_timers(struct hub *hub);

/* ports.c: what the parts have of each other. */
struct actuation_ports hub_actuation_ports(struct hub *hub);
/* The record and its intents; then all others, with the serial of the next incident. False: no
 * memory. */
bool hub_make_record(struct hub *hub);
bool hub_make_parts(struct hub *hub, uint64_t first_serial);

/* restore.c: what outlives the process. */
bool hub_open_record(struct hub *hub, const char *directory);
void hub_keep(struct hub *hub, const struct incident *incident);
void hub_keep_all(struct hub *hub);

#endif
