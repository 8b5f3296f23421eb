/*
 * A file that is there as a whole or not at all: written beside its place under
 * another name, synced, and renamed when it is complete. Or standard output, or a
 * device or pipe, which is written to as it is.
 *
 * Blocks. One at a time, as a signal that ends the program removes what is half
 * written. Failures are told on standard error.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

enum { OUTPUT_PATH_MAX = 4096 };

struct output {
	FILE *file; /* to write to */
	const char *path;
	bool force;
	char beside[OUTPUT_PATH_MAX]; /* "": written in its place */
};

/* path NULL: standard output. What is there already is left alone, unless `force`. False: told why.
 */
bool output_open(struct output *output, const char *path, bool force);
/* whole: keep it. False: it is not kept, and if it was whole, told why. */
bool output_close(struct output *output, bool whole);

#endif
