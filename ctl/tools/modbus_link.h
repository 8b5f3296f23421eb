/*
 * A bus of the configuration at the hands of one blocking tool, through the
 * adapter that facilityd itself uses: its lock on the line, its framing, its
 * checks of every answer. It only reads.
 *
 * One thread; calls block, each no longer than the connect timeout or the
 * device's timeouts state.
 */
#ifndef CTL_MODBUS_LINK_H
#define CTL_MODBUS_LINK_H

#include "adapters/modbus/modbus.h"

enum { REGISTERS_MAX = 2048 };

struct modbus_link;

/* What was found at one address. */
struct register_read {
	uint8_t reason;  /* enum reason: REASON_NONE, REASON_EXCEPTION, ... */
	uint16_t detail; /* REASON_EXCEPTION: the code */
	uint16_t word;   /* REASON_NONE; a bit is 0 or 1 */
};

/* Addresses first .. first + count - 1 of a table, as on the wire. */
struct register_range {
	int table; /* enum modbus_table */
	uint16_t first, count;
};

/* Who would be disturbed by a second master, for messages; NULL: nobody on this machine. */
const char *modbus_link_user(const struct bus *bus);

/*
 * Open a bus of modbus-tcp or modbus-rtu. `timeout_ms`: of one request. NULL and *error (-errno);
 * -EBUSY: another program has the serial line.
 */
struct modbus_link *modbus_link_open(const struct bus *bus, int64_t timeout_ms, int *error);
void modbus_link_close(struct modbus_link *link);

/*
 * Read a range of one unit in requests of at most max_registers (or max_bits); where one is refused
 * it is asked for in halves, so that one address that does not exist hides no other. found[] has a
 * result for each. 0, or -errno when the link is lost: what was not asked then is REASON_LINK.
 */
int modbus_link_read(struct modbus_link *link, uint8_t unit, const struct register_range *range,
	unsigned max, struct register_read *found);

#endif
