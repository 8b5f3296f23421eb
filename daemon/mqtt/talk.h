/*
 * Inside mqtt: what runs of one site say to each other through the port, and the connection
 * that is ended and made anew for its last will: who stands by has none. Who tells is peer.h's.
 *
 * Loop thread; never blocks; time is an argument.
 */
#ifndef DAEMON_MQTT_TALK_H
#define DAEMON_MQTT_TALK_H

#include "daemon/mqtt/peer.h"
#include "link/port.h"

/* Of the connection. */
enum talk_leave { TALK_STAYING, TALK_LEAVING, TALK_RETURNING };

struct talk {
	struct peer peer;
	struct port *port;
	const char *topic; /* on which we speak, in full */
	uint32_t number;   /* by which the broker answers for what is said */
	enum talk_leave leave;
	int64_t leaving_end_ms;
	bool is_mute; /* the broker refuses what is said */
};

/* What is published goes to the broker now: not while the connection leaves, which may lose it. */
bool talk_tells(const struct talk *talk);
/* True: it left of its own accord, and is as it was. */
bool talk_connected(struct talk *talk, int64_t now_ms);
/* True: it leaves of its own accord, which is told to nobody. */
bool talk_lost(struct talk *talk, int64_t now_ms);
/* The broker's answer to what was said. */
void talk_answered(struct talk *talk, int code, const char *words, int64_t now_ms);
/* False: it is not of another run, nor our own word that comes back. */
bool talk_heard(struct talk *talk, const struct mqtt_message *message, int64_t now_ms);
/* Time has passed; and what is to be said is. */
void talk_settle(struct talk *talk, int64_t now_ms);
/* With a last will, or without. */
void talk_reopen(struct talk *talk, bool with_will, bool connected, int64_t now_ms);
int64_t talk_deadline(const struct talk *talk, bool sweep_due); /* CLOCK_NEVER: none */

#endif
