/*
 * Inside local: the socket in the file system, and who is at the other end.
 * Loop thread, at the start and at each connection.
 */
#ifndef DAEMON_PEOPLE_LOCAL_LISTEN_H
#define DAEMON_PEOPLE_LOCAL_LISTEN_H

#include "rules/engine/incident.h"

#include <sys/types.h>

/*
 * A listening socket at `path`; a stale one there is replaced. -errno, and in *why a sentence of
 * what to do: -EADDRINUSE for a living daemon's, -EEXIST for what is no socket.
 */
int local_listen(const char *path, const char **why);

/*
 * The id of a user: the name in /etc/passwd, or "uid-<number>" where there is none, where it is no
 * valid id, and where it is "facilityd", which is what the machine calls itself. Other sources of
 * names, such as a directory server, are not asked, since they may let the loop wait.
 */
const char *local_user_name(uid_t uid, char name[static USER_MAX + 1]);

/* The user at the other end of a connected socket. 0 or -errno. */
int local_peer(int fd, char name[static USER_MAX + 1]);

#endif
