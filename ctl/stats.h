/*
 * Alarm hygiene as people read it: the figures of `stats`, each judged in words
 * by the guides' own (EEMUA 191, ISA-18.2), in Chinese or English. Prints to
 * show->out; no network, no clock.
 */
#ifndef CTL_STATS_H
#define CTL_STATS_H

#include "ctl/show.h"

#include <jansson.h>

void stats_print(const struct show *show, const json_t *stats);

#endif
