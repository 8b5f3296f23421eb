/*
 * One Modbus unit: register tables, and the answer to a request (PDU in, PDU
 * out). Knows nothing of framing, points or sockets. Single thread, no
 * allocation after slave_table_init().
 *
 * A request that libmodbus's own server would answer is answered the same way;
 * ours exists because libmodbus's server listens to one slave id per context,
 * and a line or a gateway has many.
 */
#ifndef SIM_SLAVE_H
#define SIM_SLAVE_H

#include "sim/slave_fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PDU_MAX = 253 };

enum slave_table_kind {
	SLAVE_COILS,    /* bits, read and write: functions 1, 5, 15 */
	SLAVE_DISCRETE, /* bits, read: function 2 */
	SLAVE_HOLDING,  /* registers, read and write: functions 3, 6, 16 */
	SLAVE_INPUT,    /* registers, read: function 4 */
	SLAVE_TABLE_COUNT
};

enum slave_refusal {
	SLAVE_ILLEGAL_FUNCTION = 0x01,
	SLAVE_ILLEGAL_ADDRESS = 0x02,
	SLAVE_ILLEGAL_VALUE = 0x03,
	SLAVE_GATEWAY_NO_ANSWER = 0x0b, /* gateway target device failed to respond */
};

/* The readable addresses first .. first + count - 1; others answer exception 2. */
struct slave_table {
	uint32_t first, count;
	uint16_t *words; /* a bit is a word of 0 or 1 */
	bool *writable;  /* which words a master may write */
};

struct slave {
	uint8_t unit;
	bool silent;              /* as if its power were gone: answers nothing */
	struct slave_fault fault; /* for its server, but for SLAVE_EXCEPTION, which is done here */
	uint64_t asked;           /* requests so far */
	struct slave_table tables[SLAVE_TABLE_COUNT];
	/* Called after a master has written; NULL where nobody cares. */
	void (*written)(
		struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t count);
	void *owner;
};

/* Make first..last readable, all 0 and read-only; -ENOMEM. Once per table. */
int slave_table_init(
	struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t last);
void slave_release(struct slave *slave);

/* The word at an address; NULL where the table has none. */
uint16_t *slave_word(struct slave *slave, enum slave_table_kind kind, uint32_t address);

/* Let masters write count words from first. All must exist. */
void slave_allow_write(
	struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t count);

/*
 * Answer one request of `size` >= 1 bytes. Returns the size of the reply, at
 * most PDU_MAX; 0 when the slave is silent.
 */
size_t slave_answer(
	struct slave *slave, const uint8_t *request, size_t size, uint8_t reply[static PDU_MAX]);

/* The two bytes of an exception reply. */
size_t slave_refuse(uint8_t function, enum slave_refusal code, uint8_t *reply);

#endif
