/* Walking through the expressions of a configuration. */
#ifndef CONFIG_LOAD_EXPRESSIONS_H
#define CONFIG_LOAD_EXPRESSIONS_H

#include "config/config.h"
#include "rules/expr/expr.h"

/*
 * Calls use() for every expression of a loaded configuration in every zone where it is
 * evaluated. `rule` is NULL for those of steps and actions. The expression is freed behind it.
 */
void scopes_walk(const struct config *config,
	void (*use)(void *context, const struct rule *rule, const struct expr *expr),
	void *context);

#endif
