/* Listings: see list.h. A row for each kind says its heading and how a document fills a line. */
#include "ctl/list.h"

#include "core/utf8.h"
#include "ctl/stats.h"
#include "ctl/table.h"

#include <string.h>

enum { CELL_MAX = 160 };

struct line {
	char cells[TABLE_COLUMN_MAX][CELL_MAX];
	enum table_colour colour;
};

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const char *text_of(const struct show *show, const json_t *object, const char *key)
{
	return string_of(json_object_get(object, key), show->chinese ? "zh" : "en");
}

static const char *choose(const struct show *show, const char *zh, const char *en)
{
	return show->chinese ? zh : en;
}

/* The colours of words; the others are plain. */
static const struct {
	enum word_group group;
	size_t word;
	enum table_colour colour;
} colours[] = {
	{ WORD_SEVERITY, WORD_SEVERITY_CRITICAL, TABLE_RED },
	{ WORD_SEVERITY, WORD_SEVERITY_HIGH, TABLE_RED },
	{ WORD_SEVERITY, WORD_SEVERITY_MEDIUM, TABLE_YELLOW },
	{ WORD_STATE, WORD_STATE_ACTIVE_UNACKNOWLEDGED, TABLE_RED },
	{ WORD_STATE, WORD_STATE_ACTIVE_ACKNOWLEDGED, TABLE_YELLOW },
	{ WORD_STATE, WORD_STATE_RETURNED_UNACKNOWLEDGED, TABLE_YELLOW },
	{ WORD_STATE, WORD_STATE_RETURNED_ACKNOWLEDGED, TABLE_GREEN },
	{ WORD_QUALITY, WORD_QUALITY_STALE, TABLE_YELLOW },
	{ WORD_QUALITY, WORD_QUALITY_BAD, TABLE_RED },
	{ WORD_STATUS_OF_FACILITYD, WORD_STATUS_OF_FACILITYD_ONLINE, TABLE_GREEN },
	{ WORD_STATUS_OF_FACILITYD, WORD_STATUS_OF_FACILITYD_OFFLINE, TABLE_RED },
};

static void put(struct line *line, size_t column, const char *text)
{
	utf8_copy(line->cells[column], CELL_MAX, text);
}

static void put_word(const struct show *show, struct line *line, size_t column,
	enum word_group group, const char *id)
{
	int word = word_find(group, id);

	put(line, column, word_of(show_language(show), group, id));
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (colours[i].group == group && (int)colours[i].word == word)
			line->colour = colours[i].colour;
}

/* "2026-11-24T03:05:09.250+08:00" -> "11-24 03:05:09" */
static void put_time(struct line *line, size_t column, const char *time)
{
	if (strlen(time) > 19)
		snprintf(line->cells[column], CELL_MAX, "%.5s %.8s", time + 5, time + 11);
}

/* "2-f3-1b3xk" -> "2-f3", which commands take as well. */
static void put_short_id(struct line *line, size_t column, const char *id)
{
	const char *dash = strrchr(id, '-');

	snprintf(line->cells[column], CELL_MAX, "%.*s", dash ? (int)(dash - id) : CELL_MAX, id);
}

static size_t open_steps(const json_t *incident)
{
	const json_t *step;
	size_t i, count = 0;

	json_array_foreach (json_object_get(incident, "steps"), i, step)
		if (strcmp(string_of(step, "status"), "open") == 0 &&
			strcmp(string_of(step, "applies"), "no") != 0)
			count++;
	return count;
}

static void fill_incident(const struct show *show, const json_t *incident, struct line *line)
{
	put_short_id(line, 0, string_of(incident, "id"));
	snprintf(line->cells[1], CELL_MAX, "%s%s",
		json_is_true(json_object_get(incident, "drill"))
			? choose(show, "[演练] ", "[drill] ")
			: "",
		text_of(show, incident, "name"));
	put(line, 2, text_of(show, incident, "zone_name"));
	put_word(show, line, 3, WORD_SEVERITY, string_of(incident, "severity"));
	put_word(show, line, 4, WORD_STATE, string_of(incident, "state"));
	snprintf(line->cells[5], CELL_MAX, "%zu", open_steps(incident));
	put_time(line, 6, string_of(incident, "raised"));
}

static void fill_point(const struct show *show, const json_t *point, struct line *line)
{
	const json_t *value = json_object_get(point, "value");
	const char *text = text_of(show, point, "text"), *reason = string_of(point, "reason");

	put(line, 0, string_of(point, "id"));
	put(line, 1, text_of(show, point, "name"));
	if (*text)
		put(line, 2, text);
	else if (json_is_number(value))
		snprintf(line->cells[2], CELL_MAX, "%g %s", json_number_value(value),
			string_of(point, "unit"));
	else
		put(line, 2, "-");
	put_word(show, line, 3, WORD_QUALITY, string_of(point, "quality"));
	if (*reason) {
		size_t used = strlen(line->cells[3]);

		snprintf(line->cells[3] + used, CELL_MAX - used, ": %s",
			word_of(show_language(show), WORD_REASON, reason));
	}
	put_time(line, 4, string_of(point, "time"));
}

static void fill_trouble(const struct show *show, const json_t *trouble, struct line *line)
{
	put_time(line, 0, string_of(trouble, "since"));
	put(line, 1, string_of(trouble, "id"));
	put(line, 2, text_of(show, trouble, "text"));
	line->colour = TABLE_YELLOW;
}

static void fill_state(const struct show *show, const json_t *state, struct line *line)
{
	put_word(show, line, 0, WORD_STATUS_OF_FACILITYD, string_of(state, "status"));
	put(line, 1, text_of(show, state, "site"));
	put(line, 2, string_of(state, "version"));
}

/* "Head of window services, Property office" */
static void put_roles(
	const struct show *show, struct line *line, size_t column, const json_t *roles)
{
	const json_t *role;
	size_t i, used = 0;
	char text[CELL_MAX * 4] = "";

	json_array_foreach (roles, i, role)
		if (used < sizeof(text) - 1)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				i ? choose(show, "、", ", ") : "",
				string_of(role, show->chinese ? "zh" : "en"));
	put(line, column, text);
}

static void fill_person(const struct show *show, const json_t *person, struct line *line)
{
	bool on_duty = json_is_true(json_object_get(person, "on_duty"));

	put(line, 0, text_of(show, person, "name"));
	put_roles(show, line, 1, json_object_get(person, "roles"));
	put(line, 2, string_of(person, "phone"));
	put(line, 3, on_duty ? choose(show, "在岗", "yes") : choose(show, "不在岗", "no"));
	put_time(line, 4, string_of(person, "until"));
	put(line, 5, string_of(person, "account"));
	line->colour = on_duty ? TABLE_GREEN : TABLE_PLAIN;
}

struct listing {
	const char *verb;
	size_t columns;
	const char *zh[TABLE_COLUMN_MAX], *en[TABLE_COLUMN_MAX];
	const char *none_zh, *none_en;
	void (*fill)(const struct show *show, const json_t *document, struct line *line);
};

static const struct listing listings[] = {
	{
		.verb = "incidents",
		.columns = 7,
		.zh = { "编号", "事件", "位置", "级别", "状态", "未完步骤", "发生时间" },
		.en = { "ID", "INCIDENT", "WHERE", "SEVERITY", "STATE", "STEPS OPEN", "RAISED" },
		.none_zh = "没有未结束的事件",
		.none_en = "no incident is open",
		.fill = fill_incident,
	},
	{
		.verb = "points",
		.columns = 5,
		.zh = { "测点", "名称", "数值", "质量", "读取时间" },
		.en = { "POINT", "NAME", "VALUE", "QUALITY", "READ" },
		.none_zh = "没有这样的测点",
		.none_en = "no such point",
		.fill = fill_point,
	},
	{
		.verb = "troubles",
		.columns = 3,
		.zh = { "开始时间", "编号", "系统故障" },
		.en = { "SINCE", "ID", "TROUBLE" },
		.none_zh = "监测系统没有故障",
		.none_en = "the monitoring system has no trouble",
		.fill = fill_trouble,
	},
	{
		.verb = "state",
		.columns = 3,
		.zh = { "状态", "场所", "版本" },
		.en = { "STATE", "SITE", "VERSION" },
		.none_zh = "没有状态",
		.none_en = "no state",
		.fill = fill_state,
	},
	{
		.verb = "people",
		.columns = 6,
		.zh = { "姓名", "角色", "电话", "在岗", "至", "账号" },
		.en = { "NAME", "ROLES", "PHONE", "ON DUTY", "UNTIL", "ACCOUNT" },
		.none_zh = "没有这样的人员",
		.none_en = "no such person",
		.fill = fill_person,
	},
};

static bool add_document(const struct show *show, const struct listing *listing,
	const json_t *document, struct table *table)
{
	struct line line = { 0 };
	const char *cells[TABLE_COLUMN_MAX];

	for (size_t i = 0; i < TABLE_COLUMN_MAX; i++)
		cells[i] = line.cells[i];
	listing->fill(show, document, &line);
	return table_add(table, line.colour, cells);
}

static bool print_listing(
	const struct show *show, const struct listing *listing, const json_t *documents)
{
	struct table *table = table_new(listing->columns);
	const json_t *document;
	size_t i;
	bool whole =
		table && table_add(table, TABLE_DIM, show->chinese ? listing->zh : listing->en);

	json_array_foreach (documents, i, document)
		whole = whole && add_document(show, listing, document, table);
	if (whole)
		table_print(table, show);
	table_free(table);
	return whole;
}

bool list_print(const struct show *show, const char *verb, const json_t *documents)
{
	if (strcmp(verb, "stats") == 0) {
		stats_print(show, json_array_get(documents, 0));
		return true;
	}
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		const struct listing *listing = &listings[i];

		if (strcmp(listing->verb, verb) != 0)
			continue;
		if (json_array_size(documents) > 0)
			return print_listing(show, listing, documents);
		fprintf(show->out, "%s\n", choose(show, listing->none_zh, listing->none_en));
		return true;
	}
	return false;
}
