/* facilityctl record: the archive of one incident, as text, JSON or a page to print. */
#include "core/clock.h"
#include "ctl/archive.h"
#include "ctl/output.h"
#include "ctl/record.h"
#include "ctl/record_page.h"

#include <unistd.h>

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

static bool print(const struct request *request, const struct show *show, const json_t *record)
{
	json_t *page;
	bool whole = true;

	if (request->as_json) {
		whole = json_dumpf(record, show->out, JSON_INDENT(1)) == 0;
		putc('\n', show->out);
		return whole;
	}
	page = record_page(record);
	if (verb_line_option(&request->line, "html"))
		page_print_html(page, show);
	else
		whole = page_print_text(page, show);
	json_decref(page);
	return whole;
}

static int run(int fd, const struct request *request, const struct show *show)
{
	struct show to_file = *show;
	struct output output;
	json_t *entries, *record;
	bool whole = false;

	if (!output_open(&output, verb_line_option(&request->line, "output"),
		    verb_line_option(&request->line, "force") != NULL))
		return EXIT_REFUSED;
	to_file.out = output.file;
	to_file.colour = show->colour && output.file == stdout;
	entries = fetch(fd, request);
	if (entries) {
		record = record_make(entries, clock_wall_ms());
		whole = print(request, &to_file, record);
		json_decref(record);
	}
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
