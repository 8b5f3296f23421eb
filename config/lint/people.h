/* Who is on duty when the plan needs somebody. */
#ifndef CONFIG_LINT_PEOPLE_H
#define CONFIG_LINT_PEOPLE_H

#include "config/load/loading.h"

/*
 * Warns of a role of a step or of the chain that no person has, and says of each role of the chain
 * when in a week nobody of it is on duty. Nothing where the configuration names no people.
 */
void lint_people(const struct config *config, const struct config_places *places,
	struct config_report *report);

#endif
