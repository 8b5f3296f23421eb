/*
 * Loads the plan: roles, lists of them and the chain that is called when nobody below answers;
 * incident types with their steps; what calls a person where no message does; and the
 * rule table. Whether its expressions hold is check_expressions()'s.
 */
#include "config/load/clauses.h"
#include "config/load/loading.h"

static bool load_role(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	keys_fill(loader, group, KEYS_ROLE, subject, item);
	return true;
}

static void add_role(struct loader *loader, const config_setting_t *element, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const char *id = config_setting_get_string(element);
	const struct role *role;

	if (!id) {
		loader_error(loader, element, "%s: roles are names of roles in quotes", subject);
		return;
	}
	role = find_thing(loader, element, subject, KEYS_ROLE, id);
	if (role && roles_have(roles, *count, role))
		loader_error(loader, element, "%s: role \"%s\" stands twice", subject, id);
	else if (role)
		roles[(*count)++] = role;
}

void load_role_list(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const config_setting_t *list = config_setting_get_member(group, "roles");
	size_t length = is_sequence(list) ? section_count(list) : 0;

	if (length == 0) {
		loader_error(loader, list ? list : group,
			"%s: needs its roles: roles = [ \"service_desk\", ... ];", subject);
		return;
	}
	if (length > STEP_ROLE_MAX)
		loader_error(loader, list, "%s: %zu roles are too many; at most %d", subject,
			length, STEP_ROLE_MAX);
	for (size_t i = 0; i < length && i < STEP_ROLE_MAX; i++)
		add_role(loader, config_setting_get_elem(list, (unsigned)i), subject, roles, count);
}

static void load_level(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct chain_level *level = &plan->chain[plan->chain_count];

	keys_fill(loader, group, KEYS_LEVEL, "chain", level);
	load_role_list(loader, group, "chain", level->roles, &level->role_count);
	level->after_ms = scaled(loader, level->after_ms);
	if (plan->chain_count > 0 && level->after_ms <= level[-1].after_ms)
		report_error(loader->report, member_place(loader, group, "after"),
			"chain: a level is called later than the one before it; give it a longer "
			"after");
	plan->chain_count++;
}

static void load_chain(struct loader *loader)
{
	const config_setting_t *chain = section_group(loader, "chain", false), *levels;
	struct plan *plan = &loader->config->plan;

	if (!chain)
		return;
	keys_fill(loader, chain, KEYS_CHAIN, "chain", plan);
	plan->remind_ms = scaled(loader, plan->remind_ms);
	levels = config_setting_get_member(chain, "levels");
	if (!levels || config_setting_type(levels) != CONFIG_TYPE_LIST ||
		section_count(levels) == 0 || section_count(levels) > CHAIN_MAX) {
		loader_error(loader, levels ? levels : chain,
			"chain: needs 1 to %d levels: levels = ( { roles = [ ... ]; after = \"3 "
			"min\"; }, ... );",
			CHAIN_MAX);
		return;
	}
	for (size_t i = 0; i < section_count(levels); i++) {
		const config_setting_t *group = config_setting_get_elem(levels, (unsigned)i);

		if (config_setting_type(group) == CONFIG_TYPE_GROUP)
			load_level(loader, group);
		else
			loader_error(loader, group, "chain: a level is a group: { roles = ...; }");
	}
}

void load_roles(struct loader *loader)
{
	section_load(loader, section_open(loader, KEYS_ROLE, GROUP_NEEDED), KEYS_ROLE, load_role);
	load_chain(loader);
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

static void add_action(
	struct loader *loader, const config_setting_t *element, struct fallback_settings *fallback)
{
	const struct action *action = find_thing(
		loader, element, "fallback", KEYS_ACTION, config_setting_get_string(element));

	if (!action)
		return;
	for (size_t i = 0; i < fallback->action_count; i++)
		if (fallback->actions[i] == action) {
			loader_error(loader, element, "fallback: action \"%s\" stands twice",
				action->id);
			return;
		}
	if (action->mode != ACTION_AUTO)
		loader_error(loader, element,
			"fallback: action \"%s\" has mode \"%s\", but nobody may be there to "
			"switch or release; give it mode = \"auto\"",
			action->id, action_mode_name(action->mode));
	if (action->class && action->class->kind != POINT_STATE)
		loader_error(loader, element,
			"fallback: action \"%s\" writes the number class \"%s\", but what calls "
			"is on or off; name an action of a state class",
			action->id, action->class->id);
	fallback->actions[fallback->action_count++] = action;
}

static void load_calling(
	struct loader *loader, const config_setting_t *group, struct fallback_settings *fallback)
{
	const config_setting_t *list = config_setting_get_member(group, "actions");
	size_t count = section_count(list);

	if (count > FALLBACK_ACTION_MAX)
		loader_error(loader, list, "fallback: %zu actions are too many; at most %d", count,
			FALLBACK_ACTION_MAX);
	for (size_t i = 0; i < count && i < FALLBACK_ACTION_MAX; i++)
		add_action(loader, config_setting_get_elem(list, (unsigned)i), fallback);
}

static void load_fallback(struct loader *loader)
{
	const config_setting_t *group = section_group(loader, "fallback", false);
	struct fallback_settings *fallback = &loader->config->fallback;
	struct fallback_keys keys = { 0 };

	if (!group)
		return;
	keys_fill(loader, group, KEYS_FALLBACK, "fallback", &keys);
	loader->places->fallback = setting_place(loader, group);
	*fallback = keys.settings;
	/* For people, as the chain; the others are about machines, which are never hurried. */
	fallback->acknowledge_within_ms = scaled(loader, fallback->acknowledge_within_ms);
	if (keys.actions)
		load_calling(loader, group, fallback);
}

static void add_suppressor(struct loader *loader, const config_setting_t *element,
	const char *subject, struct rule *rule)
{
	const char *id = config_setting_get_string(element);
	const struct incident_type *type;

	if (!id) {
		loader_error(loader, element,
			"%s: suppressed_by lists incident types in quotes: [ \"power-loss\" ]",
			subject);
		return;
	}
	type = find_thing(loader, element, subject, KEYS_TYPE, id);
	if (type && type == rule->type)
		loader_error(loader, element, "%s: its own type cannot explain it", subject);
	else if (type && rule->suppressor_count == SUPPRESSOR_MAX)
		loader_error(loader, element, "%s: at most %d types in suppressed_by", subject,
			SUPPRESSOR_MAX);
	else if (type)
		rule->suppressed_by[rule->suppressor_count++] = type;
}

/* One type in quotes, or several in [ ]. */
static void load_suppressors(struct loader *loader, const config_setting_t *group,
	const char *subject, struct rule *rule)
{
	const config_setting_t *list = config_setting_get_member(group, "suppressed_by");

	if (list && !is_sequence(list))
		add_suppressor(loader, list, subject, rule);
	for (size_t i = 0; is_sequence(list) && i < section_count(list); i++)
		add_suppressor(loader, config_setting_get_elem(list, (unsigned)i), subject, rule);
}

static bool load_rule(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct config *config = loader->config;
	struct rule_keys keys = { .rule = *(struct rule *)item };
	struct place place = setting_place(loader, group);
	struct rule *rule = item;

	keys_fill(loader, group, KEYS_RULE, subject, &keys);
	*rule = keys.rule;
	rule->each_zone = keys.each == 1;
	rule->index = (uint32_t)config->rule_count;
	rule->where = arena_printf(&config->arena, "%s:%u", place.file, place.line);
	if (rule->latch && config_setting_get_member(group, "clear_for"))
		loader_error(loader, config_setting_get_member(group, "clear_for"),
			"%s: what latches ends when a person resets it, at once: leave out clear_for",
			subject);
	load_suppressors(loader, group, subject, rule);
	if (!text_member(group, "zone"))
		rule->zone = config->site.zones;
	if (!rule->zone || !rule->condition)
		return true; /* without them there is no scope to look in */
	expect_expression(loader, group, "condition", subject, rule->condition, rule, NULL);
	expect_expression(loader, group, "clear_when", subject, rule->clear_when, rule, NULL);
	return true;
}

void load_plan(struct loader *loader)
{
	const config_setting_t *types = section_open(loader, KEYS_TYPE, GROUP_NEEDED);

	load_actions(loader);
	section_load(loader, types, KEYS_TYPE, load_type);
	check_contradictions(loader);
	load_fallback(loader);
	section_load(loader, section_open(loader, KEYS_RULE, GROUP_NEEDED), KEYS_RULE, load_rule);
}
