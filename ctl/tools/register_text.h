/*
 * Registers in words: which table and number, what type and order, which value.
 * Pure; for people only.
 */
#ifndef CTL_REGISTER_TEXT_H
#define CTL_REGISTER_TEXT_H

#include "adapters/modbus/modbus.h"

#include <stddef.h>

enum { REGISTER_TEXT_MAX = 64 };

/* "input"; of enum modbus_table. */
const char *register_table_word(int table);
/* The table that a word (or its beginning) names; MODBUS_TABLE_AUTO: none. */
int register_table_find(const char *word, size_t length);

/* "abcd"; of enum modbus_order. */
const char *register_order_word(int order);
/* "f32"; of enum modbus_type. */
const char *register_type_word(int type);

/* "f32 cdab", "bit 3", "bit inverted". */
void register_type_text(char *text, const struct modbus_point *point);

/*
 * What these words are as this type in this order: "230.4", "NaN"; "" where there are not enough
 * words.
 */
void register_value_text(char *text, int type, int order, const uint16_t *words, size_t word_count);

/* Could people mean this float? Neither NaN, nor denormal-like small, nor astronomically large. */
bool register_is_plausible(int type, int order, const uint16_t *words, size_t word_count);

#endif
