/* What the daemon's side (mqtt.c) and the thread (mqtt_thread.c) of MQTT share. */
#ifndef DAEMON_MQTT_PARTS_H
#define DAEMON_MQTT_PARTS_H

#include "core/arena.h"
#include "daemon/mqtt/inbox.h"
#include "daemon/mqtt/link.h"
#include "daemon/mqtt/mqtt.h"
#include "daemon/mqtt/outbox.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MQTT_TURN_MS = 1000 /* the longest wait of the thread: its heartbeat's period */ };

struct mqtt {
	struct arena arena;
	struct mqtt_settings settings; /* copied: the thread may outlive the configuration */
	struct mqtt_link_options link_options;
	struct mqtt_link_events link_events;
	struct mqtt_inbox *inbox;
	pthread_t thread;
	int wake_fd, done_fd;
	atomic_bool woken;
	atomic_int_least64_t heartbeat_ms;
	atomic_int_least64_t looking_up_ms; /* since; 0: not looking a name up */
	atomic_int_least64_t stop_at_ms;    /* CLOCK_NEVER: run */

	pthread_mutex_t lock; /* guards what follows, up to the blank line */
	struct outbox *outbox;
	bool connected;
	uint64_t published, acknowledged;

	/*
	 * Guards the link, with all that libmosquitto knows of it. The thread holds it but while it
	 * waits, for minutes perhaps; so the daemon's loop only ever tries. Taken before `lock`.
	 */
	pthread_mutex_t link_lock;
	struct mqtt_link *link;
	bool resting; /* the thread waits for its wake_fd only */
	int64_t acknowledged_at_ms;
	bool thick; /* acknowledgements come one soon after the other */

	/* The thread's own. */
	unsigned attempts;
	bool outage; /* an attempt failed or a connection was lost since the last connect */
	int64_t retry_at_ms, connected_at_ms;
	bool reached; /* the link that was opened last has been connected */
	char why[160];
};

/* The thread: connects, empties the outbox, reconnects, until stop_at_ms. `context` is the mqtt. */
void *mqtt_thread_run(void *context);
void mqtt_thread_events(struct mqtt_link_events *events);

/*
 * From the daemon's loop: sends what waits in the outbox at once, where that is possible without
 * waiting for anything. `ticket` of what was put last. False: the thread must be woken, it has
 * something to do.
 */
bool mqtt_thread_try_send(struct mqtt *mqtt, uint64_t ticket);

#endif
