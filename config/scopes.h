/* In which zones a rule's expressions are evaluated. */
#ifndef CONFIG_SCOPES_H
#define CONFIG_SCOPES_H

#include "rules/expr.h"
#include "rules/rule.h"

/*
 * Puts the zones in `zones`, which has room for site->zone_count; the number of them, or -1 and
 * *error when the condition of a rule with each = "zone" does not hold.
 */
int rule_scopes(const struct rule *rule, const struct site *site, const struct zone **zones,
	struct expr_error *error);

#endif
