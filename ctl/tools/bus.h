/* What probe and scan share: the bus of the configuration, and what they say of it. */
#ifndef CTL_BUS_TOOL_H
#define CTL_BUS_TOOL_H

#include "config/load/load.h"
#include "ctl/tools/tools.h"

struct bus_tool {
	struct config *config;
	const struct bus *bus;
};

/* 0, or the exit status after a message. */
int bus_tool_open(struct bus_tool *on, const struct tool *tool, const char *bus_id);
void bus_tool_close(struct bus_tool *on);

/* Would a second master disturb somebody? 0: nobody that is seen; else the status, told. */
int bus_tool_free(const struct bus *bus);

/* Say why a bus could not be opened, or was lost. The exit status. */
int bus_tool_failed(const struct bus *bus, int error);

#endif
