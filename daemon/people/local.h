/*
 * The local socket: who sits at this machine asks the daemon here, also when the
 * broker is down. One line of JSON asks, one line answers; the kernel says who
 * it is. What a request means is the hub's business.
 *
 * Loop thread only; nothing here blocks. Bounded: LOCAL_CLIENT_MAX connections,
 * lines of LOCAL_LINE_MAX bytes, one request and one answer of each at a time,
 * LOCAL_IDLE_MS for a request to be complete, for its answer to come, and for it
 * to be taken. Where descriptors have run out one caller is served at a time; others
 * wait.
 */
#ifndef DAEMON_PEOPLE_LOCAL_H
#define DAEMON_PEOPLE_LOCAL_H

#include "rules/incident/incident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

enum { LOCAL_CLIENT_MAX = 16, LOCAL_LINE_MAX = 4096, LOCAL_IDLE_MS = 30000 };

struct local;

struct local_request {
	const char
		*user; /* a valid id: the caller's login name, or "uid-1000" where that is none */
	const char *line; /* without its line feed; may hold any bytes */
	size_t length;
	uint64_t ticket; /* of this request, never 0 nor given again: for an answer that comes later
			  */
};

struct local_answer {
	char *text; /* malloc'ed, without a line feed; NULL ends the connection */
	size_t length;
	bool later; /* local_answer() will be called, or the client is gone before */
};

struct local_events {
	/* The request's texts are valid in the call. Must not end the server. */
	struct local_answer (*request)(
		struct local_events *events, const struct local_request *request);
	/* Whoever waits for this later answer waits no more. NULL where no answer comes later. */
	void (*gone)(struct local_events *events, uint64_t ticket);
};

/*
 * Listen at `path`, mode 0660. What a dead daemon left there is replaced; a living one's socket
 * and what is no socket are not: NULL and a log line then, as for any failure.
 * idle_ms: LOCAL_IDLE_MS, but in tests.
 */
struct local *local_start(
	const char *path, int64_t idle_ms, sd_event *loop, struct local_events *events);

/*
 * The answer that came later: takes `text` over, as struct local_answer has it. One for a client
 * that is gone is dropped. Not to be called within a request.
 */
void local_answer(struct local *local, uint64_t ticket, char *text, size_t length);

/*
 * The id of a user: the name in /etc/passwd, or "uid-<number>" where there is none, where it is no
 * valid id, and where it is "facilityd", which is what the machine calls itself. Other sources of
 * names, such as a directory server, are not asked, since they may let the loop wait.
 */
const char *local_user_name(uid_t uid, char name[static USER_MAX + 1]);

/* Drops every connection and removes the socket if it is still this one. */
void local_stop(struct local *local);

#endif
