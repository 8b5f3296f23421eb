/* Can sensors make a first stage full? */
#ifndef CONFIG_LINT_STAGE_H
#define CONFIG_LINT_STAGE_H

#include "config/load/loading.h"

/*
 * Warns of each zone in which a rule begins the first stage of a type, and no reading of any
 * sensor could make it full: there it waits for a person, or for its time.
 */
void lint_stage(const struct config *config, const struct config_places *places,
	struct config_report *report);

#endif
