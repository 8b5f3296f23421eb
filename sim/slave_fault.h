/*
 * What is wrong with a unit's answers, on demand: late, garbled, of another
 * unit. The kinds as data; a server asks what to do with each reply. Knows
 * nothing of framing but where the unit stands. Single thread, never blocks.
 */
#ifndef SIM_SLAVE_FAULT_H
#define SIM_SLAVE_FAULT_H

#include "sim/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slave_fault_kind {
	SLAVE_SOUND,
	SLAVE_LATE,       /* the whole reply after ms */
	SLAVE_DRIPPED,    /* a byte each ms */
	SLAVE_TRUNCATED,  /* the first half of the reply */
	SLAVE_NOISE,      /* bytes that mean nothing before the reply, and one of its own changed */
	SLAVE_WRONG_UNIT, /* a sound frame, but of the next unit */
	SLAVE_EXCEPTION,  /* each request is refused with `code` */
	SLAVE_RESET,      /* TCP: the connection is reset; on a line: no answer */
	SLAVE_FAULT_COUNT
};

struct slave_fault {
	enum slave_fault_kind kind;
	int64_t ms;
	uint8_t code;
	unsigned left; /* so many replies yet; 0: until it is changed */
};

/* "late", "wrong-unit", ... */
const char *slave_fault_word(enum slave_fault_kind kind);

/* KIND [ARGUMENT] [times N]; "none" ends a fault. False: not understood, and why. */
bool slave_fault_take(struct words *words, struct slave_fault *spec, struct fault *why);

/* One more reply under this fault: its kind, and count it. */
enum slave_fault_kind slave_fault_use(struct slave_fault *spec);

/* Bytes without meaning, the same in every run. */
void slave_fault_noise(uint8_t *bytes, size_t size);

#endif
