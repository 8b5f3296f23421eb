/* What was read, beside what is known: see probe_show.h. */
#include "ctl/tools/probe_show.h"

#include "ctl/print/table.h"
#include "ctl/tools/register_text.h"

#include <stdio.h>
#include <string.h>

enum { CELL = 200 };

static const int all_orders[] = { MODBUS_ORDER_ABCD, MODBUS_ORDER_CDAB, MODBUS_ORDER_BADC,
	MODBUS_ORDER_DCBA };
static const int all_types[] = { MODBUS_TYPE_U16, MODBUS_TYPE_S16, MODBUS_TYPE_U32, MODBUS_TYPE_S32,
	MODBUS_TYPE_F32, MODBUS_TYPE_U64, MODBUS_TYPE_S64, MODBUS_TYPE_F64 };

/* The words from the i-th on that were read without a gap, at most MODBUS_WORDS_MAX. */
static size_t words_at(const struct probe_view *view, size_t i, uint16_t words[MODBUS_WORDS_MAX])
{
	size_t count = 0, end = view->range.count + view->extra;

	while (count < MODBUS_WORDS_MAX && i + count < end &&
		view->found[i + count].reason == REASON_NONE) {
		words[count] = view->found[i + count].word;
		count++;
	}
	return count;
}

static void append(char *text, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, CELL - used, "%s%s", used ? "; " : "", more);
}

/* "voltage_l1 = 230.4 V (f32)"; *strange: what is known does not fit what was read. */
static void describe(const struct known_register *known, const uint16_t *words, size_t count,
	char *text, bool *strange)
{
	char type[REGISTER_TEXT_MAX], line[CELL];
	double value;

	register_type_text(type, &known->point);
	if (count < known->point.words ||
		modbus_decode(&known->point, words, &value) != REASON_NONE) {
		snprintf(line, sizeof(line), "%s: no value as %s", known->name, type);
		*strange = true;
	} else if (known->unit && (value < known->min || value > known->max)) {
		snprintf(line, sizeof(line), "%s = %.7g %s as %s, outside %.6g to %.6g",
			known->name, value, known->unit, type, known->min, known->max);
		*strange = true;
	} else {
		snprintf(line, sizeof(line), "%s = %.7g%s%s (%s)", known->name, value,
			known->unit && *known->unit ? " " : "", known->unit ? known->unit : "",
			type);
	}
	append(text, line);
}

/* All that is known of the i-th register. */
static void describe_all(const struct probe_view *view, size_t i, const uint16_t *words,
	size_t count, char *text, bool *strange)
{
	text[0] = '\0';
	*strange = false;
	for (size_t k = 0; k < view->known_count; k++)
		if (view->known[k].point.table == view->range.table &&
			view->known[k].point.address == view->range.first + i)
			describe(&view->known[k], words, count, text, strange);
}

static void reason_text(const struct register_read *found, char *text)
{
	if (found->reason == REASON_EXCEPTION)
		snprintf(text, CELL, "exception %u: %s", found->detail,
			modbus_exception_name(found->detail));
	else
		snprintf(text, CELL, "%s", reason_name((enum reason)found->reason));
}

static void address_text(const struct probe_view *view, size_t i, char *text)
{
	snprintf(text, CELL, "%s:%u (0x%04x)", register_table_word(view->range.table),
		(unsigned)(view->range.first + i), (unsigned)(view->range.first + i));
}

/* How many registers from the i-th on were not read for one and the same reason. */
static size_t failed_run(const struct probe_view *view, size_t i)
{
	const struct register_read *first = &view->found[i];
	size_t run = 0;

	while (first->reason != REASON_NONE && i + run < view->range.count &&
		view->found[i + run].reason == first->reason &&
		view->found[i + run].detail == first->detail)
		run++;
	return run;
}

static bool add_failed(struct table *table, const struct probe_view *view, size_t i, size_t run)
{
	bool bits = modbus_table_is_bits(view->range.table);
	unsigned first = (unsigned)(view->range.first + i);
	char address[CELL], text[CELL];
	const char *texts[TABLE_COLUMN_MAX] = { "", "", "", "", "", "", "", "" };

	if (run > 1)
		snprintf(address, CELL, "%s:%u-%u", register_table_word(view->range.table), first,
			(unsigned)(first + run - 1));
	else
		address_text(view, i, address);
	reason_text(&view->found[i], text);
	for (size_t k = 0; k < view->known_count; k++)
		if (view->known[k].point.table == view->range.table &&
			view->known[k].point.address >= first &&
			view->known[k].point.address < first + run)
			append(text, view->known[k].name);
	texts[0] = address;
	texts[bits ? 2 : 7] = text;
	return table_add(table, TABLE_DIM, texts);
}

/* A float that nobody can mean is a dot, so that those that somebody can stand out. */
static void float_cell(char *text, int order, const uint16_t *words, size_t count)
{
	if (register_is_plausible(MODBUS_TYPE_F32, order, words, count))
		register_value_text(text, MODBUS_TYPE_F32, order, words, count);
	else
		snprintf(text, CELL, "%s", count >= 2 ? "." : "");
}

static void number_cells(const uint16_t *words, size_t count, char cells[][CELL])
{
	snprintf(cells[1], CELL, "%04x", words[0]);
	if (words[0] > INT16_MAX)
		snprintf(cells[2], CELL, "%u, %d", words[0], (int16_t)words[0]);
	else
		snprintf(cells[2], CELL, "%u", words[0]);
	register_value_text(cells[3], MODBUS_TYPE_U32, MODBUS_ORDER_ABCD, words, count);
	register_value_text(cells[4], MODBUS_TYPE_U32, MODBUS_ORDER_CDAB, words, count);
	float_cell(cells[5], MODBUS_ORDER_ABCD, words, count);
	float_cell(cells[6], MODBUS_ORDER_CDAB, words, count);
}

static bool add_line(struct table *table, const struct probe_view *view, size_t i, bool bits)
{
	char cells[TABLE_COLUMN_MAX][CELL] = { { 0 } };
	char *last = cells[bits ? 2 : 7];
	const char *texts[TABLE_COLUMN_MAX];
	uint16_t words[MODBUS_WORDS_MAX];
	size_t count = words_at(view, i, words);
	bool strange = false;

	address_text(view, i, cells[0]);
	if (bits)
		snprintf(cells[1], CELL, "%u", words[0]);
	else
		number_cells(words, count, cells);
	describe_all(view, i, words, count, last, &strange);
	for (size_t c = 0; c < TABLE_COLUMN_MAX; c++)
		texts[c] = cells[c];
	return table_add(table, strange ? TABLE_RED : TABLE_PLAIN, texts);
}

bool probe_show_lines(const struct probe_view *view, const struct show *show)
{
	static const enum word_tool columns[] = { WORD_TOOL_REGISTER, WORD_TOOL_HEX, WORD_TOOL_U16,
		WORD_TOOL_U32_ABCD, WORD_TOOL_U32_CDAB, WORD_TOOL_F32_ABCD, WORD_TOOL_F32_CDAB,
		WORD_TOOL_KNOWN };
	static const enum word_tool bit_columns[] = { WORD_TOOL_ADDRESS, WORD_TOOL_BIT,
		WORD_TOOL_KNOWN };
	bool bits = modbus_table_is_bits(view->range.table);
	struct table *table = table_new(bits ? 3 : TABLE_COLUMN_MAX);
	bool good = table && table_head(table, show, bits ? bit_columns : columns);

	for (size_t i = 0, run; good && i < view->range.count; i += run ? run : 1) {
		run = failed_run(view, i);
		good = run ? add_failed(table, view, i, run) : add_line(table, view, i, bits);
	}
	if (good)
		table_print(table, show);
	table_free(table);
	return good;
}

static bool add_types(struct table *table, const uint16_t *words, size_t count)
{
	bool good = true;

	for (size_t t = 0; good && t < sizeof(all_types) / sizeof(all_types[0]); t++) {
		char cells[5][CELL] = { { 0 } };
		const char *texts[] = { cells[0], cells[1], cells[2], cells[3], cells[4] };
		unsigned width = modbus_type_words(all_types[t]);

		if (width > count)
			continue;
		snprintf(cells[0], CELL, "%s", register_type_word(all_types[t]));
		for (size_t o = 0; o < 4; o++)
			/* In one register the order of words means nothing. */
			if (width > 1 || all_orders[o] == MODBUS_ORDER_ABCD ||
				all_orders[o] == MODBUS_ORDER_BADC)
				register_value_text(
					cells[1 + o], all_types[t], all_orders[o], words, count);
		good = table_add(table, TABLE_PLAIN, texts);
	}
	return good;
}

bool probe_show_blocks(const struct probe_view *view, const struct show *show)
{
	static const char *const heading[] = { "", "abcd", "cdab", "badc", "dcba" };

	for (size_t i = 0; i < view->range.count; i++) {
		uint16_t words[MODBUS_WORDS_MAX];
		size_t count = words_at(view, i, words);
		struct table *table = table_new(5);
		char address[CELL], text[CELL];
		bool strange, good = table && table_add(table, TABLE_DIM, heading);

		address_text(view, i, address);
		describe_all(view, i, words, count, text, &strange);
		if (count == 0)
			reason_text(&view->found[i], text);
		fprintf(show->out, "%s%s%s%s\n", i ? "\n" : "", address, *text ? "  " : "", text);
		if (good && count > 0)
			good = add_types(table, words, count);
		if (good && count > 0)
			table_print(table, show);
		table_free(table);
		if (!good)
			return false;
	}
	return true;
}
