/* In which zones the expressions of a configuration are evaluated, and walking through them. */
#ifndef CONFIG_SCOPES_H
#define CONFIG_SCOPES_H

#include "config/config.h"
#include "rules/expr/expr.h"

/*
 * Puts the zones in `zones`, which has room for site->zone_count; the number of them, or -1 and
 * *error when the condition of a rule with each = "zone" does not hold.
 */
int rule_scopes(const struct rule *rule, const struct site *site, const struct zone **zones,
	struct expr_error *error);

/* Compiles an expression of a rule as the engine does, in one of its zones. */
struct expr *rule_compile(const struct rule *rule, const char *source, const struct site *site,
	const struct zone *zone, struct expr_error *error);

/*
 * Calls use() for every expression of a loaded configuration in every zone where it is
 * evaluated. `rule` is NULL for those of steps and actions. The expression is freed behind it.
 */
void scopes_walk(const struct config *config,
	void (*use)(void *context, const struct rule *rule, const struct expr *expr),
	void *context);

#endif
