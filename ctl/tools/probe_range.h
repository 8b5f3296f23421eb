/*
 * Which registers a person wants to see: "input:70", "holding:0x5000+4",
 * "coil:0-7", "30071", "40001-40020". Pure.
 */
#ifndef CTL_PROBE_RANGE_H
#define CTL_PROBE_RANGE_H

#include "ctl/tools/modbus_link.h"

/*
 * After a table's word (or its beginning: "in:70") come addresses as on the wire, from 0; a number
 * of five or six digits is that of a data sheet (30001, 400001). "-" gives the last, "+" the count.
 * NULL: *range is filled; else why not.
 */
const char *probe_range_parse(const char *text, struct register_range *range);

/* Could it be meant as a range at all? Else it is a name. */
bool probe_range_looks_like(const char *text);

#endif
