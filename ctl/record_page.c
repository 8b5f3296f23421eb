/* The head of a printed record: what, where, when, why, and what is still open. */
#include "ctl/record_page.h"

#include "ctl/record_cells.h"

#include <stdlib.h>
#include <string.h>

enum { CLAUSE_MAX = 64 };

static bool is_open(const json_t *record)
{
	return json_is_true(json_object_get(record, "open"));
}

/* The head ---------------------------------------------------------------------- */

static void put_pair(json_t *section, const char *zh, const char *en, json_t *cell)
{
	json_t *row = page_add_row(section);

	page_put(row, page_cell(zh, en));
	page_put(row, cell);
}

static int by_clause(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strverscmp(*a, *b);
}

/* Each clause of the plan that a step is of, once, in the plan's order. */
static json_t *clauses(const json_t *incident)
{
	const char *found[CLAUSE_MAX];
	const json_t *step;
	json_t *cell = page_same("");
	size_t count = 0, i;

	json_array_foreach (json_object_get(incident, "steps"), i, step)
		if (count < CLAUSE_MAX && *record_string(step, "clause"))
			found[count++] = record_string(step, "clause");
	qsort(found, count, sizeof(found[0]), by_clause);
	for (i = 0; i < count; i++) {
		if (i && strcmp(found[i], found[i - 1]) == 0)
			continue;
		cell_append(cell, i ? "、" : "", i ? ", " : "");
		cell_append(cell, found[i], found[i]);
	}
	return cell;
}

static json_t *type_cell(const json_t *incident)
{
	json_t *cell = cell_names(json_object_get(incident, "name"));
	char number[32];

	snprintf(number, sizeof(number), "%lld · ",
		(long long)json_integer_value(json_object_get(incident, "type")));
	return cell_append_cell(page_same(number), cell);
}

/* "2026-11-24 03:01:09 (after 12 s) li" */
static json_t *after_cell(const json_t *object, const char *key, const json_t *seconds, json_t *who)
{
	json_t *cell = cell_time(object, key);

	if (json_is_number(seconds)) {
		cell_append(cell, "（", " (after ");
		cell_append_cell(cell, cell_duration(seconds));
		cell_append(cell, " 后）", ")");
	}
	if (who && json_is_number(seconds))
		cell_append_cell(cell_append(cell, " ", " "), json_incref(who));
	json_decref(who);
	return cell;
}

static void add_head(json_t *page, const json_t *record)
{
	const json_t *incident = json_object_get(record, "incident");
	const json_t *reaction = json_object_get(record, "reaction");
	const json_t *acknowledged = json_object_get(incident, "acknowledged");
	json_t *section = page_add_section(page, "基本情况", "Head", NULL);

	put_pair(section, "编号", "Id", cell_string(incident, "id"));
	put_pair(section, "预案事件", "Incident of the plan", type_cell(incident));
	put_pair(section, "预案条款", "Clauses", clauses(incident));
	put_pair(section, "位置", "Where", cell_names(json_object_get(incident, "zone_name")));
	put_pair(section, "场所", "Site", cell_names(json_object_get(record, "site")));
	put_pair(section, "级别", "Severity", cell_word(WORD_SEVERITY, incident, "severity"));
	put_pair(section, "状态", "State", cell_word(WORD_STATE, incident, "state"));
	if (json_is_true(json_object_get(incident, "drill")))
		put_pair(section, "演练", "Exercise", page_cell("是", "yes"));
	put_pair(section, "发生", "Raised", cell_time(incident, "raised"));
	put_pair(section, "确认", "Acknowledged",
		after_cell(acknowledged, "time", json_object_get(reaction, "acknowledged_s"),
			cell_user(acknowledged, "by")));
	put_pair(section, "恢复正常", "Back to normal",
		after_cell(incident, "returned", json_object_get(reaction, "returned_s"), NULL));
	put_pair(section, "结束", "Closed",
		after_cell(incident, "closed", json_object_get(reaction, "closed_s"), NULL));
	put_pair(section, "本记录制作时间", "Record made", cell_time(record, "made"));
}

/* "Deadlines: 5 kept, 2 missed, latest: 2.1 by 2 min 10 s; acknowledged after 35 s" */
static void add_summary(json_t *page, const json_t *record)
{
	const json_t *reaction = json_object_get(record, "reaction");
	const json_t *latest = json_object_get(reaction, "latest");
	const json_t *acknowledged = json_object_get(reaction, "acknowledged_s");
	long long kept = json_integer_value(json_object_get(reaction, "kept"));
	long long missed = json_integer_value(json_object_get(reaction, "missed"));
	json_t *line = json_pack("{s:o, s:o}", "zh",
		json_sprintf("时限：按时 %lld 个，超时 %lld 个", kept, missed), "en",
		json_sprintf("Deadlines: %lld kept, %lld missed", kept, missed));

	if (json_is_object(latest)) {
		const char *step = record_string(latest, "step");

		cell_append(cell_append(line, "，最晚：", ", latest: "), step, step);
		cell_append(line, " 超时 ", " by ");
		cell_append_cell(line, cell_duration(json_object_get(latest, "late_s")));
	}
	if (json_is_number(acknowledged)) {
		cell_append(line, "；确认用时 ", "; acknowledged after ");
		cell_append_cell(line, cell_duration(acknowledged));
	} else {
		cell_append(line, "；尚未确认", "; not acknowledged");
	}
	if (is_open(record))
		cell_append(line, "；事件尚未结束", "; still open");
	page_add_line(page, line);
}

/* What is still open ------------------------------------------------------------- */

static bool to_be_done(const json_t *step)
{
	static const char *const open[] = { "open", "accepted", "failed" };
	const char *status = record_string(step, "status");

	if (strcmp(record_string(step, "applies"), "no") == 0)
		return false;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (strcmp(status, open[i]) == 0)
			return true;
	return false;
}

static void put_open_step(json_t *section, const json_t *step)
{
	json_t *row = page_add_row(section);

	page_put(row, cell_string(step, "clause"));
	page_put(row, cell_status(step));
	page_put(row, cell_verdict(step, true));
	page_put(row, cell_list(json_object_get(step, "roles")));
	page_put(row, cell_names(json_object_get(step, "text")));
}

static void put_open_state(json_t *section, const char *zh, const char *en)
{
	json_t *row = page_add_row(section);

	for (int i = 0; i < 4; i++)
		page_put(row, cell_dash());
	page_put(row, page_cell(zh, en));
}

static void add_open(json_t *page, const json_t *record)
{
	static const struct text columns[] = { { "条款", "CLAUSE" }, { "状态", "STATUS" },
		{ "时限", "DEADLINE" }, { "角色", "ROLES" }, { "事项", "WHAT" }, { NULL, NULL } };
	const json_t *incident = json_object_get(record, "incident"), *step;
	json_t *section;
	size_t i;

	if (!is_open(record))
		return;
	section = page_add_section(page, "尚未完成", "Still open", columns);
	if (!json_is_object(json_object_get(incident, "acknowledged")))
		put_open_state(section, "尚无人确认", "nobody has acknowledged it");
	if (json_is_null(json_object_get(incident, "returned")))
		put_open_state(section, "尚未恢复正常", "it is not back to normal");
	json_array_foreach (json_object_get(incident, "steps"), i, step)
		if (to_be_done(step))
			put_open_step(section, step);
}

/* Shelved, suppressed, out of service, handed over: who, since or until when, and why. */
static void add_put_aside(json_t *page, const json_t *record)
{
	static const struct {
		const char *key, *zh, *en, *time; /* time: the member that says since when */
	} ways[] = {
		{ "handed_over", "移交", "Handed over", "time" },
		{ "shelved", "搁置", "Shelved", "time" },
		{ "out_of_service", "停用", "Out of service", "time" },
		{ "suppressed", "被抑制", "Suppressed", "since" },
	};
	static const struct text columns[] = { { "情况", "HOW" }, { "时间", "TIME" },
		{ "经办人", "BY" }, { "移交给", "TO" }, { "至", "UNTIL" }, { "说明", "NOTE" },
		{ NULL, NULL } };
	json_t *section = NULL;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const json_t *way =
			json_object_get(json_object_get(record, "incident"), ways[i].key);
		json_t *row;

		if (!json_is_object(way))
			continue;
		if (!section)
			section = page_add_section(
				page, "移交与搁置", "Handed over, put aside", columns);
		row = page_add_row(section);
		page_put(row, page_cell(ways[i].zh, ways[i].en));
		page_put(row, cell_time(way, ways[i].time));
		page_put(row, cell_user(way, "by"));
		page_put(row, cell_string(way, "to"));
		page_put(row, cell_time(way, "until"));
		page_put(row, cell_string(way, "note"));
	}
}

/* Causes ---------------------------------------------------------------------- */

static void put_cause(json_t *section, const json_t *cause, const json_t *reading)
{
	json_t *row = page_add_row(section);
	json_t *what = cell_names(json_object_get(cause, "name"));
	const char *note = record_string(cause, "note");

	if (*record_string(cause, "by"))
		cell_append_cell(cell_append(what, "，", ", "), cell_user(cause, "by"));
	if (*note)
		cell_append(cell_append(what, "：", ": "), note, note);
	page_put(row, cell_time(cause, "since"));
	page_put(row, cell_time(cause, "until"));
	page_put(row, reading ? cell_value(reading, "value", "unit") : cell_dash());
	page_put(row, reading ? cell_time(reading, "time") : cell_dash());
	page_put(row, reading ? cell_names(json_object_get(reading, "name")) : cell_dash());
	page_put(row, what);
}

static void add_causes(json_t *page, const json_t *record)
{
	static const struct text columns[] = { { "开始", "SINCE" }, { "结束", "UNTIL" },
		{ "数值", "VALUE" }, { "读取时间", "READ" }, { "测点", "POINT" },
		{ "原因", "CAUSE" }, { NULL, NULL } };
	json_t *section = page_add_section(page, "原因", "Causes", columns);
	const json_t *cause, *reading;
	size_t i, k;

	json_array_foreach (
		json_object_get(json_object_get(record, "incident"), "causes"), i, cause) {
		const json_t *readings = json_object_get(cause, "readings");

		json_array_foreach (readings, k, reading)
			put_cause(section, cause, reading);
		if (json_array_size(readings) == 0)
			put_cause(section, cause, NULL);
	}
}

json_t *record_page(const json_t *record)
{
	const json_t *incident = json_object_get(record, "incident");
	json_t *title = cell_names(json_object_get(incident, "name"));
	json_t *page;

	cell_append_cell(cell_append(title, " · ", " · "),
		cell_names(json_object_get(incident, "zone_name")));
	page = page_new(title, json_is_true(json_object_get(incident, "drill")));
	add_summary(page, record);
	add_head(page, record);
	add_open(page, record);
	add_put_aside(page, record);
	add_causes(page, record);
	record_page_steps(page, record);
	record_page_events(page, record);
	return page;
}
