/*
 * The serial line under modbus-rtu: opened, locked, kept quiet. For rtu.c
 * alone. Knows no request.
 *
 * One thread. Errors are 0 or -errno; every one means that the line is lost.
 */
#ifndef ADAPTERS_MODBUS_RTU_LINE_H
#define ADAPTERS_MODBUS_RTU_LINE_H

#include "adapters/modbus/modbus.h"

#include <modbus.h>

struct rtu_line {
	modbus_t *modbus;
	int fd;    /* libmodbus' own */
	int guard; /* holds the lock on the device */
	int pace;  /* timerfd: readable when the gap since rtu_line_rest() is over */
	int64_t gap_us, silence_ms;
};

/* Open, lock and quarantine. On failure the line is closed again. */
int rtu_line_open(struct rtu_line *line, const struct bus *bus);
void rtu_line_close(struct rtu_line *line);

/*
 * Wait until the line has been silent for silence_ms, and flush it: whatever was late has come.
 * Blocks at most 4 x silence_ms; -EBUSY where the line is never silent.
 */
int rtu_line_quarantine(struct rtu_line *line);

/* A frame has ended, or should have: the gap begins. */
void rtu_line_rest(struct rtu_line *line);

/* Wait until the gap is over. Whoever talks in it makes the line doubtful: quarantine. */
int rtu_line_gap(struct rtu_line *line);

double rtu_character_us(const struct modbus_rtu_bus *options);
int64_t rtu_gap_us(const struct modbus_rtu_bus *options);
/* Up to so many unused registers cost less than another request. */
int64_t rtu_bridge_registers(const struct modbus_rtu_bus *options);

#endif
