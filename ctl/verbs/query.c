/* facilityctl incidents, record and export: what the journal has, by facility-record, a program of
 * its own. */
#include "ctl/verbs/verbs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, HEAD = 4, WORD_MAX = 64 };

/* Beside this program where it was built, else where it is installed. */
static void find_program(char path[static PATH_SIZE])
{
	static const char name[] = "facility-record";
	ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - sizeof(name));
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, name);
	if (access(path, X_OK) < 0)
		snprintf(path, PATH_SIZE, "%s", FACILITYD_RECORD);
}

int verb_query(const char *socket, const struct show *show, char *const words[])
{
	char path[PATH_SIZE], language[16], *arguments[HEAD + WORD_MAX + 1] = { path };
	size_t count = HEAD;

	find_program(path);
	snprintf(language, sizeof(language), "%s%s", show->both ? "both:" : "",
		language_id(show->language));
	arguments[1] = (char *)(uintptr_t)socket;
	arguments[2] = language;
	arguments[3] = show->colour ? "colour" : "plain";
	while (*words && count < HEAD + WORD_MAX)
		arguments[count++] = *words++;
	execv(path, arguments);
	fprintf(stderr, "facilityctl: %s: %s\n", path, strerror(errno));
	return EXIT_REFUSED;
}
