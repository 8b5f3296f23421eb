/* Cells of a printed record: see record_cells.h. */
#include "ctl/record_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DURATION_MAX = 64, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

const char *record_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_t *cell_dash(void)
{
	return page_same("—");
}

json_t *cell_string(const json_t *object, const char *key)
{
	const char *text = record_string(object, key);

	return *text ? page_same(text) : cell_dash();
}

json_t *cell_time(const json_t *object, const char *key)
{
	const char *time = record_string(object, key);
	char text[24];

	if (strlen(time) <= 19)
		return cell_dash();
	snprintf(text, sizeof(text), "%.10s %.8s", time, time + 11);
	return page_same(text);
}

static void format_duration(char text[static DURATION_MAX], double seconds, bool chinese)
{
	static const struct {
		long big_s, small_s;
		struct text big, small;
	} forms[] = {
		{ DAY_S, HOUR_S, { "天", "d" }, { "小时", "h" } },
		{ HOUR_S, MINUTE_S, { "小时", "h" }, { "分", "min" } },
		{ MINUTE_S, 1, { "分", "min" }, { "秒", "s" } },
	};
	long whole_s = lround(seconds);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (whole_s < forms[i].big_s)
			continue;
		snprintf(text, DURATION_MAX, "%ld %s %ld %s", whole_s / forms[i].big_s,
			chinese ? forms[i].big.zh : forms[i].big.en,
			whole_s % forms[i].big_s / forms[i].small_s,
			chinese ? forms[i].small.zh : forms[i].small.en);
		return;
	}
	snprintf(text, DURATION_MAX, "%.*f %s", whole_s < 10, seconds, chinese ? "秒" : "s");
}

json_t *cell_duration(const json_t *seconds)
{
	char zh[DURATION_MAX], en[DURATION_MAX];

	if (!json_is_number(seconds))
		return cell_dash();
	format_duration(zh, json_number_value(seconds), true);
	format_duration(en, json_number_value(seconds), false);
	return page_cell(zh, en);
}

json_t *cell_word(enum word_group group, const json_t *object, const char *key)
{
	const char *id = record_string(object, key);
	struct text text;

	/* An intent is an event too, but of no incident's life. */
	if (group == WORD_EVENT && word_find(WORD_EVENT, id) < 0)
		group = WORD_WRITE;
	text = word_text_of(group, id);
	return *id ? page_cell(text.zh, text.en) : cell_dash();
}

json_t *cell_names(const json_t *names)
{
	const char *zh = record_string(names, "zh"), *en = record_string(names, "en");

	return *zh || *en ? page_cell(*zh ? zh : en, *en ? en : zh) : cell_dash();
}

json_t *cell_user(const json_t *object, const char *key)
{
	if (strcmp(record_string(object, key), "facilityd") == 0)
		return page_cell("系统", "the machine");
	return cell_string(object, key);
}

json_t *cell_append(json_t *cell, const char *zh, const char *en)
{
	json_object_set_new(cell, "zh", json_sprintf("%s%s", record_string(cell, "zh"), zh));
	json_object_set_new(cell, "en", json_sprintf("%s%s", record_string(cell, "en"), en));
	return cell;
}

json_t *cell_append_cell(json_t *cell, json_t *more)
{
	cell_append(cell, record_string(more, "zh"), record_string(more, "en"));
	json_decref(more);
	return cell;
}

json_t *cell_list(const json_t *array)
{
	json_t *cell = page_same("");
	const json_t *names;
	size_t i;

	json_array_foreach (array, i, names) {
		if (i)
			cell_append(cell, "、", ", ");
		cell_append_cell(cell, cell_names(names));
	}
	return cell;
}

json_t *cell_value(const json_t *object, const char *number, const char *unit)
{
	const json_t *text = json_object_get(object, "text");
	const json_t *value = json_object_get(object, number);
	const char *of_unit = record_string(object, unit);
	char shown[DURATION_MAX];

	if (json_is_object(text))
		return cell_names(text);
	if (!json_is_number(value))
		return page_cell("无数值", "no value");
	snprintf(shown, sizeof(shown), "%g%s%s", json_number_value(value), *of_unit ? " " : "",
		of_unit);
	return page_same(shown);
}

json_t *cell_verdict(const json_t *step, bool open)
{
	const json_t *kept = json_object_get(step, "kept");

	if (json_is_true(kept))
		return page_cell("按时", "in time");
	if (json_is_false(kept))
		return cell_append_cell(page_cell("超时 ", "late by "),
			cell_duration(json_object_get(step, "late_s")));
	if (!open || !*record_string(step, "deadline") ||
		strcmp(record_string(step, "applies"), "no") == 0)
		return cell_dash();
	return page_cell("未到期", "not due yet");
}

json_t *cell_status(const json_t *step)
{
	struct text none = word_text(WORD_APPLIES, WORD_APPLIES_NO);

	if (strcmp(record_string(step, "applies"), "no") == 0 &&
		strcmp(record_string(step, "status"), "open") == 0)
		return page_cell(none.zh, none.en);
	return cell_word(WORD_STATUS, step, "status");
}
