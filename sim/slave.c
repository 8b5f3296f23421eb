/* The PDU handler: function codes 1 to 6, 15 and 16 over a unit's tables. No I/O. */
#include "sim/slave.h"

#include <errno.h>
#include <stdlib.h>

enum { READ_BITS_MAX = 2000, READ_WORDS_MAX = 125, WRITE_BITS_MAX = 1968, WRITE_WORDS_MAX = 123 };
enum { COIL_ON = 0xff00, COIL_OFF = 0 };

static uint16_t get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put_u16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

int slave_table_init(struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t last)
{
	struct slave_table *table = &slave->tables[kind];

	table->first = first;
	table->count = last - first + 1;
	table->words = calloc(table->count, sizeof(*table->words));
	table->writable = calloc(table->count, sizeof(*table->writable));
	return table->words && table->writable ? 0 : -ENOMEM;
}

void slave_release(struct slave *slave)
{
	for (size_t i = 0; i < SLAVE_TABLE_COUNT; i++) {
		free(slave->tables[i].words);
		free(slave->tables[i].writable);
		slave->tables[i] = (struct slave_table){ 0 };
	}
}

static bool table_holds(const struct slave_table *table, uint32_t first, uint32_t count)
{
	return first >= table->first && first - table->first <= table->count &&
	       count <= table->count - (first - table->first);
}

uint16_t *slave_word(struct slave *slave, enum slave_table_kind kind, uint32_t address)
{
	struct slave_table *table = &slave->tables[kind];

	return table_holds(table, address, 1) ? &table->words[address - table->first] : NULL;
}

void slave_allow_write(
	struct slave *slave, enum slave_table_kind kind, uint32_t first, uint32_t count)
{
	struct slave_table *table = &slave->tables[kind];

	for (uint32_t i = 0; i < count; i++)
		table->writable[first - table->first + i] = true;
}

size_t slave_refuse(uint8_t function, enum slave_refusal code, uint8_t *reply)
{
	reply[0] = function | 0x80;
	reply[1] = (uint8_t)code;
	return 2;
}

/* A request under way: `values` is what follows the address and the count. */
struct request {
	struct slave *slave;
	enum slave_table_kind kind;
	struct slave_table *table;
	const uint8_t *pdu;
	size_t size;
	uint16_t first, count, max;
	uint8_t *reply;
};

static size_t refuse(const struct request *r, enum slave_refusal code)
{
	return slave_refuse(r->pdu[0], code, r->reply);
}

static size_t read_bits(struct request *r)
{
	const uint16_t *words = r->table->words + (r->first - r->table->first);
	size_t bytes = (r->count + 7u) / 8;

	r->reply[1] = (uint8_t)bytes;
	for (size_t i = 0; i < bytes; i++)
		r->reply[2 + i] = 0;
	for (size_t i = 0; i < r->count; i++)
		if (words[i])
			r->reply[2 + i / 8] |= (uint8_t)(1u << (i % 8));
	return 2 + bytes;
}

static size_t read_words(struct request *r)
{
	const uint16_t *words = r->table->words + (r->first - r->table->first);

	r->reply[1] = (uint8_t)(2 * r->count);
	for (size_t i = 0; i < r->count; i++)
		put_u16(r->reply + 2 + 2 * i, words[i]);
	return 2 + 2 * (size_t)r->count;
}

static bool may_write(const struct request *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (!r->table->writable[r->first - r->table->first + i])
			return false;
	return true;
}

/* The reply to every write repeats the request's first five bytes. */
static size_t written(struct request *r)
{
	for (size_t i = 1; i < 5; i++)
		r->reply[i] = r->pdu[i];
	if (r->slave->written)
		r->slave->written(r->slave, r->kind, r->first, r->count);
	return 5;
}

static size_t write_one(struct request *r)
{
	uint16_t value = get_u16(r->pdu + 3);

	if (r->kind == SLAVE_COILS) {
		if (value != COIL_ON && value != COIL_OFF)
			return refuse(r, SLAVE_ILLEGAL_VALUE);
		value = value == COIL_ON;
	}
	if (!may_write(r))
		return refuse(r, SLAVE_ILLEGAL_ADDRESS);
	r->table->words[r->first - r->table->first] = value;
	return written(r);
}

static size_t write_many(struct request *r)
{
	uint16_t *words = r->table->words + (r->first - r->table->first);
	const uint8_t *data = r->pdu + 6;

	if (!may_write(r))
		return refuse(r, SLAVE_ILLEGAL_ADDRESS);
	for (size_t i = 0; i < r->count; i++) {
		if (r->kind == SLAVE_COILS)
			words[i] = (uint16_t)(data[i / 8] >> (i % 8) & 1);
		else
			words[i] = get_u16(data + 2 * i);
	}
	return written(r);
}

enum shape { SHAPE_READ, SHAPE_WRITE_ONE, SHAPE_WRITE_MANY };

static const struct function {
	uint8_t code;
	enum slave_table_kind kind;
	enum shape shape;
	uint16_t max;
	size_t (*answer)(struct request *r);
} functions[] = {
	{ 1, SLAVE_COILS, SHAPE_READ, READ_BITS_MAX, read_bits },
	{ 2, SLAVE_DISCRETE, SHAPE_READ, READ_BITS_MAX, read_bits },
	{ 3, SLAVE_HOLDING, SHAPE_READ, READ_WORDS_MAX, read_words },
	{ 4, SLAVE_INPUT, SHAPE_READ, READ_WORDS_MAX, read_words },
	{ 5, SLAVE_COILS, SHAPE_WRITE_ONE, 1, write_one },
	{ 6, SLAVE_HOLDING, SHAPE_WRITE_ONE, 1, write_one },
	{ 15, SLAVE_COILS, SHAPE_WRITE_MANY, WRITE_BITS_MAX, write_many },
	{ 16, SLAVE_HOLDING, SHAPE_WRITE_MANY, WRITE_WORDS_MAX, write_many },
};

static const struct function *function_find(uint8_t code)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].code == code)
			return &functions[i];
	return NULL;
}

/* Does the request's own arithmetic hold? */
static bool well_formed(const struct request *r, const struct function *f)
{
	size_t bytes;

	if (f->shape != SHAPE_WRITE_MANY)
		return r->size == 5 && r->count >= 1 && r->count <= f->max;
	if (r->size < 6 || r->count < 1 || r->count > f->max)
		return false;
	bytes = r->kind == SLAVE_COILS ? (r->count + 7u) / 8 : 2u * r->count;
	return r->pdu[5] == bytes && r->size == 6 + bytes;
}

size_t slave_answer(
	struct slave *slave, const uint8_t *request, size_t size, uint8_t reply[static PDU_MAX])
{
	const struct function *f = function_find(request[0]);
	struct request r = { .slave = slave, .pdu = request, .size = size, .reply = reply };

	slave->asked++;
	if (slave->silent)
		return 0;
	if (slave->fault.kind == SLAVE_EXCEPTION) {
		reply[0] = request[0] | 0x80;
		reply[1] = slave->fault.code;
		slave_fault_use(&slave->fault);
		return 2;
	}
	if (!f)
		return refuse(&r, SLAVE_ILLEGAL_FUNCTION);
	if (size < 5)
		return refuse(&r, SLAVE_ILLEGAL_VALUE);
	r.kind = f->kind;
	r.table = &slave->tables[f->kind];
	r.first = get_u16(request + 1);
	r.count = f->shape == SHAPE_WRITE_ONE ? 1 : get_u16(request + 3);
	if (!well_formed(&r, f))
		return refuse(&r, SLAVE_ILLEGAL_VALUE);
	if (!table_holds(r.table, r.first, r.count))
		return refuse(&r, SLAVE_ILLEGAL_ADDRESS);
	reply[0] = request[0];
	return f->answer(&r);
}
