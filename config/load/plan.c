/*
 * Loads the plan: incident types (type.c), what calls a person where no message does, and the rule
 * table. Whether expressions hold is check_expressions()'s.
 */
#include "config/load/loading.h"

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
