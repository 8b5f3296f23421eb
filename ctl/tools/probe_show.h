/*
 * What was read, beside what is known of it: registers in the types and orders
 * that they could be, so that a person finds the right one by looking. No I/O
 * but to show->out.
 */
#ifndef CTL_PROBE_SHOW_H
#define CTL_PROBE_SHOW_H

#include "ctl/print/show.h"
#include "ctl/tools/modbus_link.h"

/* A register that the configuration or a profile speaks of. */
struct known_register {
	const char *name;
	const char *unit; /* NULL: a state */
	double min, max;
	struct modbus_point point;
};

/* `found` has `extra` results behind range->count: for values that begin in the last register. */
struct probe_view {
	struct register_range range;
	const struct register_read *found;
	unsigned extra;
	const struct known_register *known;
	size_t known_count;
};

/* A line for each register; false: out of memory. */
bool probe_show_lines(const struct probe_view *view, const struct show *show);

/* A block for each register: every type in every order. */
bool probe_show_blocks(const struct probe_view *view, const struct show *show);

#endif
