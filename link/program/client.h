/*
 * One connection to a broker: the only file that knows libmosquitto. A client is made for one
 * attempt and freed when it is lost, so no state of the library survives a fault, and certificates
 * and passwords are read anew.
 *
 * One thread. client_new() may block: while a name is looked up, which the resolver bounds, and
 * for CLIENT_CONNECT_S while TCP connects. What happens is put on the wire; every failure, of
 * whatever kind, as WIRE_LOST, and after it nothing more.
 */
#ifndef LINK_PROGRAM_CLIENT_H
#define LINK_PROGRAM_CLIENT_H

#include "link/wire.h"

enum { CLIENT_CONNECT_S = 5 };

struct client;

/* By a WIRE_CONNECT. NULL: it failed, as the wire says. */
struct client *client_new(const struct wire_frame *connect, struct wire *wire);
void client_free(struct client *client);

/* The socket to wait for, and whether to write; -1: the connection is lost, free it. */
int client_fd(const struct client *client, bool *write);
/* Not connected yet: to be run often, and with a nap, since a failed TLS handshake would spin. */
bool client_is_new(const struct client *client);

/* Do what is to be done: read where there is something, write, keepalive, deadlines. */
void client_run(struct client *client, bool readable, bool writable);

/* What is asked of the broker; answers are put on the wire. */
void client_ask(struct client *client, const struct wire_frame *frame);
/* Say DISCONNECT. */
void client_good_bye(struct client *client, bool with_will);

#endif
