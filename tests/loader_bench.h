/*
 * A loader for the tests of what reads settings, and what it says. Include cmocka first. Only
 * *_test.c include it.
 */
#ifndef TESTS_LOADER_BENCH_H
#define TESTS_LOADER_BENCH_H

#include "config/text/loader.h"

#include <stdlib.h>

struct fixture {
	struct config_report report;
	struct arena arena, scratch;
	struct loader loader;
	char *said;
	size_t said_size;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->report.out = open_memstream(&f->said, &f->said_size);
	f->loader = (struct loader){
		.arena = &f->arena, .scratch = &f->scratch, .report = &f->report, .main_file = "t"
	};
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	fclose(f->report.out);
	free(f->said);
	arena_free(&f->scratch);
	arena_free(&f->arena);
	free(f);
	return 0;
}

#endif
