/* Zones of expressions: a rule's own, and for a step those of the rules that raise its type. */
#include "config/load/scopes.h"

#include <stdlib.h>

int rule_scopes(const struct rule *rule, const struct site *site, const struct zone **zones,
	struct expr_error *error)
{
	if (!rule->each_zone) {
		zones[0] = rule->zone;
		return 1;
	}
	return expr_each_zone(rule->condition, site, rule->zone, zones, site->zone_count, error);
}

struct expr *rule_compile(const struct rule *rule, const char *source, const struct site *site,
	const struct zone *zone, struct expr_error *error)
{
	return rule->each_zone ? expr_compile_each(source, site, zone, error)
			       : expr_compile(source, site, zone, error);
}

struct walk {
	const struct config *config;
	void (*use)(void *context, const struct rule *rule, const struct expr *expr);
	void *context;
	const struct zone **zones;
};

/* `rule` NULL: of a step or action. What does not compile in a zone is unknown there. */
static void use_in(const struct walk *walk, const struct rule *rule, const char *source, int count)
{
	const struct site *site = &walk->config->site;

	for (int i = 0; source && i < count; i++) {
		struct expr_error error;
		struct expr *expr = rule ? rule_compile(rule, source, site, walk->zones[i], &error)
					 : expr_compile(source, site, walk->zones[i], &error);

		if (!expr)
			continue;
		walk->use(walk->context, rule, expr);
		expr_free(expr);
	}
}

static void walk_rule(const struct walk *walk, const struct rule *rule)
{
	struct expr_error error;
	int count = rule_scopes(rule, &walk->config->site, walk->zones, &error);

	use_in(walk, rule, rule->condition, count);
	use_in(walk, rule, rule->clear_when, count);
	for (size_t i = 0; i < rule->type->step_count; i++)
		use_in(walk, NULL, rule->type->steps[i].when, count);
}

void scopes_walk(const struct config *config,
	void (*use)(void *context, const struct rule *rule, const struct expr *expr), void *context)
{
	const struct plan *plan = &config->plan;
	struct walk walk = { config, use, context, NULL };

	walk.zones = calloc(config->site.zone_count, sizeof(*walk.zones));
	if (!walk.zones)
		return;
	for (size_t i = 0; i < config->rule_count; i++)
		walk_rule(&walk, &config->rules[i]);
	walk.zones[0] = config->site.zones;
	for (size_t i = 0; i < plan->action_count; i++)
		use_in(&walk, NULL, plan->actions[i].interlock, 1);
	for (size_t t = 0; t < plan->type_count; t++)
		for (size_t s = 0; s < plan->types[t].step_count; s++)
			use_in(&walk, NULL, plan->types[t].steps[s].when, 1);
	free(walk.zones);
}
