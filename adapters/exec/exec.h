/* The options of the adapter "exec", for exec.c and its tests. */
#ifndef ADAPTERS_EXEC_EXEC_H
#define ADAPTERS_EXEC_EXEC_H

#include "adapters/adapter.h"

struct exec_bus {
	const char *const *command;
	int64_t timeout_ms;
};

struct exec_point {
	const char *word; /* what the program calls it; the check puts the point's id where NULL */
};

#endif
