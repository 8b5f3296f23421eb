/*
 * A Modbus TCP gateway: one listener, any number of units behind it. A request
 * to a unit that is not there is answered with exception 0x0b, as gateways do.
 * Single thread, never blocks.
 */
#ifndef SIM_SERVER_TCP_H
#define SIM_SERVER_TCP_H

#include "sim/loop.h"
#include "sim/slave.h"

enum { UNIT_COUNT = 256, CONNECTIONS_MAX = 64 };

struct connection;

struct server_tcp {
	struct source listener; /* first: the loop hands it back */
	struct loop *loop;
	struct slave *units[UNIT_COUNT]; /* the caller's; NULL: not there */
	struct connection *connections;
	unsigned connection_count;
};

/* Listen on host (a name or an address) and port; 0: any. 0, -errno, or -EADDRNOTAVAIL for a
 * host that is none. Blocks on the name look-up. */
int server_tcp_open(struct server_tcp *server, struct loop *loop, const char *host, uint16_t port);
/* Late replies: returns when to call again; CLOCK_NEVER: none wait. */
int64_t server_tcp_step(struct server_tcp *server, int64_t now_ms);

/* The port that it listens on. */
uint16_t server_tcp_port(const struct server_tcp *server);
void server_tcp_close(struct server_tcp *server);

/*
 * One request out of a stream of bytes: returns the bytes that it used up (0: not
 * complete; -1: not Modbus) and puts the reply, if any, in `reply`.
 */
enum { MBAP_FRAME_MAX = 7 + PDU_MAX };
long server_tcp_answer(struct server_tcp *server, const uint8_t *bytes, size_t size,
	uint8_t reply[static MBAP_FRAME_MAX], size_t *reply_size);

#endif
