/*
 * Reads the main file and, depth first, what it includes, into one text. It
 * knows @include only from precheck, and nothing of settings.
 */
#include "config/text/source.h"

#include "config/text/precheck.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, FILE_SIZE_MAX = 1024 * 1024, TOTAL_SIZE_MAX = 8 * 1024 * 1024 };

struct source_segment {
	struct source_segment *next;
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

static void add_text(struct source *source, const char *text, size_t length)
{
	fwrite(text, 1, length, source->out);
	source->length += length;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			source->line++;
	if (length > 0)
		source->last = text[length - 1];
}

static void add_segment(struct source *source, const char *file, unsigned line)
{
	struct source_segment *segment = arena_alloc(source->arena, sizeof(*segment));

	*segment = (struct source_segment){ NULL, source->line, { file, line } };
	*source->segments_end = segment;
	source->segments_end = &segment->next;
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

static void on_include(struct precheck_sink *sink, unsigned line, const char *path);

/* `place`: what names this file, for the message that it cannot be read. */
static void read_file(struct reader *reader, struct place place)
{
	struct source *source = reader->source;
	const char *problem;
	size_t size = 0, length;
	FILE *file;
	char *text;
	int fd;

	reader->sink = (struct precheck_sink){ on_error, on_text, on_include };
	problem = open_plain(reader, &fd, &size);
	if (problem) {
		report_error(
			reader->report, place, "cannot read \"%s\": %s", reader->name, problem);
		return;
	}
	file = fdopen(fd, "r");
	text = malloc(size + 1);
	/* At most `size` bytes, even if the file has grown since. */
	length = file && text ? fread(text, 1, size, file) : 0;
	if (!file || !text || ferror(file)) {
		report_error(reader->report, place, "cannot read \"%s\": %s", reader->name,
			strerror(errno));
	} else {
		add_segment(source, reader->name, 1);
		precheck_text(text, length, &reader->sink);
		if (source->length > 0 && source->last != '\n')
			add_text(source, "\n", 1);
	}
	free(text);
	if (file)
		fclose(file);
	else
		close(fd);
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
	size_t size;

	*source = (struct source){ .line = 1, .arena = arena };
	source->main_file = arena_strdup(arena, path);
	source->segments_end = &source->segments;
	source->out = open_memstream(&source->text, &size);
	reader.name = source->main_file;
	if (source->out)
		read_file(&reader, (struct place){ source->main_file, 0 });
	if (!source->out || fclose(source->out) != 0)
		report_error(report, (struct place){ source->main_file, 0 }, "out of memory");
	source->out = NULL;
}

void source_free(struct source *source)
{
	free(source->text);
	*source = (struct source){ 0 };
}

struct place source_place(const struct source *source, unsigned line)
{
	struct place place = { source->main_file, 0 };

	for (const struct source_segment *s = source->segments; s && s->line <= line; s = s->next) {
		place = s->place;
		place.line += line - s->line;
	}
	return place;
}
