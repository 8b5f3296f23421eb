/* Loads the rule table. Whether its expressions hold is check_expressions()'s. */
#include "config/load/loading.h"

static const char *type_id(const void *context, size_t i)
{
	return ((const struct plan *)context)->types[i].id;
}

static const struct incident_type *find_type(
	struct loader *loader, struct place place, const char *subject, const char *id)
{
	const struct plan *plan = &loader->config->plan;

	for (size_t i = 0; i < plan->type_count; i++)
		if (strcmp(plan->types[i].id, id) == 0)
			return &plan->types[i];
	if (plan->type_count > 0)
		report_error(loader->report, place, "%s: incident type \"%s\" does not exist%s",
			subject, id, did_you_mean(loader, id, plan->type_count, type_id, plan));
	return NULL;
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
	type = find_type(loader, setting_place(loader, element), subject, id);
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
	int type = list ? config_setting_type(list) : CONFIG_TYPE_NONE;

	if (!list)
		return;
	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		add_suppressor(loader, list, subject, rule);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		add_suppressor(loader, config_setting_get_elem(list, (unsigned)i), subject, rule);
}

static void load_rule(struct loader *loader, const config_setting_t *group)
{
	struct config *config = loader->config;
	struct rule *rule = &config->rules[config->rule_count];
	struct rule_keys keys = { 0 };
	struct place place = setting_place(loader, group);
	const char *subject;

	rule->id = arena_strdup(&config->arena, config_setting_name(group));
	rule->index = (uint32_t)config->rule_count;
	rule->where = arena_printf(&config->arena, "%s:%u", place.file, place.line);
	subject = subject_of(loader, "rule", rule->id);
	keys_fill(loader, group, KEYS_RULE, subject, &keys);
	rule->name = keys.name;
	rule->condition = keys.condition;
	rule->clear_when = keys.clear_when;
	rule->for_ms = keys.for_ms;
	rule->clear_for_ms = keys.clear_for_ms;
	rule->each_zone = keys.each == 1;
	rule->detect_within_ms = keys.detect_within_ms;
	rule->unsuppress_after_ms = keys.unsuppress_after_ms;
	rule->chatter_max = keys.chatter_max;
	rule->chatter_within_ms = keys.chatter_within_ms;
	if (keys.type)
		rule->type =
			find_type(loader, member_place(loader, group, "type"), subject, keys.type);
	load_suppressors(loader, group, subject, rule);
	rule->zone = config->site.zones;
	if (keys.zone)
		rule->zone = find_zone(loader, group, "zone", subject, keys.zone);
	loader->places->rules[config->rule_count++] = place;
	if (!rule->zone || !rule->condition)
		return; /* without them there is no scope to look in */
	expect_expression(loader, group, "condition", subject, rule->condition, rule, NULL);
	expect_expression(loader, group, "clear_when", subject, rule->clear_when, rule, NULL);
}

void load_rules(struct loader *loader)
{
	const config_setting_t *rules = section_group(loader, "rules", true);
	struct arena *arena = loader->arena;
	size_t count = section_count(rules) + 1;

	loader->config->rules = arena_alloc(arena, count * sizeof(struct rule));
	loader->places->rules = arena_alloc(arena, count * sizeof(struct place));
	for (size_t i = 0; i + 1 < count; i++) {
		const config_setting_t *group = section_member(loader, rules, i, "rule");

		if (group)
			load_rule(loader, group);
	}
}
