/*
 * The control socket: a person or a program at the simulator's side, one line a
 * command. The answer is any number of lines and then "ok", or "error: why".
 *
 * Server: single thread, never blocks. Client: blocks until the answer is there.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim/loop.h"
#include "sim/scenario.h"

#include <stdio.h>

struct control_client;

struct control {
	struct source listener; /* first: the loop hands it back */
	struct loop *loop;
	const struct scenario *scenario;
	struct building *building;
	const char *path;
	struct control_client *clients;
};

/* 0 or -errno; -EADDRINUSE when another program listens there, -EEXIST when it is no socket. `path`
 * must stay. */
int control_open(struct control *control, struct loop *loop, const struct scenario *scenario,
	struct building *building, const char *path);
void control_close(struct control *control);

/* Do one line (which it cuts up) and print the whole answer. True: the simulator is to end. */
bool control_command(struct control *control, char *line, FILE *answer);

/*
 * The client: send one command, print its answer: lines to `out`, an error to `err`. 0; 1 for
 * an error in the answer; -errno when nobody answers.
 */
int control_send(const char *path, const char *command, FILE *out, FILE *err);

#endif
