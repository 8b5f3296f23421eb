/*
 * The codec: registers <-> engineering values. Pure; knows no request, no link.
 * Own code, because libmodbus' macros differ from version to version.
 */
#include "adapters/modbus/modbus.h"
#include "adapters/sink.h"

#include <errno.h>
#include <math.h>
#include <string.h>

bool modbus_table_is_bits(int table)
{
	return table == MODBUS_TABLE_COIL || table == MODBUS_TABLE_DISCRETE;
}

enum form { FORM_BIT, FORM_UNSIGNED, FORM_SIGNED, FORM_FLOAT };

static const struct {
	uint8_t words;
	enum form form;
} types[] = {
	[MODBUS_TYPE_AUTO] = { 1, FORM_UNSIGNED },
	[MODBUS_TYPE_BIT] = { 1, FORM_BIT },
	[MODBUS_TYPE_U16] = { 1, FORM_UNSIGNED },
	[MODBUS_TYPE_S16] = { 1, FORM_SIGNED },
	[MODBUS_TYPE_U32] = { 2, FORM_UNSIGNED },
	[MODBUS_TYPE_S32] = { 2, FORM_SIGNED },
	[MODBUS_TYPE_U64] = { 4, FORM_UNSIGNED },
	[MODBUS_TYPE_S64] = { 4, FORM_SIGNED },
	[MODBUS_TYPE_F32] = { 2, FORM_FLOAT },
	[MODBUS_TYPE_F64] = { 4, FORM_FLOAT },
};

unsigned modbus_type_words(int type)
{
	return types[type].words;
}

static bool order_reverses_words(int order)
{
	return order == MODBUS_ORDER_CDAB || order == MODBUS_ORDER_DCBA;
}

static uint16_t order_bytes(int order, uint16_t word)
{
	if (order == MODBUS_ORDER_BADC || order == MODBUS_ORDER_DCBA)
		return (uint16_t)(word << 8 | word >> 8);
	return word;
}

/* All words as one number, most significant first. */
static uint64_t words_join(const struct modbus_point *point, const uint16_t *words)
{
	unsigned count = modbus_type_words(point->type);
	uint64_t raw = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned at = order_reverses_words(point->order) ? count - 1 - i : i;

		raw = raw << 16 | order_bytes(point->order, words[at]);
	}
	return raw;
}

static void words_split(const struct modbus_point *point, uint64_t raw, uint16_t *words)
{
	unsigned count = modbus_type_words(point->type);

	for (unsigned i = 0; i < count; i++) {
		unsigned at = order_reverses_words(point->order) ? i : count - 1 - i;

		words[at] = order_bytes(point->order, (uint16_t)(raw >> (16 * i)));
	}
}

/* Does a double hold this integer without loss? */
static bool is_exact(uint64_t magnitude)
{
	return magnitude == 0 || magnitude >> __builtin_ctzll(magnitude) <= UINT64_C(1) << 53;
}

static int64_t sign_extend(uint64_t raw, unsigned bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);

	return (int64_t)((raw ^ sign) - sign);
}

static enum reason decode_integer(uint64_t raw, bool is_signed, unsigned bits, double *value)
{
	int64_t number = is_signed ? sign_extend(raw, bits) : 0;
	uint64_t magnitude = raw;

	if (is_signed)
		magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	if (!is_exact(magnitude))
		return REASON_RANGE;
	*value = number < 0 ? -(double)magnitude : (double)magnitude;
	return REASON_NONE;
}

static enum reason decode_float(uint64_t raw, unsigned bits, double *value)
{
	if (bits == 32) {
		uint32_t half = (uint32_t)raw;
		float single;

		memcpy(&single, &half, sizeof(single));
		*value = (double)single;
		if (fpclassify(single) == FP_SUBNORMAL)
			return REASON_NAN;
	} else {
		memcpy(value, &raw, sizeof(*value));
	}
	return isfinite(*value) && fpclassify(*value) != FP_SUBNORMAL ? REASON_NONE : REASON_NAN;
}

/* Bit i of the point: its own, and of a pair the next above. */
static bool decode_bit(const struct modbus_point *point, const uint16_t *words, unsigned i)
{
	bool on = modbus_table_is_bits(point->table)
			  ? words[i] != 0
			  : (order_bytes(point->order, words[0]) >> (point->bit + i) & 1) != 0;

	return on != point->invert;
}

enum reason modbus_decode(const struct modbus_point *point, const uint16_t *words, double *value)
{
	enum form form = types[point->type].form;
	unsigned bits = 16U * types[point->type].words;
	enum reason reason;
	double raw = 0;

	if (form == FORM_BIT) {
		*value = decode_bit(point, words, 0) +
			 (point->pair ? 2 * decode_bit(point, words, 1) : 0);
		return REASON_NONE;
	}
	reason = form == FORM_FLOAT ? decode_float(words_join(point, words), bits, &raw)
				    : decode_integer(words_join(point, words), form == FORM_SIGNED,
					      bits, &raw);
	if (reason != REASON_NONE)
		return reason;
	*value = raw * point->scale + point->offset;
	return isfinite(*value) ? REASON_NONE : REASON_RANGE;
}

static void encode_bit(const struct modbus_point *point, unsigned i, bool value, uint16_t *words)
{
	bool on = value != point->invert;

	if (modbus_table_is_bits(point->table)) {
		words[i] = on;
	} else {
		uint16_t mask = order_bytes(point->order, (uint16_t)(1U << (point->bit + i)));

		words[0] = (uint16_t)(on ? words[0] | mask : words[0] & ~mask);
	}
}

static int encode_bits(const struct modbus_point *point, double value, uint16_t *words)
{
	int number;

	if (!(value >= 0 && value < 4))
		return -ERANGE;
	number = (int)value;
	if (!point->pair && (number != value || number > 1))
		return -ERANGE;
	encode_bit(point, 0, number & 1, words);
	if (point->pair)
		encode_bit(point, 1, number & 2, words);
	return 0;
}

static int encode_float(double raw, unsigned bits, uint64_t *out)
{
	if (bits == 32) {
		float single;
		uint32_t half;

		/* Half a step above the largest float rounds to infinity. */
		if (fabs(raw) >= 0x1.ffffffp127)
			return -ERANGE;
		single = (float)raw;
		memcpy(&half, &single, sizeof(half));
		*out = half;
	} else {
		memcpy(out, &raw, sizeof(*out));
	}
	return 0;
}

static int encode_integer(double raw, bool is_signed, unsigned bits, uint64_t *out)
{
	double half = (double)(UINT64_C(1) << (bits - 1));
	double limit = is_signed ? half : 2 * half;
	double rounded = round(raw);

	if (rounded >= limit || rounded < (is_signed ? -half : 0))
		return -ERANGE;
	*out = rounded < 0 ? (uint64_t)(int64_t)rounded : (uint64_t)rounded;
	return 0;
}

int modbus_encode(const struct modbus_point *point, double value, uint16_t *words)
{
	enum form form = types[point->type].form;
	unsigned bits = 16U * types[point->type].words;
	uint64_t raw;
	double unscaled;
	int error;

	if (form == FORM_BIT)
		return encode_bits(point, value, words);
	unscaled = (value - point->offset) / point->scale;
	if (!isfinite(unscaled))
		return -ERANGE;
	error = form == FORM_FLOAT ? encode_float(unscaled, bits, &raw)
				   : encode_integer(unscaled, form == FORM_SIGNED, bits, &raw);
	if (!error)
		words_split(point, raw, words);
	return error;
}

void modbus_reading(const struct point *point, const uint16_t *words, struct reading *reading)
{
	double value = 0;
	enum reason reason = modbus_decode(point->options, words, &value);

	*reading = reason == REASON_NONE ? value_reading(point, value)
					 : (struct reading){ .point = point->index,
						   .quality = QUALITY_BAD,
						   .reason = (uint8_t)reason };
}
