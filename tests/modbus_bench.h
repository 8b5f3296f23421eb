/*
 * A small site for tests of the Modbus adapters: one bus, one device, points
 * with their readings as the adapter gave them. Owner: the test; nothing here
 * allocates but the plan.
 */
#ifndef TESTS_MODBUS_BENCH_H
#define TESTS_MODBUS_BENCH_H

#include "adapters/modbus/pdu.h"
#include "core/owner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BENCH_POINT_MAX = 64, BENCH_ERROR_MAX = 8 };

struct bench {
	struct point_class number, state;
	struct bus bus;
	struct device device, *devices[1];
	struct modbus_tcp_bus tcp;
	struct modbus_rtu_bus rtu;
	struct modbus_device options;
	struct point points[BENCH_POINT_MAX];
	struct modbus_point point_options[BENCH_POINT_MAX];
	const struct point *pointers[BENCH_POINT_MAX];
	struct poll poll;
	/* What came out. */
	struct sink sink;
	struct reading last[BENCH_POINT_MAX];
	unsigned readings[BENCH_POINT_MAX], unchanged[BENCH_POINT_MAX];
	struct option_errors errors;
	unsigned error_count;
	char error_option[BENCH_ERROR_MAX][32], error_text[BENCH_ERROR_MAX][256];
};

static inline void bench_reading(struct sink *sink, const struct reading *reading)
{
	struct bench *b = OWNER_OF(sink, struct bench, sink);

	b->last[reading->point] = *reading;
	b->readings[reading->point]++;
}

static inline void bench_unchanged(
	struct sink *sink, const struct point *const *points, size_t count)
{
	struct bench *b = OWNER_OF(sink, struct bench, sink);

	for (size_t i = 0; i < count; i++)
		b->unchanged[points[i]->index]++;
}

static inline void __attribute__((format(printf, 3, 4)))
bench_error(struct option_errors *errors, const char *option, const char *format, ...)
{
	struct bench *b = OWNER_OF(errors, struct bench, errors);
	unsigned at = b->error_count++ % BENCH_ERROR_MAX;
	va_list list;

	snprintf(b->error_option[at], sizeof(b->error_option[at]), "%s", option);
	va_start(list, format);
	vsnprintf(b->error_text[at], sizeof(b->error_text[at]), format, list);
	va_end(list);
}

static inline void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->number.kind = POINT_NUMBER;
	b->state.kind = POINT_STATE;
	b->options = (struct modbus_device){
		.unit = 7,
		.max_registers = 125,
		.max_bits = 2000,
		.gap_registers = 10,
		.timeout_ms = 1000,
	};
	b->devices[0] = &b->device;
	b->bus = (struct bus){ .id = "bench", .devices = b->devices, .device_count = 1 };
	b->device = (struct device){ .id = "device", .bus = &b->bus, .options = &b->options };
	b->poll = (struct poll){ .device = &b->device, .points = b->pointers };
	b->sink = (struct sink){ .reading = bench_reading, .unchanged = bench_unchanged };
	b->errors.add = bench_error;
}

/* A number in -1e18..1e18 (a bit: a state), as the loader would leave it before the check. */
static inline struct point *bench_add(struct bench *b, int table, int type, int64_t number)
{
	uint32_t i = (uint32_t)b->poll.count++;
	struct point *point = &b->points[i];
	bool state = modbus_table_is_bits(table) || type == MODBUS_TYPE_BIT;

	b->point_options[i] = (struct modbus_point){
		.register_number = number,
		.table = table,
		.type = type,
		.bit = -1,
		.scale = 1,
	};
	*point = (struct point){
		.id = "point",
		.class = state ? &b->state : &b->number,
		.device = &b->device,
		.index = i,
		.min = state ? 0 : -1e18,
		.max = state ? 1 : 1e18,
		.options = &b->point_options[i],
	};
	b->pointers[i] = point;
	return point;
}

/* Check every point and plan; returns the number of complaints. */
static inline unsigned bench_ready(struct bench *b)
{
	for (size_t i = 0; i < b->poll.count; i++)
		modbus_check_point(&b->points[i], &b->errors);
	if (!b->error_count && modbus_plan(&b->poll))
		return 1;
	return b->error_count;
}

static inline void bench_forget(struct bench *b)
{
	memset(b->last, 0, sizeof(b->last));
	memset(b->readings, 0, sizeof(b->readings));
	memset(b->unchanged, 0, sizeof(b->unchanged));
}

/* Every point got exactly one reading or `unchanged` since bench_forget(). */
static inline bool bench_complete(const struct bench *b)
{
	for (size_t i = 0; i < b->poll.count; i++)
		if (b->readings[i] + b->unchanged[i] != 1)
			return false;
	return true;
}

#endif
