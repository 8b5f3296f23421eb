/*
 * Starting facility-link, and what is left of it at its end. One thread, the program's first;
 * nothing blocks: the program is looked for by the child itself, on whatever disk it lies.
 */
#ifndef LINK_SPAWN_H
#define LINK_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* Exit statuses of facility-link. */
enum { LINK_EXIT_OTHER_VERSION = 3, LINK_EXIT_NOT_FOUND = 127 };

/*
 * It lies beside the program that asks (a build tree), or where it is installed; a path in
 * FACILITYD_LINK goes before both. *fd is our end of its socket, not blocking. 0, or -errno.
 */
int spawn_link(int *fd, pid_t *pid);

/* Has it ended? Then it is gone, and *status is as waitpid() has it. */
bool spawn_ended(pid_t pid, int *status);
/* It ends by itself, and is reaped when the next is started or left. */
void spawn_leave(pid_t pid);

#endif
