#include "config/lint/people.h"

#include "config/duty.h"

enum { GAPS_SHOWN = 3, LINE_SIZE = 160 };

static bool in_chain(const struct plan *plan, const struct role *role)
{
	for (size_t i = 0; i < plan->chain_count; i++)
		if (roles_have(plan->chain[i].roles, plan->chain[i].role_count, role))
			return true;
	return false;
}

static bool in_type(const struct incident_type *type, const struct role *role)
{
	for (size_t i = 0; i < type->step_count; i++)
		if (roles_have(type->steps[i].roles, type->steps[i].role_count, role))
			return true;
	for (size_t i = 0; i < type->fact_count; i++)
		if (roles_have(type->facts[i].ask, type->facts[i].ask_count, role))
			return true;
	return false;
}

static bool in_types(const struct plan *plan, const struct role *role)
{
	for (size_t i = 0; i < plan->type_count; i++)
		if (in_type(&plan->types[i], role))
			return true;
	return false;
}

/* When nobody is on duty, over Sunday night too: the gaps of a week. */
struct gaps {
	int minutes, count;
	size_t used;
	char line[LINE_SIZE];
};

static void add_gap(struct gaps *gaps, int begin, int end)
{
	char from[DUTY_TEXT_SIZE], to[DUTY_TEXT_SIZE];

	gaps->minutes += end - begin;
	if (++gaps->count > GAPS_SHOWN)
		return;
	duty_text(begin, from);
	duty_text(end == WEEK_MIN ? end : end % WEEK_MIN, to);
	gaps->used += (size_t)snprintf(gaps->line + gaps->used, LINE_SIZE - gaps->used, "%s%s-%s",
		gaps->count > 1 ? ", " : "", from, to);
}

static void find_gaps(const struct people *people, const struct role *role, struct gaps *gaps)
{
	int first = 0, begin = -1;

	/* From a minute at which somebody is there, so that no gap is cut in two. */
	while (first < WEEK_MIN && people_on_duty(people, role, first) != ON_DUTY_SOMEBODY)
		first++;
	if (first == WEEK_MIN) {
		add_gap(gaps, 0, WEEK_MIN);
		return;
	}
	for (int minute = first; minute <= first + WEEK_MIN; minute++) {
		bool there = people_on_duty(people, role, minute % WEEK_MIN) == ON_DUTY_SOMEBODY;

		if (!there && begin < 0)
			begin = minute;
		if (there && begin >= 0) {
			add_gap(gaps, begin, minute);
			begin = -1;
		}
	}
}

/*
 * A role of a step or of the chain that no person has; and one line for each role of the chain on
 * when nobody of it is on duty.
 */
static void lint_role(const struct config *config, const struct role *role, struct place place,
	struct config_report *report)
{
	bool chain = in_chain(&config->plan, role);
	struct gaps gaps = { 0 };
	char more[24] = "";

	if (!chain && !in_types(&config->plan, role))
		return;
	if (people_on_duty(&config->people, role, 0) == ON_DUTY_UNKNOWN) {
		report_warning(report, place, "role \"%s\": no person has it; add one to people",
			role->id);
		return;
	}
	if (!chain)
		return;
	find_gaps(&config->people, role, &gaps);
	if (gaps.count == 0)
		return;
	if (gaps.count > GAPS_SHOWN)
		snprintf(more, sizeof(more), " and %d more", gaps.count - GAPS_SHOWN);
	report_warning(report, place,
		"role \"%s\" of the chain: nobody is on duty for %d h %02d min of the week: %s%s",
		role->id, gaps.minutes / 60, gaps.minutes % 60, gaps.line, more);
}

void lint_people(const struct config *config, const struct config_places *places,
	struct config_report *report)
{
	for (size_t i = 0; config->people.count > 0 && i < config->plan.role_count; i++)
		lint_role(config, &config->plan.roles[i], places->roles[i], report);
}
