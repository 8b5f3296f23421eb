/*
 * The local socket: who sits at this machine asks the daemon here, also when the
 * broker is down. One line of JSON asks, one line answers; the kernel says who
 * it is. What a request means is the hub's business.
 *
 * Loop thread only; nothing here blocks. Bounded: LOCAL_CLIENT_MAX connections,
 * lines of LOCAL_LINE_MAX bytes, one request and one answer of each at a time,
 * LOCAL_IDLE_MS for a request to be complete and for its answer to be taken.
 */
#ifndef DAEMON_LOCAL_H
#define DAEMON_LOCAL_H

#include <stddef.h>
#include <systemd/sd-event.h>

enum { LOCAL_CLIENT_MAX = 16, LOCAL_LINE_MAX = 4096, LOCAL_IDLE_MS = 30000 };

struct local;

struct local_events {
	/*
	 * `line` is without its line feed, may hold any bytes, and is valid in the call. Returns
	 * the answer, malloc'ed, without a line feed; NULL ends the connection. `user` is a valid
	 * id: the login name of the caller, or "uid-1000" where that is none. Must not end the
	 * server.
	 */
	char *(*request)(struct local_events *events, const char *user, const char *line,
		size_t length, size_t *answer_length);
};

/*
 * Listen at `path`, mode 0660. What a dead daemon left there is replaced; a living one's socket
 * and what is no socket are not: NULL and a log line then, as for any failure.
 * idle_ms: LOCAL_IDLE_MS, but in tests.
 */
struct local *local_start(
	const char *path, int64_t idle_ms, sd_event *loop, struct local_events *events);

/* Drops every connection and removes the socket if it is still this one. */
void local_stop(struct local *local);

#endif
