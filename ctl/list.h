/*
 * Answers of queries as people read them: one table each, in Chinese or English.
 * Prints to show->out; no network, no clock. What is not as docs/mqtt.md says is
 * shown as far as it can be.
 */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include "ctl/show.h"

#include <jansson.h>

/*
 * `verb` is "state", "incidents", "points", "troubles", "people" or "stats"; `documents` an array.
 * False: unknown verb or no memory.
 */
bool list_print(const struct show *show, const char *verb, const json_t *documents);

#endif
