/* Loads the rule table. Whether its expressions hold is check_expressions()'s. */
#include "config/load/loading.h"

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
	load_suppressors(loader, group, subject, rule);
	if (!text_member(group, "zone"))
		rule->zone = config->site.zones;
	if (!rule->zone || !rule->condition)
		return true; /* without them there is no scope to look in */
	expect_expression(loader, group, "condition", subject, rule->condition, rule, NULL);
	expect_expression(loader, group, "clear_when", subject, rule->clear_when, rule, NULL);
	return true;
}

void load_rules(struct loader *loader)
{
	section_load(loader, section_open(loader, KEYS_RULE, GROUP_NEEDED), KEYS_RULE, load_rule);
}
