/* facilityctl incidents: the open ones as they are now, or those of a period from the journal. */
#include "core/clock.h"
#include "core/words.h"
#include "ctl/archive.h"
#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 8, CELL_MAX = 200 };

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const char *text_of(const struct show *show, const json_t *object, const char *key)
{
	return string_of(json_object_get(object, key), show->chinese ? "zh" : "en");
}

/* "2026-11-24T03:05:09.250+08:00" -> "2026-11-24 03:05" */
static void put_time(char cell[static CELL_MAX], const char *time)
{
	if (strlen(time) > 16)
		snprintf(cell, CELL_MAX, "%.10s %.5s", time, time + 11);
}

static bool add_row(const struct show *show, struct table *table, const json_t *incident)
{
	char name[CELL_MAX], steps[32], raised[CELL_MAX] = "", ended[CELL_MAX] = "";
	const char *const cells[COLUMNS] = { string_of(incident, "id"), name,
		text_of(show, incident, "zone_name"),
		word_of(show_language(show), WORD_SEVERITY, string_of(incident, "severity")),
		word_of(show_language(show), WORD_STATE, string_of(incident, "state")), steps,
		raised, ended };
	bool closed = strcmp(string_of(incident, "state"), "closed") == 0;

	snprintf(name, sizeof(name), "%s%s",
		json_is_true(json_object_get(incident, "drill"))
			? (show->chinese ? "[演练] " : "[drill] ")
			: "",
		text_of(show, incident, "name"));
	snprintf(steps, sizeof(steps), "%lld",
		(long long)json_integer_value(json_object_get(incident, "steps_open")));
	put_time(raised, string_of(incident, "raised"));
	put_time(ended, string_of(incident, "closed"));
	return table_add(table, closed ? TABLE_PLAIN : TABLE_YELLOW, cells);
}

static bool print_table(const struct show *show, const json_t *incidents)
{
	static const char *const zh[COLUMNS] = { "编号", "事件", "位置", "级别", "状态", "未完步骤",
		"发生时间", "结束时间" };
	static const char *const en[COLUMNS] = { "ID", "INCIDENT", "WHERE", "SEVERITY", "STATE",
		"STEPS OPEN", "RAISED", "CLOSED" };
	struct table *table = table_new(COLUMNS);
	const json_t *incident;
	bool whole = table && table_add(table, TABLE_DIM, show->chinese ? zh : en);
	size_t i;

	json_array_foreach (incidents, i, incident)
		whole = whole && add_row(show, table, incident);
	if (whole)
		table_print(table, show);
	table_free(table);
	return whole;
}

/* By id: one that closes between two pages comes twice, and is closed then. */
static bool take_incident(void *context, const json_t *row)
{
	json_t *by_id = context, *known = json_object_get(by_id, string_of(row, "id"));

	if (known && strcmp(string_of(known, "state"), "closed") == 0)
		return true;
	return json_object_set(by_id, string_of(row, "id"), (json_t *)row) == 0;
}

static int64_t raised_ms(const json_t *incident)
{
	int64_t wall_ms;

	return clock_parse(string_of(incident, "raised"), &wall_ms) == 0 ? wall_ms : 0;
}

static int by_raised(const void *left, const void *right)
{
	const json_t *const *a = left, *const *b = right;
	int64_t a_ms = raised_ms(*a), b_ms = raised_ms(*b);

	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	return strcmp(string_of(*a, "id"), string_of(*b, "id"));
}

/* In the order of their raise. Takes nothing over; NULL: out of memory. */
static json_t *sorted(const json_t *by_id)
{
	size_t count = json_object_size(by_id), used = 0;
	json_t **rows = calloc(count + 1, sizeof(*rows)), *array = json_array(), *row;
	const char *id;

	if (rows) {
		json_object_foreach ((json_t *)by_id, id, row)
			rows[used++] = row;
		qsort(rows, count, sizeof(*rows), by_raised);
	}
	for (size_t i = 0; rows && i < count; i++)
		json_array_append(array, rows[i]);
	free(rows);
	return array;
}

static int print_history(const struct request *request, const struct show *show, json_t *by_id)
{
	json_t *incidents = sorted(by_id);
	bool whole = true;

	if (request->as_json) {
		whole = json_dumpf(incidents, show->out, JSON_COMPACT) == 0;
		fputc('\n', show->out);
	} else if (json_array_size(incidents) > 0) {
		whole = print_table(show, incidents);
	} else {
		fputs(show->chinese ? "没有这样的事件\n" : "no such incident\n", show->out);
	}
	json_decref(incidents);
	return whole ? EXIT_SUCCESS : EXIT_REFUSED;
}

static bool asks_journal(const struct verb_line *line)
{
	static const char *const names[] = { "all", "since", "until", "type", "zone", "state",
		"drill" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (verb_line_option(line, names[i]))
			return true;
	return false;
}

int verb_incidents(int fd, const struct request *request, const struct show *show)
{
	json_t *members, *by_id;
	int status = EXIT_REFUSED;

	if (!asks_journal(&request->line))
		return verb_local(fd, request, show);
	members = archive_members(&request->line);
	if (!members) {
		close(fd);
		return EXIT_USAGE;
	}
	by_id = json_object();
	if (archive_fetch(fd, "history", members, take_incident, by_id) == 0)
		status = print_history(request, show, by_id);
	json_decref(by_id);
	json_decref(members);
	close(fd);
	return status;
}
