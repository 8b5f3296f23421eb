/* Registers in words: see register_text.h. */
#include "ctl/tools/register_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double plausible_least = 1e-4, plausible_most = 1e9;

static const char *const tables[] = {
	[MODBUS_TABLE_HOLDING] = "holding",
	[MODBUS_TABLE_INPUT] = "input",
	[MODBUS_TABLE_COIL] = "coil",
	[MODBUS_TABLE_DISCRETE] = "discrete",
};

static const char *const orders[] = { "abcd", "cdab", "badc", "dcba" };
static const char *const types[] = { "auto", "bit", "u16", "s16", "u32", "s32", "u64", "s64", "f32",
	"f64" };

const char *register_table_word(int table)
{
	return tables[table];
}

int register_table_find(const char *word, size_t length)
{
	for (int table = MODBUS_TABLE_HOLDING; length > 0 && table <= MODBUS_TABLE_DISCRETE;
		table++)
		if (strncmp(tables[table], word, length) == 0)
			return table;
	return MODBUS_TABLE_AUTO;
}

const char *register_order_word(int order)
{
	return orders[order];
}

const char *register_type_word(int type)
{
	return types[type];
}

void register_type_text(char *text, const struct modbus_point *point)
{
	int size = REGISTER_TEXT_MAX;

	if (point->type == MODBUS_TYPE_BIT && !modbus_table_is_bits(point->table))
		snprintf(text, (size_t)size, "bit %d%s", (int)point->bit,
			point->invert ? " inverted" : "");
	else if (point->type == MODBUS_TYPE_BIT)
		snprintf(text, (size_t)size, "bit%s", point->invert ? " inverted" : "");
	else
		snprintf(text, (size_t)size, "%s%s%s", types[point->type],
			point->order == MODBUS_ORDER_ABCD ? "" : " ",
			point->order == MODBUS_ORDER_ABCD ? "" : orders[point->order]);
}

static bool decode(
	int type, int order, const uint16_t *words, size_t word_count, double *value, bool *number)
{
	const struct modbus_point point = {
		.table = MODBUS_TABLE_HOLDING, .type = type, .order = order, .bit = -1, .scale = 1
	};

	if (modbus_type_words(type) > word_count)
		return false;
	*number = modbus_decode(&point, words, value) == REASON_NONE;
	return true;
}

void register_value_text(char *text, int type, int order, const uint16_t *words, size_t word_count)
{
	bool is_float = type == MODBUS_TYPE_F32 || type == MODBUS_TYPE_F64, number;
	double value;

	text[0] = '\0';
	if (!decode(type, order, words, word_count, &value, &number))
		return;
	if (!number)
		snprintf(text, REGISTER_TEXT_MAX, is_float ? "NaN" : "too large");
	else
		snprintf(text, REGISTER_TEXT_MAX, is_float ? "%.7g" : "%.0f", value);
}

bool register_is_plausible(int type, int order, const uint16_t *words, size_t word_count)
{
	bool number;
	double value;

	if (!decode(type, order, words, word_count, &value, &number) || !number)
		return false;
	return value == 0 || (fabs(value) >= plausible_least && fabs(value) <= plausible_most);
}
