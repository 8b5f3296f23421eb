/*
 * One Modbus TCP connection as a state machine, for modbus_tcp.c alone.
 *
 * Loop thread only; never blocks; time is an argument, kept in now_ms for the
 * length of a call. Does not open or close its descriptor.
 */
#ifndef ADAPTERS_MODBUS_TCP_LINK_H
#define ADAPTERS_MODBUS_TCP_LINK_H

#include "adapters/modbus/pdu.h"

enum {
	MBAP_SIZE = 7, /* transaction, protocol, length, unit */
	MBAP_FRAME_MAX = MBAP_SIZE + MODBUS_PDU_MAX,
};

enum tcp_state { TCP_CONNECTING, TCP_IDLE, TCP_READING, TCP_WRITING, TCP_LOST, TCP_STATE_COUNT };
enum tcp_event { TCP_ON_OUTPUT, TCP_ON_INPUT, TCP_ON_DEADLINE, TCP_EVENT_COUNT };

struct tcp_link {
	int fd;
	enum tcp_state state;
	int result; /* of the job that ended last; in TCP_LOST why */
	int64_t now_ms, deadline_ms;
	uint16_t transaction; /* of the request sent last */
	unsigned unanswered;  /* requests in a row */
	unsigned issued;      /* transactions of this connection that a reply may answer late */
	const struct device *device;
	struct modbus_plan *plan; /* READING: what is read, and how far it has come */
	size_t at;
	int error; /* READING: the first one */
	uint8_t sent[MBAP_SIZE + MODBUS_REQUEST_MAX];
	size_t sent_size, sent_done;
	uint8_t got[2 * MBAP_FRAME_MAX];
	size_t got_size;
};

void tcp_link_event(struct tcp_link *link, enum tcp_event event, struct sink *sink);

/* Begin a job in TCP_IDLE. A job may end, or the link be lost, before the call returns. */
void tcp_link_read(struct tcp_link *link, const struct device *device, struct modbus_plan *plan,
	struct sink *sink);
void tcp_link_write(struct tcp_link *link, const struct point *point, const uint16_t *words);

/* Is a part of the request still to be sent? */
bool tcp_link_sending(const struct tcp_link *link);

#endif
