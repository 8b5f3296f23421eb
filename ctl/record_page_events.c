/* What happened, in a printed record: the machine's actions, reminders, notices, the time line. */
#include "ctl/record_cells.h"
#include "ctl/record_page.h"

#include <stdlib.h>
#include <string.h>

static bool is_event(const json_t *event, const char *name)
{
	return strcmp(record_string(event, "event"), name) == 0;
}

/* Actions ------------------------------------------------------------------------ */

static json_t *begin_action(json_t *section, const json_t *event, json_t *what)
{
	json_t *row = page_add_row(section);

	page_put(row, cell_time(event, "time"));
	page_put(row, cell_user(event, "user"));
	page_put(row, what);
	return row;
}

static void put_output(
	json_t *section, const json_t *event, const json_t *action, const json_t *output)
{
	json_t *what = cell_names(json_object_get(action, "name")), *row, *result;
	const char *error = record_string(output, "error");

	cell_append_cell(cell_append(what, "：", ": "), cell_word(WORD_ACTION, action, "state"));
	row = begin_action(section, event, what);
	page_put(row, output ? cell_names(json_object_get(output, "name")) : cell_dash());
	page_put(row, output ? cell_value(output, "wanted", "unit") : cell_dash());
	result = output ? cell_word(WORD_OUTPUT, output, "state") : cell_dash();
	if (*error)
		cell_append(cell_append(result, "：", ": "), error, error);
	page_put(row, result);
}

static void put_intent(json_t *section, const json_t *event)
{
	json_t *row = begin_action(section, event, cell_word(WORD_EVENT, event, "event"));

	page_put(row, cell_string(event, "output"));
	page_put(row, cell_value(event, "value", "unit"));
	page_put(row, page_cell("写出前已记录", "recorded before the write"));
}

static void add_actions(json_t *page, const json_t *record)
{
	static const struct text columns[] = { { "时间", "TIME" }, { "操作人", "BY" },
		{ "动作", "ACTION" }, { "输出点", "OUTPUT" }, { "要求", "WANTED" },
		{ "回读结果", "READ-BACK" }, { NULL, NULL } };
	json_t *section = page_add_section(page, "设备动作", "Actions of the machine", columns);
	const json_t *event, *output;
	size_t i, k;

	json_array_foreach (json_object_get(record, "timeline"), i, event) {
		const json_t *action = json_object_get(event, "action");
		const json_t *outputs = json_object_get(action, "outputs");

		if (is_event(event, "intent"))
			put_intent(section, event);
		if (!is_event(event, "action") || !json_is_object(action))
			continue;
		json_array_foreach (outputs, k, output)
			put_output(section, event, action, output);
		if (json_array_size(outputs) == 0)
			put_output(section, event, action, NULL);
	}
	if (json_array_size(json_object_get(section, "rows")) == 0)
		json_array_remove(json_object_get(page, "sections"),
			json_array_size(json_object_get(page, "sections")) - 1);
}

/* The time line -------------------------------------------------------------------- */

/* What the line of an event says already; anything else is added as it is. */
static const char *const known[] = { "sequence", "kind", "time", "event", "replayed", "drill",
	"step", "user", "note", "state", "status", "action", "output", "value", "incident_id" };

static void append_unknown(json_t *cell, const json_t *event)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)event, key, value) {
		bool is_known = false;
		json_t *text;
		char *dump;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known = is_known || strcmp(known[i], key) == 0;
		if (is_known)
			continue;
		dump = json_is_string(value) ? NULL
					     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		text = json_sprintf(" %s: %s", key, dump ? dump : json_string_value(value));
		cell_append(cell, json_string_value(text), json_string_value(text));
		json_decref(text);
		free(dump);
	}
}

/* The text of a step by its id, as the incident has it. */
static json_t *step_cell(const json_t *record, const char *id)
{
	const json_t *step;
	size_t i;

	json_array_foreach (
		json_object_get(json_object_get(record, "incident"), "steps"), i, step) {
		json_t *cell;

		if (strcmp(record_string(step, "id"), id) != 0)
			continue;
		cell = cell_string(step, "clause");
		return cell_append_cell(
			cell_append(cell, " ", " "), cell_names(json_object_get(step, "text")));
	}
	return page_same(id);
}

static json_t *what_cell(const json_t *record, const json_t *event)
{
	const char *note = record_string(event, "note"), *step = record_string(event, "step");
	const json_t *action = json_object_get(event, "action");
	json_t *cell = page_same("");

	if (*record_string(event, "status"))
		cell_append(
			cell_append_cell(cell, cell_word(WORD_STATUS, event, "status")), " ", " ");
	if (is_event(event, "action") && json_is_object(action))
		cell_append(
			cell_append_cell(cell, cell_word(WORD_ACTION, action, "state")), " ", " ");
	if (is_event(event, "intent")) {
		cell_append(cell_append_cell(cell, cell_string(event, "output")), " = ", " = ");
		cell_append(cell_append_cell(cell, cell_value(event, "value", "unit")), " ", " ");
	}
	if (*step)
		cell_append_cell(cell, step_cell(record, step));
	if (*note)
		cell_append(cell_append(cell, "：", ": "), note, note);
	append_unknown(cell, event);
	return cell;
}

static void put_event(json_t *section, const json_t *record, const json_t *event)
{
	json_t *row = page_add_row(section);
	bool named = *record_string(event, "event") != '\0';

	page_put(row, cell_time(event, "time"));
	page_put(row, cell_word(WORD_EVENT, event, named ? "event" : "kind"));
	page_put(row, cell_user(event, "user"));
	page_put(row, cell_word(WORD_STATE, event, "state"));
	page_put(row, what_cell(record, event));
}

static const struct text event_columns[] = { { "时间", "TIME" }, { "事件", "EVENT" },
	{ "人员", "BY" }, { "事件状态", "STATE" }, { "内容", "WHAT" }, { NULL, NULL } };

/* Only those that somebody should have been quicker for. */
static void add_reminders(json_t *page, const json_t *record)
{
	static const char *const names[] = { "overdue", "reminder", "escalated" };
	json_t *section = NULL;
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(record, "timeline"), i, event) {
		bool found = false;

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			found = found || is_event(event, names[k]);
		if (found && !section)
			section = page_add_section(page, "超时、催办与升级",
				"Overdue, reminders, escalations", event_columns);
		if (found)
			put_event(section, record, event);
	}
}

static void add_timeline(json_t *page, const json_t *record)
{
	json_t *section = page_add_section(page, "时间线", "Time line", event_columns);
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(record, "timeline"), i, event)
		put_event(section, record, event);
}

/* Notices -------------------------------------------------------------------------- */

/* By role: the first and the last notice, how many, and for which events. */
static json_t *count_notices(const json_t *record)
{
	json_t *roles = json_object();
	const json_t *notice;
	size_t i;

	json_array_foreach (json_object_get(record, "notices"), i, notice) {
		const json_t *role = json_object_get(notice, "role");
		json_t *told = json_object_get(roles, record_string(role, "id"));

		if (!told) {
			told = json_pack("{s:O?, s:O?, s:{}, s:i}", "role", role, "first",
				json_object_get(notice, "time"), "events", "count", 0);
			json_object_set_new(roles, record_string(role, "id"), told);
		}
		json_object_set(told, "last", json_object_get(notice, "time"));
		json_object_set_new(told, "count",
			json_integer(json_integer_value(json_object_get(told, "count")) + 1));
		json_object_set_new(json_object_get(told, "events"), record_string(notice, "event"),
			json_true());
	}
	return roles;
}

static json_t *events_cell(const json_t *events)
{
	json_t *cell = page_same(""), *ignored;
	const char *name;
	bool first = true;

	json_object_foreach ((json_t *)events, name, ignored) {
		struct text text = word_text_of(WORD_EVENT, name);

		cell_append(cell, first ? "" : "、", first ? "" : ", ");
		cell_append(cell, text.zh, text.en);
		first = false;
	}
	return cell;
}

static void add_notices(json_t *page, const json_t *record)
{
	static const struct text columns[] = { { "首次通知", "FIRST" }, { "最后通知", "LAST" },
		{ "次数", "TIMES" }, { "角色", "ROLE" }, { "因何", "FOR" }, { NULL, NULL } };
	json_t *roles = count_notices(record), *told, *section = NULL;
	const char *id;

	json_object_foreach (roles, id, told) {
		json_t *row, *count = json_sprintf("%lld",
				     (long long)json_integer_value(json_object_get(told, "count")));

		if (!section)
			section = page_add_section(page, "通知", "Who was told", columns);
		row = page_add_row(section);
		page_put(row, cell_time(told, "first"));
		page_put(row, cell_time(told, "last"));
		page_put(row, page_same(json_string_value(count)));
		page_put(row, cell_names(json_object_get(told, "role")));
		page_put(row, events_cell(json_object_get(told, "events")));
		json_decref(count);
	}
	json_decref(roles);
}

void record_page_events(json_t *page, const json_t *record)
{
	add_actions(page, record);
	add_reminders(page, record);
	add_notices(page, record);
	add_timeline(page, record);
}
