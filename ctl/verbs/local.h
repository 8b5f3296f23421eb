/*
 * The daemon's local socket, for one request: blocking, and never longer than
 * LOCAL_ANSWER_MS without a sign of the daemon.
 *
 * Any thread. Not for the daemon.
 */
#ifndef CTL_LOCAL_H
#define CTL_LOCAL_H

#include <stddef.h>

#define LOCAL_PATH "/run/facilityd/facilityd.sock"

enum { LOCAL_ANSWER_MS = 5000, LOCAL_ANSWER_MAX = 2 * 1024 * 1024 };

/* A connected socket, or -errno. */
int local_open(const char *path);

/* Wait for so long instead: what is read from a disk may have to wait for others. */
void local_be_patient(int fd, int timeout_ms);

/*
 * Sends the line, to which a line feed is added, and waits for the answer: malloc'ed, without its
 * line feed. NULL and errno: ETIMEDOUT, ECONNRESET (ended before the answer was complete), EMSGSIZE
 * (longer than LOCAL_ANSWER_MAX), or what the socket says.
 */
char *local_ask(int fd, const char *line);

#endif
