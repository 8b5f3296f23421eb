/*
 * The hub: readings -> rule engine -> transitions -> {record, MQTT, actuation},
 * and commands back. It owns every part and lets none know of another.
 *
 * Loop thread only; nothing here blocks, but facility_stop(), which takes at most
 * some seconds to deliver what is left and to end the workers.
 */
#ifndef DAEMON_FACILITY_H
#define DAEMON_FACILITY_H

#include "config/config.h"

#include <systemd/sd-event.h>

struct facility;

/*
 * `config` must outlive it. NULL and a log line on failure. state_dir: for durable records.
 * socket: the path of the local socket; where it cannot be opened, a log line says so, and the rest
 * goes on: what watches the building does not depend on it.
 */
struct facility *facility_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *loop);
void facility_stop(struct facility *facility);

/* Is every worker (bus threads, MQTT, record) alive? The watchdog is fed only then. */
bool facility_alive(const struct facility *facility, int64_t now_ms);

#endif
