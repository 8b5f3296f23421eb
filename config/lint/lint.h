/* What a configuration that loads does otherwise than the plan wants. */
#ifndef CONFIG_LINT_LINT_H
#define CONFIG_LINT_LINT_H

#include "config/config.h"
#include "config/text/report.h"

/* A file descriptor of this number and above ends libraries that still use select(). */
enum { DESCRIPTOR_MAX = 1024 };

/* The lints of `facilityd --check`: warnings about meaning. */
void config_lint(const struct config *config, struct config_report *report);

/* For each rule the worst time from the event to the raise, with what it is made of. */
void config_print_detection(const struct config *config, FILE *out);

#endif
