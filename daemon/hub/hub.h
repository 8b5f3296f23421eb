/*
 * The hub: readings -> rule engine -> transitions -> {record, MQTT, actuation},
 * and commands back. It owns every part and lets none know of another.
 *
 * Loop thread only; nothing here blocks, but facility_stop(), which takes at most
 * some seconds to deliver what is left and to end the workers.
 */
#ifndef DAEMON_HUB_HUB_H
#define DAEMON_HUB_HUB_H

#include "config/config.h"
#include <systemd/sd-event.h>

struct facility;

/*
 * `config` must outlive it. NULL and a log line on failure. state_dir: for durable records.
 * socket: the path of the local socket; where it cannot be opened, a log line says so, and the rest
 * goes on: what watches the building does not depend on it.
 */
struct facility *facility_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *event);
void facility_stop(struct facility *facility);

/*
 * Takes another configuration while running, all or nothing: incidents with all that belongs to
 * them, readings, delays and actions go on as far as the new one still has what they are about.
 * The broker, the journal and the local socket stay open; the buses end and begin anew, which
 * blocks for at most the longest call that a blocking driver has under way. 0: `config` is in use
 * and must outlive it, and the one before may be freed. -errno and *error: all is as before; the
 * trouble "config" says so until a good one is taken. -ENOTRECOVERABLE: not even the old buses
 * could be begun again: end the program.
 */
int facility_reload(
	struct facility *facility, const struct config *config, char *error, size_t error_size);
/* The new configuration could not even be loaded: the trouble "config". */
void facility_reload_refused(struct facility *facility, const char *why);

/* Is every worker (bus threads, MQTT, record) alive? The watchdog is fed only then. */
bool facility_alive(const struct facility *facility, int64_t now_ms);

#endif
