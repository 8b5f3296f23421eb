/*
 * Compiles every expression of the configuration in every zone where it will be
 * evaluated, so that none can fail later.
 */
#include "config/load/loading.h"
#include "config/load/scopes.h"
#include "rules/engine/engine.h"

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

/* A rule's own expressions must hold in every zone; the first failure tells enough. */
static void check_rule(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones)
{
	const struct site *site = &loader->config->site;
	const struct rule *rule = pending->rule;
	struct expr_error error;
	struct expr *expr;
	int count = rule_scopes(rule, site, zones, &error);

	/* What is wrong with the scope is told once, with the condition. */
	if (count <= 0 && pending->source != rule->condition)
		return;
	if (count < 0)
		refuse(loader, pending, &error);
	if (count == 0)
		report_error(loader->report, pending->place,
			"%s: each = \"zone\", but no zone in \"%s\" holds a point of its classes",
			pending->subject, rule->zone->id);
	for (int i = 0; i < count; i++) {
		expr = rule_compile(rule, pending->source, site, zones[i], &error);
		if (!expr) {
			refuse(loader, pending, &error);
			return;
		}
		expr_free(expr);
	}
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
		struct expr *expr =
			expr_compile(pending->source, &loader->config->site, zones[i], &error);

		if (expr) {
			trial->holds = true;
			expr_free(expr);
		} else if (!trial->failed) {
			trial->failed = zones[i];
			trial->error = error;
		}
	}
}

/*
 * What a step asks is asked wherever a rule may raise its type. Where it cannot be asked its
 * answer is unknown, so it must hold somewhere at least.
 */
static void check_step(const struct loader *loader, const struct pending_expression *pending,
	const struct zone **zones)
{
	const struct config *config = loader->config;
	struct trial trial = { 0 };

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];
		struct expr_error error;

		if (rule->type == pending->type && rule->condition && rule->zone)
			try_in(loader, pending, zones,
				rule_scopes(rule, &config->site, zones, &error), &trial);
	}
	if (!trial.holds && !trial.failed)
		try_in(loader, pending, (const struct zone *const[]){ config->site.zones }, 1,
			&trial);
	if (!trial.failed)
		return;
	if (!trial.holds)
		refuse(loader, pending, &trial.error);
	else
		report_warning(loader->report, pending->place,
			"%s: %s is never known in zone \"%s\": %s", pending->subject,
			pending->member, trial.failed->id, trial.error.text);
}

static void check_interlock(const struct loader *loader, const struct pending_expression *pending)
{
	const struct zone *whole = loader->config->site.zones;
	struct trial trial = { 0 };

	try_in(loader, pending, &whole, 1, &trial);
	if (trial.failed)
		refuse(loader, pending, &trial.error);
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
	const struct site *site = &loader->config->site;
	const struct zone **zones = arena_alloc(loader->scratch, site->zone_count * sizeof(*zones));

	for (const struct pending_expression *p = loader->loading->expressions;
		p && !loader->loading->points_doubtful; p = p->next) {
		if (p->rule)
			check_rule(loader, p, zones);
		else if (p->type)
			check_step(loader, p, zones);
		else
			check_interlock(loader, p);
	}
	if (loader->report->errors == loader->loading->errors_before)
		try_engine(loader);
}
