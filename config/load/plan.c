/* Loads the plan: actions, and incident types with their steps. */
#include "config/load/clauses.h"
#include "config/load/loading.h"

static bool has_output(const struct site *site, const struct point_class *class)
{
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].class == class && site->points[i].writable)
			return true;
	return false;
}

static void check_action(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct action *action)
{
	if (action->class->kind == POINT_STATE && action->value != 0 && action->value != 1)
		report_error(loader->report, member_place(loader, group, "value"),
			"%s: value must be 0 or 1 for the state class \"%s\", but is %g", subject,
			action->class->id, action->value);
	if (!loader->loading->points_doubtful && !has_output(&loader->config->site, action->class))
		report_warning(loader->report, member_place(loader, group, "class"),
			"%s: no output has the class \"%s\", so it writes nothing", subject,
			action->class->id);
}

static bool load_action(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct action *action = item;

	keys_fill(loader, group, KEYS_ACTION, subject, action);
	if (action->class)
		check_action(loader, group, subject, action);
	expect_expression(loader, group, "interlock", subject, action->interlock, NULL, NULL);
	return true;
}

static void check_clause(struct loader *loader, const config_setting_t *group, const char *subject,
	const char *clause, int number)
{
	struct place place = member_place(loader, group, "clause");
	int incident, part;

	if (!clause_parse(clause, &incident, &part))
		report_error(loader->report, place,
			"%s: clause \"%s\" must be of the form \"2.1\": incident, dot, clause",
			subject, clause);
	else if (incident != number && number != 0)
		report_error(loader->report, place,
			"%s: clause \"%s\" is of incident %d, but the type has number %d", subject,
			clause, incident, number);
	else if (part > clause_count(incident) && number != 0)
		report_error(loader->report, place,
			"%s: clause \"%s\" is not in the plan; incident %d has %d clauses", subject,
			clause, incident, clause_count(incident));
}

static void load_step(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	struct step *step = &type->steps[type->step_count];
	const char *subject = arena_printf(
		loader->scratch, "type \"%s\", step \"%s\"", type->id, text_member(group, "id"));

	keys_fill(loader, group, KEYS_STEP, subject, step);
	for (size_t i = 0; i < type->step_count; i++)
		if (strcmp(type->steps[i].id, step->id) == 0)
			loader_error(loader, group,
				"%s: stands twice; ids of steps are unique in their type", subject);
	step->deadline_ms = scaled(loader, step->deadline_ms);
	step->after_ms = scaled(loader, step->after_ms);
	if (step->clause)
		check_clause(loader, group, subject, step->clause, type->number);
	load_role_list(loader, group, subject, step->roles, &step->role_count);
	expect_expression(loader, group, "when", subject, step->when, NULL, type);
	type->step_count++;
}

static void load_steps(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	const config_setting_t *steps = config_setting_get_member(group, "steps");
	size_t count = section_count(steps);

	if (!steps || config_setting_type(steps) != CONFIG_TYPE_LIST || count == 0) {
		loader_error(loader, steps ? steps : group,
			"type \"%s\": needs its steps: steps = ( { id = ...; }, ... );", type->id);
		return;
	}
	if (count > STEP_MAX)
		loader_error(loader, steps, "type \"%s\": %zu steps are too many; at most %d",
			type->id, count, STEP_MAX);
	type->steps = arena_alloc(loader->arena, count * sizeof(*type->steps));
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *member = section_member(loader, steps, i, "step");

		if (member)
			load_step(loader, member, type);
	}
}

static bool load_type(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct plan *plan = &loader->config->plan;
	struct type_keys keys = { .type = *(struct incident_type *)item };
	struct incident_type *type = item;

	keys_fill(loader, group, KEYS_TYPE, subject, &keys);
	*type = keys.type;
	type->number = (int)keys.number;
	type->index = (uint32_t)plan->type_count;
	for (size_t i = 0; i < plan->type_count && type->number; i++)
		if (plan->types[i].number == type->number)
			report_error(loader->report, member_place(loader, group, "number"),
				"%s: number %d is already that of type \"%s\"", subject,
				type->number, plan->types[i].id);
	load_steps(loader, group, type);
	return true;
}

void load_plan(struct loader *loader)
{
	const config_setting_t *actions = section_open(loader, KEYS_ACTION, GROUP);
	const config_setting_t *types = section_open(loader, KEYS_TYPE, GROUP_NEEDED);

	section_load(loader, actions, KEYS_ACTION, load_action);
	section_load(loader, types, KEYS_TYPE, load_type);
}
