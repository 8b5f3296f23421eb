/* facilityctl export: every entry of the journal in a period, as CSV or JSON lines. */
#include "core/clock.h"
#include "ctl/archive.h"
#include "ctl/csv.h"
#include "ctl/output.h"

#include <string.h>
#include <unistd.h>

enum { PROGRESS_MS = 1000 };

struct export
{
	struct output output;
	bool csv;
	size_t count;
	/* For whoever waits at a terminal: */
	bool progress;
	const char *words;
	int64_t told_ms;
};

static void tell_progress(struct export *export, const json_t *entry)
{
	const char *time = json_string_value(json_object_get(entry, "time"));
	int64_t now_ms = clock_now_ms();

	if (!export->progress || now_ms - export->told_ms < PROGRESS_MS)
		return;
	export->told_ms = now_ms;
	fprintf(stderr, "\r%zu %s %.16s\033[K", export->count, export->words, time ? time : "");
}

static bool take_entry(void *context, const json_t *entry)
{
	struct export *export = context;

	if (export->csv)
		csv_entry(export->output.file, entry);
	else if (json_dumpf(entry, export->output.file, JSON_COMPACT) == 0)
		putc('\n', export->output.file);
	export->count++;
	tell_progress(export, entry);
	return !ferror(export->output.file);
}

static int run(int fd, const struct request *request, const struct show *show, json_t *members)
{
	const char *format = verb_line_option(&request->line, "format");
	struct export export = {
		.csv = !format || strcmp(format, "csv") == 0,
		.words = show->chinese ? "条记录，至" : "entries, up to",
		.told_ms = clock_now_ms(),
	};
	bool whole;

	if (!output_open(&export.output, verb_line_option(&request->line, "output"),
		    verb_line_option(&request->line, "force") != NULL))
		return EXIT_REFUSED;
	/* Entries on the same terminal are progress enough. */
	export.progress = isatty(STDERR_FILENO) && !isatty(fileno(export.output.file));
	if (export.csv)
		csv_heading(export.output.file);
	whole = archive_fetch(fd, "entries", members, take_entry, &export) == 0;
	if (export.progress)
		fputs("\r\033[K", stderr);
	/* What fails to be written is told by output_close(), which tells nothing of a half file.
	 */
	whole = output_close(&export.output, whole || ferror(export.output.file)) && whole;
	return whole ? EXIT_SUCCESS : EXIT_REFUSED;
}

int verb_export(int fd, const struct request *request, const struct show *show)
{
	json_t *members = archive_members(&request->line);
	int status = members ? run(fd, request, show, members) : EXIT_USAGE;

	json_decref(members);
	close(fd);
	return status;
}
