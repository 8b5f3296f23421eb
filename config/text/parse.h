/*
 * Text -> libconfig's tree, without trusting libconfig: a child process parses
 * first, because the library may end the process or crash on some inputs.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include "config/text/source.h"

#include <libconfig.h>
#include <stdbool.h>

/*
 * True: *parsed holds the settings, whose lines are those of source->text. On false an error
 * was reported. config_destroy(parsed) in any case. Blocks for the time of a parse, 5 s of CPU
 * at most; may be called from a process with threads.
 */
bool parse_source(config_t *parsed, const struct source *source, struct config_report *report);

#endif
