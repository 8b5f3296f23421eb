/*
 * The hub: readings -> rule engine -> transitions -> {outputs, record and tell}, and
 * people's orders back. It owns every part, lets none know of another, and does nothing
 * itself but hand each event on, with its moment, and settle.
 *
 * Loop thread only; nothing here blocks, but hub_stop(), which takes at most some
 * seconds to deliver what is left and to end the workers.
 */
#ifndef DAEMON_HUB_HUB_H
#define DAEMON_HUB_HUB_H

#include "config/fixed.h"

#include <systemd/sd-event.h>

struct hub;

/*
 * `config` must outlive it. NULL on failure. state_dir: for durable records.
 * socket: the path of the local socket; where it cannot be opened, a log line says so, and the rest
 * goes on: what watches the building does not depend on it.
 */
struct hub *hub_start(
	const struct config *config, const char *state_dir, const char *socket, sd_event *event);
void hub_stop(struct hub *hub);

/*
 * Takes another configuration while running, all or nothing: incidents with all that belongs to
 * them, readings, delays and actions go on as far as the new one still has what they are about.
 * The broker, the journal and the local socket stay open; the buses end and begin anew, which
 * blocks for at most the longest call that a blocking driver has under way. 0: `config` is in use
 * and must outlive it, and the one before may be freed. -errno: all is as before; a log line and
 * the trouble "config" say why until a good one is taken. -ENOTRECOVERABLE: not even the old buses
 * could be begun again: end the program.
 */
int hub_reload(struct hub *hub, const struct config *config);
/* The new configuration could not even be loaded: the trouble "config". */
void hub_reload_refused(struct hub *hub, const struct failure *why);

/* Is every worker (bus threads) alive? The watchdog is fed only then. */
bool hub_alive(const struct hub *hub, int64_t now_ms);

#endif
