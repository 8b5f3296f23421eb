/* Warnings about the persons behind the roles; nothing where the site names none. */
#ifndef CONFIG_LINT_PEOPLE_H
#define CONFIG_LINT_PEOPLE_H

#include "config/load/loading.h"

/*
 * A role of a step or of the chain that no person has; and one line for each role of the chain on
 * when nobody of it is on duty.
 */
void lint_people(const struct config *config, const struct config_places *places,
	struct config_report *report);

#endif
