/* What facilityctl can do: one function each. They return the exit status. */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "ctl/client.h"
#include "ctl/show.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* Print what happens until SIGINT or SIGTERM. */
int verb_watch(const struct client_settings *settings, const struct show *show);

/* Send cmd/<user>/<verb> and print the answer. Any argument may be NULL. */
struct command_arguments {
	const char *verb, *incident, *step, *note;
};
int verb_command(const struct client_settings *settings, const struct command_arguments *arguments);

#endif
