/* The options of the adapter "exec", for exec*.c alone. */
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

extern const struct option_spec exec_bus_options[], exec_device_options[], exec_point_options[];
void exec_check_bus(struct bus *bus, struct option_errors *errors);
void exec_check_point(struct point *point, struct option_errors *errors);
bool exec_overlap(const struct point *a, const struct point *b);

/* The words of acknowledgements, which no point may have. */
extern const char exec_word_done[], exec_word_failed[];

#endif
