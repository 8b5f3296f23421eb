/* Warnings about what calls a person where no message does; nothing without that section. */
#ifndef CONFIG_LINT_FALLBACK_H
#define CONFIG_LINT_FALLBACK_H

#include "config/load/loading.h"

/*
 * Outputs that it cannot switch on and off: protected ones, one that is not armed; those that a
 * step's action writes too; and a time that leaves the plan's chain none. That there is no output,
 * or no read-back, is told of every action and output already.
 */
void lint_fallback(const struct config *config, const struct config_places *places,
	struct config_report *report);

#endif
