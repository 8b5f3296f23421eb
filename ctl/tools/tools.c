/* The list of the engineer's tools. */
#include "ctl/tools/tools.h"

#include "config/load/load.h"

#include <stdlib.h>
#include <string.h>

static int tool_adapters(const struct tool *tool)
{
	config_print_adapters(tool->show->out);
	return EXIT_SUCCESS;
}

static const struct {
	const char *verb;
	int (*run)(const struct tool *tool);
} tools[] = {
	{ "adapters", tool_adapters },
	{ "site", tool_site },
	{ "profile", tool_profile },
	{ "probe", tool_probe },
	{ "scan", tool_scan },
};

int tool_run(const char *verb, const struct tool *tool)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(tools[i].verb, verb) == 0)
			return tools[i].run(tool);
	return EXIT_USAGE;
}
