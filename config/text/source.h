/*
 * The text of a configuration: the main file with its includes put in place,
 * and which line of it came from which file.
 *
 * We expand @include ourselves: so what was checked is what is parsed, a folder
 * or fifo is never opened by libconfig, and both of its versions name files
 * alike. A path in @include is relative to the folder of the file it stands in.
 * Blocks on file reads (regular files only).
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include "config/text/report.h"
#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct source_segment;

struct source {
	char *text; /* NUL-terminated */
	size_t length;
	unsigned line; /* of the next byte, 1-based */
	char last;     /* byte */
	FILE *out;     /* into text, while it is read */
	struct source_segment *segments, **segments_end;
	const char *main_file;
	struct arena *arena; /* owns the segments, and the file names that places point to */
};

/* Reads and checks everything; all errors go to the report. Free with source_free() in any case. */
void source_read(
	struct source *source, const char *path, struct arena *arena, struct config_report *report);
void source_free(struct source *source);

/* The place of a line of source->text. */
struct place source_place(const struct source *source, unsigned line);

#endif
