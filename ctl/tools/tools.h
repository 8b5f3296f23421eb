/*
 * The engineer's tools: they need no broker and no facilityd. Profiles are only
 * read; probe and scan talk to a bus themselves, read only, and refuse while
 * another program on this machine has the line. They return the exit status.
 */
#ifndef CTL_TOOLS_H
#define CTL_TOOLS_H

#include "ctl/print/show.h"

#include <stddef.h>

struct tool {
	const char *config; /* the configuration's main file */
	char *const *words; /* behind the verb */
	size_t count;
	const struct show *show;
};

/* The tool of a verb. */
int tool_run(const char *verb, const struct tool *tool);

/* site */
int tool_site(const struct tool *tool);
/* profile check [NAME|FILE] */
int tool_profile(const struct tool *tool);
/* probe BUS UNIT [REGISTERS|PROFILE] */
int tool_probe(const struct tool *tool);
/* scan BUS [FIRST-LAST] [TIMEOUT] */
int tool_scan(const struct tool *tool);

#endif
