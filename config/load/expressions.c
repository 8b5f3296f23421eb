/*
 * Expressions: in which zones they are evaluated, compiled there once while loading, so that none
 * can fail later.
 */
#include "config/load/loading.h"
#include "rules/engine/engine.h"
#include "rules/precedence.h"

void expect_expression(struct loader *loader, const config_setting_t *group, const char *member,
	const char *subject, const char *source, const struct rule *rule,
	const struct incident_type *type)
{
	struct pending_expression *pending;

	if (!source)
		return;
	pending = arena_alloc(loader->scratch, sizeof(*pending));
	*pending = (struct pending_expression){
		.source = source,
		.subject = subject,
		.member = member,
		.place = member_place(loader, group, member),
		.rule = rule,
		.type = type,
	};
	*loader->loading->expressions_end = pending;
	loader->loading->expressions_end = &pending->next;
}

static void refuse(const struct loader *loader, const struct pending_expression *pending,
	const struct expr_error *error)
{
	report_error(loader->report, pending->place, "%s: %s, column %u: %s", pending->subject,
		pending->member, error->column, error->text);
}

/*
 * Puts the zones in which a rule is evaluated in `zones`, which has room for site->zone_count; the
 * number of them, or -1 and *error when the condition of a rule with each = "zone" does not hold.
 */
static int rule_scopes(const struct rule *rule, const struct site *site, const struct zone **zones,
	struct expr_error *error)
{
	if (!rule->each_zone) {
		zones[0] = rule->zone;
		return 1;
	}
	return expr_each_zone(rule->condition, site, rule->zone, zones, site->zone_count, error);
}

/* As the engine does: what makes an incident full may be of classes that only other zones have. */
static struct expr *compile(const struct pending_expression *pending, const struct site *site,
	const struct zone *zone, struct expr_error *error)
{
	const struct fact *stage = pending->type ? pending->type->stage : NULL;
	const struct zone *within = NULL;

	if (pending->rule && pending->rule->each_zone)
		within = pending->rule->zone;
	else if (stage && stage->sensor == pending->source)
		within = site->zones;
	return within ? expr_compile_each(pending->source, site, zone, within, error)
		      : expr_compile(pending->source, site, zone, error);
}

/* What became of an expression in the zones where it was tried. */
struct trial {
	bool holds;                /* somewhere */
	const struct zone *failed; /* the first zone where it does not; NULL: none */
	struct expr_error error;
};

static void try_in(const struct loader *loader, const struct pending_expression *pending,
	const struct zone *const *zones, int count, struct trial *trial)
{
	for (int i = 0; i < count; i++) {
		struct expr_error error;
		struct expr *expr = compile(pending, &loader->config->site, zones[i], &error);

		if (expr) {
			trial->holds = true;
			expr_free(expr);
		} else if (!trial->failed) {
			trial->failed = zones[i];
			trial->error = error;
		}
	}
}

/* A rule's own must hold in every zone; what is wrong with the scope is told with the condition. */
static void try_rule(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones, struct trial *trial)
{
	const struct rule *rule = pending->rule;
	bool is_condition = pending->source == rule->condition;
	struct expr_error error;
	int count = rule_scopes(rule, &loader->config->site, zones, &error);

	if (count < 0 && is_condition)
		refuse(loader, pending, &error);
	if (count == 0 && is_condition)
		report_error(loader->report, pending->place,
			"%s: each = \"zone\", but no zone in \"%s\" holds a point of its classes",
			pending->subject, rule->zone->id);
	try_in(loader, pending, zones, count, trial);
}

/*
 * What a step asks is asked wherever a rule may raise its type. Where it cannot be asked its
 * answer is unknown, so it must hold somewhere at least.
 */
static void try_step(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones, struct trial *trial)
{
	const struct config *config = loader->config;

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];
		struct expr_error error;

		if (rule->type == pending->type && rule->condition && rule->zone)
			try_in(loader, pending, zones,
				rule_scopes(rule, &config->site, zones, &error), trial);
	}
}

static void check_expression(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones)
{
	const struct zone *whole = loader->config->site.zones;
	struct trial trial = { 0 };

	if (pending->rule)
		try_rule(loader, pending, zones, &trial);
	if (pending->type)
		try_step(loader, pending, zones, &trial);
	if (!pending->rule && !trial.holds && !trial.failed)
		try_in(loader, pending, &whole, 1, &trial);
	if (trial.failed && pending->type && trial.holds)
		report_warning(loader->report, pending->place,
			"%s: %s is never known in zone \"%s\": %s", pending->subject,
			pending->member, trial.failed->id, trial.error.text);
	else if (trial.failed)
		refuse(loader, pending, &trial.error);
}

/* What explains each other explains nothing. */
static void check_precedence(const struct loader *loader)
{
	const struct config *config = loader->config;
	unsigned *ranks = arena_alloc(loader->scratch, config->rule_count * sizeof(*ranks));
	char circle[512];
	const struct rule *rule =
		precedence_rank(config->rules, config->rule_count, ranks, circle, sizeof(circle));

	if (rule)
		report_error(loader->report, loader->places->rules[rule->index],
			"rule \"%s\": %s: a circle; leave one of them out of suppressed_by",
			rule->id, circle);
}

/* The engine itself has the last word: what it would refuse at start is refused here. */
static void try_engine(const struct loader *loader)
{
	const struct config *config = loader->config;
	char error[256] = "";
	struct engine *engine = engine_new(&config->site, &config->plan, config->rules,
		config->rule_count, 1, error, sizeof(error));

	if (!engine)
		report_error(loader->report, (struct place){ NULL, 0 }, "%s", error);
	engine_free(engine);
}

void check_expressions(struct loader *loader)
{
	const struct loading *loading = loader->loading;
	const struct zone **zones = arena_alloc(
		loader->scratch, loader->config->site.zone_count * sizeof(const struct zone *));

	for (const struct pending_expression *p = loading->expressions;
		p && !loading->points_doubtful; p = p->next)
		check_expression(loader, p, zones);
	if (loader->report->errors == loading->errors_before)
		check_precedence(loader);
	if (loader->report->errors == loading->errors_before)
		try_engine(loader);
}
