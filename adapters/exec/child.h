/*
 * A program that a link of the adapter "exec" runs: its start, its pipes and its end.
 *
 * Loop thread only; never blocks: the child is forked, what became of its exec is
 * read from a pipe, and one that does not die at once is reaped later. At most one
 * dying child per bus.
 */
#ifndef ADAPTERS_EXEC_CHILD_H
#define ADAPTERS_EXEC_CHILD_H

#include "core/id.h"

#include <sys/types.h>

struct exec_child {
	struct exec_child *next; /* in the list of those that are dying */
	char owner[ID_MAX + 1];  /* the id of the bus: a reload makes the bus itself anew */
	pid_t pid;               /* also its process group */
	int in, out; /* to its standard input, from its standard output; both non-blocking */
	int failure; /* readable when it is known whether it runs */
};

/*
 * Fork and exec command[0], a path, with the arguments command. -EBUSY: what this bus ran before
 * is still dying, and two of them would fight for their device. Other -errno: of the system.
 */
int exec_child_start(const char *owner, const char *const *command, struct exec_child **child);

/* Kills what this bus ran before and is still dying. */
void exec_child_kill(const char *owner);

/* Once `failure` is readable: 0, it runs, or the -errno of its exec. */
int exec_child_check(struct exec_child *child);

/* Close its pipes, tell its group to end (SIGTERM; SIGKILL where the leader is dead) and free. */
void exec_child_end(struct exec_child *child);

#endif
