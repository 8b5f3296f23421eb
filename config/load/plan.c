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

static void load_action(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct action *action = &plan->actions[plan->action_count];
	struct action_keys keys = { 0 };
	const char *subject;

	action->id = arena_strdup(loader->arena, config_setting_name(group));
	subject = subject_of(loader, "action", action->id);
	keys_fill(loader, group, KEYS_ACTION, subject, &keys);
	action->name = keys.name;
	action->scope = (enum action_scope)keys.scope;
	action->value = keys.value;
	action->mode = (enum action_mode)keys.mode;
	action->confirm_ms = keys.confirm_ms;
	action->interlock = keys.interlock;
	if (keys.class)
		action->class = find_class(loader, group, "class", subject, keys.class);
	if (action->class)
		check_action(loader, group, subject, action);
	expect_expression(loader, group, "interlock", subject, action->interlock, NULL, NULL);
	loader->places->actions[plan->action_count++] = setting_place(loader, group);
}

static const char *action_id(const void *context, size_t i)
{
	return ((const struct plan *)context)->actions[i].id;
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

const struct action *find_action(const struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *id)
{
	const struct plan *plan = &loader->config->plan;

	for (size_t i = 0; i < plan->action_count; i++)
		if (strcmp(plan->actions[i].id, id) == 0)
			return &plan->actions[i];
	loader_error(loader, setting, "%s: action \"%s\" does not exist%s", subject, id,
		did_you_mean(loader, id, plan->action_count, action_id, plan));
	return NULL;
}

static void load_step(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	struct step *step = &type->steps[type->step_count];
	const char *id = config_setting_get_string(config_setting_get_member(group, "id"));
	const char *subject =
		arena_printf(loader->scratch, "type \"%s\", step \"%s\"", type->id, id);
	struct step_keys keys = { 0 };

	keys_fill(loader, group, KEYS_STEP, subject, &keys);
	for (size_t i = 0; i < type->step_count; i++)
		if (strcmp(type->steps[i].id, id) == 0)
			loader_error(loader, group,
				"%s: stands twice; ids of steps are unique in "
				"their type",
				subject);
	step->id = keys.id ? keys.id : arena_strdup(loader->arena, id);
	step->clause = keys.clause;
	step->text = keys.text;
	step->deadline_ms = scaled(loader, keys.deadline_ms);
	step->after_ms = scaled(loader, keys.after_ms);
	step->mandatory = keys.mandatory;
	step->when = keys.when;
	if (keys.clause)
		check_clause(loader, group, subject, keys.clause, type->number);
	if (keys.action)
		step->action = find_action(
			loader, config_setting_get_member(group, "action"), subject, keys.action);
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

static void load_type(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct incident_type *type = &plan->types[plan->type_count];
	struct type_keys keys = { 0 };

	type->id = arena_strdup(loader->arena, config_setting_name(group));
	type->index = (uint32_t)plan->type_count;
	keys_fill(loader, group, KEYS_TYPE, subject_of(loader, "type", type->id), &keys);
	type->number = (int)keys.number;
	type->name = keys.name;
	type->severity = (enum severity)keys.severity;
	for (size_t i = 0; i < plan->type_count && type->number; i++)
		if (plan->types[i].number == type->number)
			report_error(loader->report, member_place(loader, group, "number"),
				"type \"%s\": number %d is already that of type \"%s\"", type->id,
				type->number, plan->types[i].id);
	load_steps(loader, group, type);
	loader->places->types[plan->type_count++] = setting_place(loader, group);
}

void load_plan(struct loader *loader)
{
	struct plan *plan = &loader->config->plan;
	struct config_places *places = loader->places;
	struct arena *arena = loader->arena;
	const config_setting_t *actions = section_group(loader, "actions", false);
	const config_setting_t *types = section_group(loader, "types", true);

	plan->actions = arena_alloc(arena, (section_count(actions) + 1) * sizeof(*plan->actions));
	places->actions = arena_alloc(arena, (section_count(actions) + 1) * sizeof(struct place));
	plan->types = arena_alloc(arena, (section_count(types) + 1) * sizeof(*plan->types));
	places->types = arena_alloc(arena, (section_count(types) + 1) * sizeof(struct place));
	section_load(loader, actions, "action", load_action);
	section_load(loader, types, "type", load_type);
}
