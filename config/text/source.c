/*
 * Reads the main file and, depth first, what it includes, into one text. It
 * knows @include only from precheck, and nothing of settings.
 */
#include "config/text/source.h"

#include "config/text/precheck.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, FILE_SIZE_MAX = 1024 * 1024, TOTAL_SIZE_MAX = 8 * 1024 * 1024 };

struct source_segment {
	unsigned line; /* of the whole text */
	struct place place;
};

/* One file on the way down from the main file. */
struct reader {
	struct precheck_sink sink;
	struct source *source;
	struct config_report *report;
	const struct reader *parent; /* NULL: the main file */
	const char *name;            /* as messages say it */
	const char *path;            /* as it is opened */
	dev_t device;
	ino_t inode;
	int depth;
};

/* Room for `size` more bytes and an ending NUL; false when memory ran out. */
static bool make_room(struct source *source, size_t size)
{
	size_t capacity = (source->length + size + 1) * 2;
	char *text;

	if (source->length + size < source->capacity)
		return true;
	text = realloc(source->text, capacity);
	if (!text) {
		source->incomplete = true;
		return false;
	}
	source->text = text;
	source->capacity = capacity;
	return true;
}

static void add_text(struct source *source, const char *text, size_t length)
{
	if (!make_room(source, length))
		return;
	memcpy(source->text + source->length, text, length);
	source->length += length;
	source->text[source->length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			source->line++;
}

static void add_segment(struct source *source, const char *file, unsigned line)
{
	struct source_segment *segments = source->segments;

	if (source->segment_count == source->segment_capacity) {
		size_t capacity = source->segment_capacity * 2 + 16;

		segments = reallocarray(segments, capacity, sizeof(*segments));
		if (!segments) {
			source->incomplete = true;
			return;
		}
		source->segments = segments;
		source->segment_capacity = capacity;
	}
	segments[source->segment_count++] = (struct source_segment){
		.line = source->line,
		.place = { .file = file, .line = line },
	};
}

static void on_error(struct precheck_sink *sink, unsigned line, const char *message)
{
	const struct reader *reader = (const struct reader *)sink;

	report_error(reader->report, (struct place){ reader->name, line }, "%s", message);
}

static void on_text(struct precheck_sink *sink, const char *text, size_t length)
{
	struct reader *reader = (struct reader *)sink;

	add_text(reader->source, text, length);
}

/* `path` as seen from the folder of `from`. */
static const char *path_beside(struct arena *arena, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');

	if (path[0] == '/' || !slash)
		return arena_strdup(arena, path);
	return arena_printf(arena, "%.*s/%s", (int)(slash - from), from, path);
}

/* What is wrong with opening this file; NULL: nothing, and *fd and *size are set. */
static const char *open_plain(struct reader *reader, int *fd, size_t *size)
{
	struct stat status;
	const char *problem = NULL;

	*fd = open(reader->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return strerror(errno);
	if (fstat(*fd, &status) != 0)
		problem = strerror(errno);
	else if (S_ISDIR(status.st_mode))
		problem = "it is a folder; name each file";
	else if (!S_ISREG(status.st_mode))
		problem = "it is not a plain file";
	else if (status.st_size > FILE_SIZE_MAX)
		problem = "it is larger than 1 MiB";
	else if (reader->source->length + (size_t)status.st_size > TOTAL_SIZE_MAX)
		problem = "the configuration is larger than 8 MiB with it";
	reader->device = status.st_dev;
	reader->inode = status.st_ino;
	for (const struct reader *up = reader->parent; up && !problem; up = up->parent)
		if (up->device == reader->device && up->inode == reader->inode)
			problem = "it includes itself";
	*size = problem ? 0 : (size_t)status.st_size;
	if (problem)
		close(*fd);
	return problem;
}

/* At most `size` bytes, even if the file has grown since; the number read or -1. */
static ssize_t read_whole(int fd, char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(fd, text + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

static void on_include(struct precheck_sink *sink, unsigned line, const char *path);

/* `place`: what names this file, for the message that it cannot be read. */
static void read_file(struct reader *reader, struct place place)
{
	struct source *source = reader->source;
	const char *problem;
	size_t size = 0;
	ssize_t length;
	char *text;
	int fd;

	reader->sink = (struct precheck_sink){ on_error, on_text, on_include };
	problem = open_plain(reader, &fd, &size);
	if (problem) {
		report_error(
			reader->report, place, "cannot read \"%s\": %s", reader->name, problem);
		return;
	}
	text = malloc(size + 1);
	length = text ? read_whole(fd, text, size) : -1;
	if (length < 0)
		report_error(reader->report, place, "cannot read \"%s\": %s", reader->name,
			strerror(errno));
	close(fd);
	if (length >= 0) {
		add_segment(source, reader->name, 1);
		precheck_text(text, (size_t)length, &reader->sink);
		if (source->length > 0 && source->text[source->length - 1] != '\n')
			add_text(source, "\n", 1);
	}
	free(text);
}

static void on_include(struct precheck_sink *sink, unsigned line, const char *path)
{
	struct reader *outer = (struct reader *)sink;
	struct source *source = outer->source;
	struct place place = { outer->name, line };
	/* Names are seen from the main file's folder, so the main file itself counts as "". */
	const char *from = outer->parent ? outer->name : "";
	struct reader inner = {
		.source = source,
		.report = outer->report,
		.parent = outer,
		.name = path_beside(source->arena, from, path),
		.path = path_beside(source->arena, outer->path, path),
		.depth = outer->depth + 1,
	};

	if (inner.depth > DEPTH_MAX)
		report_error(outer->report, place, "\"%s\" is included more than %d files deep",
			path, DEPTH_MAX);
	else
		read_file(&inner, place);
	add_segment(source, outer->name, line);
}

void source_read(
	struct source *source, const char *path, struct arena *arena, struct config_report *report)
{
	struct reader reader = { .source = source, .report = report, .path = path };

	*source = (struct source){ .line = 1, .arena = arena };
	source->main_file = arena_strdup(arena, path);
	reader.name = source->main_file;
	add_text(source, "", 0);
	read_file(&reader, (struct place){ source->main_file, 0 });
	if (source->incomplete)
		report_error(report, (struct place){ source->main_file, 0 }, "out of memory");
}

void source_free(struct source *source)
{
	free(source->text);
	free(source->segments);
	*source = (struct source){ 0 };
}

struct place source_place(const struct source *source, unsigned line)
{
	struct place place = { source->main_file, 0 };

	for (size_t i = 0; i < source->segment_count && source->segments[i].line <= line; i++) {
		place = source->segments[i].place;
		place.line += line - source->segments[i].line;
	}
	return place;
}
