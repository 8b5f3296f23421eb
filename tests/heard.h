/*
 * What was logged, for tests of what is said where nobody but the log hears it. From hear() on
 * lines go to a file without a name, and not to standard error.
 */
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

#include "core/log.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEARD_BYTES = 64 * 1024 };

static int heard_fd = -1;

/* From here on, forgetting what was heard before. */
static inline void hear(void)
{
	if (heard_fd < 0)
		heard_fd = memfd_create("heard", MFD_CLOEXEC);
	else if (ftruncate(heard_fd, 0) == 0)
		lseek(heard_fd, 0, SEEK_SET);
	log_to(heard_fd);
}

/* How many times some text was said since. */
static inline unsigned heard(const char *text)
{
	static char said[HEARD_BYTES];
	ssize_t bytes = pread(heard_fd, said, sizeof(said) - 1, 0);
	unsigned count = 0;

	said[bytes > 0 ? bytes : 0] = '\0';
	for (const char *at = said; (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

static inline void hear_no_more(void)
{
	log_to(STDERR_FILENO);
}

#endif
