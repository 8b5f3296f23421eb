/*
 * Compiles every expression of the configuration in every zone where it will be
 * evaluated, so that none can fail later.
 */
#include "config/loader.h"
#include "config/scopes.h"

void expect_expression(struct loader *loader, const config_setting_t *group, const char *member,
	const char *subject, const char *source, const struct rule *rule,
	const struct incident_type *type)
{
	struct pending_expression *pending;

	if (!source)
		return;
	pending = arena_alloc(&loader->config->arena, sizeof(*pending));
	*pending = (struct pending_expression){
		.source = source,
		.subject = subject,
		.member = member,
		.place = member_place(loader, group, member),
		.rule = rule,
		.type = type,
	};
	*loader->expressions_end = pending;
	loader->expressions_end = &pending->next;
}

static void refuse(const struct loader *loader, const struct pending_expression *pending,
	const struct zone *zone, const struct expr_error *error)
{
	bool whole = !zone || zone == loader->config->site.zones;

	report_error(loader->report, pending->place, "%s: %s, column %u%s%s%s: %s",
		pending->subject, pending->member, error->column, whole ? "" : ", in zone \"",
		whole ? "" : zone->id, whole ? "" : "\"", error->text);
}

/* The first zone in which it fails tells enough. */
static bool compile_in(const struct loader *loader, const struct pending_expression *pending,
	const struct zone *const *zones, int count)
{
	for (int i = 0; i < count; i++) {
		struct expr_error error;
		struct expr *expr =
			expr_compile(pending->source, &loader->config->site, zones[i], &error);

		if (!expr) {
			refuse(loader, pending, zones[i], &error);
			return false;
		}
		expr_free(expr);
	}
	return true;
}

static bool compile_for_rule(const struct loader *loader, const struct pending_expression *pending,
	const struct rule *rule, const struct zone **zones)
{
	struct expr_error error;
	int count = rule_scopes(rule, &loader->config->site, zones, &error);
	bool own = pending->rule == rule;

	if (count < 0) {
		/* A rule's own mistake is told once, with its condition. */
		if (own && pending->source == rule->condition)
			refuse(loader, pending, rule->zone, &error);
		return false;
	}
	if (count == 0 && own && pending->source == rule->condition)
		report_error(loader->report, pending->place,
			"%s: each = \"zone\", but no zone in \"%s\" holds a point of its classes",
			pending->subject, rule->zone->id);
	return compile_in(loader, pending, zones, count);
}

/* What a step asks is asked wherever a rule may raise its type. */
static void compile_for_type(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones)
{
	const struct config *config = loader->config;
	bool any = false;

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];

		if (rule->type != pending->type || !rule->condition || !rule->zone)
			continue;
		any = true;
		if (!compile_for_rule(loader, pending, rule, zones))
			return;
	}
	if (!any)
		compile_in(loader, pending, (const struct zone *const[]){ config->site.zones }, 1);
}

void check_expressions(struct loader *loader)
{
	const struct site *site = &loader->config->site;
	const struct zone **zones =
		arena_alloc(&loader->config->arena, site->zone_count * sizeof(*zones));

	if (loader->points_doubtful)
		return;
	for (const struct pending_expression *p = loader->expressions; p; p = p->next) {
		if (p->rule)
			compile_for_rule(loader, p, p->rule, zones);
		else if (p->type)
			compile_for_type(loader, p, zones);
		else
			compile_in(loader, p, (const struct zone *const[]){ site->zones }, 1);
	}
}
