/*
 * Modbus: the options of buses, devices and points, and the codec between
 * registers and engineering values. Shared by modbus-tcp and modbus-rtu. Knows no
 * socket and no serial line.
 *
 * The structs are filled by the loader from the option tables in
 * options.c, then completed by the adapters' check functions; immutable
 * afterwards. All functions are pure: any thread, no blocking, no allocation.
 */
#ifndef ADAPTERS_MODBUS_MODBUS_H
#define ADAPTERS_MODBUS_MODBUS_H

#include "adapters/adapter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODBUS_WORDS_MAX = 4, /* registers of the widest type */
	MODBUS_REGISTERS_MAX = 125,
	MODBUS_BITS_MAX = 2000,
};

/* How the data sheet counts; `register` in the file is written as the data sheet writes it. */
enum modbus_base {
	MODBUS_BASE_0,     /* the first register is 0: as on the wire */
	MODBUS_BASE_1,     /* the first register is 1 */
	MODBUS_BASE_4XXXX, /* 40001 or 400001: first holding register; 3xxxx, 1xxxx, 1 to 9999 */
};

enum modbus_table {
	MODBUS_TABLE_AUTO, /* not said; never after the check */
	MODBUS_TABLE_HOLDING,
	MODBUS_TABLE_INPUT,
	MODBUS_TABLE_COIL,
	MODBUS_TABLE_DISCRETE,
};

enum modbus_type {
	MODBUS_TYPE_AUTO, /* not said: bit of coils and where `bit` is given, else u16 */
	MODBUS_TYPE_BIT,
	MODBUS_TYPE_U16,
	MODBUS_TYPE_S16,
	MODBUS_TYPE_U32,
	MODBUS_TYPE_S32,
	MODBUS_TYPE_U64,
	MODBUS_TYPE_S64,
	MODBUS_TYPE_F32,
	MODBUS_TYPE_F64,
};

/*
 * The order in which bytes arrive, A being the most significant. In 64 bit the same two
 * properties hold: are the words reversed, are the bytes swapped within each word?
 *
 *        32 bit   64 bit              words reversed  bytes swapped
 * abcd   AB CD    AB CD EF GH         no              no   (the standard's)
 * cdab   CD AB    GH EF CD AB         yes             no
 * badc   BA DC    BA DC FE HG         no              yes
 * dcba   DC BA    HG FE DC BA         yes             yes
 *
 * In one register (16 bit types, a bit of a register) only the swap of bytes matters.
 */
enum modbus_order {
	MODBUS_ORDER_ABCD,
	MODBUS_ORDER_CDAB,
	MODBUS_ORDER_BADC,
	MODBUS_ORDER_DCBA,
};

enum modbus_framing {
	MODBUS_FRAMING_TCP,
	MODBUS_FRAMING_RTU, /* serial frames as they are: a serial server that is transparent */
};

struct modbus_tcp_bus {
	const char *host; /* an IPv4 or IPv6 address, never a name */
	int64_t port;
	int64_t connect_timeout_ms;
	int framing;           /* enum modbus_framing */
	int64_t turnaround_ms; /* least pause after an answer */
	int64_t settle_ms;     /* pause after the connection is open */
	/* Answers count that echo another unit or transaction. */
	bool any_unit, any_transaction;
	/* Derived by the check. */
	bool has_unit;
	int64_t first_unit; /* of the devices */
};

enum modbus_parity { MODBUS_PARITY_NONE, MODBUS_PARITY_EVEN, MODBUS_PARITY_ODD };
enum modbus_line { MODBUS_LINE_RS232, MODBUS_LINE_RS485 };

struct modbus_rtu_bus {
	const char *path; /* /dev/serial/by-id/... */
	int baud;         /* index in modbus_bauds[] */
	int parity;       /* enum modbus_parity */
	int64_t stop_bits, data_bits;
	int mode;              /* enum modbus_line: who switches the direction */
	int64_t turnaround_ms; /* least silence before a request */
	int64_t silence_ms;    /* after an error; 0: the longest timeout_ms of the bus's devices */
};

/* Bits per second by index of the choice. */
extern const int modbus_bauds[];

struct modbus_device {
	int64_t unit;                    /* slave address, unit id */
	int address_base;                /* enum modbus_base */
	int64_t max_registers, max_bits; /* of one request */
	int64_t gap_registers;           /* unused ones read to spare a request; 16 bits each */
	int64_t timeout_ms;              /* of one request */
	int64_t latency_ms;              /* a sound device answers within; for the lint only */
};

/* For how long a request of a poll with this patience (0: none of its own) waits. */
static inline int64_t modbus_timeout_ms(const struct modbus_device *device, int64_t patience_ms)
{
	return patience_ms > 0 && patience_ms < device->timeout_ms ? patience_ms
								   : device->timeout_ms;
}

/* The longest timeout_ms of the bus's devices; 0: it has none. */
int64_t modbus_longest_timeout_ms(const struct bus *bus);

struct modbus_point {
	/* As in the file. */
	int64_t register_number;
	int table;            /* enum modbus_table; after the check never AUTO */
	int type;             /* enum modbus_type; after the check never AUTO */
	int64_t bit;          /* 0 (least significant) to 15; -1: none */
	int order;            /* enum modbus_order */
	bool invert;          /* BIT: 1 on the wire is 0 */
	bool pair;            /* BIT: and the next above: a number of 0 to 3, for point->bands */
	double scale, offset; /* value = raw * scale + offset */
	int write_function;   /* index of the choice: auto, 5, 6, 15, 16 */
	/* Derived by the check. */
	uint16_t address; /* zero-based, as on the wire */
	uint8_t words;    /* registers; coils or discrete inputs: 1, of a pair 2 */
	uint8_t function; /* of a write: 5, 6, 15, 16; 0 where it cannot be written */
};

/* options.c; check_point derives table, type, address, words and function. */
extern const struct option_spec modbus_tcp_bus_options[], modbus_rtu_bus_options[];
extern const struct option_spec modbus_tcp_device_options[], modbus_rtu_device_options[];
extern const struct option_spec modbus_point_options[];
void modbus_check_tcp_bus(struct bus *bus, struct option_errors *errors);
void modbus_check_tcp_device(struct device *device, struct option_errors *errors);
void modbus_check_rtu_bus(struct bus *bus, struct option_errors *errors);
void modbus_check_point(struct point *point, struct option_errors *errors);

/* adapter.place: its table and its registers, numbered as in the file. */
void modbus_place(const struct point *point, enum language language, char *out, size_t size);

/* Is this a table of single bits (coils, discrete inputs)? */
bool modbus_table_is_bits(int table);

/* Registers that a value of this type takes. */
unsigned modbus_type_words(int type);

/*
 * point->words registers in the order of their addresses (a coil or discrete input: words[0] is
 * 0 or 1, of a pair words[1] too) -> raw * scale + offset in *value. REASON_NONE, or why there is
 * no value: REASON_NAN (NaN or infinite), REASON_RANGE (an integer that no double holds exactly).
 */
enum reason modbus_decode(const struct modbus_point *point, const uint16_t *words, double *value);

/*
 * The reverse, integers rounded to the nearest, a pair down. A bit of a register changes that bit
 * of words[0] only. 0, or -ERANGE (words untouched) when the type cannot hold it: too large, NaN,
 * infinite, a BIT neither 0 nor 1.
 */
int modbus_encode(const struct modbus_point *point, double value, uint16_t *words);

/*
 * modbus_decode() and the point's min and max (a STATE point: 0 or 1, nothing between): a whole
 * reading, good or bad, at_ms 0.
 */
void modbus_reading(const struct point *point, const uint16_t *words, struct reading *reading);

#endif
