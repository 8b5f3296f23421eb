/*
 * What the loader and its lint say of a configuration that a test has written into a
 * descriptor. Include cmocka first.
 */
#ifndef TESTS_LINT_BENCH_H
#define TESTS_LINT_BENCH_H

#include "config/lint/lint.h"
#include "config/load/load.h"

#include <stdio.h>
#include <unistd.h>

/* The project's folder, where the tests run. */
static inline void lint_folder(char folder[static 512])
{
	assert_non_null(getcwd(folder, 512));
}

/* Takes in sections of tests/config-errors/base, by their names. */
static inline void lint_include(
	FILE *out, const char *folder, const char *const *bases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "@include \"%s/tests/config-errors/base/%s.conf\"\n", folder,
			bases[i]);
}

/*
 * All lines, the name of each file being *path; free() it. Closes fd. A configuration that does not
 * load fails the test.
 */
static inline char *lint_said(int fd, char path[static 64])
{
	struct config_report report = { 0 };
	struct config *config;
	char *said = NULL;
	size_t size = 0;

	snprintf(path, 64, "/proc/self/fd/%d", fd);
	report.out = open_memstream(&said, &size);
	config = config_load(path, &report);
	fflush(report.out);
	if (!config)
		fail_msg("%s", said);
	config_lint(config, &report);
	config_free(config);
	fclose(report.out);
	close(fd);
	return said;
}

#endif
