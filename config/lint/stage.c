#include "config/lint/stage.h"

#include "rules/expr/expr.h"

#include <stdlib.h>

/*
 * Where every reading is unknown, false is false whatever is read: one detector is never two. That
 * it cannot be asked at all in the zone was told while loading.
 */
static bool is_never_full(const struct site *site, const struct fact *stage,
	const struct zone *zone, const struct reading *unknown)
{
	struct expr_error error;
	struct expr *expr = expr_compile_each(stage->sensor, site, zone, site->zones, &error);
	bool never = expr && expr_eval(expr, unknown) == TRUTH_FALSE;

	expr_free(expr);
	return never;
}

/* Marks in `begins`, by zone, where a rule begins incidents of the type. */
static void mark_zones(const struct config *config, const struct incident_type *type,
	const struct zone **zones, bool *begins)
{
	const struct site *site = &config->site;

	for (size_t r = 0; r < config->rule_count; r++) {
		const struct rule *rule = &config->rules[r];
		struct expr_error error;
		int count = 1;

		if (rule->type != type)
			continue;
		zones[0] = rule->zone;
		if (rule->each_zone)
			count = expr_each_zone(
				rule->condition, site, rule->zone, zones, site->zone_count, &error);
		for (int i = 0; i < count; i++)
			begins[zones[i]->index] = true;
	}
}

static void lint_type(const struct config *config, struct place place, struct config_report *report,
	const struct incident_type *type)
{
	const struct site *site = &config->site;
	const struct zone **zones = calloc(site->zone_count, sizeof(const struct zone *));
	bool *begins = calloc(site->zone_count, sizeof(*begins));
	struct reading *unknown = calloc(site->point_count + 1, sizeof(*unknown));

	if (zones && begins && unknown)
		mark_zones(config, type, zones, begins);
	for (size_t i = 0; zones && begins && unknown && i < site->zone_count; i++)
		if (begins[i] && is_never_full(site, type->stage, &site->zones[i], unknown))
			report_warning(report, place,
				"type \"%s\": in zone \"%s\" no sensor can ever make its first "
				"stage full, so it waits for a person or for its time; give the "
				"zone a second detector, or the fact \"stage\" another sensor",
				type->id, site->zones[i].id);
	free(unknown);
	free(begins);
	free(zones);
}

void lint_stage(const struct config *config, const struct config_places *places,
	struct config_report *report)
{
	for (size_t t = 0; t < config->plan.type_count; t++)
		if (config->plan.types[t].stage)
			lint_type(config, places->types[t], report, &config->plan.types[t]);
}
