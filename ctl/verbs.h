/* What facilityctl can do: one function each. They return the exit status. */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "ctl/client.h"
#include "ctl/options.h"
#include "ctl/show.h"

#include <jansson.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* Print what happens until SIGINT or SIGTERM. */
int verb_watch(const struct client_settings *settings, const struct show *show);

/* What is said or asked: a verb of the daemon and its members, in the order of the words. */
enum { REQUEST_MEMBER_MAX = 3 };
struct request {
	const char *verb;
	const char *const *keys; /* of the members; "type" is a number */
	char *const *values;
	size_t count;
	bool as_json;          /* print a listing as JSON */
	struct verb_line line; /* with the options behind the verb */
};

/* As the key wants it: a number or a text; NULL after a message. */
json_t *member_json(const char *key, const char *text);

/* The members as an object; NULL: out of memory, or "type" is no number. */
json_t *request_json(const struct request *request);

/* Send cmd/<user>/<verb> and print the answer. */
int verb_command(const struct client_settings *settings, const struct request *request);

/* Ask at the local socket, which is closed, and print the answer. */
int verb_local(int fd, const struct request *request, const struct show *show);

/* The same for what comes from the journal, which may be many answers. The socket is closed. */
int verb_incidents(int fd, const struct request *request, const struct show *show);
int verb_record(int fd, const struct request *request, const struct show *show);
int verb_export(int fd, const struct request *request, const struct show *show);

/* What a verb has besides its words; of one that is not in the table: no options, verb_local(). */
struct verb_more {
	const char *verb;
	const struct verb_option *options; /* NULL: none */
	int (*run)(int fd, const struct request *request, const struct show *show);
};
const struct verb_more *verb_more(const char *verb);

#endif
