/*
 * An incident as its snapshot has it, before the engine takes it. Inside rules/
 * only: restore.c reads it, restore_take.c fits it into the engine.
 */
#ifndef RULES_ENGINE_RESTORE_H
#define RULES_ENGINE_RESTORE_H

#include "rules/engine/snapshot_line.h"
#include "rules/engine/state.h"

struct draft_cause {
	char rule[ID_MAX + 1]; /* "": a report */
	bool has_clear;
	int64_t clear_left_ms;
	enum truth clear;
};

struct draft {
	const struct engine *engine;
	int64_t shift_ms;
	struct incident incident; /* causes without their rules */
	uint64_t serial;
	uint32_t slot;
	char type[SNAPSHOT_WORD_MAX + 1];
	struct draft_cause causes[CAUSE_MAX];
	uint32_t steps_seen; /* bits */
	/* Where "by", "note" and "to" go; NULL: nowhere, the step is gone. */
	char *by, *note, *to;
};

/* Why the text cannot be used, or NULL. Reads head and body; the sum was checked. */
const char *draft_read(struct draft *draft, struct snapshot_line *rest, unsigned *line_number);
/* Fits what was read to the plan and the rules of today, and takes it; else why not. */
const char *draft_take(struct engine *engine, struct draft *draft);
/* The number at the end of an id; false: there is none. */
bool serial_of(const char *id, uint64_t *serial);

#endif
