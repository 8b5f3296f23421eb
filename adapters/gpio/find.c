/*
 * Finds a gpiochip by what it says of itself, never by its number: numbers change
 * with the order of plugging. Shared by both backends.
 */
#include "adapters/gpio/backend.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A symbolic link is a second name of a chip that is seen anyway. */
static bool is_chip(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISCHR(status.st_mode);
}

int gpio_find_chip(int (*fits)(const char *path, const void *wanted), const void *wanted,
	char *found, size_t size)
{
	bool denied = false;
	int error = -ENODEV;
	glob_t paths;

	if (glob("/dev/gpiochip*", 0, NULL, &paths) != 0)
		return -ENODEV;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		int fit = is_chip(paths.gl_pathv[i]) ? fits(paths.gl_pathv[i], wanted) : 0;

		denied = denied || fit == -EACCES || fit == -EPERM;
		if (fit <= 0)
			continue;
		if (error == 0) {
			error = -ENOTUNIQ;
			break;
		}
		snprintf(found, size, "%s", paths.gl_pathv[i]);
		error = 0;
	}
	globfree(&paths);
	/* The one that is meant may be among those that may not be looked at. */
	return error == -ENODEV && denied ? -EACCES : error;
}

int gpio_offset(const char *line)
{
	size_t digits = strspn(line, "0123456789");

	if (digits == 0 || digits > 5 || line[digits])
		return -1;
	return (int)strtol(line, NULL, 10);
}
