/*
 * What of the fallback outlives the process: which incidents call, and which
 * outputs we have switched on for them. One row beside the snapshots of incidents.
 * It stands in the commit of the intent, so that whatever a kill may have left on is
 * known. Must never name an output that somebody else has switched on.
 */
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "fallback 1\n"

/* free() it; NULL: there is nothing to be kept, or no memory. */
static char *row_text(const struct facility *facility)
{
	const struct fallback *fallback = &facility->fallback.decided;
	struct called_output output;
	char *text = NULL;
	size_t length = 0, lines = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fputs(HEAD, out);
	for (size_t i = 0; i < fallback->call_count; i++, lines++)
		fprintf(out, "call %s %s\n", fallback->calls[i].incident,
			fallback_reason_name(fallback->calls[i].reason));
	for (size_t i = 0; actuation_called(facility->actuation, i, &output); i++) {
		if (!output.ours)
			continue;
		fprintf(out, "output %s %d %s\n", output.point->id, output.on > 0, output.caller);
		lines++;
	}
	if (fclose(out) == 0 && lines > 0)
		return text;
	free(text);
	return NULL;
}

void facility_keep_fallback(struct facility *facility, bool again)
{
	char *text = facility->actuation ? row_text(facility) : NULL;
	const char *before = facility->fallback.row;

	if (!again && (text ? before && strcmp(text, before) == 0 : !before)) {
		free(text);
		return;
	}
	record_row(facility->record, FALLBACK_ROW, text);
	free(facility->fallback.row);
	facility->fallback.row = text;
}

static void load_output(struct facility *facility, const char *id, const char *on, const char *by)
{
	const struct point *point = site_point(&facility->config->site, id);

	if (!point || !point->writable) {
		log_error("output %s: was left on by the last run, and is gone from the "
			  "configuration",
			id);
		return;
	}
	log_info("output %s: was switched on by the last run for %s", id, by);
	actuation_call_resume(facility->actuation, point, strcmp(on, "1") == 0, by);
}

static void load_line(struct facility *facility, char *line)
{
	char *rest = line, *kind = strsep(&rest, " "), *first = strsep(&rest, " "),
	     *second = strsep(&rest, " "), *third = strsep(&rest, " ");

	if (strcmp(kind, "call") == 0 && second)
		fallback_resume(&facility->fallback.decided, first, second);
	else if (strcmp(kind, "output") == 0 && third)
		load_output(facility, first, second, third);
	else
		log_error("fallback: the line \"%s\" of the last run is not understood", kind);
}

void facility_load_fallback(struct facility *facility, const char *text)
{
	char *copy, *rest, *line;

	if (strncmp(text, HEAD, strlen(HEAD)) != 0) {
		log_error("fallback: what the last run has left is not understood");
		return;
	}
	copy = strdup(text + strlen(HEAD));
	rest = copy;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			load_line(facility, line);
	free(copy);
	facility->fallback.row = strdup(text);
}
