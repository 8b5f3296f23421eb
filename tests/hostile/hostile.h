/*
 * A hostile Modbus slave against the two Modbus adapters, over a pty and over
 * TCP: each line has a slave and a master of its own, each in a thread. The value
 * of a register is that of the request that asks for it, so whatever belongs to
 * another request shows.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	UNIT = 7,
	POINTS = 4,
	SPACING = 300,
	REGISTERS = 2,
	TIMEOUT_MS = 30,
	LATE_FIRST_MS = 20, /* past the timeout */
	LATE_LAST_MS = 80,
	SILENCE_MS = 160, /* longer than the slowest slave */
	FAULT_PERCENT = 15,
};

enum fault {
	LATE,
	NOISE,
	WRONG_UNIT,
	WRONG_ID,
	WRONG_LENGTH,
	DRIP,
	TRUNCATED,
	OVERSIZED,
	EXCEPTION,
	UNKNOWN_EXCEPTION,
	ECHOED,
	OLDER,
	BAD_CHECKSUM,
	RESET,
	HALF_OPEN,
	GATEWAY,
	FAULT_COUNT
};

enum transport { RTU, TCP, TRANSPORT_COUNT };

struct fault_row {
	const char *name;
	bool on[TRANSPORT_COUNT];
};

extern const struct fault_row fault_rows[FAULT_COUNT];

struct tally {
	unsigned requests, faults, errors, wrong, excused;
	unsigned polls;        /* most polls from the end of a fault to a good value */
	int64_t recovery_ms;   /* the same in time */
	int64_t longest_ms;    /* call */
	int64_t call_limit_ms; /* what the adapter states */
};

struct line {
	enum transport transport;
	enum fault fault;
	unsigned count, seed;
	pthread_t master, slave;
	/* Between the two. */
	_Atomic unsigned serial;       /* of the request under way, from 1 */
	_Atomic unsigned address;      /* that it asks for */
	_Atomic int64_t asked_ms;      /* since when, as its driver has it */
	_Atomic unsigned excused;      /* answers that the machine, not the slave, made too late */
	_Atomic unsigned fault_serial; /* the last one that was answered wrongly or not at all */
	_Atomic int64_t fault_ms;      /* when that was over */
	atomic_bool misbehaving;       /* it is not yet over */
	atomic_bool end;
	/* The slave's. */
	int fd;             /* pty; TCP: the connection, or -1 */
	int listener;       /* TCP */
	int pty;            /* RTU: the other end, kept open */
	bool half_open;     /* never answer on this connection again */
	uint8_t older[300]; /* the frame of an earlier answer */
	size_t older_size;
	/* The master's. */
	char path[64];
	uint16_t port;
	struct bench bench;
	struct poll polls[POINTS];
	void *link;
	bool owes; /* the last request was lost: the next one waits for a silence */
	struct tally tally;
};

static inline uint32_t truth(unsigned serial, unsigned address)
{
	return serial * 64 + address / SPACING;
}

/* slave.c: makes the line's ends; then its thread, until `end`. */
void slave_prepare(struct line *line);
void *slave_run(void *context);
void slave_end(struct line *line);

/* master.c */
void *master_run(void *context);

void give_up(const char *what) __attribute__((noreturn));

#endif
