/*
 * facilityctl record: the archive of one incident, as text, JSON or a page to print. Its entries
 * are fetched here; what is made of them is made by facility-record (ctl/record), a program in
 * Python: no alert waits for a print.
 */
#include "core/clock.h"
#include "ctl/archive.h"
#include "ctl/output.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static bool take_entry(void *context, const json_t *entry)
{
	return json_array_append(context, (json_t *)entry) == 0;
}

/* All that the journal has; NULL after a message. */
static json_t *fetch(int fd, const struct request *request)
{
	json_t *members = request_json(request), *entries = json_array();
	bool whole = members && archive_fetch(fd, "record", members, take_entry, entries) == 0;

	json_decref(members);
	if (whole)
		return entries;
	json_decref(entries);
	return NULL;
}

/* Beside this program where it was built, or where it is installed. */
static void find_printer(char path[static PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - 1);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		snprintf(slash, (size_t)(PATH_SIZE - (slash - path)), "/facility-record");
	if (!slash || access(path, X_OK) < 0)
		snprintf(path, PATH_SIZE, "%s", FACILITYD_RECORD);
}

/* Runs it from one descriptor to another; false: told why. */
static bool run_printer(char *const arguments[], int from, int to)
{
	posix_spawn_file_actions_t actions;
	char path[PATH_SIZE];
	int error, status = 0;
	pid_t child;

	find_printer(path);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	error = posix_spawn(&child, path, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		fprintf(stderr, "facilityctl: %s: %s: it prints records, and needs python3\n", path,
			strerror(error));
		return false;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		fprintf(stderr, "facilityctl: %s ended with status %#x\n", path, (unsigned)status);
	return status == 0;
}

/* From its start. A failure to write shows when the file is closed. */
static bool copy(int from, FILE *to)
{
	char part[65536];
	ssize_t length;

	if (lseek(from, 0, SEEK_SET) < 0)
		return false;
	while ((length = read(from, part, sizeof(part))) > 0)
		fwrite(part, 1, (size_t)length, to);
	return length == 0;
}

static bool print(const struct request *request, const struct show *show, const json_t *entries)
{
	char made[CLOCK_TEXT_MAX];
	const char *form = request->as_json                           ? "json"
			   : verb_line_option(&request->line, "html") ? "html"
								      : "text";
	const char *languages = show->both      ? (show->chinese ? "zh+en" : "en+zh")
				: show->chinese ? "zh"
						: "en";
	char *const arguments[] = { "facility-record", (char *)form, (char *)languages,
		show->colour ? "colour" : "plain", made, NULL };
	int from = memfd_create("entries", MFD_CLOEXEC), to = memfd_create("record", MFD_CLOEXEC);
	bool whole;

	clock_format(clock_wall_ms(), made);
	whole = from >= 0 && to >= 0 && json_dumpfd(entries, from, JSON_COMPACT) == 0 &&
		lseek(from, 0, SEEK_SET) == 0 && run_printer(arguments, from, to) &&
		copy(to, show->out);

	close(from);
	close(to);
	return whole;
}

static int run(int fd, const struct request *request, const struct show *show)
{
	struct show to_file = *show;
	struct output output;
	json_t *entries;
	bool whole = false;

	if (!output_open(&output, verb_line_option(&request->line, "output"),
		    verb_line_option(&request->line, "force") != NULL))
		return EXIT_REFUSED;
	to_file.out = output.file;
	to_file.colour = show->colour && output.file == stdout;
	entries = fetch(fd, request);
	if (entries)
		whole = print(request, &to_file, entries);
	json_decref(entries);
	return output_close(&output, whole) ? EXIT_SUCCESS : EXIT_REFUSED;
}

int verb_record(int fd, const struct request *request, const struct show *show)
{
	int status = EXIT_USAGE;

	if (request->as_json && verb_line_option(&request->line, "html"))
		fputs("facilityctl: --json or --html, not both\n", stderr);
	else
		status = run(fd, request, show);
	close(fd);
	return status;
}
