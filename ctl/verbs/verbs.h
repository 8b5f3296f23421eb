/* What facilityctl can do: one function each. They return the exit status. */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "ctl/print/show.h"
#include "ctl/verbs/client.h"

#include <jansson.h>

/* Print what happens until SIGINT or SIGTERM. */
int verb_watch(const struct client_settings *settings, const struct show *show);

/* What is said or asked: a verb of the daemon and its members, in the order of the words. */
enum { REQUEST_MEMBER_MAX = 3 };
struct request {
	const char *verb;
	const char *const *keys; /* of the members; "type" is a number */
	char *const *values;
	size_t count;
	bool as_json; /* of help */
};

/* As the key wants it: a number or a text; NULL after a message. */
json_t *member_json(const char *key, const char *text);

/* The members as an object; NULL: out of memory, or "type" is no number. */
json_t *request_json(const struct request *request);

/* "ok", or why it is refused, in the person's language. The exit status. */
int answer_print(const struct show *show, const json_t *answer);

/* Send cmd/<user>/<verb> and print the answer. */
int verb_command(const struct client_settings *settings, const struct request *request,
	const struct show *show);

/* Ask at the local socket, which is closed, and print the answer. */
int verb_local(int fd, const struct request *request, const struct show *show);

/*
 * What is listed, or comes from the journal: becomes facility-record (ctl/record), for the words
 * that were typed from the verb on. Returns only when it is not there.
 */
int verb_query(const char *socket, const struct show *show, char *const words[]);

#endif
