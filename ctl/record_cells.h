/*
 * Cells of a printed record: a time, a duration, a word, a name, as both
 * languages have it. What is missing is a dash. Each is new.
 */
#ifndef CTL_RECORD_CELLS_H
#define CTL_RECORD_CELLS_H

#include "ctl/page.h"

/* "" where it is not there. */
const char *record_string(const json_t *object, const char *key);

json_t *cell_dash(void);
/* A text that is the same in both languages; "": a dash. */
json_t *cell_string(const json_t *object, const char *key);
/* "2026-11-24 03:01:09" */
json_t *cell_time(const json_t *object, const char *key);
/* A number of seconds: "2 min 10 s". */
json_t *cell_duration(const json_t *seconds);
json_t *cell_word(enum word_group group, const json_t *object, const char *key);
/* { "zh", "en" } */
json_t *cell_names(const json_t *names);
/* Who: an account or a role; facilityd is the machine. */
json_t *cell_user(const json_t *object, const char *key);
/* The names of an array of { "zh", "en" }. */
json_t *cell_list(const json_t *array);
/* What a reading or an output is: its text, or its number and unit. */
json_t *cell_value(const json_t *object, const char *number, const char *unit);

/* Behind the text of a cell, each in its language; takes both over and returns the first. */
json_t *cell_append(json_t *cell, const char *zh, const char *en);
json_t *cell_append_cell(json_t *cell, json_t *more);

/* The deadline of a step of the record, which is open or not: in time, late by, not due yet, a
 * dash. */
json_t *cell_verdict(const json_t *step, bool open);
/* Its status: not needed where it does not apply. */
json_t *cell_status(const json_t *step);

#endif
