/*
 * The configuration: .conf files (libconfig) -> the structs of core, adapters
 * and rules.
 *
 * All or nothing: a configuration with one error is not returned. Every error
 * of a run is reported, each as "file:line: what, why, what to do".
 */
#ifndef CONFIG_LOAD_LOAD_H
#define CONFIG_LOAD_LOAD_H

#include "config/config.h"
#include "config/text/report.h"

/*
 * Load the main file and what it includes. NULL when report->errors > 0. Blocks on file reads;
 * start-up and reload only. Free with config_free().
 */
struct config *config_load(const char *path, struct config_report *report);
void config_free(struct config *config);

/* One line on what a good configuration holds: "configuration OK: 6 incident types, ..." */
void config_summary(const struct config *config, FILE *out);

/* Every option of the loader and of each adapter, for people. Needs no configuration. */
void config_print_options(FILE *out);
/* Those of the adapters alone. */
void config_print_adapters(FILE *out);

#endif
