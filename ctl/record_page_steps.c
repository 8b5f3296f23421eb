/* The steps of a printed record, and for an exercise how long each took against its deadline. */
#include "ctl/record_cells.h"
#include "ctl/record_page.h"

#include <stdlib.h>
#include <string.h>

struct ordered {
	const json_t *step;
	size_t place; /* in the procedure */
};

static int by_clause(const void *left, const void *right)
{
	const struct ordered *a = left, *b = right;
	int order = strverscmp(record_string(a->step, "clause"), record_string(b->step, "clause"));

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* In the plan's order; malloc'ed. */
static struct ordered *ordered_steps(const json_t *record, size_t *count)
{
	const json_t *steps = json_object_get(json_object_get(record, "incident"), "steps");
	struct ordered *ordered = calloc(json_array_size(steps) + 1, sizeof(*ordered));

	*count = ordered ? json_array_size(steps) : 0;
	for (size_t i = 0; i < *count; i++)
		ordered[i] = (struct ordered){ json_array_get(steps, i), i };
	if (ordered)
		qsort(ordered, *count, sizeof(*ordered), by_clause);
	return ordered;
}

static void put_step(json_t *section, const json_t *step, bool open)
{
	json_t *row = page_add_row(section);
	json_t *text = cell_names(json_object_get(step, "text"));
	const char *note = record_string(step, "note");

	if (json_is_false(json_object_get(step, "mandatory")))
		cell_append(text, "（可选）", " (optional)");
	if (*note)
		cell_append(cell_append(text, " 备注：", " Note: "), note, note);
	page_put(row, cell_string(step, "clause"));
	page_put(row, cell_status(step));
	page_put(row, cell_user(step, "by"));
	page_put(row, cell_time(step, "time"));
	page_put(row, cell_time(step, "deadline"));
	page_put(row, cell_verdict(step, open));
	page_put(row, cell_list(json_object_get(step, "roles")));
	page_put(row, text);
}

static void put_reaction(
	json_t *section, json_t *what, json_t *allowed, json_t *taken, json_t *verdict)
{
	json_t *row = page_add_row(section);

	page_put(row, allowed);
	page_put(row, taken);
	page_put(row, verdict);
	page_put(row, what);
}

static void add_reactions(
	json_t *page, const json_t *record, const struct ordered *steps, size_t count)
{
	static const struct text columns[] = { { "时限", "ALLOWED" }, { "用时", "TAKEN" },
		{ "结果", "RESULT" }, { "事项", "WHAT" }, { NULL, NULL } };
	bool open = json_is_true(json_object_get(record, "open"));
	json_t *section =
		page_add_section(page, "演练用时", "Reaction times of the exercise", columns);

	put_reaction(section, page_cell("确认", "acknowledgement"), cell_dash(),
		cell_duration(
			json_object_get(json_object_get(record, "reaction"), "acknowledged_s")),
		cell_dash());
	for (size_t i = 0; i < count; i++) {
		const json_t *step = steps[i].step;
		json_t *what = cell_string(step, "clause");

		cell_append_cell(
			cell_append(what, " ", " "), cell_names(json_object_get(step, "text")));
		put_reaction(section, what, cell_duration(json_object_get(step, "allowed_s")),
			cell_duration(json_object_get(step, "after_s")), cell_verdict(step, open));
	}
}

void record_page_steps(json_t *page, const json_t *record)
{
	static const struct text columns[] = { { "条款", "CLAUSE" }, { "状态", "STATUS" },
		{ "执行人", "BY" }, { "时间", "TIME" }, { "时限", "DEADLINE" },
		{ "是否按时", "KEPT" }, { "角色", "ROLES" }, { "步骤", "STEP" }, { NULL, NULL } };
	const json_t *incident = json_object_get(record, "incident");
	size_t count;
	struct ordered *steps = ordered_steps(record, &count);
	json_t *section;

	if (json_is_true(json_object_get(incident, "drill")))
		add_reactions(page, record, steps, count);
	section = page_add_section(page, "处置步骤", "Steps", columns);
	for (size_t i = 0; i < count; i++)
		put_step(section, steps[i].step, json_is_true(json_object_get(record, "open")));
	free(steps);
}
