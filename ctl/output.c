/* Files that are there as a whole or not at all: see output.h. */
#include "ctl/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { SIGNAL_COUNT = sizeof(ending_signals) / sizeof(ending_signals[0]), FILE_MODE = 0666 };

/* For the signal handler. */
static const char *volatile half_written;

static void remove_and_end(int number)
{
	const char *path = half_written;

	if (path)
		unlink(path);
	signal(number, SIG_DFL);
	raise(number);
}

static void handle_signals(const char *path)
{
	half_written = path;
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		signal(ending_signals[i], path ? remove_and_end : SIG_DFL);
}

static bool tell(const char *path, const char *what)
{
	fprintf(stderr, "facilityctl: %s: %s\n", path, what);
	return false;
}

static const char exists[] = "there is such a file already: give another name, or --force";

static bool open_beside(struct output *output)
{
	const char *slash = strrchr(output->path, '/');
	int folder = slash ? (int)(slash - output->path) + 1 : 0;
	int length = snprintf(output->beside, sizeof(output->beside), "%.*s.%s.%ld", folder,
		output->path, output->path + folder, (long)getpid());
	int fd;

	if (length >= (int)sizeof(output->beside))
		return tell(output->path, strerror(ENAMETOOLONG));
	fd = open(output->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return tell(output->path, strerror(errno));
	handle_signals(output->beside);
	output->file = fdopen(fd, "w");
	if (output->file)
		return true;
	close(fd);
	unlink(output->beside);
	return tell(output->path, strerror(ENOMEM));
}

/* A device or a pipe stays what it is: it is written to as it is. */
static bool open_special(struct output *output)
{
	output->file = fopen(output->path, "we");
	return output->file ? true : tell(output->path, strerror(errno));
}

bool output_open(struct output *output, const char *path, bool force)
{
	struct stat status;

	*output = (struct output){ .file = stdout, .path = path, .force = force };
	if (!path)
		return true;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return open_special(output);
	if (!force && lstat(path, &status) == 0)
		return tell(path, exists);
	return open_beside(output);
}

/* A link takes no place that is taken meanwhile; where there are no links, it is looked at. */
static int put_in_place(const struct output *output)
{
	if (output->force)
		return rename(output->beside, output->path) < 0 ? errno : 0;
	if (link(output->beside, output->path) == 0)
		return unlink(output->beside) < 0 ? errno : 0;
	if (errno == EEXIST || access(output->path, F_OK) == 0)
		return EEXIST;
	return rename(output->beside, output->path) < 0 ? errno : 0;
}

bool output_close(struct output *output, bool whole)
{
	bool beside = output->beside[0] != '\0';
	int error = 0;

	if (fflush(output->file) != 0 || ferror(output->file))
		error = errno ? errno : EIO;
	if (beside && !error && whole && fsync(fileno(output->file)) < 0)
		error = errno;
	if (output->path && fclose(output->file) != 0 && !error)
		error = errno;
	if (beside) {
		if (!error && whole)
			error = put_in_place(output);
		if (error || !whole)
			unlink(output->beside);
		handle_signals(NULL);
	}
	if (whole && error)
		tell(output->path ? output->path : "standard output",
			error == EEXIST ? exists : strerror(error));
	return whole && !error;
}
