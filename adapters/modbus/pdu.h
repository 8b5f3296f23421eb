/*
 * Modbus protocol data units, and polls merged into few requests. For the two
 * adapters; the transport (MBAP or serial frame) is theirs.
 *
 * A plan belongs to its poll (poll->plan) and is made once by modbus_plan();
 * after that nothing here allocates. Nothing blocks. One thread per poll.
 */
#ifndef ADAPTERS_MODBUS_PDU_H
#define ADAPTERS_MODBUS_PDU_H

#include "adapters/adapter.h"
#include "adapters/modbus/modbus.h"

enum { MODBUS_PDU_MAX = 253, MODBUS_REQUEST_MAX = 16 };

/* One read request and the points that it serves. */
struct modbus_request {
	uint8_t function; /* 1 to 4 */
	uint16_t address, count;
	const struct point **points;
	size_t point_count;
	/* The last answer's payload; `known`: its readings were the last that the points got. */
	uint8_t *raw;
	size_t raw_size;
	bool known;
	/* split.c's */
	bool is_piece, is_cut; /* of a request that was refused; cut off from the one before */
	uint8_t refusals;      /* in a row */
	uint8_t rested;        /* polls in which it was not asked */
	uint8_t code;          /* of the last refusal */
	size_t joined_at;      /* tried as one: cut before this point until now; 0: not */
};

struct modbus_plan {
	struct modbus_request *requests; /* by table and address; room for one of each point */
	size_t request_count;
	/* split.c's */
	bool is_cut, is_joining;
	unsigned cuts;    /* in this poll */
	unsigned polls;   /* since two were tried as one in vain */
	size_t join_next; /* the request that is tried next with the one behind it */
};

/* adapter.plan, adapter.unplan, adapter.overlap. plan: 0 or -ENOMEM. */
int modbus_plan(struct poll *poll);
void modbus_unplan(struct poll *poll);
bool modbus_overlap(const struct point *a, const struct point *b);

/* For adapter.cost_ms: the sum over the requests that the poll would be merged into. */
double modbus_cost_ms(const struct poll *poll,
	double (*request_ms)(const struct device *device, const struct modbus_request *request));

/* adapter.cost_ms and adapter.loss_ms of modbus-tcp. */
double modbus_tcp_cost_ms(const struct poll *poll);
double modbus_tcp_loss_ms(const struct device *device, bool again);

/* Put the PDU in `pdu` (MODBUS_REQUEST_MAX bytes); its length is returned. */
size_t modbus_read_pdu(uint8_t *pdu, const struct modbus_request *request);
size_t modbus_write_pdu(uint8_t *pdu, const struct modbus_point *point, const uint16_t *words);

/* Length of the reply's PDU to a request PDU. */
size_t modbus_reply_size(const struct modbus_request *request);

/* Bytes of memory that the payload of so many places may take, however they are cut. */
size_t modbus_raw_room(unsigned function, int count);

/*
 * Is `reply` (length bytes of PDU) the answer to the request PDU? REASON_NONE: yes, and *data
 * is the payload of a read, within `reply`. REASON_EXCEPTION: refused, with *code.
 * REASON_MISMATCH: another function, or another address or value echoed. REASON_GARBLED: wrong
 * length or byte count.
 */
enum reason modbus_check_reply(const uint8_t *request, const uint8_t *reply, size_t length,
	const uint8_t **data, unsigned *code);

/* The readings of a request's points from the payload of its answer, or `unchanged`. */
void modbus_answered(struct modbus_request *request, const uint8_t *data, struct sink *sink);

/* Before each poll of the plan: which requests it makes now follows from how the last ones ended.
 */
void modbus_begin(struct modbus_plan *plan);

/* It has been refused so often that it is not asked in this poll: its points have their readings.
 */
bool modbus_rests(const struct poll *poll, struct modbus_request *request, struct sink *sink);

/*
 * The plan's request at this place was refused. True: what stands there now is to be asked, since
 * it has been split; false: its points have their bad readings.
 */
bool modbus_refused(struct modbus_plan *plan, size_t at, unsigned code, struct sink *sink);

/* A bad reading of each of its points. */
void modbus_failed(
	struct modbus_request *request, enum reason reason, unsigned code, struct sink *sink);

/* Does this code of an exception ask to be asked again? */
bool modbus_is_busy(bool reads, unsigned code);

/*
 * 0, -ETIMEDOUT, -EREMOTEIO or -EBADMSG, as adapters/adapter.h wants it. `code` of an exception: a
 * gateway's word that the unit behind it does not answer is no answer of the unit.
 */
int modbus_reason_error(enum reason reason, unsigned code);

/*
 * Check and encode a value for a write: 0, or -EINVAL when the point cannot take it (not
 * writable, outside its min and max, or its type cannot hold it).
 */
int modbus_write_words(const struct point *point, double value, uint16_t *words);

#endif
